//! Connections that can be broken on purpose, and the ways in which an answer can fail to arrive.
//!
//! Every TCP connection has a [`Wire`], which breaks it. With https, it breaks the TCP connection below TLS.

use std::{
    future::ready,
    io::{self, IoSlice},
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU8, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
};

/// How a complete answer fails to arrive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    /// It arrives late.
    Late(Duration),
    /// It never arrives. The connection stays open.
    Never,
    /// The connection is reset.
    Reset,
    /// It ends after this many bytes of its body.
    BrokenOff(usize),
}

impl Ending {
    /// Whether the client receives nothing of the answer, not even its status.
    pub(crate) const fn withholds(self) -> bool {
        matches!(self, Self::Never | Self::Reset)
    }
}

const WHOLE: u8 = 0;
const CLOSED: u8 = 1;
const RESET: u8 = 2;

/// Breaks a connection. Clones break the same connection.
#[derive(Debug, Clone, Default)]
pub(crate) struct Wire(Arc<AtomicU8>);

impl Wire {
    /// From now on nothing is written. The next attempt closes the connection.
    pub(crate) fn close(&self) {
        self.0.store(CLOSED, Ordering::Release);
    }

    /// The same, with a reset (RST) instead of an orderly end.
    pub(crate) fn reset(&self) {
        self.0.store(RESET, Ordering::Release);
    }

    /// What a write to the connection fails with, if it is broken.
    pub(crate) fn broken(&self) -> Option<io::ErrorKind> {
        match self.0.load(Ordering::Acquire) {
            WHOLE => None,
            CLOSED => Some(io::ErrorKind::ConnectionAborted),
            _ => Some(io::ErrorKind::ConnectionReset),
        }
    }
}

/// A TCP connection that its [`Wire`] can break.
#[derive(Debug)]
pub(crate) struct WireStream {
    tcp: TcpStream,
    wire: Wire,
}

impl WireStream {
    /// A connection that its wire, also returned, can break.
    pub(crate) fn new(tcp: TcpStream) -> (Self, Wire) {
        let wire = Wire::default();
        (Self { tcp, wire: wire.clone() }, wire)
    }

    fn whole(&self) -> io::Result<()> {
        let Some(broken) = self.wire.broken() else { return Ok(()) };
        if broken == io::ErrorKind::ConnectionReset {
            // The system sends RST if unsent data is discarded immediately.
            self.tcp.set_zero_linger()?;
        }
        Err(broken.into())
    }
}

impl AsyncRead for WireStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tcp).poll_read(context, buffer)
    }
}

impl AsyncWrite for WireStream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.whole()?;
        Pin::new(&mut self.tcp).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.whole()?;
        Pin::new(&mut self.tcp).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.tcp.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.whole()?;
        Pin::new(&mut self.tcp).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.whole()?;
        Pin::new(&mut self.tcp).poll_shutdown(context)
    }
}

/// The layer between the TCP connection and HTTP.
pub(crate) trait Transport: Clone + Send + Sync + 'static {
    /// What carries the requests.
    type Stream: AsyncRead + AsyncWrite + Unpin + Send + 'static;

    fn secure(&self, stream: WireStream) -> impl Future<Output = io::Result<Self::Stream>> + Send;
}

/// Plain http: no layer between.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Plain;

impl Transport for Plain {
    type Stream = WireStream;

    fn secure(&self, stream: WireStream) -> impl Future<Output = io::Result<WireStream>> + Send {
        ready(Ok(stream))
    }
}

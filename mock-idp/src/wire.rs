//! Connections that can be broken on purpose, and the ways in which an answer can fail to arrive.
//!
//! Every TCP connection has a [`Wire`], which breaks it. With https, it breaks the TCP connection below TLS.

use std::{
    io::{self, IoSlice},
    net::SocketAddr,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU8, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use axum::{
    extract::connect_info::Connected,
    serve::{IncomingStream, Listener},
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpListener, TcpStream},
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
    /// The handle that breaks it.
    pub(crate) fn wire(&self) -> Wire {
        self.wire.clone()
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

/// Accepts connections that can be broken.
#[derive(Debug)]
pub(crate) struct WireListener(pub(crate) TcpListener);

impl Listener for WireListener {
    type Io = WireStream;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (WireStream, SocketAddr) {
        let (tcp, peer) = Listener::accept(&mut self.0).await;
        (WireStream { tcp, wire: Wire::default() }, peer)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }
}

impl Connected<IncomingStream<'_, WireListener>> for Wire {
    fn connect_info(stream: IncomingStream<'_, WireListener>) -> Self {
        stream.io().wire()
    }
}

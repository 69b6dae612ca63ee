//! How a finished answer is sent: as it is, or as a connection fault demands.

use std::{io, time::Duration};

use axum::{body::Body, response::Response};
use bytes::Bytes;
use futures_util::{StreamExt, stream};
use http::{HeaderValue, StatusCode, header};

use crate::{
    fault::{ConnectionFault, Kind},
    issuers::Issuers,
    respond,
    wire::{Ending, Wire},
};

/// What a connection fault does with an answer.
pub(super) const fn ending(kind: &Kind) -> Option<Ending> {
    let Kind::Connection(fault) = kind else { return None };
    Some(match fault {
        ConnectionFault::Delay(delay) => Ending::Late(delay.duration()),
        ConnectionFault::Hang => Ending::Never,
        ConnectionFault::Reset => Ending::Reset,
        ConnectionFault::Truncate(truncate) => Ending::BrokenOff(truncate.bytes),
    })
}

/// Returns an answer to the server, or does to the connection what the fault demands.
pub(super) async fn end(
    response: respond::Response,
    ending: Option<Ending>,
    wire: &Wire,
    issuers: &Issuers,
) -> Response {
    match ending {
        None => response.map(Body::from),
        Some(Ending::Late(by)) => {
            wait(by, issuers).await;
            response.map(Body::from)
        }
        Some(Ending::Never) => {
            issuers.stopped().await;
            wire.close();
            never_sent()
        }
        Some(Ending::Reset) => {
            wire.reset();
            never_sent()
        }
        Some(Ending::BrokenOff(bytes)) => broken_off(response, bytes),
    }
}

/// What the server tries to send over a broken connection.
fn never_sent() -> Response {
    respond::empty(StatusCode::SERVICE_UNAVAILABLE).map(Body::from)
}

/// Waits as long as a delay lasts.
pub(super) async fn delay(kind: &Kind, issuers: &Issuers) {
    if let Some(Ending::Late(by)) = ending(kind) {
        wait(by, issuers).await;
    }
}

/// Waits, but no longer than the mock runs.
#[expect(clippy::disallowed_methods, reason = "a delay is what the fault asks for")]
async fn wait(by: Duration, issuers: &Issuers) {
    tokio::select! {
        () = tokio::time::sleep(by) => {}
        () = issuers.stopped() => {}
    }
}

/// Announces the whole body and sends a part of it.
fn broken_off(response: respond::Response, bytes: usize) -> Response {
    let (mut parts, whole) = response.into_parts();
    let announced = whole.len().max(1);
    let part: Bytes = whole.slice(..bytes.min(announced - 1));
    parts.headers.insert(header::CONTENT_LENGTH, HeaderValue::from(announced));
    let end = async {
        // The server sends what it has before it asks for more.
        tokio::task::yield_now().await;
        Err(io::Error::from(io::ErrorKind::ConnectionAborted))
    };
    let body = Body::from_stream(stream::once(async { Ok(part) }).chain(stream::once(end)));
    Response::from_parts(parts, body)
}

//! The answer that a fault gives in place of the correct one.

use bytes::Bytes;
use http::StatusCode;

use super::connection::ending;
use crate::{
    fault::Kind,
    protocol::{endpoint::Endpoint, timestamp::Timestamp},
    respond::{Response, empty},
    wire::Ending,
};

/// The answer if the fault keeps the endpoint from deciding.
pub(super) fn never_made(kind: &Kind, endpoint: Endpoint, now: Timestamp) -> (Response, Option<Ending>) {
    let answer = match kind {
        Kind::Answer(fault) => Some(fault.answer(endpoint, None, now)),
        Kind::Connection(fault) => fault.placeholder(),
        Kind::Token(_) | Kind::Callback(_) | Kind::Document(_) => None,
    };
    let response = answer.map(|answer| answer.map(Bytes::from));
    (response.unwrap_or_else(|| empty(StatusCode::SERVICE_UNAVAILABLE)), ending(kind))
}

/// The answer if the fault replaces one that the endpoint has decided on; the request has taken effect.
pub(super) fn lost(
    kind: &Kind,
    endpoint: Endpoint,
    made: Response,
    now: Timestamp,
) -> (Response, Option<Ending>) {
    match kind {
        Kind::Answer(fault) => {
            let body = String::from_utf8_lossy(made.body());
            (fault.answer(endpoint, Some(&body), now).map(Bytes::from), None)
        }
        _ => (made, ending(kind)),
    }
}

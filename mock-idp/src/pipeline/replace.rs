//! The answer that a fault gives in place of the true one.

use bytes::Bytes;
use http::StatusCode;

use super::connection::ending;
use crate::{
    fault::Kind,
    protocol::{endpoint::Endpoint, timestamp::Timestamp},
    respond::{Response, empty},
    wire::Ending,
};

/// What the client gets where the endpoint was kept from deciding.
pub(super) fn never_made(kind: &Kind, endpoint: Endpoint, now: Timestamp) -> (Response, Option<Ending>) {
    let answer = kind.answer(endpoint, None, now);
    let response =
        answer.map_or_else(|| empty(StatusCode::SERVICE_UNAVAILABLE), |answer| answer.map(Bytes::from));
    (response, ending(kind))
}

/// What the client gets of an answer that was made, after a request that has taken effect.
pub(super) fn lost(
    kind: &Kind,
    endpoint: Endpoint,
    made: Response,
    now: Timestamp,
) -> (Response, Option<Ending>) {
    if let Some(ending) = ending(kind) {
        return (made, Some(ending));
    }
    let body = String::from_utf8_lossy(made.body());
    let answer = kind.answer(endpoint, Some(&body), now);
    let response =
        answer.map_or_else(|| empty(StatusCode::SERVICE_UNAVAILABLE), |answer| answer.map(Bytes::from));
    (response, None)
}

//! Reading the bodies of token requests.

use axum::extract::rejection::BytesRejection;
use bytes::Bytes;
use http::{HeaderMap, StatusCode, header};
use serde::de::DeserializeOwned;

use crate::error::Refusal;

/// The largest body of a token request, in bytes.
pub(super) const TOKEN_BODY_LIMIT: usize = 16 * 1024;

/// The whole body, or why there is none.
pub(super) fn whole_body(body: Result<Bytes, BytesRejection>, limit: usize) -> Result<Bytes, Refusal> {
    body.map_err(|rejection| match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => Refusal::PayloadTooLarge { limit },
        _ => Refusal::InvalidRequest("the body ended early".to_owned()),
    })
}

/// The media type without its parameters, in lower case; empty where none is said.
pub(super) fn media_type(headers: &HeaderMap) -> String {
    let content_type =
        headers.get(header::CONTENT_TYPE).map(|value| String::from_utf8_lossy(value.as_bytes()));
    content_type.unwrap_or_default().split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// Reads a JSON body, or says what was expected.
pub(super) fn json<T: DeserializeOwned>(body: &[u8], expected: &str) -> Result<T, Refusal> {
    serde_json::from_slice(body).map_err(|error| {
        Refusal::InvalidRequest(format!("the body is not the expected JSON ({error}); expected {expected}"))
    })
}

//! From decisions to HTTP: JSON errors, redirects, pages, token answers. Every answer is whole: status, headers, bytes.

mod callback;
mod gateway;
mod oauth_error;
mod page;
mod token;

pub(crate) use callback::{Callback, Parameters};
pub(crate) use gateway::{Echo, gateway_error, gateway_json, with_request_id};
pub(crate) use oauth_error::{bearer_error, oauth_error, unknown_issuer, unknown_path};
pub(crate) use page::{FaultsPage, STYLE, SignInPage, SignedOutPage, html, refusal_page};
pub use token::TokenAnswer;

use bytes::Bytes;
use http::{HeaderValue, Method, StatusCode, header};
use serde::Serialize;

/// A whole answer.
pub(crate) type Response = http::Response<Bytes>;

/// An answer without a body.
pub(crate) fn empty(status: StatusCode) -> Response {
    with_body(status, None, Bytes::new())
}

/// An answer in JSON.
pub(crate) fn json(status: StatusCode, value: &impl Serialize) -> Response {
    match serde_json::to_vec(value) {
        // Shrunk, since the journal keeps the same bytes.
        Ok(body) => with_body(status, Some("application/json"), Bytes::from(body.into_boxed_slice())),
        Err(error) => {
            tracing::error!(target: "mock-idp", %error, "an answer cannot be written as JSON");
            empty(StatusCode::INTERNAL_SERVER_ERROR)
        }
    }
}

/// An answer that is JSON already.
pub(crate) fn written_json(json: Bytes) -> Response {
    with_body(StatusCode::OK, Some("application/json"), json)
}

/// A redirect. After a form the browser must come with GET and without the password: 303, never 307
/// (RFC 9700 §4.12).
pub(crate) fn redirect(method: &Method, location: &str) -> Response {
    let status = if method == Method::POST { StatusCode::SEE_OTHER } else { StatusCode::FOUND };
    let mut response = no_store(empty(status));
    if let Ok(location) = HeaderValue::try_from(location) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    response
}

fn with_body(status: StatusCode, media_type: Option<&'static str>, body: Bytes) -> Response {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    if let Some(media_type) = media_type {
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    }
    response
}

/// Forbids every cache to keep the answer (RFC 6749 §5.1).
pub(crate) fn no_store(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache, no-store"));
    headers.insert(header::PRAGMA, HeaderValue::from_static("no-cache"));
    headers.insert(header::EXPIRES, HeaderValue::from_static("0"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

//! From decisions to HTTP: JSON errors, redirects, pages, token answers.

mod callback;
mod gateway;
mod oauth_error;
mod page;
mod token;

pub(crate) use callback::{callback_with_error, callback_with_params};
pub(crate) use gateway::{Echo, gateway_error, gateway_json, with_request_id};
pub(crate) use oauth_error::{bearer_error, oauth_error, unknown_issuer, unknown_path};
pub(crate) use page::{STYLE, SignInPage, SignedOutPage, html, refusal_page};
pub(crate) use token::TokenAnswer;

use axum::{
    http::{HeaderValue, header},
    response::Response,
};

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

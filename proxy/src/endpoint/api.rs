//! `/v1/api/{path}`: the way that the tutorial recommends. The backend calls the API with its own token, so that no
//! token is in the page at all.
//!
//! The caller's body is read whole before it is sent on, so that the call can be made again with a fresh token if the
//! API does not accept the first; the API's answer streams.

use axum::{
    body::Body,
    extract::{DefaultBodyLimit, State, rejection::BytesRejection},
    response::{IntoResponse, Response},
    routing::{MethodFilter, MethodRouter, on},
};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, StatusCode, Uri};
use percent_encoding::percent_decode_str;
use tokio::time::Instant;
use uuid::Uuid;

use super::{App, REQUEST_ID, SUBSCRIPTION_ID, whole_body};
use crate::{end_to_end, error::Refusal, request_log::UpstreamStatus, service_token, upstream::ApiCall};

pub(super) const PATH: &str = "/v1/api/{*path}";

/// What a path has before the API's own.
const PREFIX: &str = "/v1/api";
/// The largest body of an API call, in bytes.
const BODY_LIMIT: usize = 10 * 1024 * 1024;

/// How often a path may be percent-encoded.
const MAX_ENCODINGS: usize = 8;

/// Every method but CONNECT, which makes tunnels, and TRACE, which would show the caller the proxy's token.
pub(super) fn route() -> MethodRouter<App> {
    let methods = MethodFilter::GET
        .or(MethodFilter::POST)
        .or(MethodFilter::PUT)
        .or(MethodFilter::PATCH)
        .or(MethodFilter::DELETE);
    on(methods, forward).layer(DefaultBodyLimit::max(BODY_LIMIT))
}

async fn forward(
    State(app): State<App>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let request_id = headers.get(REQUEST_ID).cloned().unwrap_or_else(new_request_id);
    let answer = async {
        let path_and_query = below_the_base(&uri)?;
        let body = whole_body(body, BODY_LIMIT)?;
        let mut headers = end_to_end::request(headers);
        headers.insert(SUBSCRIPTION_ID, app.subscription_id.clone());
        headers.insert(REQUEST_ID, request_id.clone());
        call(&app, ApiCall { method, path_and_query, headers, body }).await
    };
    let mut response = answer.await.unwrap_or_else(IntoResponse::into_response);
    response.headers_mut().entry(REQUEST_ID).or_insert(request_id);
    response
}

/// Calls the API, and once more with a fresh token if it does not accept the first: it may have been revoked, or
/// signed with a key that is gone.
async fn call(app: &App, call: ApiCall) -> Result<Response, Refusal> {
    let bearer = bearer(app).await?;
    let mut answer = app.upstream.api(&call, &bearer).await?;
    if answer.status() == StatusCode::UNAUTHORIZED {
        app.service_token.discard(&bearer).await;
        answer = app.upstream.api(&call, &self::bearer(app).await?).await?;
    }
    Ok(passed_on(answer))
}

async fn bearer(app: &App) -> Result<HeaderValue, Refusal> {
    app.service_token.get(Instant::now(), || service_token::fetch(&app.upstream)).await
}

/// The API's answer as the caller gets it: its status and body, and what of its header goes beyond one hop.
fn passed_on(answer: reqwest::Response) -> Response {
    let (parts, body) = http::Response::from(answer).into_parts();
    let mut response = Response::new(Body::new(body));
    *response.status_mut() = parts.status;
    *response.headers_mut() = end_to_end::response(parts.headers);
    response.extensions_mut().insert(UpstreamStatus(parts.status));
    response
}

/// The path and query below the API's URL. A path that would climb out of it, however encoded, is refused: the
/// proxy's token is for that API alone.
fn below_the_base(uri: &Uri) -> Result<String, Refusal> {
    let path = uri.path().strip_prefix(PREFIX).unwrap_or_default();
    if climbs(path) {
        return Err(Refusal::InvalidRequest(format!(
            "{path} leaves the API's base path; expected a path without \".\" and \"..\" segments, also encoded ones"
        )));
    }
    Ok(uri.query().map_or_else(|| path.to_owned(), |query| format!("{path}?{query}")))
}

/// Whether a path has a segment that some server may take for `.` or `..`: encoded any number of times, between
/// backslashes, or with a path parameter behind it. What is encoded more often than anyone has a reason to climbs too.
fn climbs(path: &str) -> bool {
    let mut path = path.to_owned();
    for _ in 0..MAX_ENCODINGS {
        let segments = path.split(['/', '\\']);
        if segments.map(|segment| segment.split(';').next()).any(|name| matches!(name, Some("." | ".."))) {
            return true;
        }
        let decoded = percent_decode_str(&path).decode_utf8_lossy().into_owned();
        if decoded == path {
            return false;
        }
        path = decoded;
    }
    true
}

#[expect(
    clippy::disallowed_methods,
    reason = "a request id only has to differ from others; nothing depends on it"
)]
fn new_request_id() -> HeaderValue {
    let id = Uuid::new_v4().hyphenated().to_string();
    HeaderValue::try_from(id).expect("a UUID is plain text")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_cannot_climb_out_however_it_is_encoded() {
        for path in [
            "/../x",
            "/a/..",
            "/a/./b",
            "/%2e%2e/x",
            "/.%2E/x",
            "/a%2f..%2fx",
            "/a\\..\\x",
            "/a%5c..%5cx",
            "/%252e%252e/x",
            "/%25252e./x",
            "/..;a=b/x",
            &format!("/%{}2e", "25".repeat(100)),
        ] {
            assert!(climbs(path), "{path}");
        }
        for path in ["/a/b", "/a..b/.c/d.", "/...", "/a%2fb", "//a", "/100%", "/%zz", "/caf%C3%A9", "/%ff"] {
            assert!(!climbs(path), "{path}");
        }
    }

    #[test]
    fn path_and_query_pass_as_they_are() {
        let uri = "/v1/api/a%2fb//c?q=%2e%2e/&r".parse().unwrap();
        assert_eq!(below_the_base(&uri), Ok("/a%2fb//c?q=%2e%2e/&r".to_owned()));
    }
}

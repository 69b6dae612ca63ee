//! `/v1/api/{path}`: the way that the tutorial recommends. The backend calls the API with its own token, so that no
//! token is in the page at all.
//!
//! Bodies stream in both directions. A small one whose length is known is read whole before it is sent on, so that the
//! call can be made again with a fresh token if the API does not accept the first.

use axum::{
    RequestExt,
    body::{Body, HttpBody, to_bytes},
    extract::{DefaultBodyLimit, Request, State},
    response::{IntoResponse, Response},
    routing::{MethodFilter, MethodRouter, on},
};
use http::{HeaderMap, HeaderValue, Uri, header};
use percent_encoding::percent_decode_str;
use uuid::Uuid;

use crate::{
    app::App,
    backend_call::{self, BODY_LIMIT},
    end_to_end,
    error::Refusal,
    header_name::{REQUEST_ID, SUBSCRIPTION_ID},
    upstream::{Api, ApiBody, ApiCall},
};

pub(super) const PATH: &str = "/v1/api/{*path}";

/// What a path has before the API's own.
const PREFIX: &str = "/v1/api";
/// The largest body that is kept for a second try, in bytes.
const REPLAY_LIMIT: usize = 64 * 1024;

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

async fn forward(State(app): State<App>, request: Request) -> Response {
    let request_id = request_id(request.headers());
    let answer = async {
        let (parts, body) = request.with_limited_body().into_parts();
        let path_and_query = below_the_base(&parts.uri)?;
        let body = read(body, parts.headers.get(header::CONTENT_LENGTH)).await?;
        let mut headers = end_to_end::request(parts.headers);
        headers.insert(SUBSCRIPTION_ID, app.subscription_id.clone());
        headers.insert(REQUEST_ID, request_id.clone());
        let call = ApiCall { api: Api::Gateway, method: parts.method, path_and_query, headers, body };
        backend_call::make(&app, call).await
    };
    let mut response = answer.await.unwrap_or_else(IntoResponse::into_response);
    response.headers_mut().entry(REQUEST_ID).or_insert(request_id);
    response
}

/// The caller's `Request-Id`, or a new one.
pub(super) fn request_id(headers: &HeaderMap) -> HeaderValue {
    headers.get(REQUEST_ID).cloned().unwrap_or_else(new_request_id)
}

/// The caller's body: read whole if its stated length is small, else streamed.
async fn read(body: Body, length: Option<&HeaderValue>) -> Result<ApiBody, Refusal> {
    let bytes = length.and_then(|length| length.to_str().ok()).and_then(|text| text.parse::<usize>().ok());
    match bytes {
        Some(bytes) if bytes > BODY_LIMIT => return Err(Refusal::PayloadTooLarge { limit: BODY_LIMIT }),
        Some(bytes) if bytes > REPLAY_LIMIT => return Ok(ApiBody::Coming(body, length.cloned())),
        None if !body.is_end_stream() => return Ok(ApiBody::Coming(body, None)),
        Some(_) | None => {}
    }
    let broke_off = |_| Refusal::InvalidRequest("the body ended early".to_owned());
    to_bytes(body, REPLAY_LIMIT).await.map(ApiBody::Whole).map_err(broke_off)
}

/// The path and query below the API's URL. A path that would climb out of it, however encoded, is refused: the
/// proxy's token is only for that API.
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

//! JSON in place of the true answer.

use http::{HeaderValue, Response, StatusCode, header};

/// JSON with this status. No cache may keep it.
pub(in crate::fault) fn json_answer(status: StatusCode, body: String) -> Response<String> {
    let mut answer = Response::new(body);
    *answer.status_mut() = status;
    let headers = answer.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    answer
}

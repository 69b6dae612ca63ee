//! What a browser may do with the proxy's answers: nothing but hand them to the page that asked with `fetch`.
//!
//! The API decides what is in an answer. If a browser showed it as a page, that page would run in the proxy's origin.

use axum::response::Response;
use http::{HeaderName, HeaderValue, header};

/// The fields that every answer carries, in place of the API's own: no guessing of types, no scripts, no frames, no use
/// as an image, a script or a style of another origin's page. They do not concern `fetch` with CORS.
const FIELDS: [(HeaderName, HeaderValue); 3] = [
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'; sandbox"),
    ),
    (HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("same-origin")),
];

/// Adds the fields to an answer.
pub(crate) async fn protect(mut response: Response) -> Response {
    for (name, value) in FIELDS {
        response.headers_mut().insert(name, value);
    }
    response
}

//! One line in the log for each request, in which nothing is secret: no query, no header, no body.

use axum::{extract::Request, middleware::Next, response::Response};
use http::StatusCode;

use crate::error::Refusal;

/// The status that an upstream answered; endpoints leave it in the response's extensions for the log.
#[derive(Debug, Clone, Copy)]
pub(crate) struct UpstreamStatus(pub(crate) StatusCode);

/// Logs the method, path, status and upstream status of each request, and why an upstream failed.
pub(crate) async fn log(request: Request, next: Next) -> Response {
    let method = request.method().clone();
    let path = request.uri().path().to_owned();
    let response = next.run(request).await;
    let status = response.status().as_u16();
    let upstream = response.extensions().get::<UpstreamStatus>().map(|status| status.0.as_u16());
    match response.extensions().get::<Refusal>() {
        // What is wrong with an upstream is the operator's matter. A refused caller was told why, perhaps in words of
        // the caller's own, which may be secret.
        Some(refusal) if refusal.status().is_server_error() => {
            tracing::warn!(target: "proxy", status, error = refusal.code(), "{method} {path}: {refusal}");
        }
        Some(refusal) => tracing::info!(target: "proxy", status, error = refusal.code(), "{method} {path}"),
        None => tracing::info!(target: "proxy", status, upstream, "{method} {path}"),
    }
    response
}

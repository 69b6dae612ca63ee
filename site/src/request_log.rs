//! One line in the log for each request. Its query is left out: a code may stand in it.

use axum::{extract::Request, middleware::Next, response::Response};

/// Logs the method, path and status of each request.
pub(crate) async fn log(request: Request, next: Next) -> Response {
    let method = request.method().clone();
    let path = request.uri().path().to_owned();
    let response = next.run(request).await;
    tracing::info!(target: "site", status = response.status().as_u16(), "{method} {path}");
    response
}

//! The layer that writes the journal and the log line of each exchange.

use axum::{
    extract::{MatchedPath, Request},
    http::{Method, header},
    middleware::Next,
    response::Response,
};

use super::endpoint_of;
use crate::{extract::IssuerAt, journal::Note};

/// Lets a request be answered, then writes down what happened. Preflights are not written down.
pub(crate) async fn record(issuer: Option<IssuerAt>, request: Request, next: Next) -> Response {
    if is_preflight(&request) {
        return next.run(request).await;
    }
    let endpoint = request.extensions().get::<MatchedPath>().and_then(|path| endpoint_of(path.as_str()));
    let method = request.method().to_string();
    let mut response = next.run(request).await;
    let (Some(IssuerAt(issuer)), Some(endpoint)) = (issuer, endpoint) else { return response };
    let note = response.extensions_mut().remove::<Note>().unwrap_or_default();
    let entry = note.entry(endpoint, method, response.status(), issuer.clock().now());
    tracing::info!("{}: {entry}", issuer.name());
    issuer.journal().write(entry);
    response
}

/// Whether a browser asks beforehand whether it may ask: no call of the app's (Fetch §3.3.2).
fn is_preflight(request: &Request) -> bool {
    request.method() == Method::OPTIONS
        && request.headers().contains_key(header::ACCESS_CONTROL_REQUEST_METHOD)
}

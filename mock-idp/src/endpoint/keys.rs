//! `GET /v1/keys`: the public keys (RFC 7517 §5), open to every browser page.

use axum::{
    Json,
    http::header,
    response::{IntoResponse, Response},
    routing::get,
};
use tower_http::cors::CorsLayer;

use super::{Route, faults::Sabotage, only_get};
use crate::extract::IssuerAt;

pub(super) fn route() -> Route {
    // Inside the layer, which answers preflights before a method can be found not allowed.
    get(keys).fallback(only_get).layer(CorsLayer::permissive())
}

async fn keys(IssuerAt(issuer): IssuerAt, sabotage: Sabotage) -> Response {
    let cache = format!("max-age={}, must-revalidate", issuer.keys().cache().seconds());
    let keys = issuer.keys().jwks();
    let keys = match sabotage.of_keys(&issuer) {
        Some(change) => change.on(&keys, issuer.keys().outdated_jwks()),
        None => keys,
    };
    ([(header::CACHE_CONTROL, cache)], Json(keys)).into_response()
}

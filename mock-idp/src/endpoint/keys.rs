//! `GET /v1/keys`: the public keys (RFC 7517 §5), open to every browser page.

use axum::{
    Json,
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
    routing::get,
};
use tower_http::cors::CorsLayer;

use super::{Route, faults::Sabotage, only_get};
use crate::extract::IssuerAt;

/// Short, so that a rotation is seen soon.
const CACHE: HeaderValue = HeaderValue::from_static("max-age=60, must-revalidate");

pub(super) fn route() -> Route {
    // Inside the layer, which answers preflights before a method can be found not allowed.
    get(keys).fallback(only_get).layer(CorsLayer::permissive())
}

async fn keys(IssuerAt(issuer): IssuerAt, sabotage: Sabotage) -> Response {
    let keys = issuer.keys().jwks();
    let keys = sabotage.of_keys(&issuer).map_or_else(|| keys.clone(), |change| change.on(&keys));
    ([(header::CACHE_CONTROL, CACHE)], Json(keys)).into_response()
}

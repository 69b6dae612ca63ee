//! `GET /v1/keys`: the public keys (RFC 7517 §5), open to every browser page.

use axum::{
    Json,
    http::header,
    response::{IntoResponse, Response},
    routing::get,
};
use tower_http::cors::CorsLayer;

use super::{Route, only_get};
use crate::extract::IssuerAt;

pub(super) fn route() -> Route {
    // Inside the layer, which answers preflights before a method can be found not allowed.
    get(keys).fallback(only_get).layer(CorsLayer::permissive())
}

async fn keys(IssuerAt(issuer): IssuerAt) -> Response {
    let cache = format!("max-age={}, must-revalidate", issuer.keys().cache().seconds());
    ([(header::CACHE_CONTROL, cache)], Json(issuer.keys().jwks())).into_response()
}

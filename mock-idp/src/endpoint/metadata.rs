//! `GET /.well-known/…`: what the issuer says of itself (RFC 8414 §3, OpenID Connect Discovery §4), open to every
//! browser page. Both documents stand below the issuer and, as RFC 8414 §3.1 has it, in front of its path.

use axum::{
    Json,
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
    routing::get,
};
use serde_json::json;
use tower_http::cors::CorsLayer;

use super::{Route, faults::Sabotage, only_get};
use crate::{
    dialect::Dialect,
    extract::IssuerAt,
    protocol::metadata::{Document, Metadata, path},
};

const CACHE: HeaderValue = HeaderValue::from_static("max-age=60, must-revalidate");

/// Makes the route of a document.
type MakeRoute = fn() -> Route;

/// The two documents by path.
pub(super) fn routes() -> [(&'static str, MakeRoute); 2] {
    [
        (path::OPENID_CONFIGURATION, openid_configuration),
        (path::OAUTH_AUTHORIZATION_SERVER, authorization_server),
    ]
}

fn openid_configuration() -> Route {
    get(async |issuer, sabotage| answer(&issuer, &sabotage, Document::OpenIdConfiguration))
        .fallback(only_get)
        .layer(CorsLayer::permissive())
}

fn authorization_server() -> Route {
    get(async |issuer, sabotage| answer(&issuer, &sabotage, Document::OAuthAuthorizationServer))
        .fallback(only_get)
        .layer(CorsLayer::permissive())
}

fn answer(IssuerAt(issuer): &IssuerAt, sabotage: &Sabotage, document: Document) -> Response {
    // `iss` on the callback may only be promised where every app gets it.
    let iss_parameter = issuer.step(|step| step.directory.house_dialect()) == Dialect::Oidc;
    let metadata = Metadata::new(document, issuer.url(), issuer.back_channel_url(), iss_parameter);
    let answer = match sabotage.of_metadata(issuer) {
        Some(change) => Json(change.on(json!(metadata))).into_response(),
        None => Json(metadata).into_response(),
    };
    ([(header::CACHE_CONTROL, CACHE)], answer).into_response()
}

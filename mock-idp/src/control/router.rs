//! Every URL that is not an endpoint: the control API, `/healthz`, and paths where there is nothing.

use axum::{
    Json, Router,
    body::Body,
    extract::{OriginalUri, State},
    middleware,
    response::Response,
    routing::get,
};
use serde_json::json;

use super::{guard, openapi};
use crate::{issuers::Issuers, pipeline};

/// The router for all of them.
pub(crate) fn router(issuers: Issuers) -> Router {
    openapi::router()
        .layer(middleware::from_fn_with_state(issuers.clone(), guard::guard))
        .route("/healthz", get(async || Json(json!({ "status": "ok" }))))
        .fallback(unknown_path)
        .with_state(issuers)
}

/// There is nothing at this path: Okta's answer.
async fn unknown_path(State(issuers): State<Issuers>, OriginalUri(uri): OriginalUri) -> Response {
    pipeline::unknown_path(uri.path(), &issuers).map(Body::from)
}

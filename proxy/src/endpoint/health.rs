//! `GET /healthz`, `GET /readyz`: the proxy is alive; the authorization server answers.

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
    routing::{MethodRouter, get},
};
use http::header;
use serde_json::json;

use crate::{app::App, error::Refusal};

pub(super) const ALIVE_PATH: &str = "/healthz";
pub(super) const READY_PATH: &str = "/readyz";

pub(super) fn alive() -> MethodRouter<App> {
    get(async || ok())
}

pub(super) fn ready() -> MethodRouter<App> {
    get(async |State(app): State<App>| match app.upstream.keys().await {
        Ok(()) => Ok(ok()),
        Err(refusal) => Err(Refusal::NotReady(Box::new(refusal))),
    })
}

fn ok() -> Response {
    ([(header::CACHE_CONTROL, "no-store")], Json(json!({ "status": "ok" }))).into_response()
}

//! `GET /healthz`: alive.

use axum::{Json, routing::get};
use serde_json::json;

use super::Route;

pub(super) fn route() -> Route {
    get(async || Json(json!({ "status": "ok" })))
}

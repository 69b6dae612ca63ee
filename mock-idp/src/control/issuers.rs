//! `/_mock/issuers`: which issuers there are. It stands outside of them.
//!
//! `GET /_mock/issuers` answers `{"issuers":[{"name","url"}]}`. `DELETE /_mock/issuers/{issuer}` forgets one with all
//! that it remembers; the next use of its name makes a new one. A Rust handle to a forgotten issuer reaches nothing
//! any more: ask for it again.

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
    routing::{delete, get},
};
use serde::Serialize;

use super::{Problem, Room};
use crate::{issuers::Issuers, protocol::near_miss};

pub(super) fn route() -> Room {
    get(list)
}

pub(super) fn one_route() -> Room {
    delete(forget)
}

#[derive(Debug, Serialize)]
struct All {
    issuers: Vec<One>,
}

#[derive(Debug, Serialize)]
struct One {
    name: String,
    url: String,
}

async fn list(State(issuers): State<Issuers>) -> Json<All> {
    let issuers = issuers.names().into_iter().map(|name| One { url: issuers.url_of(&name), name }).collect();
    Json(All { issuers })
}

async fn forget(State(issuers): State<Issuers>, Path(name): Path<String>) -> Result<StatusCode, Problem> {
    if issuers.forget(&name) {
        return Ok(StatusCode::NO_CONTENT);
    }
    let names = issuers.names();
    Err(Problem::unknown("issuer", &name, near_miss::nearest(&name, names.iter().map(String::as_str))))
}

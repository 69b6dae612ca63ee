//! `/_mock/issuers`: the issuers. It is not below an issuer.
//!
//! `GET /_mock/issuers` answers `{"issuers":[{"name","url"}]}`. `DELETE /_mock/issuers/{issuer}` forgets an
//! issuer and its data. The next use of its name makes a new one. A Rust handle to a forgotten issuer no longer has an
//! effect: ask for the issuer again.

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::routes;

use super::{
    at::Routes,
    input::Nothing,
    problem::{self, Problem},
};
use crate::{issuers::Issuers, protocol::near_miss};

pub(super) fn routes() -> Routes {
    Routes::default().routes(routes!(list)).routes(routes!(forget))
}

/// The issuers.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = IssuerList)]
struct All {
    issuers: Vec<One>,
}

/// An issuer.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Issuer)]
struct One {
    /// The last part of its path.
    name: String,
    /// Its identifier, `iss`.
    url: String,
}

/// All issuers
#[utoipa::path(
    get,
    path = "/_mock/issuers",
    tag = "Issuers",
    responses((status = 200, body = All, description = "The issuers"))
)]
async fn list(State(issuers): State<Issuers>) -> Json<All> {
    let issuers = issuers.names().into_iter().map(|name| One { url: issuers.url_of(&name), name }).collect();
    Json(All { issuers })
}

/// Forget an issuer
///
/// The next use of its name makes a new one.
#[utoipa::path(
    delete,
    path = "/_mock/issuers/{issuer}",
    tag = "Issuers",
    params(("issuer" = String, Path, description = "Its name")),
    responses((status = 204, description = "Forgotten"), (status = 404, body = problem::ProblemDetails, description = "No issuer has this name"))
)]
async fn forget(
    State(issuers): State<Issuers>,
    Path(name): Path<String>,
    _: Nothing,
) -> Result<StatusCode, Problem> {
    if issuers.forget(&name) {
        return Ok(StatusCode::NO_CONTENT);
    }
    let names = issuers.names();
    Err(Problem::unknown("issuer", &name, near_miss::nearest(&name, names.iter().map(String::as_str))))
}

//! `/_mock/faults`: faults at an endpoint, for some requests, a number of times. [`fault`](crate::fault) lists them.
//!
//! | | | |
//! |---|---|---|
//! | `GET /_mock/faults` | | `{"faults":[…]}`, in the order in which they strike, including spent ones |
//! | `POST /_mock/faults` | `{"endpoint":"token","fault":{"kind":"status","status":503}}` | 201, `Location`, the fault with its `id` |
//! | `DELETE /_mock/faults` | | 204; all faults are removed |
//! | `GET /_mock/faults/{id}` | | the fault: how often it has `struck`, how often it will (`left`) |
//! | `DELETE /_mock/faults/{id}` | | 204 |

use axum::{
    Json,
    extract::Path,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use utoipa::{ToSchema, openapi::Schema};
use utoipa_axum::routes;

use super::{
    at::{At, Routes},
    input::{Body, Nothing},
    problem::{self, Problem},
};
use crate::{
    directory::Directory,
    fault::{ArmedFault, Faults, NewFault, Times},
    issuer::Issuer,
};

pub(super) fn routes() -> Routes {
    Routes::default().routes(routes!(list, arm, clear)).routes(routes!(show, disarm))
}

/// Faults.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Faults)]
struct List {
    /// In the order in which they strike, including spent ones.
    faults: Vec<Shown>,
}

/// A fault, and how often it will still strike.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Fault)]
struct Shown {
    #[serde(flatten)]
    fault: ArmedFault,
    /// How often it will still strike.
    #[schema(schema_with = left)]
    left: Times,
}

fn left() -> Schema {
    Times::schema_from(0)
}

impl From<&ArmedFault> for Shown {
    fn from(fault: &ArmedFault) -> Self {
        Self { left: fault.left(), fault: fault.clone() }
    }
}

/// All faults
#[utoipa::path(
    get,
    path = "/faults",
    tag = "Faults",
    responses((status = 200, body = List, description = "The faults"))
)]
async fn list(At(issuer): At) -> Json<List> {
    Json(List { faults: issuer.step(|step| step.faults.iter().map(Shown::from).collect()) })
}

/// Order a fault
///
/// Where (`endpoint`), for whom (`when`), what (`fault`), how often (`times`), before or after the request takes effect
/// (`phase`). At most one fault strikes at a request: the oldest that is meant for it.
#[utoipa::path(
    post,
    path = "/faults",
    tag = "Faults",
    request_body = NewFault,
    responses((status = 201, body = Shown, description = "The fault with its `id`; `Location` is its path"))
)]
async fn arm(At(issuer): At, Body(fault): Body<NewFault>) -> Result<Response, Problem> {
    check("", &fault)?;
    let armed = issuer.step(|step| {
        check_names(&fault, step.directory)?;
        Ok(Shown::from(step.faults.arm(fault)))
    })?;
    let location = HeaderValue::try_from(location(&issuer, armed.fault.id));
    let mut response = (StatusCode::CREATED, Json(armed)).into_response();
    if let Ok(location) = location {
        response.headers_mut().insert(header::LOCATION, location);
    }
    Ok(response)
}

/// A path, since the client knows the address of the mock.
fn location(issuer: &Issuer, id: u64) -> String {
    format!("/oauth2/{}/_mock/faults/{id}", issuer.name())
}

/// Remove all faults
#[utoipa::path(
    delete,
    path = "/faults",
    tag = "Faults",
    responses((status = 204, description = "All faults are removed"))
)]
async fn clear(At(issuer): At, _: Nothing) -> StatusCode {
    issuer.step(|step| step.faults.clear());
    StatusCode::NO_CONTENT
}

/// One fault
#[utoipa::path(
    get,
    path = "/faults/{id}",
    tag = "Faults",
    params(("id" = String, Path, description = "Its number", example = "1")),
    responses((status = 200, body = Shown, description = "The fault: how often it has `struck`, how often it will (`left`)"), (status = 404, body = problem::ProblemDetails, description = "No fault has this number"))
)]
async fn show(At(issuer): At, Path((_, id)): Path<(String, String)>) -> Result<Json<Shown>, Problem> {
    issuer.step(|step| {
        let fault = number(&id).and_then(|id| step.faults.get(id));
        fault.map(|fault| Json(Shown::from(fault))).ok_or_else(|| unknown(&id))
    })
}

/// Remove a fault
#[utoipa::path(
    delete,
    path = "/faults/{id}",
    tag = "Faults",
    params(("id" = String, Path, description = "Its number", example = "1")),
    responses((status = 204, description = "Removed"), (status = 404, body = problem::ProblemDetails, description = "No fault has this number"))
)]
async fn disarm(
    At(issuer): At,
    Path((_, id)): Path<(String, String)>,
    _: Nothing,
) -> Result<StatusCode, Problem> {
    let gone = number(&id).is_some_and(|id| issuer.step(|step| step.faults.disarm(id)));
    if gone { Ok(StatusCode::NO_CONTENT) } else { Err(unknown(&id)) }
}

fn number(id: &str) -> Option<u64> {
    id.parse().ok()
}

fn unknown(id: &str) -> Problem {
    Problem::unknown("fault", id, None)
}

/// Refuses what a parser accepts: a fault at an endpoint where it cannot occur, a status that does not exist, ….
fn check(prefix: &str, fault: &NewFault) -> Result<(), Problem> {
    match fault.flaw() {
        Some(flaw) => Err(Problem::flawed(&format!("{prefix}{}", flaw.field), &flaw.problem, &flaw.expected)),
        None => Ok(()),
    }
}

/// Refuses a fault for an app or a user that does not exist. It would never occur.
fn check_names(fault: &NewFault, directory: &Directory) -> Result<(), Problem> {
    let when = &fault.when;
    if let Some(key) = when.app.as_ref().filter(|key| directory.app(key).is_none()) {
        let near = directory.nearest_api_key(key.as_str());
        return Err(Problem::names_nobody("when.app", "app", key.as_str(), near));
    }
    let unknown = when.user.as_ref().filter(|user| directory.user_called(user.as_str()).is_none());
    match unknown {
        Some(user) => {
            let near = directory.nearest_username(user.as_str());
            Err(Problem::names_nobody("when.user", "user", user.as_str(), near))
        }
        None => Ok(()),
    }
}

/// The same for the faults of a saved issuer, in its member `faults`.
pub(super) fn check_all(faults: &Faults) -> Result<(), Problem> {
    faults
        .iter()
        .enumerate()
        .try_for_each(|(index, fault)| check(&format!("faults[{index}]."), &fault.ordered()))
}

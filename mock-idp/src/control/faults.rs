//! `/_mock/faults`: make it fail, there, for that request, so often. What faults there are says
//! [`fault`](crate::fault).
//!
//! | | | |
//! |---|---|---|
//! | `GET /_mock/faults` | | `{"faults":[…]}`, in the order in which they strike; spent ones too |
//! | `POST /_mock/faults` | `{"endpoint":"token","fault":{"kind":"status","status":503}}` | 201, `Location`, the fault with its `id` |
//! | `DELETE /_mock/faults` | | 204; nothing goes wrong any more |
//! | `GET /_mock/faults/{id}` | | the fault: how often it has `struck`, how often it will (`left`) |
//! | `DELETE /_mock/faults/{id}` | | 204 |

use axum::{
    Json,
    extract::Path,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use utoipa::{ToSchema, openapi::Schema};
use utoipa_axum::routes;

use super::{
    At, Body, Nothing, Problem, Rooms,
    input::{deserialize, deserialize_at},
    problem,
};
use crate::{
    directory::Directory,
    fault::{
        ArmedFault, CallbackChange, DelayFault, Faults, KeysChange, MetadataChange, OAuthErrorFault,
        RateLimitFault, Rule, StatusFault, Times, TokenFault, TruncateFault, UserinfoChange,
    },
    issuer::Issuer,
};

pub(super) fn rooms() -> Rooms {
    Rooms::default().routes(routes!(list, arm, clear)).routes(routes!(show, disarm))
}

/// Faults.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Faults)]
struct List {
    /// In the order in which they strike; spent ones too.
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

/// Make it fail
///
/// Where (`endpoint`), for whom (`when`), what (`fault`), how often (`times`), before or after the request takes effect
/// (`phase`). At a request at most one fault strikes: the oldest that is meant for it.
#[utoipa::path(
    post,
    path = "/faults",
    tag = "Faults",
    request_body = Rule,
    responses((status = 201, body = Shown, description = "The fault with its `id`; `Location` says where it is"))
)]
async fn arm(At(issuer): At, Body(order): Body<Value>) -> Result<Response, Problem> {
    let rule = match deserialize(order.clone()) {
        Ok(rule) => rule,
        Err(problem) => return Err(flaw_of_kind(order).unwrap_or(problem)),
    };
    check("", &rule)?;
    let armed = issuer.step(|step| {
        check_names(&rule, step.directory)?;
        Ok(Shown::from(step.faults.arm(rule)))
    })?;
    let location = HeaderValue::try_from(location(&issuer, armed.fault.id));
    let mut response = (StatusCode::CREATED, Json(armed)).into_response();
    if let Ok(location) = location {
        response.headers_mut().insert(header::LOCATION, location);
    }
    Ok(response)
}

/// Which member of the fault does not fit: read as one of many kinds, it is told of as a whole.
fn flaw_of_kind(mut order: Value) -> Option<Problem> {
    fn flaw<T: DeserializeOwned>(fault: Value) -> Option<Problem> {
        deserialize_at::<T>("fault", fault).err()
    }
    fn flaw_of_member<T: DeserializeOwned>(member: &str, mut fault: Value) -> Option<Problem> {
        let value = fault.get_mut(member)?.take();
        deserialize_at::<T>(&format!("fault.{member}"), value).err()
    }
    let mut fault = order.get_mut("fault")?.take();
    let kind = fault.as_object_mut()?.remove("kind")?;
    match kind.as_str()? {
        "status" => flaw::<StatusFault>(fault),
        "oauth_error" => flaw::<OAuthErrorFault>(fault),
        "delay" => flaw::<DelayFault>(fault),
        "truncate" => flaw::<TruncateFault>(fault),
        "rate_limit" => flaw::<RateLimitFault>(fault),
        "token" => flaw::<TokenFault>(fault),
        "callback" => flaw_of_member::<CallbackChange>("callback", fault),
        "keys" => flaw_of_member::<KeysChange>("keys", fault),
        "metadata" => flaw_of_member::<MetadataChange>("metadata", fault),
        "userinfo" => flaw_of_member::<UserinfoChange>("userinfo", fault),
        _ => None,
    }
}

/// A path: whoever asks knows at which of the mock's addresses.
fn location(issuer: &Issuer, id: u64) -> String {
    format!("/oauth2/{}/_mock/faults/{id}", issuer.name())
}

/// Let nothing fail any more
#[utoipa::path(
    delete,
    path = "/faults",
    tag = "Faults",
    responses((status = 204, description = "There are no faults any more"))
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
    responses((status = 200, body = Shown, description = "The fault: how often it has `struck`, how often it will (`left`)"), (status = 404, body = problem::Details, description = "No fault has this number"))
)]
async fn show(At(issuer): At, Path((_, id)): Path<(String, String)>) -> Result<Json<Shown>, Problem> {
    issuer.step(|step| {
        let fault = number(&id).and_then(|id| step.faults.get(id));
        fault.map(|fault| Json(Shown::from(fault))).ok_or_else(|| unknown(&id))
    })
}

/// Take a fault away
#[utoipa::path(
    delete,
    path = "/faults/{id}",
    tag = "Faults",
    params(("id" = String, Path, description = "Its number", example = "1")),
    responses((status = 204, description = "Taken away"), (status = 404, body = problem::Details, description = "No fault has this number"))
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

/// What a parser cannot see: a fault at an endpoint where it cannot strike, a status that is none, ….
fn check(prefix: &str, rule: &Rule) -> Result<(), Problem> {
    match rule.flaw() {
        Some(flaw) => Err(Problem::flawed(&format!("{prefix}{}", flaw.field), &flaw.problem, &flaw.expected)),
        None => Ok(()),
    }
}

/// A fault for nobody would never strike, and nobody would know why.
fn check_names(rule: &Rule, directory: &Directory) -> Result<(), Problem> {
    if let Some(key) = rule.when.app.as_ref().filter(|key| directory.app(key).is_none()) {
        let near = directory.nearest_api_key(key.as_str());
        return Err(Problem::names_nobody("when.app", "app", key.as_str(), near));
    }
    let stranger = rule.when.user.as_ref().filter(|user| directory.user_called(user.as_str()).is_none());
    match stranger {
        Some(user) => {
            let near = directory.nearest_username(user.as_str());
            Err(Problem::names_nobody("when.user", "user", user.as_str(), near))
        }
        None => Ok(()),
    }
}

/// The same for the faults of a saved issuer, which stand in its field `faults`.
pub(super) fn check_all(faults: &Faults) -> Result<(), Problem> {
    faults
        .iter()
        .enumerate()
        .try_for_each(|(index, fault)| check(&format!("faults[{index}]."), &fault.rule()))
}

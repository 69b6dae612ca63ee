//! `/_mock/apps`: register an app while the mock runs, as developers do at Fortellis.
//!
//! | | | |
//! |---|---|---|
//! | `GET /_mock/apps` | | `{"apps":[…]}` |
//! | `GET /_mock/apps/{api_key}` | | the app, in the fields of the configuration file |
//! | `PUT /_mock/apps/{api_key}` | the same fields; `api_key` may be left out | 201, or 200 if the app existed |
//! | `DELETE /_mock/apps/{api_key}` | | 204; also removes its subscriptions, and resources that are open to no other app |

use axum::{Json, extract::Path, http::StatusCode};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use utoipa_axum::routes;

use super::{
    at::{At, Routes},
    input::{Body, Nothing},
    problem::{self, Problem},
    put::{answer_put, fit},
};
use crate::{
    directory::{App, Directory},
    protocol::text::ApiKey,
};

pub(super) fn routes() -> Routes {
    Routes::default().routes(routes!(list)).routes(routes!(show, put, remove))
}

/// The registered apps.
#[derive(Debug, Serialize, ToSchema)]
struct Apps {
    apps: Vec<App>,
}

/// All apps
#[utoipa::path(
    get,
    path = "/apps",
    tag = "Apps",
    responses((status = 200, body = Apps, description = "The apps"))
)]
async fn list(At(issuer): At) -> Json<Apps> {
    Json(Apps { apps: issuer.step(|step| step.directory.apps.clone()) })
}

/// One app
#[utoipa::path(
    get,
    path = "/apps/{api_key}",
    tag = "Apps",
    params(("api_key" = ApiKey, Path, description = "The API Key")),
    responses((status = 200, body = App, description = "The app"), (status = 404, body = problem::ProblemDetails, description = "No app has this API Key"))
)]
async fn show(At(issuer): At, Path((_, key)): Path<(String, ApiKey)>) -> Result<Json<App>, Problem> {
    issuer
        .step(|step| step.directory.app(&key).cloned().map(Json).ok_or_else(|| unknown(step.directory, &key)))
}

/// Register an app, or change one
///
/// The fields of the configuration file; `api_key` may be left out, because the path names it.
#[utoipa::path(
    put,
    path = "/apps/{api_key}",
    tag = "Apps",
    params(("api_key" = ApiKey, Path, description = "The API Key")),
    request_body = App,
    responses((status = 200, body = App, description = "Changed"), (status = 201, body = App, description = "Registered"))
)]
async fn put(
    At(issuer): At,
    Path((_, key)): Path<(String, ApiKey)>,
    Body(body): Body<Value>,
) -> Result<(StatusCode, Json<App>), Problem> {
    let app: App = fit(body, "api_key", key.as_str())?;
    let put = issuer.step(|step| step.directory.put_app(app.clone()));
    answer_put(put, app)
}

/// Remove an app and its subscriptions
///
/// Resources that are open to no other app are removed, too.
#[utoipa::path(
    delete,
    path = "/apps/{api_key}",
    tag = "Apps",
    params(("api_key" = ApiKey, Path, description = "The API Key")),
    responses((status = 204, description = "Removed"), (status = 404, body = problem::ProblemDetails, description = "No app has this API Key"))
)]
async fn remove(
    At(issuer): At,
    Path((_, key)): Path<(String, ApiKey)>,
    _: Nothing,
) -> Result<StatusCode, Problem> {
    issuer.step(|step| {
        step.directory.app(&key).ok_or_else(|| unknown(step.directory, &key))?;
        step.directory.remove_app(&key);
        Ok(StatusCode::NO_CONTENT)
    })
}

fn unknown(directory: &Directory, key: &ApiKey) -> Problem {
    Problem::unknown("app", key.as_str(), directory.nearest_api_key(key.as_str()))
}

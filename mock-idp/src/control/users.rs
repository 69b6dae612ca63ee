//! `/_mock/users`: the users who can sign in.
//!
//! | | | |
//! |---|---|---|
//! | `GET /_mock/users` | | `{"users":[…]}` |
//! | `GET /_mock/users/{username}` | | the user, in the fields of the configuration file |
//! | `PUT /_mock/users/{username}` | the same fields; `username` may be left out | 201, or 200 if the user existed |
//! | `DELETE /_mock/users/{username}` | | 204; their tokens no longer work |
//!
//! The path is not case-sensitive: user names are e-mail addresses.

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
    directory::{Directory, User},
    ledger::SignInMode,
    protocol::text::Username,
};

pub(super) fn routes() -> Routes {
    Routes::default().routes(routes!(list)).routes(routes!(show, put, remove))
}

/// The users.
#[derive(Debug, Serialize, ToSchema)]
struct Users {
    users: Vec<User>,
}

/// All users
#[utoipa::path(
    get,
    path = "/users",
    tag = "Users",
    responses((status = 200, body = Users, description = "The users"))
)]
async fn list(At(issuer): At) -> Json<Users> {
    Json(Users { users: issuer.step(|step| step.directory.users.clone()) })
}

/// One user
#[utoipa::path(
    get,
    path = "/users/{username}",
    tag = "Users",
    params(("username" = Username, Path, description = "The user name; it is not case-sensitive")),
    responses((status = 200, body = User, description = "The user"), (status = 404, body = problem::ProblemDetails, description = "No user has this name"))
)]
async fn show(At(issuer): At, Path((_, name)): Path<(String, String)>) -> Result<Json<User>, Problem> {
    issuer.step(|step| {
        step.directory.user_called(&name).cloned().map(Json).ok_or_else(|| unknown(step.directory, &name))
    })
}

/// Create a user, or change one
///
/// The fields of the configuration file; `username` may be left out, because the path names it.
#[utoipa::path(
    put,
    path = "/users/{username}",
    tag = "Users",
    params(("username" = Username, Path, description = "The user name")),
    request_body = User,
    responses((status = 200, body = User, description = "Changed"), (status = 201, body = User, description = "Created"))
)]
async fn put(
    At(issuer): At,
    Path((_, name)): Path<(String, String)>,
    Body(body): Body<Value>,
) -> Result<(StatusCode, Json<User>), Problem> {
    let user: User = fit(body, "username", &name)?;
    let put = issuer.step(|step| {
        let put = step.directory.put_user(user.clone())?;
        // A user whose name changes its capitals stays signed in.
        if step.ledger.sign_in_mode.signs_in(&name) {
            step.ledger.sign_in_mode = SignInMode::Automatic { username: user.username.clone() };
        }
        Ok(put)
    });
    answer_put(put, user)
}

/// Remove a user
#[utoipa::path(
    delete,
    path = "/users/{username}",
    tag = "Users",
    params(("username" = Username, Path, description = "The user name")),
    responses((status = 204, description = "Removed"), (status = 404, body = problem::ProblemDetails, description = "No user has this name"))
)]
async fn remove(
    At(issuer): At,
    Path((_, name)): Path<(String, String)>,
    _: Nothing,
) -> Result<StatusCode, Problem> {
    issuer.step(|step| {
        step.directory.user_called(&name).ok_or_else(|| unknown(step.directory, &name))?;
        step.directory.users.retain(|user| !user.is_called(&name));
        // A removed user is not signed in automatically, so that a saved issuer can be restored.
        if step.ledger.sign_in_mode.signs_in(&name) {
            step.ledger.sign_in_mode = SignInMode::default();
        }
        Ok(StatusCode::NO_CONTENT)
    })
}

fn unknown(directory: &Directory, name: &str) -> Problem {
    Problem::unknown("user", name, directory.nearest_username(name))
}

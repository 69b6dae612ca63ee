//! `/_mock/users`: who can sign in.
//!
//! | | | |
//! |---|---|---|
//! | `GET /_mock/users` | | `{"users":[…]}` |
//! | `GET /_mock/users/{username}` | | the user, in the fields of the configuration file |
//! | `PUT /_mock/users/{username}` | the same fields; `username` may be left out | 201, or 200 for a user who was there |
//! | `DELETE /_mock/users/{username}` | | 204; their tokens no longer work |
//!
//! Capitals do not matter in the path: user names are e-mail addresses.

use axum::{Json, extract::Path, http::StatusCode, routing::get};
use serde::Serialize;
use serde_json::Value;

use super::{At, Body, Problem, Room, input::fit, replace_or_add};
use crate::{
    directory::{Directory, User},
    protocol::near_miss,
};

pub(super) fn route() -> Room {
    get(list)
}

pub(super) fn one_route() -> Room {
    get(show).put(put).delete(remove)
}

#[derive(Debug, Serialize)]
struct Users {
    users: Vec<User>,
}

async fn list(At(issuer): At) -> Json<Users> {
    Json(Users { users: issuer.step(|step| step.directory.users.clone()) })
}

async fn show(At(issuer): At, Path((_, name)): Path<(String, String)>) -> Result<Json<User>, Problem> {
    issuer.step(|step| {
        find(step.directory, &name).cloned().map(Json).ok_or_else(|| unknown(step.directory, &name))
    })
}

async fn put(
    At(issuer): At,
    Path((_, name)): Path<(String, String)>,
    Body(body): Body<Value>,
) -> Result<(StatusCode, Json<User>), Problem> {
    let user: User = fit(body, "username", &name)?;
    issuer.step(|step| {
        let users = &mut step.directory.users;
        let status = replace_or_add(users, user.clone(), |known| is_called(known, &name));
        Ok((status, Json(user)))
    })
}

async fn remove(At(issuer): At, Path((_, name)): Path<(String, String)>) -> Result<StatusCode, Problem> {
    issuer.step(|step| {
        find(step.directory, &name).ok_or_else(|| unknown(step.directory, &name))?;
        step.directory.users.retain(|user| !is_called(user, &name));
        Ok(StatusCode::NO_CONTENT)
    })
}

fn is_called(user: &User, name: &str) -> bool {
    user.username.as_str().eq_ignore_ascii_case(name)
}

/// The user of this name, whatever its capitals.
pub(super) fn find<'a>(directory: &'a Directory, name: &str) -> Option<&'a User> {
    directory.users.iter().find(|user| is_called(user, name))
}

/// The user name that was probably meant.
pub(super) fn nearest<'a>(directory: &'a Directory, name: &str) -> Option<&'a str> {
    near_miss::nearest(name, directory.users.iter().map(|user| user.username.as_str()))
}

fn unknown(directory: &Directory, name: &str) -> Problem {
    Problem::unknown("user", name, nearest(directory, name))
}

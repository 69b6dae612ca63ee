//! `/_mock/keys`: the issuer's keys, their status, and their rotation.
//!
//! | | |
//! |---|---|
//! | `GET /_mock/keys` | all keys, the oldest first |
//! | `PUT /_mock/keys` | `{"cache_seconds": 5}`: how long `/v1/keys` lets caches keep the key set; 60 unless set |
//! | `POST /_mock/keys/rotate` | rotates the keys: see below |
//! | `DELETE /_mock/keys/{kid}` | retires a key: it leaves the key set, and its tokens are no longer accepted |
//!
//! All but DELETE answer `{"keys":[{"kid","alg","status","published","since"}],"cache_seconds":60}`. The status is
//! `signing`, `waiting` (published, has not signed yet), `published` (has signed, still verifies) or `retired`. The key
//! that signs cannot be retired; retired keys stay in the list until the ring is full.
//!
//! | body of a rotation | what happens |
//! |---|---|
//! | `{}` | overlap: a new key is published and signs, the old one stays published |
//! | `{"sign":"later"}` | publish before sign: the new key is published and waits |
//! | `{"publish":"later"}` | sign before publish: the new key signs and is not in the key set |
//! | `{"old":"retire"}` | no overlap: the old key's tokens are no longer accepted |
//! | `{"kid":"…"}` | uses a key of the ring instead of a new one: a waiting key signs, a signing key is published, or an earlier key is used again |
//!
//! Userinfo, introspection and the gateway accept the tokens of every key that signs or is published, including a key
//! that is not published yet: the server knows its own keys.

use axum::{Json, extract::Path, http::StatusCode};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::routes;

use super::{
    at::{At, Routes},
    input::{Body, Nothing},
    problem::{self, Problem},
};
use crate::{
    issuer::Issuer,
    keys::{HeldKey, KeyRingError, Rotation},
    protocol::{text::KeyId, timestamp::Lifetime},
};

pub(super) fn routes() -> Routes {
    Routes::default().routes(routes!(list, set_cache)).routes(routes!(rotate)).routes(routes!(retire))
}

/// The keys.
#[derive(Debug, Serialize, ToSchema)]
struct Keys {
    /// The oldest first.
    keys: Vec<HeldKey>,
    /// How long `/v1/keys` lets caches keep the key set.
    cache_seconds: Lifetime,
}

/// A change to the key set.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct KeySetting {
    /// How long `/v1/keys` lets caches keep the key set.
    cache_seconds: Lifetime,
}

fn shown(issuer: &Issuer) -> Json<Keys> {
    Json(Keys { keys: issuer.keys().held(), cache_seconds: issuer.keys().cache() })
}

/// All keys
#[utoipa::path(
    get,
    path = "/keys",
    tag = "Keys",
    responses((status = 200, body = Keys, description = "The keys"))
)]
async fn list(At(issuer): At) -> Json<Keys> {
    shown(&issuer)
}

/// Set how long caches keep the key set
#[utoipa::path(
    put,
    path = "/keys",
    tag = "Keys",
    request_body = KeySetting,
    responses((status = 200, body = Keys, description = "The keys"))
)]
async fn set_cache(At(issuer): At, Body(setting): Body<KeySetting>) -> Json<Keys> {
    issuer.keys().set_cache(setting.cache_seconds);
    shown(&issuer)
}

/// Rotate
///
/// `{}` overlaps; `{"sign":"later"}` publishes before it signs; `{"publish":"later"}` signs before it publishes;
/// `{"old":"retire"}` does not overlap; `{"kid":"…"}` uses a key of the ring instead of a new one.
#[utoipa::path(
    post,
    path = "/keys/rotate",
    tag = "Keys",
    request_body = Rotation,
    responses((status = 200, body = Keys, description = "The keys"), (status = 404, body = problem::ProblemDetails, description = "No key has this id"), (status = 409, body = problem::ProblemDetails, description = "The key that signs cannot wait"))
)]
async fn rotate(At(issuer): At, Body(rotation): Body<Rotation>) -> Result<Json<Keys>, Problem> {
    // Making a key takes too long for the thread that serves requests.
    let turn = move || {
        issuer.keys().turn(&rotation).map(|_| shown(&issuer)).map_err(|error| refused(error, &issuer))
    };
    tokio::task::spawn_blocking(turn)
        .await
        .unwrap_or_else(|panic| std::panic::resume_unwind(panic.into_panic()))
}

/// Retire a key
///
/// It leaves the key set, and its tokens are no longer accepted.
#[utoipa::path(
    delete,
    path = "/keys/{kid}",
    tag = "Keys",
    params(("kid" = KeyId, Path, description = "The key's id")),
    responses((status = 204, description = "Retired"), (status = 404, body = problem::ProblemDetails, description = "No key has this id"), (status = 409, body = problem::ProblemDetails, description = "It is the key that signs"))
)]
async fn retire(
    At(issuer): At,
    Path((_, kid)): Path<(String, KeyId)>,
    _: Nothing,
) -> Result<StatusCode, Problem> {
    issuer.keys().retire(&kid).map_err(|error| refused(error, &issuer))?;
    Ok(StatusCode::NO_CONTENT)
}

fn refused(error: KeyRingError, issuer: &Issuer) -> Problem {
    match error {
        KeyRingError::Unknown(kid) => {
            let near = issuer.keys().nearest(&kid);
            Problem::unknown("key", kid.as_str(), near.as_ref().map(KeyId::as_str))
        }
        KeyRingError::Useless => Problem::unfit_body("sign", &error.to_string()),
        KeyRingError::Signs(_) => {
            let remedy = format!("POST {{}} to {}/_mock/keys/rotate", issuer.url());
            Problem::conflict("key-signs", format!("{error}: {remedy}"))
        }
    }
}

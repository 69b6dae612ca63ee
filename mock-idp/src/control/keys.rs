//! `GET /_mock/keys`: the issuer's keys, and what each of them is for.

use axum::{Json, routing::get};
use serde::Serialize;

use super::{At, Room};
use crate::protocol::text::KeyId;

pub(super) fn route() -> Room {
    get(list)
}

#[derive(Debug, Serialize)]
struct Keys {
    keys: Vec<Key>,
}

#[derive(Debug, Serialize)]
struct Key {
    kid: KeyId,
    alg: String,
    /// Whether new tokens are signed with it.
    signs: bool,
    /// Whether `/v1/keys` shows it.
    published: bool,
}

async fn list(At(issuer): At) -> Json<Keys> {
    let signing = issuer.keys().signing().kid();
    let keys = issuer.keys().jwks().keys.into_iter();
    let keys =
        keys.map(|jwk| Key { signs: jwk.kid == *signing, published: true, kid: jwk.kid, alg: jwk.alg });
    Json(Keys { keys: keys.collect() })
}

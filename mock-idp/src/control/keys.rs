//! `GET /_mock/keys`: the issuer's keys, and what each of them is for.

use axum::Json;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::routes;

use super::{At, Rooms};
use crate::protocol::text::KeyId;

pub(super) fn rooms() -> Rooms {
    Rooms::default().routes(routes!(list))
}

/// The keys.
#[derive(Debug, Serialize, ToSchema)]
struct Keys {
    keys: Vec<Key>,
}

/// A key.
#[derive(Debug, Serialize, ToSchema)]
struct Key {
    kid: KeyId,
    alg: String,
    /// Whether new tokens are signed with it.
    signs: bool,
    /// Whether `/v1/keys` shows it.
    published: bool,
}

/// All keys
#[utoipa::path(
    get,
    path = "/keys",
    tag = "Keys",
    responses((status = 200, body = Keys, description = "The keys"))
)]
async fn list(At(issuer): At) -> Json<Keys> {
    let signing = issuer.keys().signing().kid();
    let keys = issuer.keys().jwks().keys.into_iter();
    let keys =
        keys.map(|jwk| Key { signs: jwk.kid == *signing, published: true, kid: jwk.kid, alg: jwk.alg });
    Json(Keys { keys: keys.collect() })
}

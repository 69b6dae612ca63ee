//! `PUT /_mock/seed`: loads the issuer's dice.
//!
//! | | |
//! |---|---|
//! | `PUT /_mock/seed` | `{"seed": 7}`: from now on codes, identifiers and new keys' ids are those of a mock that was just started with `--seed 7` |
//!
//! The same requests in the same order then give the same bytes, tokens included while the clock stands still. It
//! changes nothing that is there already, and no other issuer: two issuers of different names never share a code.
//! For a whole run to be the same as an earlier one, reset the issuer (`DELETE /_mock/state`), freeze the clock, then
//! seed.

use axum::{http::StatusCode, routing::put};
use serde::Deserialize;

use super::{At, Body, Room};

pub(super) fn route() -> Room {
    put(seed)
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Setting {
    seed: u64,
}

async fn seed(At(issuer): At, Body(Setting { seed }): Body<Setting>) -> StatusCode {
    issuer.seed(seed);
    StatusCode::NO_CONTENT
}

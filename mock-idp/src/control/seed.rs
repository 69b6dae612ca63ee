//! `PUT /_mock/seed`: loads the issuer's dice.
//!
//! | | |
//! |---|---|
//! | `PUT /_mock/seed` | `{"seed": 7}`: from now on codes, identifiers and new keys' ids are those of a mock that was just started with `--seed 7` |
//!
//! The same requests in the same order then give the same bytes, tokens included: a clock that runs is stopped at
//! 2026-01-01T00:00:00Z, as those of a mock that was started with `--seed` are; one that stands still stays where it is.
//! It changes nothing that is there already, and no other issuer: two issuers of different names never share a code. For
//! a whole run to be the same as an earlier one, reset the issuer first (`DELETE /_mock/state`).

use axum::http::StatusCode;
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::routes;

use super::{
    at::{At, Routes},
    input::Body,
};

pub(super) fn routes() -> Routes {
    Routes::default().routes(routes!(seed))
}

/// What dice are loaded with.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Seed {
    /// Any number from 0 to 9223372036854775807.
    #[schema(example = 7)]
    seed: u64,
}

/// Load the dice
///
/// The same requests in the same order give the same codes, identifiers and tokens. A clock that runs is stopped at
/// 2026-01-01T00:00:00Z; one that stands still stays where it is.
#[utoipa::path(
    put,
    path = "/seed",
    tag = "Seed",
    request_body = Seed,
    responses((status = 204, description = "Loaded"))
)]
async fn seed(At(issuer): At, Body(Seed { seed }): Body<Seed>) -> StatusCode {
    issuer.seed(seed);
    StatusCode::NO_CONTENT
}

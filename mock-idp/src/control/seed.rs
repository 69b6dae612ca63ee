//! `PUT /_mock/seed`: seeds the issuer's random source.
//!
//! | | |
//! |---|---|
//! | `PUT /_mock/seed` | `{"seed": 7}`: from now on codes, identifiers and new keys' ids are those of a mock that was just started with `--seed 7` |
//!
//! The same requests in the same order then give the same bytes, including tokens. A running clock is frozen at
//! 2026-01-01T00:00:00Z, like the clock of a mock that was started with `--seed`; a frozen clock is not changed. The
//! call changes neither existing data nor other issuers: two issuers with different names never share a code. To repeat
//! a whole run, reset the issuer first (`DELETE /_mock/state`).

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

/// The seed of a random source.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Seed {
    /// Any number from 0 to 9223372036854775807.
    #[schema(example = 7)]
    seed: u64,
}

/// Seed the random source
///
/// The same requests in the same order give the same codes, identifiers and tokens. A running clock is frozen at
/// 2026-01-01T00:00:00Z; a frozen clock is not changed.
#[utoipa::path(
    put,
    path = "/seed",
    tag = "Seed",
    request_body = Seed,
    responses((status = 204, description = "Seeded"))
)]
async fn seed(At(issuer): At, Body(Seed { seed }): Body<Seed>) -> StatusCode {
    issuer.seed(seed);
    StatusCode::NO_CONTENT
}

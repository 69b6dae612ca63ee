//! `/_mock/clock`: the clock of this issuer.
//!
//! | | | |
//! |---|---|---|
//! | `GET /_mock/clock` | | `{"now":"2026-11-24T03:42:43Z","frozen":false}` |
//! | `PUT /_mock/clock` | `{"now"?, "frozen"?}` | sets it; a member that is left out is not changed |
//! | `POST /_mock/clock/advance` | `{"seconds":61}` | moves it forward; a frozen clock stays frozen |
//!
//! Each answers with what the clock then shows.

use std::time::Duration;

use axum::Json;
use serde::{Deserialize, Deserializer};
use utoipa::ToSchema;
use utoipa_axum::routes;

use super::{
    at::{At, Routes},
    input::Body,
    problem::Problem,
};
use crate::{
    clock::{Clock, Reading},
    protocol::timestamp::Timestamp,
};

pub(super) fn routes() -> Routes {
    Routes::default().routes(routes!(show, set)).routes(routes!(advance))
}

/// A change to a clock. A member that is left out is not changed. At least one is required.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(min_properties = 1)]
struct ClockSetting {
    /// The time that it shows from now on.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Timestamp)]
    now: Option<Timestamp>,
    /// Whether it stands still.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = bool)]
    frozen: Option<bool>,
}

/// A member that is present must not be `null`: a script that has lost a value would change nothing without notice.
fn given<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

/// Sets a clock to what a clock has shown.
pub(super) fn restore(clock: &Clock, reading: Reading) {
    clock.turn(Some(reading.now), Some(reading.frozen));
}

/// By how much to move the clock.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Advance {
    /// In seconds.
    #[schema(example = 61)]
    seconds: u64,
}

/// What the clock shows
#[utoipa::path(
    get,
    path = "/clock",
    tag = "Clock",
    responses((status = 200, body = Reading, description = "What it shows"))
)]
async fn show(At(issuer): At) -> Json<Reading> {
    Json(issuer.clock().read())
}

/// Freeze, set or thaw the clock
#[utoipa::path(
    put,
    path = "/clock",
    tag = "Clock",
    request_body = ClockSetting,
    responses((status = 200, body = Reading, description = "What it shows now"))
)]
async fn set(At(issuer): At, Body(setting): Body<ClockSetting>) -> Result<Json<Reading>, Problem> {
    if setting.now.is_none() && setting.frozen.is_none() {
        return Err(Problem::unfit_body("", "now and frozen are missing, expected at least one of them"));
    }
    Ok(Json(issuer.clock().turn(setting.now, setting.frozen)))
}

/// Move the clock forward
///
/// Codes, tokens and sessions of this issuer age without waiting. A frozen clock stays frozen.
#[utoipa::path(
    post,
    path = "/clock/advance",
    tag = "Clock",
    request_body = Advance,
    responses((status = 200, body = Reading, description = "What it shows now"))
)]
async fn advance(At(issuer): At, Body(Advance { seconds }): Body<Advance>) -> Json<Reading> {
    issuer.advance(Duration::from_secs(seconds));
    Json(issuer.clock().read())
}

//! `/_mock/clock`: what time it is for this issuer.
//!
//! | | | |
//! |---|---|---|
//! | `GET /_mock/clock` | | `{"now":"2026-11-24T03:42:43Z","frozen":false}` |
//! | `PUT /_mock/clock` | `{"now"?, "frozen"?}` | sets it; what is left out stays as it is |
//! | `POST /_mock/clock/advance` | `{"seconds":61}` | lets time pass; a frozen clock stays frozen |
//!
//! Each answers with what the clock shows then.

use std::time::Duration;

use axum::{
    Json,
    routing::{get, post},
};
use serde::Deserialize;

use super::{At, Body, Problem, Room};
use crate::{
    clock::{Clock, Reading},
    protocol::timestamp::Timestamp,
};

pub(super) fn route() -> Room {
    get(show).put(set)
}

pub(super) fn advance_route() -> Room {
    post(advance)
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Setting {
    #[serde(default)]
    now: Option<Timestamp>,
    #[serde(default)]
    frozen: Option<bool>,
}

/// Sets a clock to what a clock has shown.
pub(super) fn restore(clock: &Clock, reading: Reading) {
    apply(&Setting { now: Some(reading.now), frozen: Some(reading.frozen) }, clock);
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Advance {
    seconds: u64,
}

async fn show(At(issuer): At) -> Json<Reading> {
    Json(issuer.clock().read())
}

async fn set(At(issuer): At, Body(setting): Body<Setting>) -> Result<Json<Reading>, Problem> {
    if setting.now.is_none() && setting.frozen.is_none() {
        return Err(Problem::unfit_body(
            "",
            "neither now nor frozen is given, expected at least one of them",
        ));
    }
    apply(&setting, issuer.clock());
    Ok(Json(issuer.clock().read()))
}

fn apply(setting: &Setting, clock: &Clock) {
    let shown = clock.read();
    let now = setting.now.unwrap_or(shown.now);
    if setting.frozen.unwrap_or(shown.frozen) {
        clock.freeze(now);
    } else if setting.now.is_some() || shown.frozen {
        clock.set(now);
    }
}

async fn advance(At(issuer): At, Body(Advance { seconds }): Body<Advance>) -> Json<Reading> {
    issuer.advance(Duration::from_secs(seconds));
    Json(issuer.clock().read())
}

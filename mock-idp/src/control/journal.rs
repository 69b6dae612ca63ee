//! `/_mock/journal`: what was asked of the issuer, and what it answered.
//!
//! | | |
//! |---|---|
//! | `GET /_mock/journal?endpoint=&app=&outcome=&after=` | the exchanges that match, oldest first |
//! | `DELETE /_mock/journal` | forgets them; numbers go on |
//! | `GET /_mock/journal/wait?count=1&timeout_ms=5000&…` | the same as soon as there are `count`; 504 if not in time |
//!
//! The answer is `{"entries":[…],"last":17,"dropped":0}`: `last` is the number of the newest exchange, to ask for what
//! comes `after`; `dropped` counts those that were forgotten because the journal was full. Values of a filter:
//! `endpoint` as an entry names it (`token`), `app` an API Key, `outcome` one of `answered`, `refused`, `asked`.

use std::time::Duration;

use axum::{Json, http::StatusCode, routing::get};
use serde::Deserialize;

use super::{At, Problem, Query, Room};
use crate::{
    journal::{CAPACITY, Excerpt, Filter, Outcome},
    protocol::{endpoint::Endpoint, text::ApiKey},
};

/// The longest wait, in milliseconds.
const LONGEST_WAIT: u64 = 60_000;

pub(super) fn route() -> Room {
    get(show).delete(clear)
}

pub(super) fn wait_route() -> Room {
    get(wait)
}

/// A filter, how many exchanges are waited for, and how long.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wait {
    endpoint: Option<Endpoint>,
    app: Option<ApiKey>,
    outcome: Option<Outcome>,
    after: Option<u64>,
    #[serde(default = "one")]
    count: usize,
    #[serde(default = "five_seconds")]
    timeout_ms: u64,
}

const fn one() -> usize {
    1
}

const fn five_seconds() -> u64 {
    5_000
}

async fn show(At(issuer): At, Query(filter): Query<Filter>) -> Json<Excerpt> {
    Json(issuer.journal().excerpt(&filter))
}

async fn clear(At(issuer): At) -> StatusCode {
    issuer.journal().clear();
    StatusCode::NO_CONTENT
}

async fn wait(At(issuer): At, Query(wait): Query<Wait>) -> Result<Json<Excerpt>, Problem> {
    let Wait { endpoint, app, outcome, after, count, timeout_ms } = wait;
    if !(1..=CAPACITY).contains(&count) {
        return Err(Problem::unfit_query("count", &format!("count is {count}, expected 1 to {CAPACITY}")));
    }
    if timeout_ms > LONGEST_WAIT {
        let message = format!("timeout_ms is {timeout_ms}, expected at most {LONGEST_WAIT}");
        return Err(Problem::unfit_query("timeout_ms", &message));
    }
    let filter = Filter { endpoint, app, outcome, after };
    match issuer.journal().wait(&filter, count, Duration::from_millis(timeout_ms)).await {
        Ok(_) => Ok(Json(issuer.journal().excerpt(&filter))),
        Err(found) => Err(Problem::waited_in_vain(count, timeout_ms, found)),
    }
}

//! `/_mock/journal`: the requests to the issuer, and its answers.
//!
//! | | |
//! |---|---|
//! | `GET /_mock/journal?endpoint=&app=&outcome=&flow=&after=&reveal=` | the exchanges that match, oldest first |
//! | `GET /_mock/journal.har?…` | the same as an HTTP Archive, for a browser's developer tools |
//! | `DELETE /_mock/journal` | forgets all exchanges; the numbering continues |
//! | `GET /_mock/journal/wait?count=1&timeout_ms=5000&…` | the same as soon as there are `count`; 504 if there are fewer in time |
//!
//! The answer is `{"entries":[…],"last":17,"dropped":0,"forgotten":0}`: `last` is the number of the newest exchange,
//! for the next `after`; `dropped` counts the exchanges that were dropped because the journal was full; `forgotten`
//! counts those whose headers and bodies were dropped because they took too much space. Values of a filter: `endpoint`
//! as an entry names it (`token`), `app` an API Key, `outcome` one of `answered`, `refused`, `asked`, `flow` the number
//! of a flow.
//!
//! Secrets are masked: the same secret is always the same `[masked:1a2b3c4d]`. `reveal=true` shows secrets, unless the
//! mock was started with `--mask` (403).

#![expect(unused_qualifications, reason = "utoipa's macro writes the types of parameters in full")]

use std::time::Duration;

use axum::{
    Json,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::routes;

use super::{
    at::{At, Routes},
    input::{Nothing, Query},
    problem::{self, Problem},
};
use crate::{
    issuer::Issuer,
    journal::{CAPACITY, Excerpt, Filter, Har, Outcome},
    protocol::{endpoint::Endpoint, flow_id::FlowId, text::ApiKey},
};

/// The longest wait, in milliseconds.
const LONGEST_WAIT: u64 = 60_000;

pub(super) fn routes() -> Routes {
    Routes::default().routes(routes!(show, clear)).routes(routes!(archive)).routes(routes!(wait))
}

/// A filter, the number of exchanges, and the longest wait.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Wait {
    /// At this endpoint.
    endpoint: Option<Endpoint>,
    /// By this app.
    app: Option<ApiKey>,
    /// With this outcome.
    outcome: Option<Outcome>,
    /// Of this flow.
    flow: Option<FlowId>,
    /// With a number greater than this.
    #[serde(default)]
    after: Option<u64>,
    /// Whether secrets are shown.
    #[serde(default)]
    reveal: bool,
    /// How many.
    #[serde(default = "one")]
    #[param(minimum = 1, maximum = 2000)]
    count: usize,
    /// How long to wait, in milliseconds.
    #[serde(default = "five_seconds")]
    #[param(maximum = 60000)]
    timeout_ms: u64,
}

const fn one() -> usize {
    1
}

const fn five_seconds() -> u64 {
    5_000
}

/// The filter. Refuses to reveal secrets where that is forbidden.
pub(super) fn permitted(filter: Filter, issuer: &Issuer) -> Result<Filter, Problem> {
    if filter.reveal && issuer.journal().forbids_revealing() {
        return Err(Problem::no_revealing());
    }
    Ok(filter)
}

/// Requests and answers
///
/// Secrets are masked; `reveal=true` shows them, unless the mock was started with `--mask` (403).
#[utoipa::path(
    get,
    path = "/journal",
    tag = "Journal",
    params(Filter),
    responses((status = 200, body = Excerpt, description = "The exchanges that match, oldest first"))
)]
async fn show(At(issuer): At, Query(filter): Query<Filter>) -> Result<Json<Excerpt>, Problem> {
    let filter = permitted(filter, &issuer)?;
    Ok(Json(issuer.journal().excerpt(&filter)))
}

/// The journal as an HTTP Archive
///
/// A browser's developer tools open it.
#[utoipa::path(
    get,
    path = "/journal.har",
    tag = "Journal",
    params(Filter),
    responses((status = 200, body = Object, description = "HAR 1.2, as a file to download"))
)]
async fn archive(At(issuer): At, Query(filter): Query<Filter>) -> Result<Response, Problem> {
    let filter = permitted(filter, &issuer)?;
    let har = Har::of(issuer.journal().matching(&filter));
    let disposition = format!("attachment; filename=\"{}.har\"", issuer.name());
    Ok(([(header::CONTENT_DISPOSITION, disposition)], Json(har)).into_response())
}

/// Forget all exchanges
#[utoipa::path(
    delete,
    path = "/journal",
    tag = "Journal",
    responses((status = 204, description = "Forgotten; the numbering continues"))
)]
async fn clear(At(issuer): At, _: Nothing) -> StatusCode {
    issuer.journal().clear();
    StatusCode::NO_CONTENT
}

/// Wait for exchanges
#[utoipa::path(
    get,
    path = "/journal/wait",
    tag = "Journal",
    params(Wait),
    responses((status = 200, body = Excerpt, description = "The exchanges that match, as soon as there are `count`"), (status = 504, body = problem::ProblemDetails, description = "Timed out; `entries` holds those that match"))
)]
async fn wait(At(issuer): At, Query(wait): Query<Wait>) -> Result<Json<Excerpt>, Problem> {
    let Wait { endpoint, app, outcome, flow, after, reveal, count, timeout_ms } = wait;
    if !(1..=CAPACITY).contains(&count) {
        return Err(Problem::unfit_query("count", &format!("count is {count}, expected 1 to {CAPACITY}")));
    }
    if timeout_ms > LONGEST_WAIT {
        let message = format!("timeout_ms is {timeout_ms}, expected at most {LONGEST_WAIT}");
        return Err(Problem::unfit_query("timeout_ms", &message));
    }
    let filter = permitted(Filter { endpoint, app, outcome, flow, after, reveal }, &issuer)?;
    match issuer.journal().wait(&filter, count, Duration::from_millis(timeout_ms)).await {
        Ok(_) => Ok(Json(issuer.journal().excerpt(&filter))),
        Err(found) => Err(Problem::timed_out(count, timeout_ms, found)),
    }
}

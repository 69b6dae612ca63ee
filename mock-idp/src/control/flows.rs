//! `/_mock/flows`: each sign-in attempt as one story, from the browser's redirect to the last API call.
//!
//! | | |
//! |---|---|
//! | `GET /_mock/flows?app=&status=` | all of them in a line each, the oldest first |
//! | `GET /_mock/flows/{id}` | one with all its steps; each refusal with its rule, what was expected, what came, how to mend it |
//!
//! The status is one of `waiting_for_sign_in`, `code_issued`, `code_expired`, `signed_in`, `token_issued` (an app's own),
//! `refused`, `cancelled`, `revoked`, `signed_out`. The steps' exchanges stand at `/_mock/journal?flow={id}`. Flows are
//! read off the journal: what it has dropped or deleted is missing here too.

use axum::{Json, extract::Path, routing::get};
use serde::{Deserialize, Serialize};

use super::{At, Problem, Query, Room};
use crate::{
    journal::{Flow, FlowStatus},
    protocol::{
        flow_id::FlowId,
        text::{ApiKey, Username},
        timestamp::Timestamp,
    },
};

pub(super) fn route() -> Room {
    get(list)
}

pub(super) fn one_route() -> Room {
    get(show)
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Choice {
    app: Option<ApiKey>,
    status: Option<FlowStatus>,
}

#[derive(Debug, Serialize)]
struct Flows {
    flows: Vec<Line>,
}

/// A flow without its steps.
#[derive(Debug, Serialize)]
struct Line {
    id: FlowId,
    status: FlowStatus,
    summary: String,
    began: Timestamp,
    last: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    app: Option<ApiKey>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<Username>,
    steps: usize,
}

impl From<Flow> for Line {
    fn from(flow: Flow) -> Self {
        let Flow { id, status, summary, began, last, app, user, code_expires: _, steps } = flow;
        Self { id, status, summary, began, last, app, user, steps: steps.len() }
    }
}

async fn list(At(issuer): At, Query(choice): Query<Choice>) -> Json<Flows> {
    let chosen = issuer.flows().into_iter().filter(|flow| {
        choice.app.as_ref().is_none_or(|app| flow.app.as_ref() == Some(app))
            && choice.status.is_none_or(|status| flow.status == status)
    });
    Json(Flows { flows: chosen.map(Line::from).collect() })
}

async fn show(At(issuer): At, Path((_, id)): Path<(String, String)>) -> Result<Json<Flow>, Problem> {
    let flow = id.parse().ok().and_then(|number| issuer.flow(FlowId::new(number)));
    flow.map(Json).ok_or_else(|| Problem::unknown("flow", &id, None))
}

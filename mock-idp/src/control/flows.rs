//! `/_mock/flows`: the steps of each sign-in attempt, from the browser's redirect to the last API call.
//!
//! | | |
//! |---|---|
//! | `GET /_mock/flows?app=&status=` | all flows, each without its steps, the oldest first |
//! | `GET /_mock/flows/{id}` | one flow with all its steps; each refusal with its rule, what was expected, what was received, how to mend it |
//!
//! The status is one of `waiting_for_sign_in`, `code_issued`, `code_expired`, `signed_in`, `token_issued` (for an app
//! itself), `refused`, `cancelled`, `revoked`, `signed_out`. `/_mock/journal?flow={id}` lists the exchanges of a flow.
//! Flows are derived from the journal: an entry that the journal has dropped is missing here too.

#![expect(unused_qualifications, reason = "utoipa's macro writes the types of parameters in full")]

use axum::{Json, extract::Path};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::routes;

use super::{
    at::{At, Routes},
    input::Query,
    problem::{self, Problem},
};
use crate::{
    journal::{Flow, FlowStatus},
    protocol::{
        flow_id::FlowId,
        text::{ApiKey, Username},
        timestamp::Timestamp,
    },
};

pub(super) fn routes() -> Routes {
    Routes::default().routes(routes!(list)).routes(routes!(show))
}

#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Choice {
    /// Of this app.
    app: Option<ApiKey>,
    /// With this status.
    status: Option<FlowStatus>,
}

/// Flows without their steps.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Flows)]
struct FlowList {
    /// The oldest first.
    flows: Vec<FlowLine>,
}

/// A flow without its steps.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FlowLine)]
struct FlowLine {
    id: FlowId,
    /// The status.
    status: FlowStatus,
    /// The status in a sentence.
    summary: String,
    /// When it began.
    began: Timestamp,
    /// When its last exchange was answered.
    last: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    app: Option<ApiKey>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<Username>,
    /// How many exchanges it has.
    steps: usize,
}

impl From<Flow> for FlowLine {
    fn from(flow: Flow) -> Self {
        let Flow { id, status, summary, began, last, app, user, code_expires: _, steps } = flow;
        Self { id, status, summary, began, last, app, user, steps: steps.len() }
    }
}

/// All flows
///
/// The steps of each sign-in attempt, from the browser's redirect to the last API call. Flows are derived from the
/// journal: an entry that the journal has dropped is missing here too.
#[utoipa::path(
    get,
    path = "/flows",
    tag = "Flows",
    params(Choice),
    responses((status = 200, body = FlowList, description = "The flows, the oldest first"))
)]
async fn list(At(issuer): At, Query(choice): Query<Choice>) -> Json<FlowList> {
    let chosen = issuer.flows().into_iter().filter(|flow| {
        choice.app.as_ref().is_none_or(|app| flow.app.as_ref() == Some(app))
            && choice.status.is_none_or(|status| flow.status == status)
    });
    Json(FlowList { flows: chosen.map(FlowLine::from).collect() })
}

/// One flow
#[utoipa::path(
    get,
    path = "/flows/{flow}",
    tag = "Flows",
    params(("flow" = String, Path, description = "Its number", example = "1")),
    responses((status = 200, body = Flow, description = "The flow with all its steps"), (status = 404, body = problem::ProblemDetails, description = "No flow has this number"))
)]
async fn show(At(issuer): At, Path((_, id)): Path<(String, String)>) -> Result<Json<Flow>, Problem> {
    let flow = id.parse().ok().and_then(|number| issuer.flow(FlowId::new(number)));
    flow.map(Json).ok_or_else(|| Problem::unknown("flow", &id, None))
}

//! The control API, `{issuer}/_mock/…`: what a test turns and reads while the mock runs. One resource, one file.
//!
//! It speaks JSON; errors are problems (RFC 9457). Its calls do not stand in the journal.

mod apps;
mod clock;
mod deliver;
mod duplicate;
mod events;
mod faults;
mod flows;
mod guard;
mod input;
mod issuers;
mod journal;
mod keys;
mod openapi;
mod problem;
mod seed;
mod sign_in;
mod state;
mod subscriptions;
mod tokens;
mod users;

use std::{collections::HashMap, sync::Arc};

use axum::{
    Json, Router,
    body::Body as AxumBody,
    extract::{FromRequestParts, OriginalUri, Path, State},
    http::{StatusCode, request::Parts},
    middleware,
    response::Response,
    routing::get,
};
use serde_json::json;
use utoipa_axum::router::OpenApiRouter;

use crate::{
    directory::{Flaw, Put},
    issuer::Issuer,
    issuers::Issuers,
    pipeline,
    protocol::near_miss,
};
pub use openapi::control_api;

use input::{Body, Nothing, Query};
use problem::{BodyFlaw, Problem};

/// Where an issuer's control API stands.
const BASE: &str = "/oauth2/{issuer}/_mock";

/// Resources of the control API, each with its description.
type Rooms = OpenApiRouter<Issuers>;

/// All resources of an issuer.
fn rooms() -> Rooms {
    Rooms::default()
        .merge(apps::rooms())
        .merge(clock::rooms())
        .merge(deliver::rooms())
        .merge(events::rooms())
        .merge(faults::rooms())
        .merge(flows::rooms())
        .merge(journal::rooms())
        .merge(keys::rooms())
        .merge(seed::rooms())
        .merge(sign_in::rooms())
        .merge(state::rooms())
        .merge(subscriptions::rooms())
        .merge(tokens::rooms())
        .merge(users::rooms())
}

/// Every URL beside the endpoints: the control API, `/healthz`, and what is nowhere.
pub(crate) fn router(issuers: Issuers) -> Router {
    openapi::router()
        .layer(middleware::from_fn_with_state(issuers.clone(), guard::guard))
        .route("/healthz", get(async || Json(json!({ "status": "ok" }))))
        .fallback(unknown_path)
        .with_state(issuers)
}

/// Nothing is here: Okta's answer.
async fn unknown_path(State(issuers): State<Issuers>, OriginalUri(uri): OriginalUri) -> Response {
    pipeline::unknown_path(uri.path(), &issuers).map(AxumBody::from)
}

async fn nowhere(OriginalUri(uri): OriginalUri) -> Problem {
    let below = uri.path().split_once("/_mock").map_or("", |(_, below)| below);
    let paths: Vec<&str> = openapi::paths().collect();
    Problem::not_found(uri.path(), near_miss::nearest(below, paths.iter().copied()), &paths)
}

/// The issuer whose control API is called.
struct At(Arc<Issuer>);

impl FromRequestParts<Issuers> for At {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, issuers: &Issuers) -> Result<Self, Problem> {
        let names =
            <Path<HashMap<String, String>> as FromRequestParts<Issuers>>::from_request_parts(parts, issuers)
                .await;
        let name = names.ok().and_then(|Path(mut names)| names.remove("issuer")).unwrap_or_default();
        let sender = issuers.sender(&parts.headers);
        issuers.named_by(sender, &name).map(Self).ok_or_else(|| {
            let path =
                parts.extensions.get::<OriginalUri>().map_or(&parts.uri, |OriginalUri(uri)| uri).path();
            Problem::unknown_issuer(path)
        })
    }
}

/// The answer to an item that was put into a directory: the status says whether it is new (RFC 9110 §9.3.4).
fn answer_put<T>(put: Result<Put, Vec<Flaw>>, item: T) -> Result<(StatusCode, Json<T>), Problem> {
    match put {
        Ok(Put::Added) => Ok((StatusCode::CREATED, Json(item))),
        Ok(Put::Replaced) => Ok((StatusCode::OK, Json(item))),
        Err(flaws) => Err(Problem::of_flaws(flaws.into_iter().map(BodyFlaw::of_item).collect())),
    }
}

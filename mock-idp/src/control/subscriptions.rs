//! `/_mock/subscriptions`: which dealers have subscribed to which apps.
//!
//! One id may stand for subscriptions to several apps, as a dealer's does at Fortellis.
//!
//! | | | |
//! |---|---|---|
//! | `GET /_mock/subscriptions` | | `{"subscriptions":[…]}` |
//! | `GET /_mock/subscriptions/{id}` | | the same, of this id |
//! | `PUT /_mock/subscriptions/{id}` | the fields of the configuration file; `id` may be left out | 201, or 200 where that app had this id |
//! | `DELETE /_mock/subscriptions/{id}` | | 204; with `?app=` only the subscription to that app |

use axum::{Json, extract::Path, http::StatusCode, routing::get};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{At, Body, Problem, Query, Room, apps, input::fit, replace_or_add};
use crate::{
    directory::{Directory, Subscription},
    protocol::{
        near_miss,
        text::{ApiKey, SubscriptionId},
    },
};

pub(super) fn route() -> Room {
    get(list)
}

pub(super) fn one_route() -> Room {
    get(show).put(put).delete(remove)
}

#[derive(Debug, Serialize)]
struct Subscriptions {
    subscriptions: Vec<Subscription>,
}

/// Which of the subscriptions with one id.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Which {
    app: Option<ApiKey>,
}

async fn list(At(issuer): At) -> Json<Subscriptions> {
    Json(Subscriptions { subscriptions: issuer.step(|step| step.directory.subscriptions.clone()) })
}

async fn show(
    At(issuer): At,
    Path((_, id)): Path<(String, SubscriptionId)>,
) -> Result<Json<Subscriptions>, Problem> {
    issuer.step(|step| {
        let subscriptions: Vec<Subscription> = step.directory.subscriptions(&id).cloned().collect();
        if subscriptions.is_empty() {
            return Err(unknown(step.directory, &id));
        }
        Ok(Json(Subscriptions { subscriptions }))
    })
}

async fn put(
    At(issuer): At,
    Path((_, id)): Path<(String, SubscriptionId)>,
    Body(body): Body<Value>,
) -> Result<(StatusCode, Json<Subscription>), Problem> {
    let subscription: Subscription = fit(body, "id", id.as_str())?;
    issuer.step(|step| {
        let app = &subscription.app;
        if step.directory.app(app).is_none() {
            let near = apps::nearest(step.directory, app.as_str());
            return Err(Problem::names_nobody("app", "app", app.as_str(), near));
        }
        let known = &mut step.directory.subscriptions;
        let status = replace_or_add(known, subscription.clone(), |one| one.id == id && one.app == *app);
        Ok((status, Json(subscription)))
    })
}

async fn remove(
    At(issuer): At,
    Path((_, id)): Path<(String, SubscriptionId)>,
    Query(which): Query<Which>,
) -> Result<StatusCode, Problem> {
    let is_meant = |one: &Subscription| one.id == id && which.app.as_ref().is_none_or(|app| one.app == *app);
    issuer.step(|step| {
        if !step.directory.subscriptions.iter().any(is_meant) {
            return Err(unknown(step.directory, &id));
        }
        step.directory.subscriptions.retain(|one| !is_meant(one));
        Ok(StatusCode::NO_CONTENT)
    })
}

fn unknown(directory: &Directory, id: &SubscriptionId) -> Problem {
    let ids = directory.subscriptions.iter().map(|one| one.id.as_str());
    Problem::unknown("subscription", id.as_str(), near_miss::nearest(id.as_str(), ids))
}

//! `/_mock/subscriptions`: the subscriptions of dealers to apps.
//!
//! One id may have subscriptions to several apps, as at Fortellis.
//!
//! | | | |
//! |---|---|---|
//! | `GET /_mock/subscriptions` | | `{"subscriptions":[…]}` |
//! | `GET /_mock/subscriptions/{id}` | | the same, of this id |
//! | `PUT /_mock/subscriptions/{id}` | the fields of the configuration file; `id` may be left out | 201, or 200 if that app had this id |
//! | `DELETE /_mock/subscriptions/{id}` | | 204; with `?app=` only the subscription to that app |

#![expect(unused_qualifications, reason = "utoipa's macro writes the types of parameters in full")]

use axum::{Json, extract::Path, http::StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::routes;

use super::{
    at::{At, Routes},
    input::{Body, Nothing, Query},
    problem::{self, Problem},
    put::{answer_put, fit},
};
use crate::{
    directory::{Directory, Subscription},
    protocol::{
        near_miss,
        text::{ApiKey, SubscriptionId},
    },
};

pub(super) fn routes() -> Routes {
    Routes::default().routes(routes!(list)).routes(routes!(show, put, remove))
}

/// Subscriptions.
#[derive(Debug, Serialize, ToSchema)]
struct Subscriptions {
    subscriptions: Vec<Subscription>,
}

/// Selects among the subscriptions with one id.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Which {
    /// The API Key of the app.
    app: Option<ApiKey>,
}

/// All subscriptions
#[utoipa::path(
    get,
    path = "/subscriptions",
    tag = "Subscriptions",
    responses((status = 200, body = Subscriptions, description = "The subscriptions"))
)]
async fn list(At(issuer): At) -> Json<Subscriptions> {
    Json(Subscriptions { subscriptions: issuer.step(|step| step.directory.subscriptions.clone()) })
}

/// The subscriptions with one id
#[utoipa::path(
    get,
    path = "/subscriptions/{id}",
    tag = "Subscriptions",
    params(("id" = SubscriptionId, Path, description = "The `Subscription-Id`")),
    responses((status = 200, body = Subscriptions, description = "The subscriptions"), (status = 404, body = problem::ProblemDetails, description = "No subscription has this id"))
)]
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

/// Subscribe a dealer to an app, or change the subscription
///
/// The fields of the configuration file; `id` may be left out, because the path names it.
#[utoipa::path(
    put,
    path = "/subscriptions/{id}",
    tag = "Subscriptions",
    params(("id" = SubscriptionId, Path, description = "The `Subscription-Id`")),
    request_body = Subscription,
    responses((status = 200, body = Subscription, description = "Changed"), (status = 201, body = Subscription, description = "Subscribed"))
)]
async fn put(
    At(issuer): At,
    Path((_, id)): Path<(String, SubscriptionId)>,
    Body(body): Body<Value>,
) -> Result<(StatusCode, Json<Subscription>), Problem> {
    let subscription: Subscription = fit(body, "id", id.as_str())?;
    let put = issuer.step(|step| step.directory.put_subscription(subscription.clone()));
    answer_put(put, subscription)
}

/// End subscriptions
#[utoipa::path(
    delete,
    path = "/subscriptions/{id}",
    tag = "Subscriptions",
    params(("id" = SubscriptionId, Path, description = "The `Subscription-Id`"), Which),
    responses((status = 204, description = "Ended"), (status = 404, body = problem::ProblemDetails, description = "No such subscription"))
)]
async fn remove(
    At(issuer): At,
    Path((_, id)): Path<(String, SubscriptionId)>,
    Query(which): Query<Which>,
    _: Nothing,
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

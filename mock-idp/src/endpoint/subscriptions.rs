//! `/subscriptions/{issuer}/v1/solution/subscriptions`: Fortellis' Subscriptions API, where an app finds out who has
//! subscribed to it and what to send as `Subscription-Id` ("Using the Subscriptions Endpoint").
//!
//! `http://localhost:9100/subscriptions/default` stands for `https://subscriptions.fortellis.io`. It asks for the
//! app's token as the gateway does, and for no `Subscription-Id`.

use axum::{
    Json,
    extract::Path,
    http::HeaderMap,
    response::{IntoResponse, Response},
    routing::get,
};
use serde_json::{Value, json};

use super::{
    Route,
    gateway::{cors, gate, proof, request_id},
    only_get,
};
use crate::{
    directory::{App, Directory, Subscription, SubscriptionStatus},
    extract::IssuerAt,
    gateway::{Caller, identify},
    issuer::Issuer,
    journal::Note,
    protocol::{near_miss, text::SubscriptionId},
    refusal::GatewayRefusal,
    respond::{gateway_error, no_store, with_request_id},
};

/// Where an issuer's Subscriptions API stands.
pub(super) const BASE: &str = "/subscriptions/{issuer}";

pub(super) fn routes() -> [(String, Route); 2] {
    let at = |path: &str| format!("{BASE}/v1/solution/subscriptions{path}");
    [
        (at(""), get(list).fallback(only_get).layer(cors())),
        (at("/{subscription}/context"), get(context).fallback(only_get).layer(cors())),
    ]
}

async fn list(IssuerAt(issuer): IssuerAt, headers: HeaderMap) -> Response {
    answer(&issuer, &headers, |caller, directory| {
        let own = directory.subscriptions.iter().filter(|one| one.app == caller.api_key);
        Ok(json!({ "subscriptions": own.map(entry).collect::<Vec<_>>() }))
    })
}

async fn context(
    IssuerAt(issuer): IssuerAt,
    Path((_, id)): Path<(String, SubscriptionId)>,
    headers: HeaderMap,
) -> Response {
    answer(&issuer, &headers, |caller, directory| {
        let known = || directory.subscriptions.iter().filter(|one| one.app == caller.api_key);
        let Some(subscription) = known().find(|one| one.id == id) else {
            let near = near_miss::nearest(id.as_str(), known().map(|one| one.id.as_str())).map(str::to_owned);
            return Err(GatewayRefusal::SubscriptionUnknown { id: id.clone(), near });
        };
        Ok(details(subscription, directory.app(&caller.api_key)))
    })
}

/// Lets an app that has proved who it is ask about its subscriptions.
fn answer(
    issuer: &Issuer,
    headers: &HeaderMap,
    ask: impl FnOnce(&Caller, &Directory) -> Result<Value, GatewayRefusal>,
) -> Response {
    let request_id = request_id(issuer, headers);
    let proof = proof(issuer, headers);
    let mut note = Note::default().param("Request-Id", Some(&request_id));
    let answered = issuer.step(|step| {
        let gate = gate(step, issuer.gateway());
        let caller = identify(proof, &gate)?;
        note = std::mem::take(&mut note).app(Some(caller.api_key.clone())).user(caller.user.clone());
        ask(&caller, gate.directory)
    });
    let response = match answered {
        Ok(body) => note.on(no_store(Json(body).into_response())),
        Err(refusal) => note.explained(refusal.explain()).on(gateway_error(&refusal, issuer.gateway())),
    };
    with_request_id(response, &request_id)
}

fn entry(subscription: &Subscription) -> Value {
    let date = |date: Option<jiff::civil::Date>| date.map(|date| date.to_string()).unwrap_or_default();
    json!({
        "subscriptionId": subscription.id,
        "orgId": subscription.organization.id,
        "orgName": subscription.organization.name,
        "status": match subscription.status {
            SubscriptionStatus::Active => "active",
            SubscriptionStatus::Inactive => "inactive",
        },
        "activationDate": date(subscription.activation_date),
        "deactivationDate": date(subscription.deactivation_date),
    })
}

/// What Fortellis tells of a subscription.
fn details(subscription: &Subscription, app: Option<&App>) -> Value {
    json!({
        "organizationInfo": subscription.organization.info(),
        "appInfo": {
            "id": subscription.app,
            "name": app.map(|app| app.name.as_str()).unwrap_or_default(),
            "developer": "",
            "contactEmail": "",
        },
    })
}

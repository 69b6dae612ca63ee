//! Answers of the API gateway: sample resources, echoes, and refusals as `{"code","message"}`.

use http::{HeaderName, HeaderValue, StatusCode, header};
use serde::Serialize;
use serde_json::Value;

use super::{Response, empty, json, no_store};
use crate::{
    gateway::{Call, GatewayRules, Pass},
    protocol::text::{ApiKey, SubscriptionId, Username},
    refusal::{GatewayError, GatewayRefusal},
};

/// Identifies a call in the logs of client, gateway and provider.
const REQUEST_ID: HeaderName = HeaderName::from_static("request-id");

#[derive(Serialize)]
struct GatewayErrorBody<'a> {
    code: &'a str,
    message: &'a str,
}

/// The answer to a call without a sample resource: the app, the user and the subscription of the call.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Echo<'a> {
    app: EchoedApp<'a>,
    /// `null` where the app acts for itself.
    user: Option<&'a Username>,
    subscription: EchoedSubscription<'a>,
    request_id: &'a str,
    method: &'a str,
    path: &'a str,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct EchoedApp<'a> {
    api_key: &'a ApiKey,
    name: &'a str,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct EchoedSubscription<'a> {
    subscription_id: &'a SubscriptionId,
    org_id: &'a str,
    org_name: &'a str,
}

impl<'a> Echo<'a> {
    /// The echo of a call that passed.
    pub(crate) fn of(call: &Call<'a>, pass: &'a Pass, request_id: &'a str) -> Self {
        Self {
            app: EchoedApp { api_key: &pass.caller.api_key, name: &pass.caller.app_name },
            user: pass.caller.user.as_ref(),
            subscription: EchoedSubscription {
                subscription_id: &pass.subscription,
                org_id: &pass.organization.id,
                org_name: &pass.organization.name,
            },
            request_id,
            method: call.method,
            path: call.path,
        }
    }
}

/// A JSON answer with this status. The body is empty if there is none.
pub(crate) fn gateway_json(status: u16, body: Option<&Value>) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::OK);
    no_store(match body {
        Some(body) => json(status, body),
        None => empty(status),
    })
}

/// A refused call. A 401 contains a challenge (RFC 6750 §3), and a 429 says when to retry (RFC 6585 §4).
pub(crate) fn gateway_error(refusal: &GatewayRefusal, rules: GatewayRules) -> Response {
    let GatewayError { status, code, message } = refusal.error();
    let status = status.code(rules.bad_token_status.code());
    let status_code = StatusCode::from_u16(status).unwrap_or(StatusCode::FORBIDDEN);
    let mut response = json(status_code, &GatewayErrorBody { code, message: &message });
    let headers = response.headers_mut();
    if status == StatusCode::UNAUTHORIZED.as_u16() {
        let challenge = match refusal {
            GatewayRefusal::AuthorizationMissing => "Bearer",
            _ => "Bearer error=\"invalid_token\"",
        };
        headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
    }
    if let GatewayRefusal::QuotaExceeded { retry_after_seconds, .. } = refusal {
        headers.insert(header::RETRY_AFTER, HeaderValue::from(*retry_after_seconds));
    }
    no_store(response)
}

/// Adds the call's `Request-Id` to the answer.
pub(crate) fn with_request_id(mut response: Response, id: &str) -> Response {
    if let Ok(id) = HeaderValue::try_from(id) {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    response
}

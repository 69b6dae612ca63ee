//! `/api/{issuer}/…`: the API gateway. It lets a call pass or answers with one of Fortellis' error codes.

use std::time::Duration;

use axum::{
    Json,
    body::Bytes,
    extract::{DefaultBodyLimit, State, rejection::BytesRejection},
    http::{HeaderMap, HeaderName, Method, StatusCode, Uri, header},
    response::{IntoResponse, Response},
    routing::any,
};
use tower_http::cors::{Any, CorsLayer};

use super::Route;
use crate::{
    extract::IssuerAt,
    gateway::{BODY_LIMIT, Call, Caller, Credentials, Gate, GatewayRules, Proof, Refused, addressed, judge},
    issuer::{Issuer, Step},
    issuers::{DEFAULT, Issuers},
    journal::Note,
    refusal::{GatewayRefusal, Unusable},
    respond::{Echo, gateway_error, gateway_json, no_store, with_request_id},
};

/// Where an issuer's gateway stands.
pub(super) const BASE: &str = "/api/{issuer}";

const SUBSCRIPTION_ID: HeaderName = HeaderName::from_static("subscription-id");
const REQUEST_ID: HeaderName = HeaderName::from_static("request-id");

/// How long a browser may remember that it may call.
const PREFLIGHT_LIFETIME: Duration = Duration::from_mins(10);

pub(super) fn routes() -> [(String, Route); 3] {
    let route = || any(call).layer((cors(), DefaultBodyLimit::max(BODY_LIMIT)));
    ["", "/", "/{*path}"].map(|below| (format!("{BASE}{below}"), route()))
}

/// Pages of any origin may call with a token that they hold; cookies count for nothing here. `Authorization` has to
/// be named: a wildcard does not cover it (Fetch §3.3.4). The rest are the headers that Fortellis documents.
pub(super) fn cors() -> CorsLayer {
    CorsLayer::new()
        .allow_origin(Any)
        .allow_methods([Method::GET, Method::HEAD, Method::POST, Method::PUT, Method::PATCH, Method::DELETE])
        .allow_headers([
            header::AUTHORIZATION,
            SUBSCRIPTION_ID,
            REQUEST_ID,
            header::ACCEPT,
            header::ACCEPT_LANGUAGE,
            header::CONTENT_TYPE,
            header::IF_MATCH,
            HeaderName::from_static("accept-charset"),
            HeaderName::from_static("data-owner-id"),
            HeaderName::from_static("prefer"),
            HeaderName::from_static("x-request-id"),
        ])
        .expose_headers([REQUEST_ID, header::RETRY_AFTER])
        .max_age(PREFLIGHT_LIFETIME)
}

async fn call(
    State(issuers): State<Issuers>,
    issuer: Option<IssuerAt>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let Some(IssuerAt(issuer)) = issuer else { return unknown_gateway(&issuers, &method, &uri, &headers) };
    let request_id = request_id(&issuer, &headers);
    let subscription_ids = values(&headers, &SUBSCRIPTION_ID);
    let call = Call {
        method: method.as_str(),
        path: path_below(&uri),
        subscription_ids: &subscription_ids,
        is_too_big: body.is_err_and(|rejection| rejection.status() == StatusCode::PAYLOAD_TOO_LARGE),
    };
    let proof = proof(&issuer, &headers);
    let response = match issuer.step(|step| judge(&call, proof, gate(step, issuer.gateway()))) {
        Ok(pass) => note(&call, Some(&pass.caller), &request_id).on(match &pass.resource {
            Some((status, body)) => gateway_json(*status, body.as_ref()),
            None => no_store(Json(Echo::of(&call, &pass, &request_id)).into_response()),
        }),
        Err(Refused { refusal, caller }) => note(&call, caller.as_deref(), &request_id)
            .explained(refusal.explain())
            .on(gateway_error(&refusal, issuer.gateway())),
    };
    with_request_id(response, &request_id)
}

/// A gateway without an authorization server behind it: the API is not there either.
fn unknown_gateway(issuers: &Issuers, method: &Method, uri: &Uri, headers: &HeaderMap) -> Response {
    let refusal =
        GatewayRefusal::ApiUnknown { method: method.to_string(), path: uri.path().to_owned(), near: None };
    let issuer = issuers.get_or_make(DEFAULT);
    with_request_id(gateway_error(&refusal, issuer.gateway()), &request_id(&issuer, headers))
}

/// What the caller proves without anybody's memory. Verifying a signature takes no lock.
pub(super) fn proof(issuer: &Issuer, headers: &HeaderMap) -> Result<Proof, GatewayRefusal> {
    Ok(match Credentials::find(&values(headers, &header::AUTHORIZATION))? {
        Credentials::Token(token) => {
            addressed(&token, issuer.url())?;
            Proof::Token(issuer.keys().verified(&token).ok_or(Unusable::Signature)?)
        }
        Credentials::Secret(claimed) => Proof::Secret(claimed),
    })
}

pub(super) fn gate(step: Step<'_>, rules: GatewayRules) -> Gate<'_> {
    let Step { issuer, directory, ledger, lifetimes, now, .. } = step;
    Gate { issuer, directory, ledger, lifetimes, rules, now }
}

/// The caller's `Request-Id`, or a new one.
pub(super) fn request_id(issuer: &Issuer, headers: &HeaderMap) -> String {
    match values(headers, &REQUEST_ID).first() {
        Some(id) if !id.is_empty() => (*id).to_owned(),
        _ => issuer.step(|step| step.entropy.request_id()),
    }
}

/// The values of a header. One that is not text is as good as empty.
fn values<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Vec<&'a str> {
    headers.get_all(name).iter().map(|value| value.to_str().unwrap_or_default().trim()).collect()
}

/// The path below `/api/{issuer}`, as it was sent.
fn path_below(uri: &Uri) -> &str {
    uri.path().match_indices('/').nth(2).map_or("", |(slash, _)| &uri.path()[slash..])
}

fn note(call: &Call<'_>, caller: Option<&Caller>, request_id: &str) -> Note {
    Note::default()
        .param("path", Some(call.path))
        .param("Subscription-Id", call.subscription_ids.first().copied())
        .param("Request-Id", Some(request_id))
        .app(caller.map(|caller| caller.api_key.clone()))
        .user(caller.and_then(|caller| caller.user.clone()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_below_the_gateway_is_as_it_was_sent() {
        let below = |text: &str| path_below(&text.parse().unwrap()).to_owned();
        assert_eq!(below("/api/default/cdk/a%2Fb/?q=1"), "/cdk/a%2Fb/");
        assert_eq!(below("/api/default/"), "/");
        assert_eq!(below("/api/default"), "");
    }
}

//! What the endpoints share that are called with an access token: userinfo, the API gateway, the Subscriptions API.

use http::{HeaderName, header};

use super::request::Request;
use crate::{
    fault::RequestFacts,
    gateway::{Authorization, Gate, Proof, addressed},
    protocol::{
        jwt::Unverified,
        text::{ApiKey, Username},
    },
    refusal::{GatewayRefusal, Unusable},
    step::Step,
};

const REQUEST_ID: HeaderName = HeaderName::from_static("request-id");

/// What a bearer token says, verified or not.
pub(super) fn facts(request: &Request, _: &Step<'_>, facts: &mut RequestFacts) {
    let in_header = request.authorization().map(|(_, token)| token);
    let Some(token) = in_header.or_else(|| request.param("access_token")).and_then(Unverified::parse) else {
        return;
    };
    facts.app = token.claims.text("cid").map(ApiKey::new);
    facts.user = token.claims.text("sub").map(Username::new);
}

/// The caller's `Request-Id`, or a new one.
pub(super) fn request_id(request: &Request, step: &mut Step<'_>) -> String {
    match request.header_values(&REQUEST_ID).first() {
        Some(id) if !id.is_empty() => (*id).to_owned(),
        _ => step.entropy.request_id(),
    }
}

/// What the caller proves by its token and headers alone.
pub(super) fn proof(request: &Request, issuer: &str) -> Result<Proof, GatewayRefusal> {
    Ok(match Authorization::find(&request.header_values(&header::AUTHORIZATION))? {
        Authorization::Token(token) => {
            addressed(&token, issuer)?;
            let verified = request.verified().cloned();
            Proof::Token(verified.ok_or(Unusable::Signature)?)
        }
        Authorization::Secret(claimed) => Proof::Secret(claimed),
    })
}

/// What the gateway goes by, at this moment.
pub(super) fn gate<'a>(step: &'a mut Step<'_>) -> Gate<'a> {
    let Step { issuer, directory, ledger, lifetimes, gateway, now, .. } = step;
    Gate { issuer, directory, ledger, lifetimes, rules: *gateway, now: *now }
}

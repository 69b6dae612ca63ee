//! `POST /v1/revoke`: ends a token, and with a refresh token all that came of it (RFC 7009).

use axum::{Json, response::Response, routing::post};
use serde_json::json;

use super::{Route, token::authenticated, userinfo::verified};
use crate::{
    directory::App,
    extract::{Form, IssuerAt},
    issuer::Step,
    protocol::{
        claims::Claims,
        text::{RefreshToken, TokenId},
    },
    refusal::RequestRefusal,
};

pub(super) fn route() -> Route {
    post(revoke)
}

/// Answers 200 for unknown tokens too (RFC 7009 §2.2). The body is an empty object: some clients insist on JSON.
async fn revoke(IssuerAt(issuer): IssuerAt, Form(request): Form) -> Response {
    let presented = request.as_ref().ok().and_then(|request| request.all().get("token").map(str::to_owned));
    // Verifying takes no lock.
    let claims = presented.as_deref().and_then(|token| verified(&issuer, token).ok());
    authenticated(&issuer, request, |_, app, step| {
        let token = presented.ok_or(RequestRefusal::ParameterMissing { name: "token" })?;
        end(&token, claims.as_ref(), app, step);
        Ok(Json(json!({})))
    })
}

/// Ends a token of this app; another app's token stays as it is (RFC 7009 §2.1).
fn end(token: &str, claims: Option<&Claims>, app: &App, step: &mut Step<'_>) {
    if let Some(claims) = claims {
        if let (Some(token_id), true) = (claims.text("jti"), claims.text("cid") == Some(app.api_key.as_str()))
        {
            step.ledger.revocations.revoke_token(TokenId::new(token_id));
        }
        return;
    }
    if let Some(grant) = step.ledger.refresh_tokens.find(&RefreshToken::new(token))
        && grant.api_key == app.api_key
    {
        let grant = grant.grant.clone();
        step.ledger.revocations.revoke_grant(&grant);
    }
}

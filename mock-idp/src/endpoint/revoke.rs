//! `POST /v1/revoke`: ends a token, and with a refresh token all that came of it (RFC 7009).

use serde_json::json;

use super::{
    client,
    reply::{Answer, Reply},
    request::Request,
    row::{Cors, Methods, Reads, Row},
};
use crate::{
    directory::App,
    fault::RequestFacts,
    protocol::{
        claims::Claims,
        endpoint::Endpoint,
        text::{RefreshToken, TokenId},
    },
    refusal::RequestRefusal,
    step::Step,
};

pub(super) const ROW: Row = Row {
    endpoint: Endpoint::Revoke,
    recorded: true,
    paths: &["/oauth2/{issuer}/v1/revoke"],
    methods: Methods::Post,
    cors: Cors::Closed,
    reads: Reads::Form,
    presents: |request| request.param("token"),
    facts: client::facts,
    handle: revoke,
};

/// Answers 200 for unknown tokens too (RFC 7009 §2.2). The body is an empty object: some clients insist on JSON.
fn revoke(request: &Request, facts: &RequestFacts, step: &mut Step<'_>) -> Reply {
    client::authenticated(request, facts, step, |form, app, note, step| {
        let token = form.all.get("token").ok_or(RequestRefusal::ParameterMissing { name: "token" })?;
        let claims = request.presented.as_ref().and_then(|presented| presented.as_ref().ok());
        end(token, claims, app, step);
        Ok(Reply::new(Answer::Json(json!({})), note))
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

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
        let claims = request.verified();
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

#[cfg(test)]
mod tests {
    use super::{
        super::tests::{Case, OIDC, TUTORIAL, post},
        *,
    };
    use crate::{grant::TokenOrder, journal::Note, protocol::jwt::Unverified, protocol::text::ApiKey};

    const PATH: &str = "/oauth2/test/v1/revoke";

    fn revoke(case: &Case, token: &str, app: (&str, &str)) {
        let reply = case.send(&ROW, &post(PATH, &[("token", token)]).by(app));
        assert!(matches!(&reply.answer, Answer::Json(told) if *told == json!({})), "{reply:?}");
        assert_eq!(reply.note, Note::default().app(Some(ApiKey::new(app.0))));
    }

    #[test]
    fn an_access_token_is_revoked_by_its_own_app() {
        let case = Case::new();
        let token = case.mint(&TokenOrder::new()).access_token.unwrap();
        let id = TokenId::new(Unverified::parse(&token).unwrap().claims.text("jti").unwrap());
        let is_revoked = || case.issuer.step(|step| step.ledger.revocations.has_token(&id));
        revoke(&case, &token, OIDC);
        assert!(!is_revoked(), "another app's request changes nothing");
        revoke(&case, &token, TUTORIAL);
        assert!(is_revoked());
    }

    #[test]
    fn a_refresh_token_is_revoked_with_its_grant_by_its_own_app() {
        let case = Case::new();
        let token = case.refresh_token();
        let is_revoked = || {
            case.issuer.step(|step| {
                let grant = &step.ledger.refresh_tokens.find(&RefreshToken::new(&token)).unwrap().grant;
                step.ledger.revocations.has_grant(grant)
            })
        };
        revoke(&case, &token, OIDC);
        assert!(!is_revoked());
        revoke(&case, &token, TUTORIAL);
        assert!(is_revoked());
    }

    #[test]
    fn an_unknown_token_needs_no_revocation_and_other_mistakes_are_refused() {
        let case = Case::new();
        revoke(&case, "unknown", OIDC);
        for (sent, rule) in [
            (post(PATH, &[("token", "x")]), "client_credentials_missing"),
            (post(PATH, &[("token", "x")]).by((OIDC.0, "x")), "client_secret_wrong"),
            (post(PATH, &[]).by(OIDC), "parameter_missing"),
            (
                post(PATH, &[("token", "x")]).by(OIDC).header("content-type", "text/plain"),
                "media_type_unsupported",
            ),
        ] {
            assert_eq!(case.refused(&ROW, &sent), (rule, "error"));
        }
    }
}

//! `POST /v1/introspect`: whether a token is active, and what it stands for (RFC 7662).

use serde_json::{Value, json};

use super::{
    client,
    reply::{Answer, Reply},
    request::Request,
    row::{Cors, Methods, Reads, Row},
};
use crate::{
    bearer::{self, AccessToken},
    fault::RequestFacts,
    protocol::{claims::Claims, endpoint::Endpoint, text::RefreshToken, timestamp::Expiry},
    refusal::{ClientRefusal, RequestRefusal},
    step::Step,
};

pub(super) const ROW: Row = Row {
    endpoint: Endpoint::Introspect,
    recorded: true,
    paths: &["/oauth2/{issuer}/v1/introspect"],
    methods: Methods::Post,
    cors: Cors::Closed,
    reads: Reads::Form,
    presents: |request| request.param("token"),
    facts: client::facts,
    handle: introspect,
};

fn introspect(request: &Request, facts: &RequestFacts, step: &mut Step<'_>) -> Reply {
    client::authenticated(request, facts, step, |form, app, note, step| {
        // A public app has not proved who it is, and the answer tells of a person (RFC 7662 §2.1).
        if app.is_public() {
            return Err(ClientRefusal::SecretMissing.into());
        }
        let token = form.all.get("token").ok_or(RequestRefusal::ParameterMissing { name: "token" })?;
        let claims = request.verified();
        Ok(Reply::new(Answer::Json(answer(token, claims, step)), note))
    })
}

fn answer(token: &str, claims: Option<&Claims>, step: &Step<'_>) -> Value {
    let active = match claims {
        Some(claims) if claims.text("jti").is_some_and(|jti| jti.starts_with("ID.")) => {
            id_token(claims, step)
        }
        Some(claims) => bearer::check(claims.clone(), step.issuer, step.ledger, step.lifetimes, step.now)
            .ok()
            .map(|token| access_token(&token)),
        None => refresh_token(token, step),
    };
    // Nothing is told of a token that is not active (RFC 7662 §2.2).
    active.unwrap_or_else(|| json!({ "active": false }))
}

/// In the order of Okta's example; `uid` only where there is a user.
fn access_token(token: &AccessToken) -> Value {
    let claim = |name: &str| token.claims.get(name).cloned().unwrap_or_default();
    let answer = Claims::new()
        .with("active", true)
        .with("token_type", "Bearer")
        .with("scope", token.scope.to_string())
        .with("client_id", token.api_key.as_str())
        .with("username", claim("sub"))
        .with("exp", claim("exp"))
        .with("iat", claim("iat"))
        .with("sub", claim("sub"))
        .with("aud", claim("aud"))
        .with("iss", claim("iss"))
        .with("jti", claim("jti"))
        .with_some("uid", token.claims.get("uid").cloned());
    json!(answer)
}

fn id_token(claims: &Claims, step: &Step<'_>) -> Option<Value> {
    let is_ahead = |moment| Expiry::at(moment).is_live(step.now);
    let live = claims.moment("exp").is_some_and(is_ahead) && !claims.moment("nbf").is_some_and(is_ahead);
    if !live || claims.text("iss") != Some(step.issuer) {
        return None;
    }
    let mut answer = Claims::new().with("active", true);
    for (name, value) in claims.iter() {
        answer.set(name, value.clone());
    }
    Some(json!(answer))
}

fn refresh_token(token: &str, step: &Step<'_>) -> Option<Value> {
    let grant = step.ledger.refresh_tokens.find(&RefreshToken::new(token))?;
    let usable =
        !grant.rotated && grant.expires.is_live(step.now) && !step.ledger.revocations.has_grant(&grant.grant);
    usable.then(|| {
        json!({
            "active": true,
            "scope": grant.scope.to_string(),
            "client_id": grant.api_key,
            "username": grant.person.username,
            "exp": grant.expires.moment().unix_seconds(),
            "sub": grant.person.username,
            "iss": step.issuer,
            "uid": grant.person.uid,
        })
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{
        super::tests::{Case, OIDC, TUTORIAL, post},
        *,
    };
    use crate::{grant::TokenOrder, journal::Note, protocol::text::ApiKey};

    const PATH: &str = "/oauth2/test/v1/introspect";

    fn told(case: &Case, token: &str) -> Value {
        let reply = case.send(&ROW, &post(PATH, &[("token", token)]).by(OIDC));
        assert_eq!(reply.note, Note::default().app(Some(ApiKey::new(OIDC.0))));
        match reply.answer {
            Answer::Json(told) => told,
            other => panic!("no JSON: {other:?}"),
        }
    }

    #[test]
    fn every_kind_of_token_is_active_until_it_expires() {
        let case = Case::new();
        let tokens = case.mint(&TokenOrder::new());
        let (access, id) = (tokens.access_token.unwrap(), tokens.id_token.unwrap());
        let refresh = case.refresh_token();
        for token in [&access, &id, &refresh] {
            assert_eq!(told(&case, token)["active"], true);
        }
        assert_eq!(told(&case, &access)["client_id"], TUTORIAL.0);
        assert_eq!(told(&case, &refresh)["scope"], "openid offline_access");
        case.issuer.advance(Duration::from_secs(4 * 3600));
        for token in [&access, &id, "unknown"] {
            assert_eq!(told(&case, token), json!({ "active": false }), "nothing more is said");
        }
        assert_eq!(told(&case, &refresh)["active"], true);
    }

    #[test]
    fn a_request_with_one_mistake_is_refused() {
        let case = Case::new();
        let token = [("token", "x")];
        for (sent, rule) in [
            (post(PATH, &token), "client_credentials_missing"),
            (post(PATH, &token).by((OIDC.0, "x")), "client_secret_wrong"),
            (post(PATH, &[]).by(OIDC), "parameter_missing"),
        ] {
            assert_eq!(case.refused(&ROW, &sent), (rule, "error"));
        }
    }

    #[test]
    fn a_public_app_is_refused_since_it_proves_nothing() {
        let case = Case::new();
        case.issuer.step(|step| step.directory.apps[1].api_secret = None);
        let sent = post(PATH, &[("token", "x"), ("client_id", OIDC.0)]);
        assert_eq!(case.refused(&ROW, &sent), ("client_secret_missing", "error"));
    }
}

//! `GET` and `POST /v1/userinfo`: claims about the person, by scope (OpenID Connect Core §5.3).

use axum::{
    Json,
    http::{Method, header},
    response::{IntoResponse, Response},
    routing::get,
};
use serde_json::json;
use tower_http::cors::CorsLayer;

use super::{Route, faults::Sabotage, get_or_post};
use crate::{
    bearer::{self, AccessToken},
    dialect::Dialect,
    directory::User,
    extract::{Form, FormRequest, IssuerAt, Written},
    grant::person_claims,
    issuer::{Issuer, Step},
    journal::Note,
    protocol::{claims::Claims, scope::OPENID},
    refusal::{BearerRefusal, Refusal, Unusable},
    respond,
};

pub(super) fn route() -> Route {
    // In a preflight's answer `*` stands for every header but Authorization (Fetch §3.3.4), so both that a
    // client needs are named.
    let cors = CorsLayer::permissive().allow_headers([header::AUTHORIZATION, header::CONTENT_TYPE]);
    // The layer comes last: a preflight has no handler of its own and would end at the fallback.
    get(userinfo).post(userinfo).fallback(get_or_post).layer(cors)
}

async fn userinfo(
    IssuerAt(issuer): IssuerAt,
    method: Method,
    sabotage: Sabotage,
    Form(request): Form,
) -> Response {
    let answered = request.and_then(|request| answer(&issuer, presented_token(&request, &method)?));
    match answered {
        Ok((token, claims)) => {
            let answer = match sabotage.of_userinfo(&issuer) {
                Some(change) => Json(change.on(json!(claims))).into_response(),
                None => Json(claims).into_response(),
            };
            Note::default().app(Some(token.api_key)).user(token.username).on(respond::no_store(answer))
        }
        Err(refusal) => {
            // A challenge has one form in every dialect, and no room for Okta's envelope.
            Note::default().refusal(&refusal).on(respond::bearer_error(&refusal, Dialect::Oidc))
        }
    }
}

fn answer(issuer: &Issuer, presented: &str) -> Result<(AccessToken, Claims), Refusal> {
    // Verifying takes no lock.
    let claims = verified(issuer, presented)?;
    issuer.step(|step| {
        let Step { issuer, directory, ledger, lifetimes, now, .. } = step;
        let token = bearer::check(claims, issuer, ledger, lifetimes, now)?;
        if !token.scope.contains(OPENID) {
            return Err(BearerRefusal::Scope { needed: OPENID }.into());
        }
        let person = token.username.as_ref().and_then(|username| directory.user(username)).map(User::person);
        let person = person.ok_or(Unusable::Revoked)?;
        let mut answer = Claims::new().with("sub", person.uid.as_str());
        for (name, value) in person_claims(&person, &token.scope).iter() {
            answer.set(name, value.clone());
        }
        Ok((token, answer))
    })
}

/// The token of a request: in the header, or in a posted form, not in both and never in the query (RFC 6750 §2).
fn presented_token<'a>(request: &'a FormRequest, method: &Method) -> Result<&'a str, Refusal> {
    let in_header = request.authorization().and_then(|header| {
        let (scheme, token) = header.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
    });
    let posted = method == Method::POST && request.written == Written::Form;
    if posted && request.body.is_repeated("access_token") {
        return Err(BearerRefusal::Twice.into());
    }
    match (in_header, request.body.get("access_token").filter(|_| posted)) {
        (Some(_), Some(_)) => Err(BearerRefusal::Twice.into()),
        (Some(token), None) | (None, Some(token)) => Ok(token),
        (None, None) => Err(BearerRefusal::Missing.into()),
    }
}

/// The claims of a token that this issuer signed.
pub(super) fn verified(issuer: &Issuer, token: &str) -> Result<Claims, Refusal> {
    if crate::protocol::jwt::Unverified::parse(token).is_none() {
        return Err(Unusable::Malformed.into());
    }
    issuer.keys().verified(token).ok_or(Unusable::Signature.into())
}

//! `GET` and `POST /v1/userinfo`: claims about the person, by scope (OpenID Connect Core §5.3).

use http::Method;

use super::{
    api::facts,
    form::Written,
    reply::{Answer, Reply},
    request::Request,
    row::{Cors, Methods, Reads, Row},
};
use crate::{
    bearer::{self, AccessToken},
    directory::User,
    fault::RequestFacts,
    grant::person_claims,
    journal::Note,
    protocol::{claims::Claims, endpoint::Endpoint, scope::OPENID},
    refusal::{BearerRefusal, Refusal, Unusable},
    step::Step,
};

pub(super) const ROW: Row = Row {
    endpoint: Endpoint::Userinfo,
    recorded: true,
    paths: &["/oauth2/{issuer}/v1/userinfo"],
    methods: Methods::GetAndPost,
    cors: Cors::USERINFO,
    reads: Reads::Form,
    presents: |request| presented_token(request).ok(),
    facts,
    handle: userinfo,
};

fn userinfo(request: &Request, _: &RequestFacts, step: &mut Step<'_>) -> Reply {
    match answer(request, step) {
        Ok((token, claims)) => {
            let note = Note::default().app(Some(token.api_key)).user(token.username);
            Reply::new(Answer::Userinfo(claims), note)
        }
        Err(refusal) => {
            let note = Note::default().refusal(&refusal);
            Reply::new(Answer::BearerError(refusal), note)
        }
    }
}

fn answer(request: &Request, step: &Step<'_>) -> Result<(AccessToken, Claims), Refusal> {
    request.form.as_ref().map_err(Clone::clone)?;
    presented_token(request)?;
    let claims = request.presented.clone().unwrap_or(Err(Unusable::Malformed))?;
    let token = bearer::check(claims, step.issuer, step.ledger, step.lifetimes, step.now)?;
    if !token.scope.contains(OPENID) {
        return Err(BearerRefusal::Scope { needed: OPENID }.into());
    }
    let user = token.username.as_ref().and_then(|username| step.directory.user(username));
    let person = user.map(User::person).ok_or(Unusable::Revoked)?;
    let mut answer = Claims::new().with("sub", person.uid.as_str());
    for (name, value) in person_claims(&person, &token.scope).iter() {
        answer.set(name, value.clone());
    }
    Ok((token, answer))
}

/// The token of a request: in the header, or in a posted form, not in both and never in the query (RFC 6750 §2).
fn presented_token(request: &Request) -> Result<&str, Refusal> {
    let form = request.form.as_ref().map_err(Clone::clone)?;
    let posted = request.method == Method::POST && form.written == Written::Form;
    if posted && form.body.is_repeated("access_token") {
        return Err(BearerRefusal::Twice.into());
    }
    match (request.bearer(), form.body.get("access_token").filter(|_| posted)) {
        (Some(_), Some(_)) => Err(BearerRefusal::Twice.into()),
        (Some(token), None) | (None, Some(token)) => Ok(token),
        (None, None) => Err(BearerRefusal::Missing.into()),
    }
}

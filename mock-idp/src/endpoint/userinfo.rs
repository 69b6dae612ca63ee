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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use fixtures::subscriber;

    use super::{
        super::tests::{Case, Sent, TUTORIAL, get, post},
        *,
    };
    use crate::{
        grant::TokenOrder,
        protocol::text::{ApiKey, Username},
    };

    const PATH: &str = "/oauth2/test/v1/userinfo";

    fn token(case: &Case, scope: &str) -> String {
        case.mint(&TokenOrder::new().scope(scope).unwrap()).access_token.unwrap()
    }

    fn refused(case: &Case, sent: &Sent) -> &'static str {
        let (rule, answer) = case.refused(&ROW, sent);
        assert_eq!(answer, "bearer error");
        rule
    }

    #[test]
    fn claims_follow_the_scope_of_the_token() {
        let case = Case::new();
        for (scope, name) in [("openid", None), ("openid profile", Some("Sam Subscriber"))] {
            let reply = case.send(&ROW, &get(PATH).bearer(&token(&case, scope)));
            let Answer::Userinfo(claims) = reply.answer else { panic!("no claims: {reply:?}") };
            assert_eq!((claims.text("sub"), claims.text("name")), (Some(subscriber::UID), name));
            let note = Note::default().app(Some(ApiKey::new(TUTORIAL.0)));
            assert_eq!(reply.note, note.user(Some(Username::new(subscriber::USERNAME))));
        }
    }

    #[test]
    fn a_token_comes_once_in_the_header_or_in_a_form() {
        let case = Case::new();
        let token = token(&case, "openid");
        let form = post(PATH, &[("access_token", &token)]);
        assert_eq!(case.send(&ROW, &form).note.rule(), None);
        assert_eq!(refused(&case, &form.bearer(&token)), "bearer_twice");
        assert_eq!(refused(&case, &get(PATH)), "bearer_missing");
        assert_eq!(refused(&case, &get(&format!("{PATH}?access_token={token}"))), "bearer_missing");
    }

    #[test]
    fn a_token_that_cannot_be_used_is_refused() {
        let case = Case::new();
        let fine = get(PATH).bearer(&token(&case, "openid"));
        assert_eq!(refused(&case, &get(PATH).bearer("x")), "bearer_malformed");
        assert_eq!(refused(&case, &get(PATH).bearer("e30.e30.c2ln")), "bearer_signature");
        assert_eq!(refused(&case, &get(PATH).bearer(&token(&case, "email"))), "bearer_scope");
        let elsewhere = TokenOrder::new().claim("iss", "http://elsewhere.test");
        let elsewhere = case.mint(&elsewhere).access_token.unwrap();
        assert_eq!(refused(&case, &get(PATH).bearer(&elsewhere)), "bearer_issuer");
        let users = case.issuer.step(|step| std::mem::take(&mut step.directory.users));
        assert_eq!(refused(&case, &fine), "bearer_revoked");
        case.issuer.step(|step| step.directory.users = users);
        assert_eq!(case.send(&ROW, &fine).note.rule(), None);
        case.issuer.advance(Duration::from_secs(4 * 3600));
        assert_eq!(refused(&case, &fine), "bearer_expired");
    }
}

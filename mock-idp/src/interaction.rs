//! Whether the person has to sign in before a request can be answered (OpenID Connect Core §3.1.2.3). Pure.

use crate::{
    ledger::Session,
    protocol::{
        authorization_request::AuthorizationRequest,
        prompt::Prompt,
        timestamp::{Expiry, Timestamp},
    },
    refusal::{AuthorizeRefusal, Refusal},
};

/// The next step of an authorization request.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Next<'a> {
    /// Show the sign-in page.
    SignIn,
    /// Answer for the person of this session.
    Answer(&'a Session),
}

/// Decides whether the session answers the request, whether the person has to sign in, or whether neither is possible.
pub(crate) fn next<'a>(
    request: &AuthorizationRequest,
    session: Option<&'a Session>,
    now: Timestamp,
) -> Result<Next<'a>, Refusal> {
    let fresh_enough = |session: &&Session| {
        request.max_age.is_none_or(|max_age| Expiry::after(session.auth_time, max_age.0).is_live(now))
    };
    // Only the session of the hinted user answers a request that has a hint (OpenID Connect Core §3.1.2.2).
    let meant =
        |session: &&Session| request.hinted_user.as_ref().is_none_or(|uid| *uid == session.person.uid);
    match (request.prompt, session.filter(fresh_enough).filter(meant)) {
        (Prompt::None, None) => Err(AuthorizeRefusal::LoginRequired.into()),
        (Prompt::Login, _) | (Prompt::AsNeeded, None) => Ok(Next::SignIn),
        (Prompt::None | Prompt::AsNeeded, Some(session)) => Ok(Next::Answer(session)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::{
        authorization_request::MaxAge,
        claims::{Claims, Person},
        text::{UserId, Username},
        timestamp::Lifetime,
    };

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_unix_seconds(1_767_323_045 + seconds).unwrap()
    }

    /// Sam's session, which began at 0.
    fn session() -> Session {
        let person = Person {
            username: Username::new("sam@example.com"),
            uid: UserId::new("00u1"),
            claims: Claims::new(),
        };
        Session { person, auth_time: at(0), expires: Expiry::at(at(7200)) }
    }

    fn request(change: impl FnOnce(&mut AuthorizationRequest)) -> AuthorizationRequest {
        let mut request = AuthorizationRequest::tutorial();
        change(&mut request);
        request
    }

    /// How a request is answered at 600 seconds: without a session, and with Sam's.
    fn steps(change: impl FnOnce(&mut AuthorizationRequest)) -> [&'static str; 2] {
        let (request, session) = (request(change), session());
        [None, Some(&session)].map(|session| match next(&request, session, at(600)) {
            Ok(Next::SignIn) => "sign in",
            Ok(Next::Answer(_)) => "answer",
            Err(refusal) => refusal.explain().rule,
        })
    }

    #[test]
    fn a_session_answers_unless_the_request_asks_for_a_sign_in() {
        assert_eq!(steps(|_| {}), ["sign in", "answer"]);
        assert_eq!(steps(|request| request.prompt = Prompt::Login), ["sign in", "sign in"]);
        assert_eq!(steps(|request| request.prompt = Prompt::None), ["login_required", "answer"]);
    }

    #[test]
    fn the_session_of_another_user_does_not_answer_a_hint() {
        let hint = |uid: &'static str, prompt| {
            move |request: &mut AuthorizationRequest| {
                request.hinted_user = Some(UserId::new(uid));
                request.prompt = prompt;
            }
        };
        assert_eq!(steps(hint("00u1", Prompt::AsNeeded)), ["sign in", "answer"]);
        assert_eq!(steps(hint("00u2", Prompt::AsNeeded)), ["sign in", "sign in"]);
        assert_eq!(steps(hint("00u1", Prompt::None)), ["login_required", "answer"]);
        assert_eq!(steps(hint("00u2", Prompt::None)), ["login_required", "login_required"]);
    }

    #[test]
    fn a_sign_in_that_is_older_than_max_age_does_not_answer() {
        for (max_age, prompt, with_session) in [
            (601, Prompt::AsNeeded, "answer"),
            (600, Prompt::AsNeeded, "sign in"),
            (0, Prompt::AsNeeded, "sign in"),
            (601, Prompt::None, "answer"),
            (600, Prompt::None, "login_required"),
        ] {
            let [_, step] = steps(|request| {
                request.max_age = Some(MaxAge(Lifetime::from_seconds(max_age)));
                request.prompt = prompt;
            });
            assert_eq!(step, with_session, "{max_age} {prompt:?}");
        }
    }

    #[test]
    fn the_answer_is_for_the_person_of_the_session() {
        let (request, session) = (request(|_| {}), session());
        assert_eq!(next(&request, Some(&session), at(600)), Ok(Next::Answer(&session)));
    }
}

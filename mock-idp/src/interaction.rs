//! What the person must still do before an authorization request can be answered (OpenID Connect Core §3.1.2.3), and
//! what follows once that is done. The authorization endpoint and the sign-in page share it. Pure.

use crate::{
    dialect::Dialect,
    directory::User,
    grant::{self, Issuance, SignedInRequest, issue_code},
    ledger::{Found, Session, SignInMode},
    protocol::{
        authorization_request::{AuthorizationRequest, Callback},
        flow_id::FlowId,
        pkce::Challenge,
        prompt::Prompt,
        text::{Code, SessionId, Username},
        timestamp::{Expiry, Timestamp},
    },
    refusal::{AuthorizeRefusal, ClientRefusal, Refusal, SignInRefusal},
    step::Step,
};

/// The challenge of a verifier that the client does not have: that of RFC 7636 Appendix B.
const FOREIGN_CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// The next step of an authorization request.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Next<'a> {
    /// Show the sign-in page.
    SignIn,
    /// Answer for this session.
    Answer(&'a Session),
}

/// The result of an authorization request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum AuthorizeOutcome {
    /// The callback gets what it asked for.
    Granted(Granted),
    /// The callback gets an error.
    Refused {
        /// Where it goes.
        callback: Callback,
        /// Why.
        refusal: Refusal,
        /// The app's dialect.
        dialect: Dialect,
    },
    /// A page tells the person: the refusal cannot be sent to a callback.
    Page(Refusal, Dialect),
}

/// A successful answer to an authorization request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Granted {
    /// Where it goes.
    pub(crate) callback: Callback,
    /// What it gives.
    pub(crate) gives: Gives,
    /// The app's dialect.
    pub(crate) dialect: Dialect,
}

/// What the callback gets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Gives {
    /// A code, to be redeemed at the token endpoint.
    Code(Code),
    /// Tokens that are not signed yet.
    Tokens(Box<Issuance>),
}

impl Gives {
    /// What it gives, by the names of the parameters.
    pub(crate) fn names(&self) -> Vec<&'static str> {
        match self {
            Self::Code(_) => vec!["code"],
            Self::Tokens(issuance) => issuance.gives(),
        }
    }
}

/// A sign-in that has just succeeded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SignedIn {
    /// The session that has begun; none where the request asks for another user.
    pub(crate) session: Option<SessionId>,
    /// Who signed in.
    pub(crate) username: Username,
    /// The result of the request.
    pub(crate) outcome: AuthorizeOutcome,
}

/// Decides whether a session answers the request, a page has to, or nothing can.
pub(crate) fn next<'a>(
    request: &AuthorizationRequest,
    session: Option<&'a Session>,
    now: Timestamp,
) -> Result<Next<'a>, Refusal> {
    let fresh_enough = |session: &&Session| {
        request.max_age.is_none_or(|max_age| Expiry::after(session.auth_time, max_age.0).is_live(now))
    };
    // A request that names its user is never answered for another one (OpenID Connect Core §3.1.2.2).
    let meant =
        |session: &&Session| request.hinted_user.as_ref().is_none_or(|uid| *uid == session.person.uid);
    match (request.prompt, session.filter(fresh_enough).filter(meant)) {
        (Prompt::None, None) => Err(AuthorizeRefusal::LoginRequired.into()),
        (Prompt::Login, _) | (Prompt::AsNeeded, None) => Ok(Next::SignIn),
        (Prompt::None | Prompt::AsNeeded, Some(session)) => Ok(Next::Answer(session)),
    }
}

/// The user who is signed in without a page, if the issuer is set to do so. A deleted user cannot sign in.
pub(crate) fn automatic_user<'a>(step: &'a Step<'_>) -> Option<&'a User> {
    match &step.ledger.sign_in_mode {
        SignInMode::Interactive => None,
        SignInMode::Automatic { username } => step.directory.user(username),
    }
}

/// Begins a session for a user who has just signed in, in place of the browser's old one, and answers the request.
pub(crate) fn sign_in(
    request: AuthorizationRequest,
    user: &User,
    old: Option<&SessionId>,
    flow: FlowId,
    step: &mut Step<'_>,
) -> SignedIn {
    let username = user.username.clone();
    if request.hinted_user.as_ref().is_some_and(|uid| *uid != user.person().uid) {
        let refusal = SignInRefusal::SignedInAsAnother { username: username.to_string() }.into();
        let dialect = step.directory.dialect_of(step.directory.app(&request.api_key));
        let outcome = AuthorizeOutcome::Refused { callback: request.callback, refusal, dialect };
        return SignedIn { session: None, username, outcome };
    }
    let session = Session {
        person: user.person(),
        auth_time: step.now,
        expires: Expiry::after(step.now, step.lifetimes.session),
    };
    // A new session replaces the old one, so that nobody can plant a session and wait.
    if let Some(old) = old {
        step.ledger.sessions.end(old);
    }
    let id = step.entropy.session_id();
    step.ledger.sessions.begin(id.clone(), session.clone());
    let outcome = answer(request, &session, flow, step);
    SignedIn { session: Some(id), username, outcome }
}

/// Answers a request for a person who is signed in.
pub(crate) fn answer(
    request: AuthorizationRequest,
    session: &Session,
    flow: FlowId,
    step: &mut Step<'_>,
) -> AuthorizeOutcome {
    let (directory, context) = step.for_grants();
    let Some(app) = directory.app(&request.api_key) else {
        let refusal = ClientRefusal::ClientUnknown { client_id: request.api_key.to_string(), near: None };
        return AuthorizeOutcome::Page(refusal.into(), directory.common_dialect());
    };
    let (callback, dialect) = (request.callback.clone(), app.dialect);
    let gives = if request.response_type.is_implicit() {
        let issuance = grant::implicit::issue(&request, session, app, context);
        step.ledger.flows.note(flow, issuance.token_ids());
        Gives::Tokens(Box::new(issuance))
    } else {
        Gives::Code(issue_code(SignedInRequest { request, session, flow }, context))
    };
    AuthorizeOutcome::Granted(Granted { callback, gives, dialect })
}

/// A code of the same app as this one, for another user and another request: what an attacker gets who signs in
/// elsewhere and puts the code into somebody else's callback (RFC 9700 §4.5).
pub(crate) fn foreign_code(code: &Code, step: &mut Step<'_>) -> Option<Code> {
    let Found::Issued(grant) = step.ledger.codes.find(code) else { return None };
    let other = step.directory.users.iter().map(User::person).find(|person| *person != grant.person);
    let session = Session {
        person: other.unwrap_or_else(|| grant.person.clone()),
        auth_time: step.now,
        expires: grant.expires,
    };
    let flow = grant.flow;
    let mut request = grant.request.clone();
    request.nonce = request.nonce.map(|_| "anotherNonce".to_owned());
    // The client that requested this code has another verifier.
    request.challenge = request.challenge.and_then(|_| Challenge::parse(FOREIGN_CHALLENGE, false));
    let (_, context) = step.for_grants();
    Some(issue_code(SignedInRequest { request, session: &session, flow }, context))
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

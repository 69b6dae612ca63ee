//! What the person must still do before a request can be answered (OpenID Connect Core §3.1.2.3). Pure.

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
    /// Answer for this session.
    Answer(&'a Session),
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
    // Nobody else's sign-in answers a request that names its user (OpenID Connect Core §3.1.2.2).
    let meant =
        |session: &&Session| request.hinted_user.as_ref().is_none_or(|uid| *uid == session.person.uid);
    match (request.prompt, session.filter(fresh_enough).filter(meant)) {
        (Prompt::None, None) => Err(AuthorizeRefusal::LoginRequired.into()),
        (Prompt::Login, _) | (Prompt::AsNeeded, None) => Ok(Next::SignIn),
        (Prompt::None | Prompt::AsNeeded, Some(session)) => Ok(Next::Answer(session)),
    }
}

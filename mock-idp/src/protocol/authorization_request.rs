//! A checked authorization request (RFC 6749 §4.1.1, OpenID Connect Core §3.1.2.1).

use serde::{Deserialize, Serialize};

use super::{
    pkce::Challenge,
    prompt::Prompt,
    redirect_uri::RedirectUri,
    response::{ResponseMode, ResponseType},
    scope::Scope,
    text::{ApiKey, UserId},
    timestamp::Lifetime,
};

/// The destination of an answer from the authorization endpoint: a registered address, the part of the URL, the state.
/// Only a callback can send parameters to a client.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Callback {
    /// The address, which is known to be registered.
    pub redirect_uri: RedirectUri,
    /// Query, fragment or form.
    pub mode: ResponseMode,
    /// The client's `state`, which is returned unchanged.
    pub state: Option<String>,
}

/// An authorization request that passed every rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct AuthorizationRequest {
    /// The app that sends the request.
    pub api_key: ApiKey,
    /// Where the answer goes.
    pub callback: Callback,
    /// The requested response type.
    pub response_type: ResponseType,
    /// The scopes, all known and allowed.
    pub scope: Scope,
    /// The ID token contains it unchanged.
    pub nonce: Option<String>,
    /// How much the person must be asked.
    pub prompt: Prompt,
    /// How old the sign-in may be.
    pub max_age: Option<MaxAge>,
    /// The only user who may sign in for the request, if `id_token_hint` names one.
    pub hinted_user: Option<UserId>,
    /// The user name to start with.
    pub login_hint: Option<String>,
    /// What the code verifier must hash to.
    pub challenge: Option<Challenge>,
}

/// `max_age`: how many seconds ago the person may have signed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct MaxAge(pub Lifetime);

#[cfg(test)]
impl AuthorizationRequest {
    /// The tutorial's request for a code: a valid case for a test to change in one place.
    pub(crate) fn tutorial() -> Self {
        use fixtures::tutorial_app::{API_KEY, REDIRECT_URI};

        use super::redirect_uri::{Comparison, RegisteredUri};

        let registered = [RegisteredUri::new(REDIRECT_URI)];
        let redirect_uri = RedirectUri::registered(REDIRECT_URI, &registered, Comparison::Exact).unwrap();
        Self {
            api_key: ApiKey::new(API_KEY),
            callback: Callback { redirect_uri, mode: ResponseMode::Query, state: Some("xyz".to_owned()) },
            response_type: ResponseType::Code,
            scope: "openid".parse().unwrap(),
            nonce: None,
            prompt: Prompt::AsNeeded,
            max_age: None,
            hinted_user: None,
            login_hint: None,
            challenge: None,
        }
    }
}

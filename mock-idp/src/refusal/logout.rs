//! What the logout endpoint refuses.

use super::{
    details::Details,
    error::oauth,
    phrase::{ABSENT, HINT_INVALID, ID_TOKEN_OF_THIS_ISSUER, OWN_ID_TOKEN, parameter_missing},
    rule,
};
use crate::protocol::redirect_uri::RegisteredUri;

/// A refused logout.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum LogoutRefusal {
    /// There is no `id_token_hint`.
    HintMissing,
    /// The `id_token_hint` is not an ID token of this issuer.
    HintInvalid,
    /// The `id_token_hint` was issued to another app.
    HintOfAnotherApp { client_id: String },
    /// The app has not registered this `post_logout_redirect_uri`.
    RedirectUnregistered { sent: String, registered: Vec<RegisteredUri>, near: Option<String> },
}

impl LogoutRefusal {
    /// Its details.
    pub(super) fn details(&self) -> Details {
        match self {
            Self::HintMissing => Details {
                rule: rule::ID_TOKEN_HINT_MISSING,
                section: "OpenID Connect RP-Initiated Logout §2",
                expected: "id_token_hint, the ID token of the sign-in".into(),
                received: ABSENT.into(),
                remedy: OWN_ID_TOKEN.into(),
                error: oauth(400, "invalid_request", parameter_missing("id_token_hint")),
            },
            Self::HintInvalid => Details {
                rule: rule::ID_TOKEN_HINT_INVALID,
                section: "OpenID Connect RP-Initiated Logout §4",
                expected: ID_TOKEN_OF_THIS_ISSUER.into(),
                received: "another value".into(),
                remedy: OWN_ID_TOKEN.into(),
                error: oauth(400, "invalid_token_hint", HINT_INVALID),
            },
            Self::HintOfAnotherApp { client_id } => Details {
                rule: rule::ID_TOKEN_HINT_OF_ANOTHER_APP,
                section: "OpenID Connect RP-Initiated Logout §2",
                expected: "the client_id of the app that the ID token was issued to".into(),
                received: client_id.into(),
                remedy: "send the app's own ID token, or leave client_id out".into(),
                error: oauth(400, "invalid_token_hint", HINT_INVALID),
            },
            Self::RedirectUnregistered { sent, near, .. } => Details {
                rule: rule::POST_LOGOUT_REDIRECT_URI_UNREGISTERED,
                section: "OpenID Connect RP-Initiated Logout §3",
                expected: "one of the app's post_logout_callbacks".into(),
                received: sent.into(),
                remedy: near.as_deref().unwrap_or("register it among the app's post_logout_callbacks").into(),
                error: oauth(
                    400,
                    "invalid_request",
                    "The 'post_logout_redirect_uri' parameter must be a Logout redirect URI in the \
                     client app settings.",
                ),
            },
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// One refusal of each kind.
    pub(crate) fn samples() -> Vec<LogoutRefusal> {
        vec![
            LogoutRefusal::HintMissing,
            LogoutRefusal::HintInvalid,
            LogoutRefusal::HintOfAnotherApp { client_id: "Key1".into() },
            LogoutRefusal::RedirectUnregistered {
                sent: "http://localhost:1".into(),
                registered: ["http://localhost:8080/"].map(RegisteredUri::new).to_vec(),
                near: Some("near".into()),
            },
        ]
    }
}

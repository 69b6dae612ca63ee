//! Callbacks that a client must not follow: what comes back from the authorization endpoint in the browser.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A change to what the callback brings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CallbackChange {
    /// No `state`.
    NoState,
    /// Another `state`.
    WrongState,
    /// Neither a code nor a token.
    NoCode,
    /// What was asked for, and `error=access_denied` beside it.
    CodeAndError,
    /// A code that was issued for another user and another request of the same app.
    ForeignCode,
    /// The `iss` of another server (RFC 9207).
    ForeignIssuer,
    /// Every parameter two times.
    Twice,
}

impl CallbackChange {
    /// All changes.
    pub const ALL: [Self; 7] = [
        Self::NoState,
        Self::WrongState,
        Self::NoCode,
        Self::CodeAndError,
        Self::ForeignCode,
        Self::ForeignIssuer,
        Self::Twice,
    ];

    /// Whether it can change the redirect after logging out, which carries nothing but `state`.
    pub(super) const fn strikes_at_logout(self) -> bool {
        matches!(self, Self::NoState | Self::WrongState)
    }

    /// The parameters, changed. A foreign code has to be issued first, so that is not done here.
    pub(crate) fn on(self, mut params: Vec<(&'static str, String)>) -> Vec<(&'static str, String)> {
        const GIVEN: [&str; 3] = ["code", "access_token", "id_token"];
        match self {
            Self::NoState => params.retain(|(name, _)| *name != "state"),
            Self::WrongState => replace(&mut params, "state", "anotherState"),
            Self::NoCode => params.retain(|(name, _)| !GIVEN.contains(name)),
            Self::CodeAndError => {
                params.push(("error", "access_denied".to_owned()));
                params.push(("error_description", "A fault of the mock: this was ordered.".to_owned()));
            }
            Self::ForeignCode => {}
            Self::ForeignIssuer => replace(&mut params, "iss", "https://issuer.invalid/oauth2/default"),
            Self::Twice => params.extend_from_within(..),
        }
        params
    }
}

/// Gives a parameter another value in its place; it is added where it is not there.
fn replace(params: &mut Vec<(&'static str, String)>, name: &'static str, value: &str) {
    match params.iter_mut().find(|(known, _)| *known == name) {
        Some((_, known)) => value.clone_into(known),
        None => params.push((name, value.to_owned())),
    }
}

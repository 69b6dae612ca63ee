//! What the sign-in page refuses, and what a user refuses there.

use super::{details::Details, error::oauth, rule};

/// A refused form of the sign-in page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum SignInRefusal {
    /// The form belongs to no open sign-in page.
    Unknown,
    /// Another browser posts the form.
    Elsewhere,
    /// Another user than the one in `id_token_hint` signs in.
    SignedInAsAnother { username: String },
    /// The user pressed Cancel.
    Cancelled,
}

impl SignInRefusal {
    /// Its details.
    pub(super) fn details(&self) -> Details {
        match self {
            Self::Unknown => Details {
                rule: rule::SIGN_IN_UNKNOWN,
                section: "RFC 6749 §10.12",
                expected: "the form of a sign-in page that is still open".into(),
                received: "a form that belongs to no open sign-in page".into(),
                remedy: "go back to the app and sign in from there".into(),
                error: oauth(400, "invalid_request", "This sign-in page is no longer valid."),
            },
            Self::Elsewhere => Details {
                rule: rule::SIGN_IN_ELSEWHERE,
                section: "RFC 6749 §10.12",
                expected: "the form, posted by the browser that opened the sign-in page".into(),
                received: "a form without that browser's cookie".into(),
                remedy: "allow cookies, and post the form with the cookies of its page".into(),
                error: oauth(
                    400,
                    "invalid_request",
                    "This sign-in page was opened in another browser, or cookies are blocked.",
                ),
            },
            Self::SignedInAsAnother { username } => Details {
                rule: rule::SIGNED_IN_AS_ANOTHER,
                section: "OpenID Connect Core §3.1.2.2",
                expected: "a sign-in by the user of id_token_hint".into(),
                received: username.into(),
                remedy: "sign in as that user, or leave id_token_hint out".into(),
                error: oauth(
                    400,
                    "login_required",
                    "The user who signed in is not the user of the 'id_token_hint' parameter.",
                ),
            },
            Self::Cancelled => Details {
                rule: rule::CANCELLED,
                section: "RFC 6749 §4.1.2.1",
                expected: "a user who signs in".into(),
                received: "the user pressed Cancel".into(),
                remedy: "offer to sign in again".into(),
                error: oauth(
                    400,
                    "access_denied",
                    "The resource owner or authorization server denied the request.",
                ),
            },
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// One refusal of each kind.
    pub(crate) fn samples() -> Vec<SignInRefusal> {
        vec![
            SignInRefusal::Unknown,
            SignInRefusal::Elsewhere,
            SignInRefusal::SignedInAsAnother { username: "sam".into() },
            SignInRefusal::Cancelled,
        ]
    }
}

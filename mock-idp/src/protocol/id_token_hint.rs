//! `id_token_hint`: an ID token that names the user who is or was signed in
//! (OpenID Connect Core §3.1.2.1, RP-Initiated Logout §2).

use super::{claims::Claims, text::UserId};

/// The contents of a hint. An expired hint is accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct IdTokenHint {
    /// The user of the ID token.
    pub subject: UserId,
    /// The audience: the app's API Key in dialect `oidc`, and `fortellis` in dialect `fortellis`.
    pub audience: String,
}

impl IdTokenHint {
    /// Reads the claims of a token whose signature was verified; `None` unless it is an ID token of `issuer`.
    pub(crate) fn of(claims: &Claims, issuer: &str) -> Option<Self> {
        let own = claims.text("iss") == Some(issuer);
        // The ids of ID tokens and access tokens have different prefixes, as at Okta.
        let is_id_token = claims.text("jti").is_some_and(|jti| jti.starts_with("ID."));
        if !own || !is_id_token {
            return None;
        }
        Some(Self {
            subject: UserId::new(claims.text("sub")?),
            audience: claims.text("aud").unwrap_or_default().to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claims() -> Claims {
        Claims::new()
            .with("jti", "ID.1")
            .with("sub", "00u1")
            .with("iss", "http://mock")
            .with("aud", "fortellis")
    }

    #[test]
    fn an_id_token_of_the_issuer_is_a_hint() {
        let hint = IdTokenHint::of(&claims(), "http://mock").unwrap();
        assert_eq!((hint.subject.as_str(), hint.audience.as_str()), ("00u1", "fortellis"));
    }

    #[test]
    fn another_issuers_token_and_an_access_token_are_not_hints() {
        assert_eq!(IdTokenHint::of(&claims(), "http://other"), None);
        assert_eq!(IdTokenHint::of(&claims().with("jti", "AT.1"), "http://mock"), None);
        assert_eq!(IdTokenHint::of(&Claims::new().with("iss", "http://mock"), "http://mock"), None);
    }
}

//! Scopes (RFC 6749 §3.3).

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{ArrayBuilder, ObjectBuilder, RefOr, Schema, Type},
};

/// Asks for an ID token (OpenID Connect Core §3.1.2.1).
pub(crate) const OPENID: &str = "openid";
/// Asks for name claims at userinfo (OpenID Connect Core §5.4).
pub(crate) const PROFILE: &str = "profile";
/// Asks for e-mail claims at userinfo (OpenID Connect Core §5.4).
pub(crate) const EMAIL: &str = "email";
/// Asks for a refresh token (OpenID Connect Core §11).
pub(crate) const OFFLINE_ACCESS: &str = "offline_access";
/// Fortellis' scope for client credentials.
pub(crate) const ANONYMOUS: &str = "anonymous";

/// Scope tokens in their order, each once. As JSON: an array of strings, as in the claim `scp`.
///
/// ```
/// use mock_idp::Scope;
///
/// let scope: Scope = "openid email openid".parse()?;
/// assert_eq!(scope.iter().collect::<Vec<_>>(), ["openid", "email"]);
/// assert!(scope.contains("email") && !scope.contains("profile"));
/// assert_eq!(serde_json::to_string(&scope).unwrap(), r#"["openid","email"]"#);
/// assert!("  ".parse::<Scope>()?.is_empty());
/// # Ok::<(), mock_idp::MalformedScope>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<String>")]
pub struct Scope(Vec<String>);

impl PartialSchema for Scope {
    fn schema() -> RefOr<Schema> {
        let token =
            ObjectBuilder::new().schema_type(Type::String).pattern(Some(r"^[\x21\x23-\x5B\x5D-\x7E]+$"));
        ArrayBuilder::new()
            .items(token)
            .description(Some("Scope tokens in the order given, each once (RFC 6749 §3.3)."))
            .into()
    }
}

impl ToSchema for Scope {}

/// A scope has a character that RFC 6749 §3.3 does not allow.
///
/// ```
/// use mock_idp::{MalformedScope, TokenOrder};
///
/// // Scopes are separated by spaces, without quotes.
/// assert_eq!(TokenOrder::new().scope(r#""openid" "email""#), Err(MalformedScope));
/// assert_eq!(MalformedScope.to_string(), "a scope has a character outside %x21 / %x23-5B / %x5D-7E");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a scope has a character outside %x21 / %x23-5B / %x5D-7E")]
pub struct MalformedScope;

impl Scope {
    /// The tokens in order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// Whether it contains the token.
    pub fn contains(&self, token: &str) -> bool {
        self.0.iter().any(|own| own == token)
    }

    /// The tokens that are not in `other`, in order.
    pub(crate) fn beyond(&self, other: &Self) -> Vec<String> {
        self.iter().filter(|token| !other.contains(token)).map(str::to_owned).collect()
    }

    /// Whether it is empty.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl FromStr for Scope {
    type Err = MalformedScope;

    fn from_str(text: &str) -> Result<Self, MalformedScope> {
        let tokens = text.split(' ').filter(|token| !token.is_empty()).map(str::to_owned).collect::<Vec<_>>();
        Self::try_from(tokens)
    }
}

impl TryFrom<Vec<String>> for Scope {
    type Error = MalformedScope;

    fn try_from(tokens: Vec<String>) -> Result<Self, MalformedScope> {
        let allowed = |c: char| matches!(c, '\x21' | '\x23'..='\x5B' | '\x5D'..='\x7E');
        if tokens.iter().any(|token| token.is_empty() || !token.chars().all(allowed)) {
            return Err(MalformedScope);
        }
        Ok(tokens.into_iter().collect())
    }
}

impl<T: Into<String>> FromIterator<T> for Scope {
    fn from_iter<I: IntoIterator<Item = T>>(tokens: I) -> Self {
        let mut scope = Self::default();
        for token in tokens.into_iter().map(Into::into) {
            if !scope.contains(&token) {
                scope.0.push(token);
            }
        }
        scope
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join(" "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_keep_their_order_and_appear_once() {
        let scope: Scope = "openid  email openid".parse().unwrap();
        assert_eq!(scope.to_string(), "openid email");
        assert_eq!(scope.beyond(&"openid".parse().unwrap()), ["email"]);
        assert_eq!(["openid", "email", "openid"].into_iter().collect::<Scope>(), scope, "collected");
        let read: Scope = serde_json::from_str(r#"["openid","email","openid"]"#).unwrap();
        assert_eq!(read, scope, "read from a file");
        for tokens in [r#"["open id"]"#, r#"[""]"#, r#"["a\"b"]"#] {
            assert!(serde_json::from_str::<Scope>(tokens).is_err(), "{tokens}");
        }
    }

    #[test]
    fn characters_outside_the_grammar_are_refused() {
        for text in ["openid \"", "a\\b", "é", "a\tb"] {
            assert_eq!(text.parse::<Scope>(), Err(MalformedScope), "{text}");
        }
    }
}

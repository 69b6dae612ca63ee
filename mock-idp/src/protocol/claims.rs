//! The claims of tokens (RFC 7519 §4), in their order.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::{
    scope::Scope,
    text::{ApiKey, TokenId, UserId, Username},
    timestamp::Timestamp,
};

/// The claims of a token, in order. As JSON: an object.
///
/// ```
/// use mock_idp::{Claims, Timestamp};
///
/// let claims = Claims::new().with("sub", "sam").with("exp", 1_767_323_045).with("sub", "kim");
/// assert_eq!(claims.text("sub"), Some("kim"));
/// assert_eq!(claims.get("exp"), Some(&1_767_323_045.into()));
/// assert_eq!(claims.moment("exp"), Timestamp::from_unix_seconds(1_767_323_045));
/// assert_eq!(claims.text("exp"), None); // a number is not text
/// let names: Vec<&String> = claims.iter().map(|(name, _)| name).collect();
/// assert_eq!(names, ["sub", "exp"]);
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(transparent)]
#[schema(value_type = Object)]
pub struct Claims(Map<String, Value>);

impl Claims {
    /// No claims yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a claim at the end. An existing claim of that name keeps its place and gets the new value.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.set(name, value);
        self
    }

    /// Adds a claim if there is a value for it.
    #[must_use]
    pub(crate) fn with_some(self, name: &str, value: Option<impl Into<Value>>) -> Self {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }

    /// Sets a claim.
    pub(crate) fn set(&mut self, name: &str, value: impl Into<Value>) {
        self.0.insert(name.to_owned(), value.into());
    }

    /// Removes a claim. The others keep their order.
    pub(crate) fn remove(&mut self, name: &str) {
        self.0.shift_remove(name);
    }

    /// A claim's value.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    /// A claim that is text.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.get(name).and_then(Value::as_str)
    }

    /// A claim that is a moment in seconds (RFC 7519 §2, NumericDate).
    pub fn moment(&self, name: &str) -> Option<Timestamp> {
        self.get(name).and_then(Value::as_i64).and_then(Timestamp::from_unix_seconds)
    }

    /// Names and values in order.
    pub fn iter(&self) -> impl Iterator<Item = (&String, &Value)> {
        self.0.iter()
    }
}

impl From<Map<String, Value>> for Claims {
    fn from(map: Map<String, Value>) -> Self {
        Self(map)
    }
}

/// The person that a token is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct Person {
    /// The login e-mail.
    pub username: Username,
    /// Okta's user id.
    pub uid: UserId,
    /// Further claims: `name`, `given_name`, …
    pub claims: Claims,
}

/// The facts of an access token. The dialect decides in which claims they appear.
#[derive(Debug)]
pub(crate) struct AccessFacts<'a> {
    /// `iss`.
    pub issuer: &'a str,
    /// `cid`.
    pub api_key: &'a ApiKey,
    /// `jti`.
    pub token_id: &'a TokenId,
    /// `scp`.
    pub scope: &'a Scope,
    /// The person, unless the app acts for itself.
    pub person: Option<&'a Person>,
    /// `iat`.
    pub issued_at: Timestamp,
    /// `exp`.
    pub expires_at: Timestamp,
}

/// The facts of an ID token. The dialect decides in which claims they appear.
#[derive(Debug)]
pub(crate) struct IdFacts<'a> {
    /// `iss`.
    pub issuer: &'a str,
    /// The app, for `aud`.
    pub api_key: &'a ApiKey,
    /// `jti`.
    pub token_id: &'a TokenId,
    /// `sub`.
    pub person: &'a Person,
    /// The claims about the person in the token itself: those of the scope, if no access token can fetch them from
    /// userinfo (OpenID Connect Core §5.4).
    pub person_claims: Claims,
    /// `nonce`, as it was sent.
    pub nonce: Option<&'a str>,
    /// When the person signed in.
    pub auth_time: Timestamp,
    /// `iat`.
    pub issued_at: Timestamp,
    /// `exp`.
    pub expires_at: Timestamp,
}

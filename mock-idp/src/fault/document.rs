//! Documents that speak of somebody else: the metadata of another issuer, the claims of another person.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

/// A change to the metadata documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MetadataChange {
    /// `issuer` is not the one that was asked (OpenID Connect Discovery §4.3, RFC 8414 §3.3).
    WrongIssuer,
}

impl MetadataChange {
    /// All changes.
    pub const ALL: [Self; 1] = [Self::WrongIssuer];

    /// The document, changed.
    pub(crate) fn on(self, document: Value) -> Value {
        let Self::WrongIssuer = self;
        with(document, "issuer", "https://issuer.invalid/oauth2/default")
    }
}

/// A change to the answer of userinfo.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum UserinfoChange {
    /// `sub` is not the ID token's (OpenID Connect Core §5.3.2).
    ForeignSubject,
}

impl UserinfoChange {
    /// All changes.
    pub const ALL: [Self; 1] = [Self::ForeignSubject];

    /// The answer, changed.
    pub(crate) fn on(self, answer: Value) -> Value {
        let Self::ForeignSubject = self;
        with(answer, "sub", "00uSomebodyElse00000")
    }
}

fn with(mut document: Value, name: &str, value: &str) -> Value {
    if let Some(members) = document.as_object_mut() {
        members.insert(name.to_owned(), json!(value));
    }
    document
}

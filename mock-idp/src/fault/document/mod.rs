//! Documents that a client must not trust: the key set, the metadata, the answer of userinfo.

mod keys;
mod member;
mod metadata;
mod userinfo;

use serde::Serializer;
use utoipa::openapi::{RefOr, Schema};

pub use keys::KeysChange;
pub use metadata::MetadataChange;
pub use userinfo::UserinfoChange;

use super::{
    named::{Group, Named},
    written,
};
use crate::protocol::{endpoint::Endpoint, json::JsonError, members::Members};

/// A change to a document, at the endpoint that sends the document.
///
/// ```
/// use mock_idp::fault::{DocumentFault, Kind, KeysChange};
///
/// let kind: Kind = serde_json::from_str(r#"{ "kind": "keys", "keys": "empty" }"#)?;
/// assert_eq!(kind, Kind::Document(DocumentFault::Keys(KeysChange::Empty)));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DocumentFault {
    /// A key set without the right key.
    Keys(KeysChange),
    /// Metadata of another issuer.
    Metadata(MetadataChange),
    /// Claims of another person.
    Userinfo(UserinfoChange),
}

impl DocumentFault {
    pub(super) const NAMES: &[&str] = &["keys", "metadata", "userinfo"];

    pub(super) fn read(name: &str, members: Members) -> Result<Self, JsonError> {
        match name {
            "keys" => members.only(name).map(Self::Keys),
            "metadata" => members.only(name).map(Self::Metadata),
            _ => members.only(name).map(Self::Userinfo),
        }
    }

    pub(super) fn write<S: Serializer>(self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Keys(change) => written::change(self.name(), &change, serializer),
            Self::Metadata(change) => written::change(self.name(), &change, serializer),
            Self::Userinfo(change) => written::change(self.name(), &change, serializer),
        }
    }

    pub(super) fn schemas(referenced: &mut Vec<(String, RefOr<Schema>)>) -> Vec<RefOr<Schema>> {
        vec![
            written::schema_of_change::<KeysChange>("keys", "A key set without the right key.", referenced),
            written::schema_of_change::<MetadataChange>(
                "metadata",
                "Metadata of another issuer.",
                referenced,
            ),
            written::schema_of_change::<UserinfoChange>("userinfo", "Claims of another person.", referenced),
        ]
    }

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Keys(_) => "keys",
            Self::Metadata(_) => "metadata",
            Self::Userinfo(_) => "userinfo",
        }
    }

    pub(super) const fn endpoints(self) -> &'static [Endpoint] {
        match self {
            Self::Keys(_) => &[Endpoint::Keys],
            Self::Metadata(_) => &[Endpoint::Metadata],
            Self::Userinfo(_) => &[Endpoint::Userinfo],
        }
    }
}

/// The user names. A request for the keys does not show the user, so a fault of the keys occurs at the next fetch.
pub(super) static BY_NAME: Group<DocumentFault> = Group {
    heading: "Keys and userinfo",
    names: &[
        Named::new(
            "empty",
            || DocumentFault::Keys(KeysChange::Empty),
            "no keys at the next fetch",
            "refuse, and fetch again later",
        ),
        Named::new(
            "stale",
            || DocumentFault::Keys(KeysChange::Stale),
            "the keys before the last rotation at the next fetch",
            "fetch the keys once more",
        ),
        Named::new(
            "two_with_same_kid",
            || DocumentFault::Keys(KeysChange::TwoWithSameKid),
            "two keys under one kid at the next fetch",
            "try both, or refuse",
        ),
        Named::new(
            "foreign_subject",
            || DocumentFault::Userinfo(UserinfoChange::ForeignSubject),
            "userinfo of somebody else",
            "refuse userinfo",
        ),
    ],
};

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_changed_document_differs_in_one_member() {
        let metadata = MetadataChange::WrongIssuer.on(json!({ "issuer": "a", "jwks_uri": "b" }));
        assert_eq!(metadata, json!({ "issuer": "https://issuer.invalid/oauth2/default", "jwks_uri": "b" }));
        let userinfo = UserinfoChange::ForeignSubject.on(json!({ "sub": "a", "name": "b" }));
        assert_eq!(userinfo, json!({ "sub": "00uSomebodyElse00000", "name": "b" }));
    }
}

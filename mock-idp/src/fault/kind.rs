//! What a fault does: one of five families. Each family has its own file, which implements every operation of this one.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{RefOr, Schema, schema::OneOfBuilder},
};

use super::{
    answer::AnswerFault, callback::CallbackChange, connection::ConnectionFault, document::DocumentFault,
    flaw::FaultFlaw, token::TokenFault,
};
use crate::protocol::{endpoint::Endpoint, json::JsonError, members::Members};

/// What a fault does. As JSON: an object whose member `kind` names the fault. The other members depend on it:
/// `{"kind":"status","status":503}`, `{"kind":"callback","callback":"no_state"}`.
///
/// ```
/// use mock_idp::{Endpoint, fault::{CallbackChange, ConnectionFault, Kind}};
///
/// let kind: Kind = serde_json::from_str(r#"{ "kind": "callback", "callback": "no_state" }"#)?;
/// assert_eq!(kind, Kind::Callback(CallbackChange::NoState));
/// assert_eq!(kind.name(), "callback");
/// assert_eq!(kind.endpoints(), [Endpoint::Authorize, Endpoint::SignIn, Endpoint::Logout]);
///
/// let hang = Kind::Connection(ConnectionFault::Hang);
/// assert_eq!(hang.endpoints(), Endpoint::ALL); // a connection can fail anywhere
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub enum Kind {
    /// Another answer than the true one.
    Answer(AnswerFault),
    /// A connection that fails.
    Connection(ConnectionFault),
    /// Tokens that a client must refuse.
    Token(TokenFault),
    /// A callback that a client must not follow.
    Callback(CallbackChange),
    /// A document that a client must not trust.
    Document(DocumentFault),
}

impl Kind {
    /// The name, as in JSON.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Answer(fault) => fault.name(),
            Self::Connection(fault) => fault.name(),
            Self::Token(_) => TokenFault::NAME,
            Self::Callback(_) => CallbackChange::NAME,
            Self::Document(fault) => fault.name(),
        }
    }

    /// The endpoints where it can occur.
    pub const fn endpoints(&self) -> &'static [Endpoint] {
        match self {
            Self::Answer(_) | Self::Connection(_) => &Endpoint::ALL,
            Self::Token(_) => TokenFault::ENDPOINTS,
            Self::Callback(change) => change.endpoints(),
            Self::Document(fault) => fault.endpoints(),
        }
    }

    /// Whether it changes what the true answer says. Such a fault occurs while the answer is made, neither before nor
    /// after.
    pub(crate) fn is_within(&self, endpoint: Endpoint) -> bool {
        match self {
            Self::Answer(fault) => fault.is_within(endpoint),
            Self::Connection(_) => false,
            Self::Token(_) | Self::Callback(_) | Self::Document(_) => true,
        }
    }

    /// What makes it impossible.
    pub(super) fn flaw(&self) -> Option<FaultFlaw> {
        match self {
            Self::Answer(fault) => fault.flaw(),
            Self::Token(fault) => fault.flaw(),
            Self::Connection(_) | Self::Callback(_) | Self::Document(_) => None,
        }
    }

    fn read(mut members: Members) -> Result<Self, JsonError> {
        match members.take_name("kind", names())? {
            TokenFault::NAME => TokenFault::read(members).map(Self::Token),
            CallbackChange::NAME => CallbackChange::read(members).map(Self::Callback),
            name if AnswerFault::NAMES.contains(&name) => AnswerFault::read(name, members).map(Self::Answer),
            name if DocumentFault::NAMES.contains(&name) => {
                DocumentFault::read(name, members).map(Self::Document)
            }
            name => ConnectionFault::read(name, members).map(Self::Connection),
        }
    }
}

/// The names of all kinds.
fn names() -> impl Iterator<Item = &'static str> + Clone {
    let alone: &[&str] = &[TokenFault::NAME, CallbackChange::NAME];
    [AnswerFault::NAMES, ConnectionFault::NAMES, alone, DocumentFault::NAMES].into_iter().flatten().copied()
}

impl<'de> Deserialize<'de> for Kind {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Members::deserialize(deserializer, Self::read)
    }
}

impl Serialize for Kind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Answer(fault) => fault.serialize(serializer),
            Self::Connection(fault) => fault.serialize(serializer),
            Self::Token(fault) => fault.write(serializer),
            Self::Callback(change) => change.write(serializer),
            Self::Document(fault) => fault.write(serializer),
        }
    }
}

impl Kind {
    /// The schemas of all kinds. `referenced` gets the schemas that they name.
    fn variants(referenced: &mut Vec<(String, RefOr<Schema>)>) -> Vec<RefOr<Schema>> {
        let mut variants = AnswerFault::schemas(referenced);
        variants.extend(ConnectionFault::schemas(referenced));
        variants.extend(TokenFault::schemas(referenced));
        variants.extend(CallbackChange::schemas(referenced));
        variants.extend(DocumentFault::schemas(referenced));
        variants
    }
}

impl PartialSchema for Kind {
    fn schema() -> RefOr<Schema> {
        let description = "What a fault does: an object whose member `kind` names the fault. The other members depend \
                           on it: `{\"kind\":\"status\",\"status\":503}`, \
                           `{\"kind\":\"callback\",\"callback\":\"no_state\"}`.";
        let one_of =
            Self::variants(&mut Vec::new()).into_iter().fold(OneOfBuilder::new(), OneOfBuilder::item);
        Schema::from(one_of.description(Some(description)).build()).into()
    }
}

impl ToSchema for Kind {
    fn name() -> std::borrow::Cow<'static, str> {
        "FaultKind".into()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        Self::variants(schemas);
    }
}

macro_rules! from_family {
    ($($family:ident($type:ty);)*) => {
        $(impl From<$type> for Kind {
            fn from(fault: $type) -> Self {
                Self::$family(fault)
            }
        })*
    };
}

from_family! {
    Answer(AnswerFault);
    Connection(ConnectionFault);
    Token(TokenFault);
    Callback(CallbackChange);
    Document(DocumentFault);
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn read(value: Value) -> Result<Kind, String> {
        serde_json::from_value(value).map_err(|error| error.to_string())
    }

    #[test]
    fn each_kind_is_written_as_it_is_read() {
        let written = [
            json!({ "kind": "status", "status": 503, "body": "{}", "headers": { "Retry-After": "1" } }),
            json!({ "kind": "oauth_error", "error": "access_denied" }),
            json!({ "kind": "rate_limit", "retry_after": 30 }),
            json!({ "kind": "malformed_json" }),
            json!({ "kind": "not_json" }),
            json!({ "kind": "delay", "ms": 60 }),
            json!({ "kind": "hang" }),
            json!({ "kind": "reset" }),
            json!({ "kind": "truncate", "bytes": 20 }),
            json!({ "kind": "token", "token": ["expired"], "omit": ["iat"], "set": { "exp": 9.0 }, "which": "id" }),
            json!({ "kind": "callback", "callback": "no_state" }),
            json!({ "kind": "keys", "keys": "empty" }),
            json!({ "kind": "metadata", "metadata": "wrong_issuer" }),
            json!({ "kind": "userinfo", "userinfo": "foreign_subject" }),
        ];
        let mut found = Vec::new();
        for json in written {
            let kind = read(json.clone()).unwrap();
            found.push(kind.name());
            assert_eq!(serde_json::to_value(&kind).unwrap(), json);
            assert_eq!(kind.name(), json["kind"]);
        }
        assert!(names().eq(found), "each name is tested");
    }

    #[test]
    fn the_kind_comes_first() {
        let token = TokenFault::default();
        let written = serde_json::to_string(&Kind::Token(token)).unwrap();
        assert_eq!(written, r#"{"kind":"token","token":[],"which":"both"}"#);
        let callback = serde_json::to_string(&Kind::Callback(CallbackChange::Twice)).unwrap();
        assert_eq!(callback, r#"{"kind":"callback","callback":"twice"}"#);
    }

    #[test]
    fn an_error_names_the_member() {
        for (value, error) in [
            (
                json!({ "kind": "delay", "ms": 60.5 }),
                "`ms`: invalid type: floating point `60.5`, expected u64",
            ),
            (json!({ "kind": "hang", "ms": 1 }), "`ms`: unknown field `ms`, expected no other member"),
            (
                json!({ "kind": "token", "token": ["expired", 7] }),
                "`token[1]`: invalid type: integer `7`, expected string or map",
            ),
            (
                json!({ "kind": "status", "status": 503, "headers": { "x": null } }),
                "`headers.x`: invalid type: null, expected a string",
            ),
            (json!({ "kind": "keys", "kyes": "empty" }), "`kyes`: unknown field `kyes`, expected `keys`"),
            (json!({ "kind": "keys" }), "`keys`: missing field `keys`"),
        ] {
            assert_eq!(read(value), Err(error.to_owned()));
        }
        assert!(
            read(json!({ "kind": "statsu" }))
                .unwrap_err()
                .starts_with("`kind`: unknown kind `statsu`, expected")
        );
        assert_eq!(read(json!({ "kind": "delay", "ms": 60.0 })), read(json!({ "ms": 60, "kind": "delay" })));
    }
}

//! Explains a token: its contents, whether it is live, who signed it, and how it differs from the tokens that the mock
//! issues. Pure.

mod input;
mod shape;
mod signature;
mod words;

pub(crate) use input::token_in;
pub(crate) use shape::Shape;
pub(crate) use signature::{Unchecked, check};
pub(crate) use words::{moment, relative, span};

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Map, Value};

use shape::MOMENTS;

use crate::protocol::{
    claims::Claims,
    jwt::Unverified,
    timestamp::{Expiry, Timestamp},
};

/// All that is known about a token without a key.
#[derive(Debug, Serialize)]
pub(crate) struct Inspection {
    /// The header's members in order.
    pub header: Map<String, Value>,
    /// The claims in order.
    pub claims: Claims,
    /// The claims that are moments.
    pub times: BTreeMap<&'static str, Timestamp>,
    /// From `iat` to `exp`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lifetime_seconds: Option<i64>,
    /// Whether it is live.
    pub status: Status,
    /// The kind of token, its dialect, and its deviations from that dialect.
    #[serde(flatten)]
    pub shape: Shape,
}

/// Whether a token is live (RFC 7519 §4.1.4 and §4.1.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Status {
    /// Now is before its `exp`, and not before its `nbf`.
    Live,
    /// Now is its `exp` or later.
    Expired,
    /// Now is before its `nbf`.
    NotYetValid,
    /// It has no `exp`.
    WithoutExpiry,
}

impl Inspection {
    /// Explains a token at the moment `now`.
    pub(crate) fn of(token: Unverified, now: Timestamp) -> Self {
        let shape = Shape::of(&token);
        let Unverified { header, claims } = token;
        let times: BTreeMap<_, _> =
            MOMENTS.into_iter().filter_map(|name| Some((name, claims.moment(name)?))).collect();
        let seconds = |name: &str| times.get(name).map(|moment| moment.unix_seconds());
        Self {
            lifetime_seconds: seconds("exp").zip(seconds("iat")).map(|(exp, iat)| exp - iat),
            status: Status::at(now, times.get("nbf").copied(), times.get("exp").copied()),
            header,
            claims,
            times,
            shape,
        }
    }
}

impl Status {
    fn at(now: Timestamp, not_before: Option<Timestamp>, expires_at: Option<Timestamp>) -> Self {
        match expires_at {
            Some(expires_at) if !Expiry::at(expires_at).is_live(now) => Self::Expired,
            _ if not_before.is_some_and(|not_before| now < not_before) => Self::NotYetValid,
            Some(_) => Self::Live,
            None => Self::WithoutExpiry,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn status(claims: Value) -> Status {
        let token = Unverified { header: Map::new(), claims: serde_json::from_value(claims).unwrap() };
        Inspection::of(token, Timestamp::from_unix_seconds(1_000).unwrap()).status
    }

    #[test]
    fn a_token_is_live_until_its_expiry_and_not_at_it() {
        assert_eq!(status(json!({ "exp": 1_001 })), Status::Live);
        assert_eq!(status(json!({ "exp": 1_000 })), Status::Expired);
        assert_eq!(status(json!({ "exp": 2_000, "nbf": 1_000 })), Status::Live);
        assert_eq!(status(json!({ "exp": 2_000, "nbf": 1_001 })), Status::NotYetValid);
        assert_eq!(status(json!({ "exp": "2000" })), Status::WithoutExpiry);
    }
}

//! What is wrong with an access token that a caller presents, at userinfo and at the API gateway.

use super::{
    details::Details,
    error::{GatewayError, bad_token, oauth},
    phrase::{ABSENT, ADD_HEADER, BEARER_HEADER, HEADER_ALONE, SIGN_IN_AGAIN},
    rule,
};
use crate::protocol::timestamp::Timestamp;

const USERINFO_SCOPES: &str = "The access token must provide access to at least one of these scopes - profile, \
     email, address or phone";

/// A refused Bearer token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum BearerRefusal {
    /// There is no token.
    Missing,
    /// There is more than one token.
    Twice,
    /// The token does not have the scope.
    Scope { needed: &'static str },
    /// The token cannot be used.
    Unusable(Unusable),
}

impl BearerRefusal {
    /// Its details.
    pub(super) fn details(&self) -> Details {
        match self {
            Self::Missing => Details {
                rule: rule::BEARER_MISSING,
                section: "RFC 6750 §3.1",
                expected: BEARER_HEADER.into(),
                received: ABSENT.into(),
                remedy: ADD_HEADER.into(),
                error: oauth(401, "invalid_request", "The access token is missing."),
            },
            Self::Twice => Details {
                rule: rule::BEARER_TWICE,
                section: "RFC 6750 §2",
                expected: "the token in one place".into(),
                received: "the token in header and body".into(),
                remedy: HEADER_ALONE.into(),
                error: oauth(400, "invalid_request", "The access token must be sent in one place only."),
            },
            Self::Scope { needed } => Details {
                rule: rule::BEARER_SCOPE,
                section: "RFC 6750 §3.1",
                expected: format!("a token with the scope {needed}"),
                received: "a token without it".into(),
                remedy: format!("request scope={needed} at authorize"),
                error: oauth(403, "insufficient_scope", USERINFO_SCOPES),
            },
            Self::Unusable(token) => {
                token.details().with(oauth(401, "invalid_token", "The access token is invalid"))
            }
        }
    }
}

/// Why an access token cannot be used. The gateway reports the cause to the client. Userinfo does not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Unusable {
    /// The token is not a JWT.
    Malformed,
    /// No key of this issuer signed the token.
    Signature,
    /// The token is an ID token, or another kind of JWT.
    NotAccessToken,
    /// Another issuer issued the token.
    Issuer { received: String },
    /// The token has expired.
    Expired { expired_at: Timestamp },
    /// The token is not valid yet.
    NotYetValid { valid_from: Timestamp },
    /// The token was revoked, or its app or user was deleted.
    Revoked,
}

impl Unusable {
    /// All that is said about it, with the gateway's answer.
    pub(super) fn details(&self) -> Details<GatewayError> {
        match self {
            Self::Malformed => Details {
                rule: rule::BEARER_MALFORMED,
                section: "RFC 6750 §3.1",
                expected: "an access token of this issuer".into(),
                received: "a value that is not a JWT".into(),
                remedy: "send access_token, not the code or the refresh token".into(),
                error: bad_token("INVALID-TOKEN", "The token is not a valid JWT."),
            },
            Self::Signature => Details {
                rule: rule::BEARER_SIGNATURE,
                section: "RFC 8725 §3.1",
                expected: "an RS256 signature by one of this issuer's keys".into(),
                received: "another signature".into(),
                remedy: "send the unchanged token to the issuer that issued it".into(),
                error: bad_token(
                    "INVALID-TOKEN",
                    "The token is not signed with a key of the authorization server.",
                ),
            },
            Self::NotAccessToken => Details {
                rule: rule::BEARER_NOT_ACCESS_TOKEN,
                section: "RFC 8725 §3.12",
                expected: "an access token".into(),
                received: "another kind of token".into(),
                remedy: "send access_token, not id_token".into(),
                error: bad_token("INVALID-TOKEN", "The token is not an access token."),
            },
            Self::Issuer { received } => Details {
                rule: rule::BEARER_ISSUER,
                section: "RFC 8725 §3.8",
                expected: "a token of this issuer".into(),
                received: received.into(),
                remedy: "send the token to the issuer that issued it".into(),
                error: bad_token(
                    "TOKEN-ISSUER-MISMATCH",
                    format!("The token was issued by another authorization server, {received}."),
                ),
            },
            Self::Expired { expired_at } => Details {
                rule: rule::BEARER_EXPIRED,
                section: "RFC 6750 §3.1",
                expected: "a token before its expiry".into(),
                received: format!("a token that expired at {expired_at}"),
                remedy: "refresh the token, or sign the user in again".into(),
                error: bad_token("TOKEN-EXPIRED", format!("The token expired at {expired_at}.")),
            },
            Self::NotYetValid { valid_from } => Details {
                rule: rule::BEARER_NOT_YET_VALID,
                section: "RFC 7519 §4.1.5",
                expected: "a token that is already valid".into(),
                received: format!("a token that is not valid before {valid_from}"),
                remedy: "wait until then, or get another token".into(),
                error: bad_token("INVALID-TOKEN", format!("The token is not valid before {valid_from}.")),
            },
            Self::Revoked => Details {
                rule: rule::BEARER_REVOKED,
                section: "RFC 7009 §2.2",
                expected: "a token that was not revoked".into(),
                received: "a revoked token".into(),
                remedy: SIGN_IN_AGAIN.into(),
                error: bad_token("INVALID-TOKEN", "The token has been revoked."),
            },
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// One refusal of each kind.
    pub(crate) fn samples() -> Vec<BearerRefusal> {
        let own =
            vec![BearerRefusal::Missing, BearerRefusal::Twice, BearerRefusal::Scope { needed: "openid" }];
        own.into_iter().chain(causes().into_iter().map(BearerRefusal::Unusable)).collect()
    }

    /// One for each cause.
    pub(crate) fn causes() -> Vec<Unusable> {
        vec![
            Unusable::Malformed,
            Unusable::Signature,
            Unusable::NotAccessToken,
            Unusable::Issuer { received: "received".into() },
            Unusable::Expired { expired_at: Timestamp::from_unix_seconds(1).unwrap() },
            Unusable::NotYetValid { valid_from: Timestamp::from_unix_seconds(1).unwrap() },
            Unusable::Revoked,
        ]
    }
}

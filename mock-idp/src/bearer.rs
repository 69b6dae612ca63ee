//! Whether an access token may be used: by this issuer, alive, not revoked (RFC 6750 §3.1, RFC 8725 §3). Pure.

use crate::{
    keys::KeyRing,
    ledger::Ledger,
    protocol::{
        claims::Claims,
        jwt::Unverified,
        lifetimes::Lifetimes,
        refusal::Refusal,
        scope::Scope,
        text::{ApiKey, TokenId, Username},
        timestamp::{Expiry, Timestamp},
    },
};

/// An access token that passed every check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AccessToken {
    /// All that it says.
    pub claims: Claims,
    /// Its `jti`.
    pub token_id: TokenId,
    /// The app it was given to.
    pub api_key: ApiKey,
    /// The user who signed in, unless the app acts for itself.
    pub username: Option<Username>,
    /// What it allows.
    pub scope: Scope,
}

/// Why a token cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Unusable {
    /// No JWT.
    Malformed,
    /// Signed by nobody here.
    Signature,
    /// An ID token, or something else.
    NotAccessToken,
    /// Another issuer's.
    Issuer {
        /// Its `iss`.
        received: String,
    },
    /// Too old.
    Expired {
        /// Its `exp`.
        expired_at: Timestamp,
    },
    /// Not good yet.
    NotYetValid {
        /// Its `nbf`.
        valid_from: Timestamp,
    },
    /// Revoked, or given to somebody who is gone.
    Revoked,
}

impl From<Unusable> for Refusal {
    fn from(unusable: Unusable) -> Self {
        match unusable {
            Unusable::Malformed => Self::BearerMalformed,
            Unusable::Signature => Self::BearerSignature,
            Unusable::NotAccessToken => Self::BearerNotAccessToken,
            Unusable::Issuer { received } => Self::BearerIssuer { received },
            Unusable::Expired { expired_at } => Self::BearerExpired { expired_at },
            Unusable::NotYetValid { valid_from } => Self::BearerNotYetValid { valid_from },
            Unusable::Revoked => Self::BearerRevoked,
        }
    }
}

/// The claims of a token that a key of this issuer signed. What they say is looked at by [`check`].
pub(crate) fn verified(keys: &KeyRing, token: &str) -> Result<Claims, Unusable> {
    if Unverified::parse(token).is_none() {
        return Err(Unusable::Malformed);
    }
    keys.verified(token).ok_or(Unusable::Signature)
}

/// Checks what a verified token says. The signature was looked at before.
pub(crate) fn check(
    claims: Claims,
    issuer: &str,
    ledger: &Ledger,
    lifetimes: &Lifetimes,
    now: Timestamp,
) -> Result<AccessToken, Unusable> {
    let scope: Option<Scope> = claims.get("scp").and_then(|scp| serde_json::from_value(scp.clone()).ok());
    let (Some(scope), Some(api_key), Some(token_id)) = (scope, claims.text("cid"), claims.text("jti")) else {
        return Err(Unusable::NotAccessToken);
    };
    let received = claims.text("iss").unwrap_or_default();
    if received != issuer {
        return Err(Unusable::Issuer { received: received.to_owned() });
    }
    let expired_at = claims.moment("exp").ok_or(Unusable::NotAccessToken)?;
    if !Expiry::after(expired_at, lifetimes.leeway).is_live(now) {
        return Err(Unusable::Expired { expired_at });
    }
    // No token of this issuer has an `nbf` unless it was ordered so.
    if let Some(valid_from) = claims.moment("nbf")
        && Expiry::at(valid_from).is_live(now.plus(lifetimes.leeway))
    {
        return Err(Unusable::NotYetValid { valid_from });
    }
    let token_id = TokenId::new(token_id);
    if ledger.revocations.has_token(&token_id) {
        return Err(Unusable::Revoked);
    }
    let username = claims.get("uid").and(claims.text("sub")).map(Username::new);
    Ok(AccessToken { token_id, api_key: ApiKey::new(api_key), username, scope, claims })
}

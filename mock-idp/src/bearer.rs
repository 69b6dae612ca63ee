//! Whether an access token may be used: by this issuer, alive, not revoked (RFC 6750 §3.1, RFC 8725 §3). Pure.

use crate::{
    ledger::Ledger,
    protocol::{
        claims::Claims,
        lifetimes::Lifetimes,
        scope::Scope,
        text::{ApiKey, TokenId, Username},
        timestamp::{Expiry, Timestamp},
    },
    refusal::Unusable,
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

//! Whether an access token may be used: it is of this issuer, live, and not revoked (RFC 6750 §3.1, RFC 8725 §3). Pure.

use crate::{
    keys::KeyRing,
    ledger::Ledger,
    protocol::{
        claims::Claims,
        jwt::Unverified,
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
    /// All claims.
    pub claims: Claims,
    /// Its `jti`.
    pub token_id: TokenId,
    /// The app that it was issued to.
    pub api_key: ApiKey,
    /// The user who signed in, unless the app acts for itself.
    pub username: Option<Username>,
    /// The granted scope.
    pub scope: Scope,
}

/// The claims of a token that a key of this issuer signed. [`check`] checks their contents.
pub(crate) fn verified(keys: &KeyRing, token: &str) -> Result<Claims, Unusable> {
    if Unverified::parse(token).is_none() {
        return Err(Unusable::Malformed);
    }
    keys.verified(token).ok_or(Unusable::Signature)
}

/// Checks the claims of a token whose signature was verified.
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
    // Tokens of this issuer have an `nbf` only if it was ordered.
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

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::protocol::{text::GrantId, timestamp::Lifetime};

    const ISSUER: &str = "http://localhost:9100/oauth2/default";
    const NOW: i64 = 1_767_323_045;

    fn now() -> Timestamp {
        Timestamp::from_unix_seconds(NOW).unwrap()
    }

    /// The claims of a user's access token: a valid case for a test to change in one place.
    fn claims() -> Claims {
        Claims::new()
            .with("cid", "app")
            .with("jti", "AT.1")
            .with("scp", vec!["openid", "profile"])
            .with("sub", "sam@example.com")
            .with("uid", "00u1")
            .with("exp", NOW + 60)
            .with("iss", ISSUER)
    }

    fn without(name: &str) -> Claims {
        let mut claims = claims();
        claims.remove(name);
        claims
    }

    fn checked(claims: Claims) -> Result<AccessToken, Unusable> {
        check(claims, ISSUER, &Ledger::default(), &Lifetimes::default(), now())
    }

    fn with_leeway(claims: Claims) -> Result<AccessToken, Unusable> {
        let lifetimes = Lifetimes { leeway: Lifetime::from_seconds(30), ..Lifetimes::default() };
        check(claims, ISSUER, &Ledger::default(), &lifetimes, now())
    }

    #[test]
    fn a_valid_token_says_whose_it_is_and_what_it_allows() {
        let token = checked(claims()).unwrap();
        assert_eq!((token.api_key, token.token_id), (ApiKey::new("app"), TokenId::new("AT.1")));
        assert_eq!(token.username, Some(Username::new("sam@example.com")));
        assert_eq!(token.scope.to_string(), "openid profile");
        assert_eq!(token.claims, claims());
    }

    #[test]
    fn a_token_of_an_app_for_itself_has_no_user() {
        assert_eq!(checked(without("uid")).unwrap().username, None);
    }

    #[test]
    fn a_token_without_the_claims_of_an_access_token_is_another_kind_of_token() {
        for name in ["cid", "jti", "scp", "exp"] {
            assert_eq!(checked(without(name)), Err(Unusable::NotAccessToken), "{name}");
        }
        for (name, value) in [
            ("scp", Value::from("openid")),
            ("scp", Value::from(vec!["open id"])),
            ("cid", Value::from(1)),
            ("exp", Value::from("tomorrow")),
        ] {
            assert_eq!(checked(claims().with(name, value)), Err(Unusable::NotAccessToken), "{name}");
        }
    }

    #[test]
    fn the_token_of_another_issuer_is_refused() {
        for (claims, received) in
            [(claims().with("iss", "http://other"), "http://other"), (without("iss"), "")]
        {
            assert_eq!(checked(claims), Err(Unusable::Issuer { received: received.to_owned() }));
        }
    }

    #[test]
    fn a_token_is_valid_until_its_expiry_and_the_leeway_after_it() {
        assert!(checked(claims().with("exp", NOW + 1)).is_ok());
        let expired = Unusable::Expired { expired_at: now() };
        assert_eq!(checked(claims().with("exp", NOW)), Err(expired));
        assert!(with_leeway(claims().with("exp", NOW - 29)).is_ok());
        assert!(matches!(with_leeway(claims().with("exp", NOW - 30)), Err(Unusable::Expired { .. })));
    }

    #[test]
    fn a_token_is_not_valid_before_its_nbf_and_the_leeway_before_it() {
        assert!(checked(claims().with("nbf", NOW)).is_ok());
        let valid_from = Timestamp::from_unix_seconds(NOW + 1).unwrap();
        assert_eq!(checked(claims().with("nbf", NOW + 1)), Err(Unusable::NotYetValid { valid_from }));
        assert!(with_leeway(claims().with("nbf", NOW + 30)).is_ok());
        assert!(matches!(with_leeway(claims().with("nbf", NOW + 31)), Err(Unusable::NotYetValid { .. })));
    }

    #[test]
    fn a_revoked_token_is_refused_however_it_was_revoked() {
        let checked = |ledger: &Ledger| check(claims(), ISSUER, ledger, &Lifetimes::default(), now());
        let mut ledger = Ledger::default();
        ledger.revocations.revoke_token(TokenId::new("AT.2"));
        assert!(checked(&ledger).is_ok(), "another token was revoked");
        ledger.revocations.revoke_token(TokenId::new("AT.1"));
        assert_eq!(checked(&ledger), Err(Unusable::Revoked));

        let (mut ledger, grant) = (Ledger::default(), GrantId::new("grant"));
        let expires = Expiry::after(now(), Lifetime::from_seconds(60));
        ledger.revocations.note(&grant, TokenId::new("AT.1"), expires, now());
        ledger.revocations.revoke_grant(&grant);
        assert_eq!(checked(&ledger), Err(Unusable::Revoked));
    }
}

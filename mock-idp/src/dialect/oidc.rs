//! Dialect `oidc`: Okta's claim sets, with the additions of RFC 9068 and OpenID Connect Core.

use super::fixed::{API_AUDIENCE, IDENTITY_PROVIDER};
use crate::protocol::claims::{AccessFacts, Claims, IdFacts};

/// Okta's version of its own claim set.
const VERSION: i64 = 1;

/// Okta's `ver, jti, iss, aud, iat, exp, cid[, uid], scp, sub`, then RFC 9068's `client_id, scope`.
pub(super) fn access_claims(facts: &AccessFacts<'_>) -> Claims {
    let subject = facts.person.map_or(facts.api_key.as_str(), |person| person.username.as_str());
    Claims::new()
        .with("ver", VERSION)
        .with("jti", facts.token_id.as_str())
        .with("iss", facts.issuer)
        .with("aud", API_AUDIENCE)
        .with("iat", facts.issued_at.unix_seconds())
        .with("exp", facts.expires_at.unix_seconds())
        .with("cid", facts.api_key.as_str())
        .with_some("uid", facts.person.map(|person| person.uid.as_str()))
        .with("scp", facts.scope.iter().collect::<Vec<_>>())
        .with("sub", subject)
        .with("client_id", facts.api_key.as_str())
        .with("scope", facts.scope.to_string())
}

/// Okta's `sub[, …person], ver, iss, aud, iat, exp, jti, amr, idp[, nonce], auth_time`.
pub(super) fn id_claims(facts: &IdFacts<'_>) -> Claims {
    let mut claims = Claims::new().with("sub", facts.person.uid.as_str());
    for (name, value) in facts.person_claims.iter() {
        claims.set(name, value.clone());
    }
    claims
        .with("ver", VERSION)
        .with("iss", facts.issuer)
        .with("aud", facts.api_key.as_str())
        .with("iat", facts.issued_at.unix_seconds())
        .with("exp", facts.expires_at.unix_seconds())
        .with("jti", facts.token_id.as_str())
        .with("amr", vec!["pwd"])
        .with("idp", IDENTITY_PROVIDER)
        .with_some("nonce", facts.nonce)
        .with("auth_time", facts.auth_time.unix_seconds())
}

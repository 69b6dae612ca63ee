//! Dialect `fortellis`: the claim sets and the claim order of the tutorial's own tokens.

use super::fixed::{API_AUDIENCE, IDENTITY_PROVIDER};
use crate::protocol::claims::{AccessFacts, Claims, IdFacts};

/// The audience of ID tokens. It is not the app's key, which is why strict clients refuse them.
const ID_AUDIENCE: &str = "fortellis";

/// `cid, jti, scp, sub[, uid], iat, exp, aud, iss`.
pub(super) fn access_claims(facts: &AccessFacts<'_>) -> Claims {
    let subject = facts.person.map_or(facts.api_key.as_str(), |person| person.username.as_str());
    Claims::new()
        .with("cid", facts.api_key.as_str())
        .with("jti", facts.token_id.as_str())
        .with("scp", facts.scope.iter().collect::<Vec<_>>())
        .with("sub", subject)
        .with_some("uid", facts.person.map(|person| person.uid.as_str()))
        .with("iat", facts.issued_at.unix_seconds())
        .with("exp", facts.expires_at.unix_seconds())
        .with("aud", API_AUDIENCE)
        .with("iss", facts.issuer)
}

/// `jti, sub, idp, iat, exp, aud, iss[, nonce]`.
pub(super) fn id_claims(facts: &IdFacts<'_>) -> Claims {
    Claims::new()
        .with("jti", facts.token_id.as_str())
        .with("sub", facts.person.uid.as_str())
        .with("idp", IDENTITY_PROVIDER)
        .with("iat", facts.issued_at.unix_seconds())
        .with("exp", facts.expires_at.unix_seconds())
        .with("aud", ID_AUDIENCE)
        .with("iss", facts.issuer)
        .with_some("nonce", facts.nonce)
}

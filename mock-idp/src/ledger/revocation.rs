//! What was revoked: single access tokens, and everything that came of one authorization (RFC 7009 §2.1).

use serde::{Deserialize, Serialize};

use super::{Bounded, CAPACITY, bounded::pairs};
use utoipa::ToSchema;

use crate::protocol::{
    text::{GrantId, TokenId},
    timestamp::{Expiry, Timestamp},
};

/// The revocations of an issuer.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct Revocations {
    #[schema(schema_with = pairs::<TokenId, ()>)]
    tokens: Bounded<TokenId, ()>,
    /// Every authorization that gave a token, with whether it was revoked.
    #[schema(schema_with = pairs::<GrantId, Grant>)]
    grants: Bounded<GrantId, Grant>,
}

/// The access tokens that one authorization gave, and whether it was revoked.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
struct Grant {
    #[schema(schema_with = pairs::<TokenId, Expiry>)]
    tokens: Vec<(TokenId, Expiry)>,
    revoked: bool,
}

impl Default for Revocations {
    fn default() -> Self {
        Self { tokens: Bounded::new(CAPACITY), grants: Bounded::new(CAPACITY) }
    }
}

impl Revocations {
    /// Notes that an authorization gave an access token, so that revoking the one revokes the other. Tokens that
    /// have expired need no revoking and are forgotten.
    pub(crate) fn note(&mut self, grant: &GrantId, token: TokenId, expires: Expiry, now: Timestamp) {
        if let Some(known) = self.grants.get_mut(grant) {
            known.tokens.retain(|(_, expires)| expires.is_live(now));
            known.tokens.push((token, expires));
        } else {
            self.grants.insert(grant.clone(), Grant { tokens: vec![(token, expires)], revoked: false });
        }
    }

    /// Revokes one access token.
    pub(crate) fn revoke_token(&mut self, token: TokenId) {
        self.tokens.insert(token, ());
    }

    /// Revokes all that an authorization gave and would give.
    pub(crate) fn revoke_grant(&mut self, grant: &GrantId) {
        let tokens = if let Some(known) = self.grants.get_mut(grant) {
            known.revoked = true;
            std::mem::take(&mut known.tokens)
        } else {
            self.grants.insert(grant.clone(), Grant { tokens: vec![], revoked: true });
            vec![]
        };
        for (token, _) in tokens {
            self.revoke_token(token);
        }
    }

    /// Whether an access token was revoked.
    pub(crate) fn has_token(&self, token: &TokenId) -> bool {
        self.tokens.contains(token)
    }

    /// Whether an authorization was revoked.
    pub(crate) fn has_grant(&self, grant: &GrantId) -> bool {
        self.grants.get(grant).is_some_and(|known| known.revoked)
    }
}

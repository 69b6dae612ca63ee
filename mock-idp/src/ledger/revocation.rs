//! What was revoked: single access tokens, and everything that one authorization gave (RFC 7009 §2.1).

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::bounded::{Bounded, CAPACITY, pairs};
use crate::protocol::{
    text::{GrantId, TokenId},
    timestamp::{Expiry, Timestamp},
};

/// The revocations of an issuer.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct Revocations {
    #[schema(schema_with = pairs::<TokenId, ()>)]
    tokens: Bounded<TokenId, ()>,
    /// Every authorization that gave a token, and whether it was revoked.
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
    /// Notes that an authorization gave an access token, so that revoking the authorization revokes the token. Expired
    /// tokens are forgotten: they need no revocation.
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

    /// Revokes every token that an authorization gave, and its refresh tokens.
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

#[cfg(test)]
mod tests {
    use super::{super::sample::at, *};

    fn grant(name: &str) -> GrantId {
        GrantId::new(name)
    }

    fn token(name: &str) -> TokenId {
        TokenId::new(name)
    }

    fn expires(seconds: i64) -> Expiry {
        Expiry::at(at(seconds))
    }

    #[test]
    fn nothing_is_revoked_at_first() {
        let mut revocations = Revocations::default();
        revocations.note(&grant("a"), token("a1"), expires(60), at(0));
        assert!(!revocations.has_token(&token("a1")) && !revocations.has_grant(&grant("a")));
        assert!(!revocations.has_token(&token("unknown")) && !revocations.has_grant(&grant("unknown")));
    }

    #[test]
    fn a_revoked_token_leaves_its_authorization_alone() {
        let mut revocations = Revocations::default();
        revocations.note(&grant("a"), token("a1"), expires(60), at(0));
        revocations.note(&grant("a"), token("a2"), expires(60), at(0));
        revocations.revoke_token(token("a1"));
        assert!(revocations.has_token(&token("a1")) && !revocations.has_token(&token("a2")));
        assert!(!revocations.has_grant(&grant("a")));
    }

    #[test]
    fn a_revoked_authorization_revokes_every_token_that_it_gave_and_no_other() {
        let mut revocations = Revocations::default();
        revocations.note(&grant("a"), token("a1"), expires(60), at(0));
        revocations.note(&grant("a"), token("a2"), expires(60), at(0));
        revocations.note(&grant("b"), token("b1"), expires(60), at(0));
        revocations.revoke_grant(&grant("a"));
        revocations.revoke_grant(&grant("a"));
        assert!(revocations.has_grant(&grant("a")));
        assert!(revocations.has_token(&token("a1")) && revocations.has_token(&token("a2")));
        assert!(!revocations.has_token(&token("b1")) && !revocations.has_grant(&grant("b")));
    }

    #[test]
    fn an_authorization_can_be_revoked_before_it_gives_a_token() {
        let mut revocations = Revocations::default();
        revocations.revoke_grant(&grant("a"));
        assert!(revocations.has_grant(&grant("a")));
    }

    #[test]
    fn expired_tokens_of_an_authorization_are_forgotten() {
        let mut revocations = Revocations::default();
        revocations.note(&grant("a"), token("old"), expires(60), at(0));
        revocations.note(&grant("a"), token("new"), expires(120), at(60));
        revocations.revoke_grant(&grant("a"));
        assert!(!revocations.has_token(&token("old")), "it has expired, so nobody can use it");
        assert!(revocations.has_token(&token("new")));
    }
}

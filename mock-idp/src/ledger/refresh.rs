//! Refresh tokens and their families (RFC 6749 §6, RFC 9700 §4.14.2).

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::bounded::{Bounded, CAPACITY};
use crate::protocol::{
    claims::Person,
    flow_id::FlowId,
    scope::Scope,
    text::{ApiKey, GrantId, RefreshToken},
    timestamp::{Expiry, Timestamp},
};

/// What a refresh token was issued for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct RefreshGrant {
    /// The authorization, which the token has in common with its code and all its successors.
    pub grant: GrantId,
    /// The sign-in attempt.
    pub flow: FlowId,
    /// The app it was given to.
    pub api_key: ApiKey,
    /// Who signed in.
    pub person: Person,
    /// The granted scope.
    pub scope: Scope,
    /// When the user signed in.
    pub auth_time: Timestamp,
    /// The second half of the access tokens' `jti`, which stays the same over all refreshes.
    pub suffix: String,
    /// When the token was last used.
    pub used_at: Timestamp,
    /// Until when the token can be used. Each use extends it.
    pub expires: Expiry,
    /// Whether a rotation has replaced it with another token.
    pub rotated: bool,
    /// The `state` of the sign-in, which faults can match.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
}

/// The refresh tokens of an issuer.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct RefreshTokens(Bounded<RefreshToken, RefreshGrant>);

impl Default for RefreshTokens {
    fn default() -> Self {
        Self(Bounded::new(CAPACITY))
    }
}

impl RefreshTokens {
    /// Remembers a new token.
    pub(crate) fn issue(&mut self, token: RefreshToken, grant: RefreshGrant) {
        self.0.insert(token, grant);
    }

    /// What a token was issued for.
    pub(crate) fn find(&self, token: &RefreshToken) -> Option<&RefreshGrant> {
        self.0.get(token)
    }

    /// Notes a use, which extends the token's life.
    pub(crate) fn touch(&mut self, token: &RefreshToken, now: Timestamp, expires: Expiry) {
        if let Some(grant) = self.0.get_mut(token) {
            grant.used_at = now;
            grant.expires = expires;
        }
    }

    /// Marks a token as replaced by another token.
    pub(crate) fn rotate(&mut self, token: &RefreshToken) {
        if let Some(grant) = self.0.get_mut(token) {
            grant.rotated = true;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::sample::{at, sam},
        *,
    };

    /// Refresh tokens of which one exists.
    fn tokens() -> (RefreshTokens, RefreshToken) {
        let (mut tokens, token) = (RefreshTokens::default(), RefreshToken::new("token"));
        let grant = RefreshGrant {
            grant: GrantId::new("grant"),
            flow: FlowId::new(1),
            api_key: ApiKey::new("app"),
            person: sam(),
            scope: "openid offline_access".parse().unwrap(),
            auth_time: at(0),
            suffix: "suffix".to_owned(),
            used_at: at(0),
            expires: Expiry::at(at(60)),
            rotated: false,
            state: None,
        };
        tokens.issue(token.clone(), grant);
        (tokens, token)
    }

    #[test]
    fn a_use_extends_the_life_of_a_token_and_changes_nothing_else() {
        let (mut tokens, token) = tokens();
        let before = tokens.find(&token).unwrap().clone();
        tokens.touch(&token, at(30), Expiry::at(at(90)));
        let after = RefreshGrant { used_at: at(30), expires: Expiry::at(at(90)), ..before };
        assert_eq!(tokens.find(&token), Some(&after));
    }

    #[test]
    fn a_rotated_token_is_still_known() {
        let (mut tokens, token) = tokens();
        tokens.rotate(&token);
        assert!(tokens.find(&token).unwrap().rotated);
    }

    #[test]
    fn an_unknown_token_is_neither_found_nor_changed_into_being() {
        let (mut tokens, unknown) = (RefreshTokens::default(), RefreshToken::new("unknown"));
        tokens.touch(&unknown, at(0), Expiry::at(at(60)));
        tokens.rotate(&unknown);
        assert_eq!(tokens.find(&unknown), None);
    }

    #[test]
    fn saved_tokens_come_back() {
        let (tokens, token) = tokens();
        let saved = serde_json::to_value(&tokens).unwrap();
        let restored: RefreshTokens = serde_json::from_value(saved).unwrap();
        assert_eq!(restored.find(&token), tokens.find(&token));
    }
}

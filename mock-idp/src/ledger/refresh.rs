//! Refresh tokens and their families (RFC 6749 §6, RFC 9700 §4.14.2).

use serde::{Deserialize, Serialize};

use super::{Bounded, CAPACITY};
use utoipa::ToSchema;

use crate::protocol::{
    claims::Person,
    flow_id::FlowId,
    scope::Scope,
    text::{ApiKey, GrantId, RefreshToken},
    timestamp::{Expiry, Timestamp},
};

/// What a refresh token stands for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct RefreshGrant {
    /// Joins the token with the code it came from and with all its successors.
    pub grant: GrantId,
    /// The sign-in attempt.
    pub flow: FlowId,
    /// The app it was given to.
    pub api_key: ApiKey,
    /// Who signed in.
    pub person: Person,
    /// All that was granted.
    pub scope: Scope,
    /// When the user signed in.
    pub auth_time: Timestamp,
    /// The second half of the access tokens' `jti`, which stays the same over all refreshes.
    pub suffix: String,
    /// When it was last used.
    pub used_at: Timestamp,
    /// Until when it can be used, unless it is used before.
    pub expires: Expiry,
    /// Whether a rotation has put another in its place.
    pub rotated: bool,
    /// The `state` of the sign-in, by which a fault may know it.
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

    /// What a token stands for.
    pub(crate) fn find(&self, token: &RefreshToken) -> Option<&RefreshGrant> {
        self.0.get(token)
    }

    /// Marks a use: the idle time starts anew.
    pub(crate) fn touch(&mut self, token: &RefreshToken, now: Timestamp, expires: Expiry) {
        if let Some(grant) = self.0.get_mut(token) {
            grant.used_at = now;
            grant.expires = expires;
        }
    }

    /// Marks a token as replaced by another.
    pub(crate) fn rotate(&mut self, token: &RefreshToken) {
        if let Some(grant) = self.0.get_mut(token) {
            grant.rotated = true;
        }
    }
}

//! How long an issuer lets things live.

use super::timestamp::Lifetime;

/// The lifetimes of one issuer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lifetimes {
    /// Of an authorization code.
    pub code: Lifetime,
    /// Of an access token, and of the ID token beside it; what `expires_in` says.
    pub access_token: Lifetime,
    /// Of a signed-in user's tokens in dialect `fortellis`. The tutorial's live 14400 seconds although their answer
    /// says 3600.
    pub fortellis_user_token: Lifetime,
    /// Of a refresh token that is not used.
    pub refresh_token_idle: Lifetime,
    /// Of a session, from the sign-in on.
    pub session: Lifetime,
    /// How far beyond their expiry tokens are still taken.
    pub leeway: Lifetime,
}

impl Default for Lifetimes {
    fn default() -> Self {
        Self {
            code: Lifetime::from_seconds(60),
            access_token: Lifetime::from_seconds(3600),
            fortellis_user_token: Lifetime::from_seconds(14_400),
            refresh_token_idle: Lifetime::from_seconds(604_800),
            session: Lifetime::from_seconds(7200),
            leeway: Lifetime::from_seconds(0),
        }
    }
}

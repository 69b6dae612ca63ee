//! The lifetimes of codes, tokens and sessions.

use super::timestamp::Lifetime;

/// The lifetimes of one issuer.
///
/// ```
/// use mock_idp::{MockIdp, TokenOrder, Unverified};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let idp = MockIdp::start().await?;
/// let issuer = idp.default_issuer();
/// let lifetimes = issuer.lifetimes();
///
/// // The lifetimes in the answer and in the token differ, as in the tutorial.
/// let tokens = issuer.mint(&TokenOrder::new())?;
/// let claims = Unverified::parse(&tokens.access_token.unwrap()).unwrap().claims;
/// let (issued, expires) = (claims.moment("iat").unwrap(), claims.moment("exp").unwrap());
/// assert_eq!(tokens.expires_in, lifetimes.access_token);
/// assert_eq!(expires, issued.plus(lifetimes.fortellis_user_token));
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lifetimes {
    /// Of an authorization code.
    pub code: Lifetime,
    /// Of an access token and the ID token issued with it. The value of `expires_in`.
    pub access_token: Lifetime,
    /// Of a signed-in user's tokens in dialect `fortellis`. In the tutorial they live 14400 seconds, although the answer
    /// says 3600.
    pub fortellis_user_token: Lifetime,
    /// Of a refresh token that is not used.
    pub refresh_token_idle: Lifetime,
    /// Of a session, from the sign-in.
    pub session: Lifetime,
    /// How long after their expiry tokens are still accepted.
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

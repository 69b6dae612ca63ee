//! The successful answer of the token endpoint (RFC 6749 §5.1, OpenID Connect Core §3.1.3.3).

use std::fmt;

use serde::Serialize;
use utoipa::ToSchema;

use crate::protocol::{text::RefreshToken, timestamp::Lifetime};

/// Signed tokens, with the members in the order of Fortellis' documents.
///
/// ```
/// use mock_idp::{MockIdp, TokenOrder};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let idp = MockIdp::start().await?;
/// let tokens = idp.default_issuer().mint(&TokenOrder::new())?;
/// let json = serde_json::to_value(&tokens)?;
/// let members: Vec<_> = json.as_object().unwrap().keys().collect();
/// assert_eq!(members, ["token_type", "expires_in", "access_token", "scope", "id_token"]);
/// // Its debug output has no secrets.
/// assert_eq!(
///     format!("{tokens:?}"),
///     "TokenAnswer { token_type: \"Bearer\", expires_in: Lifetime(3600), access_token: Some([redacted]), \
///      scope: \"openid\", refresh_token: None, id_token: Some([redacted]) }"
/// );
/// # Ok(())
/// # }
/// ```
#[derive(Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct TokenAnswer {
    /// Always `Bearer`.
    pub token_type: &'static str,
    /// The lifetime of the access token in seconds, as Fortellis states it.
    pub expires_in: Lifetime,
    /// The access token.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub access_token: Option<String>,
    /// The granted scope, separated by spaces.
    pub scope: String,
    /// The refresh token.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refresh_token: Option<RefreshToken>,
    /// The ID token.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id_token: Option<String>,
}

impl fmt::Debug for TokenAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let redacted = |token: &Option<String>| token.as_ref().map(|_| format_args!("[redacted]"));
        f.debug_struct("TokenAnswer")
            .field("token_type", &self.token_type)
            .field("expires_in", &self.expires_in)
            .field("access_token", &redacted(&self.access_token))
            .field("scope", &self.scope)
            .field("refresh_token", &self.refresh_token)
            .field("id_token", &redacted(&self.id_token))
            .finish()
    }
}

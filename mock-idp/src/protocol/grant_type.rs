//! Grant types (RFC 6749 §1.3), as an app is allowed to use them and as a token request names them.

use std::fmt;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A way to get tokens.
///
/// ```
/// # use fixtures::backend_app::{API_KEY, API_SECRET};
/// use mock_idp::GrantType;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let idp = mock_idp::MockIdp::start().await?;
/// # let issuer = idp.default_issuer();
/// // The demo's backend may use its own credentials, and nothing else.
/// for grant in GrantType::AT_TOKEN_ENDPOINT {
///     let form = format!("grant_type={}&scope=anonymous", grant.as_str());
///     let request = reqwest::Client::new().post(format!("{}/v1/token", issuer.url()));
///     let answer = request.basic_auth(API_KEY, Some(API_SECRET)).body(form).send().await?;
///     assert_eq!(answer.status().is_success(), grant == GrantType::ClientCredentials);
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum GrantType {
    /// A code from the authorization endpoint (RFC 6749 §4.1).
    AuthorizationCode,
    /// A refresh token (RFC 6749 §6).
    RefreshToken,
    /// Tokens straight from the authorization endpoint (RFC 6749 §4.2). Never named in a token request.
    Implicit,
    /// The app's own credentials (RFC 6749 §4.4).
    ClientCredentials,
}

impl GrantType {
    /// What the token endpoint can be asked for.
    pub const AT_TOKEN_ENDPOINT: [Self; 3] =
        [Self::AuthorizationCode, Self::RefreshToken, Self::ClientCredentials];

    /// The value of `grant_type`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AuthorizationCode => "authorization_code",
            Self::RefreshToken => "refresh_token",
            Self::Implicit => "implicit",
            Self::ClientCredentials => "client_credentials",
        }
    }

    /// The grant type that a token request names.
    pub(crate) fn from_request(text: &str) -> Option<Self> {
        Self::AT_TOKEN_ENDPOINT.into_iter().find(|grant| grant.as_str() == text)
    }
}

impl fmt::Display for GrantType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A list as Okta prints it: `[authorization_code, refresh_token]`.
pub(crate) fn bracketed(grants: &[GrantType]) -> String {
    let names: Vec<&str> = grants.iter().map(|grant| grant.as_str()).collect();
    format!("[{}]", names.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn implicit_cannot_be_named_at_the_token_endpoint() {
        assert_eq!(GrantType::from_request("implicit"), None);
        assert_eq!(GrantType::from_request("authorization_code"), Some(GrantType::AuthorizationCode));
        assert_eq!(bracketed(&[GrantType::RefreshToken, GrantType::Implicit]), "[refresh_token, implicit]");
    }
}

//! Grant types (RFC 6749 §1.3): the grants that an app may use, and the grant that a token request names.

use std::fmt;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A grant that an app may use to get tokens.
///
/// ```
/// # use fixtures::backend_app::{API_KEY, API_SECRET};
/// use mock_idp::GrantType;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let idp = mock_idp::MockIdp::start().await?;
/// # let issuer = idp.default_issuer();
/// // The demo's backend may use only its own credentials.
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
    /// Tokens from the authorization endpoint (RFC 6749 §4.2). A token request cannot name this grant.
    Implicit,
    /// The app's own credentials (RFC 6749 §4.4).
    ClientCredentials,
}

impl GrantType {
    /// The grants that a token request can name.
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
}

impl fmt::Display for GrantType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The grant that a token request names in `grant_type`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RequestedGrant {
    /// `authorization_code`.
    AuthorizationCode,
    /// `refresh_token`.
    RefreshToken,
    /// `client_credentials`.
    ClientCredentials,
}

impl RequestedGrant {
    /// Reads the value of `grant_type`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        [Self::AuthorizationCode, Self::RefreshToken, Self::ClientCredentials]
            .into_iter()
            .find(|grant| GrantType::from(*grant).as_str() == text)
    }
}

impl From<RequestedGrant> for GrantType {
    fn from(requested: RequestedGrant) -> Self {
        match requested {
            RequestedGrant::AuthorizationCode => Self::AuthorizationCode,
            RequestedGrant::RefreshToken => Self::RefreshToken,
            RequestedGrant::ClientCredentials => Self::ClientCredentials,
        }
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
    fn a_token_request_can_name_every_grant_but_implicit() {
        for grant in GrantType::AT_TOKEN_ENDPOINT {
            assert_eq!(RequestedGrant::parse(grant.as_str()).map(GrantType::from), Some(grant));
        }
        for text in ["implicit", "Authorization_Code", "password", ""] {
            assert_eq!(RequestedGrant::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_list_of_grants_is_written_as_okta_writes_it() {
        assert_eq!(bracketed(&[GrantType::RefreshToken, GrantType::Implicit]), "[refresh_token, implicit]");
        assert_eq!(bracketed(&[]), "[]");
    }
}

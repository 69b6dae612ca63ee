//! The endpoints of an issuer, with the names that the journal and the faults use.

use std::fmt;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// An endpoint of an issuer.
///
/// ```
/// use mock_idp::{Endpoint, Fault};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let idp = mock_idp::MockIdp::start().await?;
/// # let issuer = idp.default_issuer();
/// // Every endpoint fails. The journal shows what happened to a call.
/// for endpoint in Endpoint::ALL {
///     issuer.fail_next(endpoint, Fault::status(503).always());
/// }
/// // Here the program under test fetches the metadata.
/// # reqwest::get(format!("{}/.well-known/openid-configuration", issuer.url())).await?;
/// let call = &issuer.journal().entries()[0];
/// assert_eq!((call.endpoint, call.status), (Endpoint::Metadata, 503));
/// assert_eq!(call.endpoint.as_str(), "metadata");
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Endpoint {
    /// `/.well-known/…`: both metadata documents.
    Metadata,
    /// `/v1/keys`.
    Keys,
    /// `/v1/authorize`.
    Authorize,
    /// The form of the sign-in page.
    SignIn,
    /// `/v1/token`.
    Token,
    /// `/v1/userinfo`.
    Userinfo,
    /// `/v1/introspect`.
    Introspect,
    /// `/v1/revoke`.
    Revoke,
    /// `/v1/logout`.
    Logout,
    /// The API gateway, `/api/{issuer}/…`.
    Gateway,
    /// The Subscriptions API, `/subscriptions/{issuer}/…`.
    Subscriptions,
}

impl Endpoint {
    /// All of them, in the order in which a sign-in happens.
    pub const ALL: [Self; 11] = [
        Self::Metadata,
        Self::Keys,
        Self::Authorize,
        Self::SignIn,
        Self::Token,
        Self::Userinfo,
        Self::Introspect,
        Self::Revoke,
        Self::Logout,
        Self::Gateway,
        Self::Subscriptions,
    ];

    /// The name in the journal.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Metadata => "metadata",
            Self::Keys => "keys",
            Self::Authorize => "authorize",
            Self::SignIn => "sign_in",
            Self::Token => "token",
            Self::Userinfo => "userinfo",
            Self::Introspect => "introspect",
            Self::Revoke => "revoke",
            Self::Logout => "logout",
            Self::Gateway => "gateway",
            Self::Subscriptions => "subscriptions",
        }
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

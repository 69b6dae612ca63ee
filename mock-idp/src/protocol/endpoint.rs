//! The endpoints by name, as the journal tells them apart.

use std::fmt;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// An endpoint of an issuer.
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

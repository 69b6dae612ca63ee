//! The authorization server and the app registered there, once the settings are checked.

use crate::Secret;

/// An authorization server and the app that is registered there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthServer {
    /// The issuer: endpoints are `{issuer}/v1/authorize`, `{issuer}/v1/token` and so on. No trailing slash.
    pub issuer: String,
    /// Whether the issuer is on this machine.
    pub loopback: bool,
    /// The app's API Key, the OAuth `client_id`.
    pub api_key: String,
    /// The app's Callback URL, sent exactly as written.
    pub redirect_uri: String,
}

/// An app's API Key and API Secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credentials {
    /// API Key, the OAuth `client_id`.
    pub api_key: String,
    /// API Secret, the OAuth `client_secret`.
    pub api_secret: Secret,
}

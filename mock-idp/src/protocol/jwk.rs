//! Public keys as JSON (RFC 7517, RFC 7518 §6.3).

use serde::{Deserialize, Serialize};

use super::text::KeyId;

/// A public RSA signing key, members in Okta's order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Jwk {
    /// Always `RS256`.
    pub alg: String,
    /// The exponent, base64url.
    pub e: String,
    /// The modulus, base64url.
    pub n: String,
    /// The key's id.
    pub kid: KeyId,
    /// Always `RSA`.
    pub kty: String,
    /// Always `sig`.
    #[serde(rename = "use")]
    pub key_use: String,
}

/// A set of public keys (RFC 7517 §5).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JwkSet {
    /// The keys; their order says nothing.
    pub keys: Vec<Jwk>,
}

//! Public keys as JSON (RFC 7517, RFC 7518 §6.3).

use serde::{Deserialize, Serialize};

use super::text::KeyId;

/// A public RSA signing key, members in Okta's order.
///
/// ```
/// use std::collections::HashMap;
/// use mock_idp::{Jwk, KeyId};
///
/// // Keys of the real service.
/// let keys: HashMap<KeyId, Jwk> = serde_json::from_str(fixtures::FORTELLIS_KEYS_JSON)?;
/// for (kid, key) in keys {
///     assert_eq!(key.kid, kid);
///     assert_eq!((&*key.kty, &*key.alg, &*key.key_use, &*key.e), ("RSA", "RS256", "sig", "AQAB"));
/// }
/// # Ok::<(), serde_json::Error>(())
/// ```
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
///
/// ```
/// use mock_idp::{JwkSet, MockIdp};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let idp = MockIdp::start().await?;
/// let issuer = idp.default_issuer();
/// issuer.keys().rotate();
/// let set: JwkSet = reqwest::get(format!("{}/v1/keys", issuer.url())).await?.json().await?;
/// assert_eq!(set.keys.len(), 2);
/// assert_eq!(set, issuer.keys().jwks());
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JwkSet {
    /// The keys, in no particular order.
    pub keys: Vec<Jwk>,
}

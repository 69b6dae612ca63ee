//! `keys`: key sets in which a client does not find the right key.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    fault::token::UNKNOWN_KID,
    protocol::{
        jwk::{Jwk, JwkSet},
        text::KeyId,
    },
};

/// The modulus of a key that signs nothing. Nobody has its private half.
const FOREIGN_MODULUS: &str = "xt7m56P1dedFiqYGfzirZkw47eEGmSb-AATvqwA8M8MBzLwL2nBL0MH0UUzGkMvjAaaBo_b1uLlCXWfqlac4tsrAF_ToNX6Gau9bV1onGsxqiiGRt311sOgdflRy3VYD09py93JWbRisFczRWt4NFes1iVANn58uyIBcaSwyVmZT053wDp2JWRmspebVtybiCG8ZlzarWPDV9a-IfC2FqqIRrI0qBRLU_41PGOsiyipMtfA_U6nyYuQpUB30U7ZDX29XTc1-_TYIOjlb0Srx4davpDKeSln2Kw21UQugY3ywqJ3gvpht-KmNDIepXagpSLrUD-y5EbyMXjHm9v7RrQ";

/// A change to the key set.
///
/// ```
/// use mock_idp::{Endpoint, Fault, JwkSet, fault::KeysChange};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let idp = mock_idp::MockIdp::start().await?;
/// # let issuer = idp.default_issuer();
/// let before = issuer.keys().jwks();
/// let signing = issuer.keys().rotate();
/// for change in KeysChange::ALL {
///     issuer.fail_next(Endpoint::Keys, Fault::keys(change));
/// }
/// // Here the program under test fetches the keys, three times.
/// # let url = format!("{}/v1/keys", issuer.url());
/// # let fetched = async || reqwest::get(&url).await?.json::<JwkSet>().await;
/// assert_eq!(fetched().await?.keys, []); // Empty
/// assert_eq!(fetched().await?, before); // Stale: no key for new tokens
/// let twins = fetched().await?.keys; // TwoWithSameKid: which one is it?
/// assert_eq!(twins.iter().filter(|key| key.kid == signing).count(), 2);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum KeysChange {
    /// No key at all.
    Empty,
    /// The keys that were published before the last rotation, as a cache may still hold them. The key that signs is
    /// missing. If no other key has signed before, the set holds a foreign key.
    Stale,
    /// A foreign key first, then the true one, both under the same `kid`.
    TwoWithSameKid,
}

impl KeysChange {
    /// All changes.
    pub const ALL: [Self; 3] = [Self::Empty, Self::Stale, Self::TwoWithSameKid];

    /// Changes the key set. `outdated` is the set before the last rotation, if there was a rotation.
    pub(crate) fn on(self, set: &JwkSet, outdated: Option<JwkSet>) -> JwkSet {
        let foreign = |kid: KeyId| Jwk {
            alg: "RS256".to_owned(),
            e: "AQAB".to_owned(),
            n: FOREIGN_MODULUS.to_owned(),
            kid,
            kty: "RSA".to_owned(),
            key_use: "sig".to_owned(),
        };
        let keys = match self {
            Self::Empty => Vec::new(),
            Self::Stale => match outdated {
                Some(outdated) => outdated.keys,
                None => vec![foreign(KeyId::new(UNKNOWN_KID))],
            },
            Self::TwoWithSameKid => {
                set.keys.iter().flat_map(|key| [foreign(key.kid.clone()), key.clone()]).collect()
            }
        };
        JwkSet { keys }
    }
}

//! Key material: parsed once and kept, because parsing takes longer than signing.

use std::{
    fmt,
    sync::{Arc, LazyLock},
};

use aws_lc_rs::{
    encoding::{AsDer, PublicKeyX509Der},
    rand::SystemRandom,
    signature::{KeyPair, RSA_PKCS1_SHA256, RsaKeyPair},
};
use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use rand::CryptoRng;
use rsa::{PrivateKey, pkcs8::EncodePrivateKey};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::protocol::{
    claims::Claims,
    jwk::Jwk,
    jwt::{Header, TokenType, signing_input, with_signature},
    text::KeyId,
};

/// An RSA key pair, ready to sign and to verify.
pub(crate) struct KeyMaterial {
    /// The number of the fixture, if it is one.
    fixture: Option<usize>,
    pair: RsaKeyPair,
    verifying: DecodingKey,
    n: String,
    e: String,
}

/// Why a key cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum KeyError {
    /// Not PEM.
    #[error("expected a PEM block \"BEGIN PRIVATE KEY\" (PKCS#8)")]
    Pem,
    /// Not an RSA key of 2048 bits or more.
    #[error("expected an RSA key of at least 2048 bits: {0}")]
    Key(String),
    /// No fixture has this number.
    #[error("expected the number of a fixture, 0 to {}", FIXTURES.len() - 1)]
    Fixture,
}

/// Key material as a saved issuer holds it: by number where it is one of the fixtures, else the private key itself
/// (PKCS#8, in base64).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = SavedKeyMaterial)]
pub(super) enum Saved {
    Fixture(usize),
    Pkcs8(String),
}

impl fmt::Debug for Saved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fixture(number) => write!(f, "Fixture({number})"),
            Self::Pkcs8(_) => f.write_str("Pkcs8([redacted])"),
        }
    }
}

/// How long the modulus of a key is, in bits.
const KEY_BITS: usize = 2048;

/// Keys that are ready to use. The first one signs by default. They are public knowledge.
static FIXTURES: [LazyLock<Arc<KeyMaterial>>; 5] = [
    LazyLock::new(|| KeyMaterial::fixture(0, fixtures::SIGNING_KEY_PEM)),
    LazyLock::new(|| KeyMaterial::fixture(1, fixtures::ROTATION_KEYS_PEM[0])),
    LazyLock::new(|| KeyMaterial::fixture(2, fixtures::ROTATION_KEYS_PEM[1])),
    LazyLock::new(|| KeyMaterial::fixture(3, fixtures::ROTATION_KEYS_PEM[2])),
    LazyLock::new(|| KeyMaterial::fixture(4, fixtures::ROTATION_KEYS_PEM[3])),
];

impl KeyMaterial {
    /// Reads a key in PEM, `-----BEGIN PRIVATE KEY-----`.
    pub(crate) fn from_pkcs8_pem(pem: &str) -> Result<Self, KeyError> {
        let base64: String = pem
            .split("-----BEGIN PRIVATE KEY-----")
            .nth(1)
            .and_then(|rest| rest.split("-----END PRIVATE KEY-----").next())
            .ok_or(KeyError::Pem)?
            .split_whitespace()
            .collect();
        let der = STANDARD.decode(base64).map_err(|_| KeyError::Pem)?;
        let pair = RsaKeyPair::from_pkcs8(&der).map_err(|error| KeyError::Key(error.to_string()))?;
        Ok(Self::of(pair, None))
    }

    /// The key that signs by default. It is public knowledge, and parsed once in a process.
    pub(crate) fn demo() -> Arc<Self> {
        FIXTURES[0].clone()
    }

    /// The first fixture that is not in use, or a new key, always the same for the same random source. Making
    /// one takes a tenth of a second, or several.
    pub(super) fn next<R: CryptoRng>(
        in_use: impl Fn(usize) -> bool,
        random: impl FnOnce() -> R,
    ) -> Arc<Self> {
        if let Some(unused) = (0..FIXTURES.len()).find(|number| !in_use(*number)) {
            return FIXTURES[unused].clone();
        }
        let key = PrivateKey::new(&mut random(), KEY_BITS).expect("the library makes keys of 2048 bits");
        let der = key.to_pkcs8_der().expect("a new key can be written");
        let pair = RsaKeyPair::from_pkcs8(der.as_bytes()).expect("a new key can be read");
        Arc::new(Self::of(pair, None))
    }

    /// The number of the fixture, if it is one.
    pub(super) const fn fixture_number(&self) -> Option<usize> {
        self.fixture
    }

    /// What a saved issuer holds of it.
    pub(super) fn save(&self) -> Saved {
        if let Some(number) = self.fixture {
            return Saved::Fixture(number);
        }
        let der = self.pair.as_der().expect("a key that was parsed or made can be written");
        Saved::Pkcs8(STANDARD.encode(der.as_ref()))
    }

    /// The key that a saved issuer held.
    pub(super) fn restore(saved: &Saved) -> Result<Arc<Self>, KeyError> {
        match saved {
            Saved::Fixture(number) => {
                FIXTURES.get(*number).map(|key| Arc::clone(key)).ok_or(KeyError::Fixture)
            }
            Saved::Pkcs8(base64) => {
                let pem = format!("-----BEGIN PRIVATE KEY-----{base64}-----END PRIVATE KEY-----");
                Self::from_pkcs8_pem(&pem).map(Arc::new)
            }
        }
    }

    fn fixture(number: usize, pem: &str) -> Arc<Self> {
        let key = Self::from_pkcs8_pem(pem).expect("the fixture is a key");
        Arc::new(Self { fixture: Some(number), ..key })
    }

    fn of(pair: RsaKeyPair, fixture: Option<usize>) -> Self {
        let n = pair.public_key().modulus().big_endian_without_leading_zero().to_vec();
        let e = pair.public_key().exponent().big_endian_without_leading_zero().to_vec();
        Self {
            fixture,
            verifying: DecodingKey::from_rsa_raw_components(&n, &e),
            n: URL_SAFE_NO_PAD.encode(n),
            e: URL_SAFE_NO_PAD.encode(e),
            pair,
        }
    }

    fn sign(&self, message: &[u8]) -> Vec<u8> {
        let mut signature = vec![0; self.pair.public_modulus_len()];
        // PKCS#1 v1.5 signatures are deterministic: the generator is an argument that is not drawn from.
        self.pair
            .sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature)
            .expect("a parsed key of 2048 bits signs");
        signature
    }
}

impl fmt::Debug for KeyMaterial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyMaterial").finish_non_exhaustive()
    }
}

/// The namespace of the ids of issuers' first keys: for UUIDs made from names (RFC 9562 §5.5).
const KEY_ID_NAMESPACE: Uuid = Uuid::from_u128(0x6d6f_636b_6964_7000_8000_6b65_7969_6473);

/// A key with the id that tokens name.
///
/// ```
/// use mock_idp::{Claims, MockIdp, TokenType, Unverified};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let idp = MockIdp::start().await?;
/// let issuer = idp.issuer("mine");
/// let key = issuer.keys().signing();
///
/// // The signature is valid, and the claims are arbitrary. Test how your program handles it.
/// let claims = Claims::new().with("sub", "somebody").with("aud", "elsewhere");
/// let token = key.sign(TokenType::Jwt, &claims);
/// assert_eq!(Unverified::parse(&token).unwrap().kid(), Some(key.kid().as_str()));
/// assert_eq!(issuer.keys().verified(&token), Some(claims));
/// assert_eq!(idp.issuer("other").keys().verified(&token), None);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct SigningKey {
    kid: KeyId,
    material: Arc<KeyMaterial>,
}

impl SigningKey {
    pub(super) const fn new(kid: KeyId, material: Arc<KeyMaterial>) -> Self {
        Self { kid, material }
    }

    /// The first key of an issuer. Its id depends only on the issuer's name.
    pub(crate) fn first_of(issuer_name: &str, material: Arc<KeyMaterial>) -> Self {
        let kid = KeyId::new(Uuid::new_v5(&KEY_ID_NAMESPACE, issuer_name.as_bytes()).to_string());
        Self { kid, material }
    }

    pub(super) fn material(&self) -> &KeyMaterial {
        &self.material
    }

    /// The id of the key, which tokens name.
    pub const fn kid(&self) -> &KeyId {
        &self.kid
    }

    /// A token with these claims, signed RS256.
    pub fn sign(&self, token_type: TokenType, claims: &Claims) -> String {
        let input = signing_input(&Header::rs256(token_type, &self.kid), claims);
        let signature = self.signature(&input);
        with_signature(input, &signature)
    }

    /// The RS256 signature of a text.
    pub(crate) fn signature(&self, input: &str) -> Vec<u8> {
        self.material.sign(input.as_bytes())
    }

    /// The public key in PEM, `-----BEGIN PUBLIC KEY-----` (RFC 7468 §13).
    pub(crate) fn public_key_pem(&self) -> String {
        let der: PublicKeyX509Der<'_> =
            self.material.pair.public_key().as_der().expect("an RSA public key has a DER form");
        let lines: Vec<String> = STANDARD
            .encode(der.as_ref())
            .as_bytes()
            .chunks(64)
            .map(|line| String::from_utf8_lossy(line).into_owned())
            .collect();
        format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", lines.join("\n"))
    }

    /// The claims of a token that this key signed with RS256. Times are not checked.
    pub(super) fn verified(&self, token: &str) -> Option<Claims> {
        let mut validation = Validation::new(Algorithm::RS256);
        validation.validate_exp = false;
        validation.validate_aud = false;
        validation.required_spec_claims.clear();
        jsonwebtoken::decode(token, &self.material.verifying, &validation).ok().map(|data| data.claims)
    }

    /// The public half (RFC 7517 §4).
    pub(crate) fn jwk(&self) -> Jwk {
        Jwk {
            alg: "RS256".to_owned(),
            e: self.material.e.clone(),
            n: self.material.n.clone(),
            kid: self.kid.clone(),
            kty: "RSA".to_owned(),
            key_use: "sig".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy::Entropy;

    fn random(seed: u64) -> impl CryptoRng {
        Entropy::from_seed(seed, "keys").key_source()
    }

    #[test]
    fn text_that_is_not_a_key_is_refused_with_its_reason() {
        assert_eq!(
            KeyMaterial::from_pkcs8_pem("nonsense").unwrap_err().to_string(),
            "expected a PEM block \"BEGIN PRIVATE KEY\" (PKCS#8)"
        );
        let block = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----";
        assert!(
            KeyMaterial::from_pkcs8_pem(block).unwrap_err().to_string().starts_with("expected an RSA key")
        );
    }

    #[test]
    fn fixtures_come_first_and_then_a_new_key_which_can_be_saved_too() {
        assert_eq!(KeyMaterial::next(|number| number < 3, || random(1)).save(), Saved::Fixture(3));
        let made = KeyMaterial::next(|_| true, || random(1));
        let Saved::Pkcs8(_) = made.save() else { panic!("no fixture is left") };
        assert_eq!(KeyMaterial::restore(&made.save()).unwrap().n, made.n);
        assert_eq!(
            KeyMaterial::next(|_| true, || random(1)).n,
            made.n,
            "the same random source makes the same key"
        );
        assert_ne!(KeyMaterial::next(|_| true, || random(2)).n, made.n);
        assert_eq!(KeyMaterial::restore(&Saved::Fixture(1)).unwrap().n, FIXTURES[1].n);
    }

    #[test]
    fn material_that_was_never_saved_cannot_be_restored() {
        let reported = |saved| KeyMaterial::restore(&saved).unwrap_err().to_string();
        assert_eq!(reported(Saved::Fixture(5)), "expected the number of a fixture, 0 to 4");
        assert!(reported(Saved::Pkcs8("AAAA".into())).starts_with("expected an RSA key"));
    }

    #[test]
    fn each_fixture_is_a_key_of_its_own() {
        let moduli: std::collections::HashSet<&str> = FIXTURES.iter().map(|key| key.n.as_str()).collect();
        assert_eq!(moduli.len(), FIXTURES.len());
    }
}

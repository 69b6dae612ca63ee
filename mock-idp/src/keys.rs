//! Signing keys: parsed once and kept, since parsing costs more than signing.

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
use uuid::Uuid;

use crate::protocol::{
    claims::Claims,
    jwk::{Jwk, JwkSet},
    jwt::{Header, TokenType, Unverified, signing_input, with_signature},
    text::KeyId,
};

/// Where issuers' key ids come from: a namespace of our own for UUIDs made from names (RFC 9562 §5.5).
const KEY_ID_NAMESPACE: Uuid = Uuid::from_u128(0x6d6f_636b_6964_7000_8000_6b65_7969_6473);

/// An RSA key pair, ready to sign and to verify.
pub struct KeyMaterial {
    pair: RsaKeyPair,
    verifying: DecodingKey,
    n: String,
    e: String,
}

/// Why a key cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// Not PEM.
    #[error("expected a PEM block \"BEGIN PRIVATE KEY\" (PKCS#8)")]
    Pem,
    /// Not an RSA key of 2048 bits or more.
    #[error("expected an RSA key of at least 2048 bits: {0}")]
    Key(String),
}

impl KeyMaterial {
    /// Reads a key in PEM, `-----BEGIN PRIVATE KEY-----`.
    pub fn from_pkcs8_pem(pem: &str) -> Result<Self, KeyError> {
        let base64: String = pem
            .split("-----BEGIN PRIVATE KEY-----")
            .nth(1)
            .and_then(|rest| rest.split("-----END PRIVATE KEY-----").next())
            .ok_or(KeyError::Pem)?
            .split_whitespace()
            .collect();
        let der = STANDARD.decode(base64).map_err(|_| KeyError::Pem)?;
        let pair = RsaKeyPair::from_pkcs8(&der).map_err(|error| KeyError::Key(error.to_string()))?;
        let n = pair.public_key().modulus().big_endian_without_leading_zero().to_vec();
        let e = pair.public_key().exponent().big_endian_without_leading_zero().to_vec();
        Ok(Self {
            verifying: DecodingKey::from_rsa_raw_components(&n, &e),
            n: URL_SAFE_NO_PAD.encode(n),
            e: URL_SAFE_NO_PAD.encode(e),
            pair,
        })
    }

    /// The key that signs unless another is given. It is public knowledge, parsed once in a process.
    pub fn demo() -> Arc<Self> {
        static DEMO: LazyLock<Arc<KeyMaterial>> = LazyLock::new(|| {
            Arc::new(KeyMaterial::from_pkcs8_pem(fixtures::SIGNING_KEY_PEM).expect("the fixture is a key"))
        });
        DEMO.clone()
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

/// A key under the name that tokens give it.
#[derive(Debug, Clone)]
pub struct SigningKey {
    kid: KeyId,
    material: Arc<KeyMaterial>,
}

impl SigningKey {
    /// The name that tokens give the key.
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

    fn jwk(&self) -> Jwk {
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

/// The keys of one issuer. Issuers share key material, but no key id: a token that went to the wrong issuer finds
/// no key there.
#[derive(Debug)]
pub struct KeyRing {
    signing: SigningKey,
}

impl KeyRing {
    /// A ring of one key, whose id hangs on the issuer's name alone.
    pub fn new(issuer_name: &str, material: Arc<KeyMaterial>) -> Self {
        let kid = KeyId::new(Uuid::new_v5(&KEY_ID_NAMESPACE, issuer_name.as_bytes()).to_string());
        Self { signing: SigningKey { kid, material } }
    }

    /// The key that signs now.
    pub const fn signing(&self) -> &SigningKey {
        &self.signing
    }

    /// The public keys, as `/v1/keys` shows them.
    pub fn jwks(&self) -> JwkSet {
        JwkSet { keys: vec![self.signing.jwk()] }
    }

    /// The claims of a token that one of these keys signed with RS256. Times are not looked at: they are a matter
    /// of the issuer's clock.
    pub fn verified(&self, token: &str) -> Option<Claims> {
        let kid = Unverified::parse(token)?.kid()?.to_owned();
        let key = Some(&self.signing).filter(|key| key.kid.as_str() == kid)?;
        let mut validation = Validation::new(Algorithm::RS256);
        validation.validate_exp = false;
        validation.validate_aud = false;
        validation.required_spec_claims.clear();
        jsonwebtoken::decode(token, &key.material.verifying, &validation).ok().map(|data| data.claims)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ring(issuer: &str) -> KeyRing {
        KeyRing::new(issuer, KeyMaterial::demo())
    }

    #[test]
    fn a_signed_token_verifies_here_and_at_no_other_issuer() {
        let claims = Claims::new().with("sub", "someone");
        let token = ring("a").signing().sign(TokenType::Jwt, &claims);
        assert_eq!(ring("a").verified(&token), Some(claims));
        assert_eq!(ring("b").verified(&token), None);
    }

    #[test]
    fn another_library_verifies_the_signature() {
        use rsa::{PublicKey, pkcs1v15, signature::Verifier};
        let token = ring("a").signing().sign(TokenType::Jwt, &Claims::new().with("sub", "someone"));
        let jwk = &ring("a").jwks().keys[0];
        let number =
            |text: &str| rsa::BoxedUint::from_be_slice_vartime(&URL_SAFE_NO_PAD.decode(text).unwrap());
        let key = PublicKey::new(number(&jwk.n), number(&jwk.e)).unwrap();
        let (input, signature) = token.rsplit_once('.').unwrap();
        let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
        pkcs1v15::VerifyingKey::<sha2::Sha256>::new(key)
            .verify(input.as_bytes(), &signature.as_slice().try_into().unwrap())
            .unwrap();
    }

    #[test]
    fn tampering_and_unsigned_tokens_are_noticed() {
        let token = ring("a").signing().sign(TokenType::Jwt, &Claims::new().with("sub", "someone"));
        let parts: Vec<&str> = token.split('.').collect();
        let part = |json: &str| URL_SAFE_NO_PAD.encode(json);
        let kid = ring("a").jwks().keys[0].kid.clone();
        let forged = [
            format!("{}.{}.{}", parts[0], part(r#"{"sub":"admin"}"#), parts[2]),
            format!("{}.{}.", part(&format!(r#"{{"alg":"none","kid":"{kid}"}}"#)), parts[1]),
            format!("{}.{}.{}", part(&format!(r#"{{"alg":"NoNe","kid":"{kid}"}}"#)), parts[1], parts[2]),
            format!("{}.{}.{}", part(r#"{"alg":"RS256"}"#), parts[1], parts[2]),
        ];
        for token in forged {
            assert_eq!(ring("a").verified(&token), None, "{token}");
        }
    }

    #[test]
    fn only_public_members_are_shown() {
        insta::assert_json_snapshot!(ring("default").jwks(), {".keys[].n" => "[modulus]"});
    }

    #[test]
    fn what_is_no_key_is_said_to_be_none() {
        assert_eq!(
            KeyMaterial::from_pkcs8_pem("nonsense").unwrap_err().to_string(),
            "expected a PEM block \"BEGIN PRIVATE KEY\" (PKCS#8)"
        );
        let block = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----";
        assert!(
            KeyMaterial::from_pkcs8_pem(block).unwrap_err().to_string().starts_with("expected an RSA key")
        );
    }
}

//! Verifies the signature of a token with a key set.

use jsonwebtoken::{
    Algorithm, DecodingKey, Validation, decode,
    jwk::{Jwk, JwkSet},
};
use serde_json::{Map, Value};

/// Why a signature is bad, or could not be verified.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Unchecked {
    /// `alg` is `none` or missing (RFC 8725 §3.1).
    #[error("it is not signed: its alg is {0}")]
    Unsigned(String),
    /// The `alg` does not use public keys.
    #[error("its alg is {0}, which public keys cannot verify")]
    Algorithm(String),
    /// The key set has no key with this id.
    #[error("its kid {kid} is not in the key set: {}", known.join(", "))]
    UnknownKey {
        /// The token's `kid`.
        kid: String,
        /// The ids of the key set.
        known: Vec<String>,
    },
    /// The token names no key, and the key set does not have exactly one.
    #[error("it has no kid, and there are {0} keys")]
    NoKey(usize),
    /// The key cannot be used.
    #[error("the key {kid} cannot be used: {problem}")]
    Key {
        /// Its `kid`.
        kid: String,
        /// What is wrong with it.
        problem: String,
    },
    /// The key did not sign this token.
    #[error("the key {kid} did not sign this")]
    Forged {
        /// The key's `kid`.
        kid: String,
    },
}

impl Unchecked {
    /// Whether the signature is known to be bad, and not only unverified.
    pub(crate) const fn is_bad(&self) -> bool {
        matches!(self, Self::Unsigned(_) | Self::Forged { .. })
    }
}

/// Verifies a token's signature with a key set. Returns the key's `kid` if the signature is good. Times are not checked.
pub(crate) fn check(token: &str, header: &Map<String, Value>, keys: &JwkSet) -> Result<String, Unchecked> {
    let alg = header.get("alg").and_then(Value::as_str).unwrap_or("missing");
    if alg == "missing" || alg.eq_ignore_ascii_case("none") {
        return Err(Unchecked::Unsigned(alg.to_owned()));
    }
    let algorithm: Algorithm = alg
        .parse()
        .ok()
        .filter(|_| !alg.starts_with("HS"))
        .ok_or_else(|| Unchecked::Algorithm(alg.to_owned()))?;
    let key = key_of(header, keys)?;
    let kid = name(key);
    let unusable = |problem: String| Unchecked::Key { kid: kid.clone(), problem };
    let key = DecodingKey::from_jwk(key).map_err(|error| unusable(error.to_string()))?;
    let mut validation = Validation::new(algorithm);
    validation.validate_exp = false;
    validation.validate_aud = false;
    validation.required_spec_claims.clear();
    match decode::<Map<String, Value>>(token, &key, &validation) {
        Ok(_) => Ok(kid),
        Err(_) => Err(Unchecked::Forged { kid }),
    }
}

fn key_of<'a>(header: &Map<String, Value>, keys: &'a JwkSet) -> Result<&'a Jwk, Unchecked> {
    let Some(kid) = header.get("kid").and_then(Value::as_str) else {
        return match keys.keys.as_slice() {
            [only] => Ok(only),
            keys => Err(Unchecked::NoKey(keys.len())),
        };
    };
    keys.find(kid).ok_or_else(|| Unchecked::UnknownKey {
        kid: kid.to_owned(),
        known: keys.keys.iter().map(name).collect(),
    })
}

fn name(key: &Jwk) -> String {
    key.common.key_id.clone().unwrap_or_else(|| "without a name".to_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{
        keys::{KeyMaterial, SigningKey},
        protocol::{
            claims::Claims,
            jwt::{TokenType, Unverified},
        },
    };

    /// A token that has expired, and the keys that it was signed with.
    fn signed() -> (String, JwkSet) {
        let key = SigningKey::first_of("a", KeyMaterial::demo());
        let token = key.sign(TokenType::AccessToken, &Claims::new().with("exp", 1));
        (token, serde_json::from_value(json!({ "keys": [key.jwk()] })).unwrap())
    }

    fn checked(token: &str, keys: &JwkSet) -> Result<String, String> {
        let header = Unverified::parse(token).unwrap().header;
        check(token, &header, keys).map_err(|error| error.to_string())
    }

    /// The token with another header, which the signature does not match.
    fn with_header(token: &str, header: &Value) -> String {
        use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
        format!("{}.{}", URL_SAFE_NO_PAD.encode(header.to_string()), token.split_once('.').unwrap().1)
    }

    #[test]
    fn a_good_signature_is_good_even_if_the_token_has_expired() {
        let (token, keys) = signed();
        assert_eq!(checked(&token, &keys).unwrap(), keys.keys[0].common.key_id.clone().unwrap());
    }

    #[test]
    fn a_signature_that_is_not_good_gets_its_reason() {
        let (token, keys) = signed();
        let kid = keys.keys[0].common.key_id.clone().unwrap();
        let error = |header: Value| checked(&with_header(&token, &header), &keys).unwrap_err();
        assert_eq!(error(json!({ "alg": "none" })), "it is not signed: its alg is none");
        assert_eq!(error(json!({ "alg": "NoNe" })), "it is not signed: its alg is NoNe");
        assert_eq!(error(json!({})), "it is not signed: its alg is missing");
        assert_eq!(
            error(json!({ "alg": "HS256", "kid": kid })),
            "its alg is HS256, which public keys cannot verify"
        );
        assert_eq!(
            error(json!({ "alg": "RS256", "kid": "x" })),
            format!("its kid x is not in the key set: {kid}")
        );
        assert_eq!(
            error(json!({ "alg": "RS256", "kid": kid, "typ": "JWT" })),
            format!("the key {kid} did not sign this")
        );
        assert_eq!(error(json!({ "alg": "ES256", "kid": kid })), format!("the key {kid} did not sign this"));
        let none = JwkSet { keys: vec![] };
        let nameless = with_header(&token, &json!({ "alg": "RS256" }));
        assert_eq!(checked(&nameless, &none).unwrap_err(), "it has no kid, and there are 0 keys");
    }
}

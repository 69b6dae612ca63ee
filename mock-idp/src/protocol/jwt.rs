//! JSON Web Tokens as text: parsing and writing their three parts (RFC 7515 §7.1, RFC 7519).

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::Serialize;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::{claims::Claims, text::KeyId};

/// A token's media type, the header's `typ`.
///
/// ```
/// use mock_idp::{MockIdp, TokenOrder, TokenType, Unverified};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let idp = MockIdp::start().await?;
/// let tokens = idp.default_issuer().mint(&TokenOrder::new().app(fixtures::oidc_app::API_KEY))?;
/// let media_type = |token: Option<String>| Unverified::parse(&token?)?.header.remove("typ");
/// assert_eq!(media_type(tokens.id_token), Some(TokenType::Jwt.as_str().into()));
/// // It shows whether a token is an ID token or an access token.
/// assert_eq!(media_type(tokens.access_token), Some(TokenType::AccessToken.as_str().into()));
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenType {
    /// `JWT`.
    Jwt,
    /// `at+jwt`: an access token by RFC 9068 §2.1.
    AccessToken,
}

impl TokenType {
    /// The value of `typ`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Jwt => "JWT",
            Self::AccessToken => "at+jwt",
        }
    }
}

/// The header of a token, members in the order of Fortellis' tokens: `alg`, `typ`, `kid`.
#[derive(Debug, Serialize)]
pub(crate) struct Header<'a> {
    alg: &'static str,
    typ: &'static str,
    kid: &'a KeyId,
}

impl<'a> Header<'a> {
    /// The header of an RS256 token.
    pub(crate) const fn rs256(token_type: TokenType, kid: &'a KeyId) -> Self {
        Self { alg: "RS256", typ: token_type.as_str(), kid }
    }
}

/// The signed text: header and claims in base64url, joined by a dot (RFC 7515 §5.1).
pub(crate) fn signing_input(header: &impl Serialize, claims: &Claims) -> String {
    format!("{}.{}", base64url(header), base64url(claims))
}

/// Adds the signature to what was signed.
pub(crate) fn with_signature(mut signing_input: String, signature: &[u8]) -> String {
    signing_input.push('.');
    URL_SAFE_NO_PAD.encode_string(signature, &mut signing_input);
    signing_input
}

fn base64url(part: &impl Serialize) -> String {
    URL_SAFE_NO_PAD.encode(serde_json::to_vec(part).expect("headers and claims have text keys"))
}

/// `at_hash`: the left half of the SHA-256 of the access token (OpenID Connect Core §3.1.3.6).
pub(crate) fn at_hash(access_token: &str) -> String {
    URL_SAFE_NO_PAD.encode(&Sha256::digest(access_token)[..16])
}

/// A parsed token. Nothing about it has been verified.
///
/// ```
/// use mock_idp::{Timestamp, Unverified};
/// use serde_json::Value;
///
/// // The tutorial's own ID token.
/// let answer: Value = serde_json::from_str(fixtures::TUTORIAL_TOKEN_ANSWER_JSON)?;
/// let token = Unverified::parse(answer["id_token"].as_str().unwrap()).unwrap();
/// assert_eq!(token.kid(), Some("b9b64ed0-b6a2-11e8-ab66-e997f3088b4e"));
/// assert_eq!(token.claims.text("aud"), Some("fortellis"));
/// assert_eq!(token.claims.moment("exp"), Timestamp::from_unix_seconds(1_643_330_919));
/// assert_eq!(Unverified::parse("opaque, as refresh tokens are"), None);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unverified {
    /// The header's members in order.
    pub header: Map<String, Value>,
    /// The claims in order.
    pub claims: Claims,
}

impl Unverified {
    /// Parses a token. `None` unless it has three parts of base64url and the first two are JSON objects.
    pub fn parse(token: &str) -> Option<Self> {
        let mut parts = token.split('.');
        let (header, claims, signature) = (parts.next()?, parts.next()?, parts.next()?);
        if parts.next().is_some() || URL_SAFE_NO_PAD.decode(signature).is_err() {
            return None;
        }
        Some(Self { header: object(header)?, claims: object(claims)?.into() })
    }

    /// The header's `kid`.
    pub fn kid(&self) -> Option<&str> {
        self.header.get("kid").and_then(Value::as_str)
    }
}

fn object(part: &str) -> Option<Map<String, Value>> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn header_members_are_in_fortellis_order() {
        let kid = KeyId::new("b9b64ed0-b6a2-11e8-ab66-e997f3088b4e");
        let input = signing_input(&Header::rs256(TokenType::Jwt, &kid), &Claims::new().with("a", 1));
        // The header of the tutorial's own tokens, byte for byte.
        assert_eq!(
            input,
            "eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCIsImtpZCI6ImI5YjY0ZWQwLWI2YTItMTFlOC1hYjY2LWU5OTdmMzA4OGI0ZSJ9.\
             eyJhIjoxfQ"
        );
        let token = with_signature(input, b"signature");
        let parsed = Unverified::parse(&token).unwrap();
        assert_eq!(parsed.kid(), Some(kid.as_str()));
        assert_eq!(parsed.claims, Claims::new().with("a", 1));
    }

    #[test]
    fn what_is_not_three_parts_of_json_is_not_a_token() {
        for text in ["", "a.b", "a.b.c", "e30.e30", "e30.e30.!", "e30.e30.c2ln.more", "W10.e30.c2ln"] {
            assert_eq!(Unverified::parse(text), None, "{text}");
        }
        assert!(Unverified::parse("e30.e30.c2ln").is_some());
    }

    #[test]
    fn at_hash_is_the_left_half() {
        assert_eq!(at_hash("abc"), URL_SAFE_NO_PAD.encode(&Sha256::digest("abc")[..16]));
        assert_eq!(at_hash("abc").len(), 22);
    }
}

//! The changes to a token, by name.

use aws_lc_rs::hmac;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::{
    keys::SigningKey,
    protocol::{claims::Claims, timestamp::Timestamp},
};

/// The `kid` of a key that is in no key set.
pub(in crate::fault) const UNKNOWN_KID: &str = "00000000-0000-4000-8000-00000000dead";

/// By how many seconds a token is too old or too young. No client tolerates that much.
const FAR: i64 = 3600;

/// A change to a token.
///
/// ```
/// # use fixtures::backend_app;
/// use mock_idp::{Endpoint, Fault, fault::TokenChange};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let idp = mock_idp::MockIdp::start().await?;
/// # let issuer = idp.default_issuer();
/// // A client that checks the signature and nothing else lets these pass.
/// let mut passed = Vec::new();
/// for change in TokenChange::ALL {
///     issuer.fail_next(Endpoint::Token, Fault::token([change]));
///     // Here the program under test gets a token.
/// # let request = reqwest::Client::new().post(format!("{}/v1/token", issuer.url()));
/// # let request = request.basic_auth(backend_app::API_KEY, Some(backend_app::API_SECRET));
/// # let answer = request.body("grant_type=client_credentials&scope=anonymous").send().await?;
/// # let tokens: serde_json::Value = answer.json().await?;
/// # let token = tokens["access_token"].as_str().unwrap();
///     if issuer.keys().verified(token).is_some() {
///         passed.push(change);
///     }
/// }
/// use TokenChange::*;
/// let claims = [Expired, NotYetValid, WrongIssuer, WrongAudience, WrongNonce, WrongSubject, WrongAtHash];
/// assert_eq!(passed, claims);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TokenChange {
    /// `exp` an hour ago, `iat` an hour before that.
    Expired,
    /// `nbf` and `iat` in an hour.
    NotYetValid,
    /// Another `iss`.
    WrongIssuer,
    /// Another `aud`.
    WrongAudience,
    /// Another `nonce`, in the ID token.
    WrongNonce,
    /// Another `sub`.
    WrongSubject,
    /// Another `at_hash`, in the ID token.
    WrongAtHash,
    /// A signature with one wrong bit.
    BadSignature,
    /// A `kid` that is not in the key set; the signature is good.
    UnknownKid,
    /// No `kid`; the signature is good.
    NoKid,
    /// `alg` is `none`, and there is no signature.
    AlgNone,
    /// `alg` is `HS256`, and the key is the text of the public key in PEM (RFC 8725 §2.1).
    Hs256WithPublicKey,
}

impl TokenChange {
    /// All changes.
    pub const ALL: [Self; 12] = [
        Self::Expired,
        Self::NotYetValid,
        Self::WrongIssuer,
        Self::WrongAudience,
        Self::WrongNonce,
        Self::WrongSubject,
        Self::WrongAtHash,
        Self::BadSignature,
        Self::UnknownKid,
        Self::NoKid,
        Self::AlgNone,
        Self::Hs256WithPublicKey,
    ];

    /// Changes the claims.
    pub(super) fn on_claims(self, claims: &mut Claims, is_id_token: bool, now: Timestamp) {
        let now = now.unix_seconds();
        match self {
            Self::Expired => {
                claims.set("iat", now.saturating_sub(2 * FAR));
                claims.set("exp", now.saturating_sub(FAR));
            }
            Self::NotYetValid => {
                claims.set("iat", now.saturating_add(FAR));
                claims.set("exp", now.saturating_add(2 * FAR));
                claims.set("nbf", now.saturating_add(FAR));
            }
            Self::WrongIssuer => claims.set("iss", "https://issuer.invalid/oauth2/default"),
            Self::WrongAudience => claims.set("aud", "anotherAudience"),
            Self::WrongNonce if is_id_token => claims.set("nonce", "anotherNonce"),
            Self::WrongSubject => claims.set("sub", "00uSomebodyElse00000"),
            Self::WrongAtHash if is_id_token => claims.set("at_hash", "AAAAAAAAAAAAAAAAAAAAAA"),
            _ => {}
        }
    }

    /// Changes the header.
    pub(super) fn on_header(self, header: &mut Map<String, Value>) {
        match self {
            Self::UnknownKid => header["kid"] = UNKNOWN_KID.into(),
            Self::NoKid => {
                header.remove("kid");
            }
            Self::AlgNone => header["alg"] = "none".into(),
            Self::Hs256WithPublicKey => header["alg"] = "HS256".into(),
            _ => {}
        }
    }

    /// Changes the signature of `input`.
    pub(super) fn on_signature(self, signature: &mut Vec<u8>, input: &str, key: &SigningKey) {
        match self {
            Self::BadSignature => {
                if let Some(last) = signature.last_mut() {
                    *last ^= 1;
                }
            }
            Self::AlgNone => signature.clear(),
            Self::Hs256WithPublicKey => {
                let shared = hmac::Key::new(hmac::HMAC_SHA256, key.public_key_pem().as_bytes());
                *signature = hmac::sign(&shared, input.as_bytes()).as_ref().to_vec();
            }
            _ => {}
        }
    }
}

/// Changes that cannot be made to one token at once.
pub(super) const EXCLUSIVE: [&[TokenChange]; 3] = [
    &[TokenChange::Expired, TokenChange::NotYetValid],
    &[TokenChange::UnknownKid, TokenChange::NoKid],
    &[TokenChange::AlgNone, TokenChange::Hs256WithPublicKey, TokenChange::BadSignature],
];

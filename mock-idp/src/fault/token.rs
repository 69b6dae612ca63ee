//! Tokens that a client must refuse: their claims, their header, their signature.

use aws_lc_rs::hmac;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::Flaw;
use crate::{
    keys::SigningKey,
    protocol::{
        claims::Claims,
        jwt::{TokenType, signing_input, with_signature},
        timestamp::Timestamp,
    },
};

/// Seconds by which a token is too old or too young: more than any client tolerates.
const FAR: i64 = 3600;

/// The kid of a key that nobody publishes.
pub(super) const UNKNOWN_KID: &str = "00000000-0000-4000-8000-00000000dead";

/// `token`: one or more changes to a token, made where it is signed.
///
/// ```
/// # use fixtures::backend_app;
/// use mock_idp::{Endpoint, Unverified, fault::TokenFault};
/// use serde_json::json;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let idp = mock_idp::MockIdp::start().await?;
/// # let issuer = idp.default_issuer();
/// let change = json!({ "token": ["no_kid"], "omit": ["iat"], "set": { "ver": 9 }, "which": "access" });
/// let fault: TokenFault = serde_json::from_value(change)?;
/// issuer.fail_next(Endpoint::Token, fault.into());
/// // Here the program under test gets a token.
/// # let request = reqwest::Client::new().post(format!("{}/v1/token", issuer.url()));
/// # let request = request.basic_auth(backend_app::API_KEY, Some(backend_app::API_SECRET));
/// # let answer = request.body("grant_type=client_credentials&scope=anonymous").send().await?;
/// # let tokens: serde_json::Value = answer.json().await?;
/// # let token = tokens["access_token"].as_str().unwrap();
/// let token = Unverified::parse(token).unwrap();
/// assert_eq!(token.kid(), None);
/// assert_eq!((token.claims.get("iat"), token.claims.get("ver")), (None, Some(&json!(9))));
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct TokenFault {
    /// Changes by name.
    pub token: Vec<TokenChange>,
    /// Claims that are left out.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub omit: Vec<String>,
    /// Claims that are added, or get another value.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub set: Map<String, Value>,
    /// Which token: both unless it is given.
    pub which: WhichToken,
}

/// Which token a fault changes.
///
/// ```
/// # use fixtures::tutorial_app::{API_KEY, REDIRECT_URI};
/// # use std::collections::HashMap;
/// use mock_idp::{Endpoint, Fault, Unverified, fault::{TokenChange, WhichToken}};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let idp = mock_idp::MockIdp::start().await?;
/// # let issuer = idp.default_issuer();
/// let fault = Fault::token([TokenChange::WrongIssuer]).in_token(WhichToken::Id);
/// issuer.fail_next(Endpoint::Authorize, fault);
/// # issuer.sign_in_as("subscriber@example.com");
/// // Here a browser signs in, and brings both tokens to the app.
/// # let browser = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build()?;
/// # let app = format!("client_id={API_KEY}&redirect_uri={REDIRECT_URI}");
/// # let url = format!("{}/v1/authorize?{app}&response_type=code&scope=openid&state=s", issuer.url());
/// # let url = url.replace("response_type=code", "response_type=id_token%20token&nonce=n");
/// # let answer = browser.get(url).send().await?;
/// # let callback = url::Url::parse(answer.headers()["location"].to_str()?)?;
/// # let brought = url::form_urlencoded::parse(callback.fragment().unwrap().as_bytes());
/// # let tokens: HashMap<String, String> = brought.into_owned().collect();
/// let issued_by = |name: &str| Unverified::parse(&tokens[name])?.claims.text("iss").map(str::to_owned);
/// assert_eq!(issued_by("id_token").unwrap(), "https://issuer.invalid/oauth2/default");
/// assert_eq!(issued_by("access_token").unwrap(), issuer.url());
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum WhichToken {
    /// The access token.
    Access,
    /// The ID token.
    Id,
    /// Both.
    #[default]
    Both,
}

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

    fn on_claims(self, claims: &mut Claims, is_id_token: bool, now: Timestamp) {
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
            Self::WrongNonce
            | Self::WrongAtHash
            | Self::BadSignature
            | Self::UnknownKid
            | Self::NoKid
            | Self::AlgNone
            | Self::Hs256WithPublicKey => {}
        }
    }
}

/// Changes that cannot be made to one token at once.
const EXCLUSIVE: [&[TokenChange]; 3] = [
    &[TokenChange::Expired, TokenChange::NotYetValid],
    &[TokenChange::UnknownKid, TokenChange::NoKid],
    &[TokenChange::AlgNone, TokenChange::Hs256WithPublicKey, TokenChange::BadSignature],
];

impl TokenFault {
    pub(super) fn flaw(&self) -> Option<Flaw> {
        if self.token.is_empty() && self.omit.is_empty() && self.set.is_empty() {
            return Some(Flaw::new(
                "token",
                "nothing is to be changed".to_owned(),
                "expected a name in token, a claim in omit, or a claim in set",
            ));
        }
        let both =
            EXCLUSIVE.iter().find(|group| self.token.iter().filter(|it| group.contains(it)).count() > 1)?;
        let names: Vec<String> = both.iter().map(super::name_of).collect();
        Some(Flaw::new(
            "token",
            "these exclude each other".to_owned(),
            &format!("expected one of {}", names.join(", ")),
        ))
    }

    /// Whether it changes the ID token, or the access token.
    pub(crate) fn changes(&self, id_token: bool) -> bool {
        match self.which {
            WhichToken::Both => true,
            WhichToken::Id => id_token,
            WhichToken::Access => !id_token,
        }
    }

    fn has(&self, change: TokenChange) -> bool {
        self.token.contains(&change)
    }

    /// The token with these claims, changed, in place of `key.sign(token_type, &claims)`.
    pub(crate) fn forge(
        &self,
        id_token: bool,
        token_type: TokenType,
        mut claims: Claims,
        key: &SigningKey,
        now: Timestamp,
    ) -> String {
        for change in &self.token {
            change.on_claims(&mut claims, id_token, now);
        }
        for name in &self.omit {
            claims.remove(name);
        }
        for (name, value) in &self.set {
            claims.set(name, value.clone());
        }
        let input = signing_input(&self.header(token_type, key), &claims);
        let signature = if self.has(TokenChange::AlgNone) {
            Vec::new()
        } else if self.has(TokenChange::Hs256WithPublicKey) {
            let shared = hmac::Key::new(hmac::HMAC_SHA256, key.public_key_pem().as_bytes());
            hmac::sign(&shared, input.as_bytes()).as_ref().to_vec()
        } else {
            let mut signature = key.signature(&input);
            if let Some(last) = signature.last_mut().filter(|_| self.has(TokenChange::BadSignature)) {
                *last ^= 1;
            }
            signature
        };
        with_signature(input, &signature)
    }

    fn header(&self, token_type: TokenType, key: &SigningKey) -> Map<String, Value> {
        let alg = if self.has(TokenChange::AlgNone) {
            "none"
        } else if self.has(TokenChange::Hs256WithPublicKey) {
            "HS256"
        } else {
            "RS256"
        };
        let kid = if self.has(TokenChange::UnknownKid) { UNKNOWN_KID } else { key.kid().as_str() };
        let mut header = Map::new();
        header.insert("alg".to_owned(), alg.into());
        header.insert("typ".to_owned(), token_type.as_str().into());
        if !self.has(TokenChange::NoKid) {
            header.insert("kid".to_owned(), kid.into());
        }
        header
    }
}

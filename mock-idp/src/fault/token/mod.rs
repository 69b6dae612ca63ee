//! Tokens that a client must refuse: their claims, their header, their signature.

mod change;

use serde::{Deserialize, Serialize, Serializer};
use serde_json::{Map, Value};
use utoipa::{
    ToSchema,
    openapi::{RefOr, Schema},
};

pub use change::TokenChange;
pub(super) use change::UNKNOWN_KID;

use super::{
    flaw::FaultFlaw,
    named::{Group, Named},
    written::{self, WithKind, name_of},
};
use crate::{
    keys::SigningKey,
    protocol::{
        claims::Claims,
        endpoint::Endpoint,
        json::JsonError,
        jwt::{TokenType, signing_input, with_signature},
        members::Members,
        timestamp::Timestamp,
    },
};
use change::EXCLUSIVE;

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

impl TokenFault {
    pub(super) const NAME: &str = "token";

    /// The endpoints that issue tokens. The authorization endpoint and the sign-in page do so in the implicit flow.
    pub(super) const ENDPOINTS: &[Endpoint] = &[Endpoint::Token, Endpoint::Authorize, Endpoint::SignIn];

    pub(super) fn read(members: Members) -> Result<Self, JsonError> {
        members.rest()
    }

    pub(super) fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        WithKind { kind: Self::NAME, fault: self }.serialize(serializer)
    }

    pub(super) fn schemas(referenced: &mut Vec<(String, RefOr<Schema>)>) -> Vec<RefOr<Schema>> {
        let description = "Tokens that a client must refuse.";
        vec![written::schema_with_kind::<Self>(Self::NAME, description, referenced)]
    }

    pub(super) fn flaw(&self) -> Option<FaultFlaw> {
        if self.token.is_empty() && self.omit.is_empty() && self.set.is_empty() {
            return Some(FaultFlaw::new(
                "token",
                "there is nothing to change".to_owned(),
                "expected a name in token, a claim in omit, or a claim in set",
            ));
        }
        let both =
            EXCLUSIVE.iter().find(|group| self.token.iter().filter(|it| group.contains(it)).count() > 1)?;
        let names: Vec<String> = both.iter().map(name_of).collect();
        Some(FaultFlaw::new(
            "token",
            "these exclude each other".to_owned(),
            &format!("expected one of {}", names.join(", ")),
        ))
    }

    /// Whether it changes the ID token or, if `id_token` is false, the access token.
    pub(crate) fn changes(&self, id_token: bool) -> bool {
        match self.which {
            WhichToken::Both => true,
            WhichToken::Id => id_token,
            WhichToken::Access => !id_token,
        }
    }

    /// Signs a changed token with these claims, in place of `key.sign(token_type, &claims)`.
    pub(crate) fn forge(
        &self,
        id_token: bool,
        token_type: TokenType,
        mut claims: Claims,
        key: &SigningKey,
        now: Timestamp,
    ) -> String {
        let mut header = Map::new();
        header.insert("alg".to_owned(), "RS256".into());
        header.insert("typ".to_owned(), token_type.as_str().into());
        header.insert("kid".to_owned(), key.kid().as_str().into());
        for change in &self.token {
            change.on_claims(&mut claims, id_token, now);
            change.on_header(&mut header);
        }
        for name in &self.omit {
            claims.remove(name);
        }
        for (name, value) in &self.set {
            claims.set(name, value.clone());
        }
        let input = signing_input(&header, &claims);
        let mut signature = key.signature(&input);
        for change in &self.token {
            change.on_signature(&mut signature, &input, key);
        }
        with_signature(input, &signature)
    }
}

/// The user names. These faults occur in the tokens of the sign-in.
pub(super) static BY_NAME: Group<TokenFault> = Group {
    heading: "The tokens",
    names: &[
        Named::new(
            "expired",
            || change(TokenChange::Expired),
            "the tokens expired an hour ago",
            "refuse the token",
        ),
        Named::new(
            "not_yet_valid",
            || change(TokenChange::NotYetValid),
            "the tokens are valid in an hour",
            "refuse the token",
        ),
        Named::new(
            "wrong_issuer",
            || change(TokenChange::WrongIssuer),
            "another iss in the tokens",
            "refuse the token",
        ),
        Named::new(
            "wrong_audience",
            || change(TokenChange::WrongAudience),
            "another aud in the tokens",
            "refuse the token",
        ),
        Named::new(
            "wrong_nonce",
            || change(TokenChange::WrongNonce),
            "another nonce in the ID token",
            "refuse the token",
        ),
        Named::new(
            "wrong_subject",
            || change(TokenChange::WrongSubject),
            "another sub in the tokens",
            "compare sub with userinfo, and refuse",
        ),
        Named::new(
            "wrong_at_hash",
            || change(TokenChange::WrongAtHash),
            "another at_hash in the ID token",
            "refuse the access token",
        ),
        Named::new(
            "bad_signature",
            || change(TokenChange::BadSignature),
            "one wrong bit in the signatures",
            "refuse the token",
        ),
        Named::new(
            "unknown_kid",
            || change(TokenChange::UnknownKid),
            "a kid that no key has",
            "fetch the keys once more, then refuse",
        ),
        Named::new(
            "no_kid",
            || change(TokenChange::NoKid),
            "no kid",
            "accept if exactly one key fits, else refuse",
        ),
        Named::new("alg_none", || change(TokenChange::AlgNone), "alg none, no signature", "refuse the token"),
        Named::new(
            "hs256_with_public_key",
            || change(TokenChange::Hs256WithPublicKey),
            "signed with the public key as a password",
            "refuse the token",
        ),
        Named::new("omit_iss", || omit("iss"), "no iss in the tokens", "refuse the token"),
        Named::new("omit_sub", || omit("sub"), "no sub in the tokens", "refuse the token"),
        Named::new("omit_aud", || omit("aud"), "no aud in the tokens", "refuse the token"),
        Named::new("omit_iat", || omit("iat"), "no iat in the tokens", "refuse the token"),
        Named::new("omit_exp", || omit("exp"), "no exp in the tokens", "refuse the token"),
        Named::new("omit_nonce", || omit("nonce"), "no nonce in the ID token", "refuse the token"),
        Named::new(
            "omit_at_hash",
            || omit("at_hash"),
            "no at_hash in the ID token",
            "go on with the code flow, refuse in the implicit",
        ),
    ],
};

fn change(change: TokenChange) -> TokenFault {
    TokenFault { token: vec![change], ..TokenFault::default() }
}

fn omit(claim: &str) -> TokenFault {
    TokenFault { omit: vec![claim.to_owned()], ..TokenFault::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flaw(token: &[TokenChange]) -> Option<String> {
        let fault = TokenFault { token: token.to_vec(), ..TokenFault::default() };
        fault.flaw().map(|flaw| format!("{}: {}; {}", flaw.field, flaw.problem, flaw.expected))
    }

    #[test]
    fn a_fault_changes_something_and_nothing_twice() {
        assert_eq!(
            flaw(&[]).unwrap(),
            "token: there is nothing to change; expected a name in token, a claim in omit, or a claim in set"
        );
        assert_eq!(
            flaw(&[TokenChange::NoKid, TokenChange::UnknownKid]).unwrap(),
            "token: these exclude each other; expected one of unknown_kid, no_kid"
        );
        assert_eq!(flaw(&[TokenChange::NoKid, TokenChange::Expired, TokenChange::AlgNone]), None);
        let omit = TokenFault { omit: vec!["iat".to_owned()], ..TokenFault::default() };
        assert_eq!(omit.flaw(), None);
    }

    #[test]
    fn a_fault_changes_the_tokens_that_it_names() {
        let changed = |which| {
            let fault = TokenFault { which, ..TokenFault::default() };
            (fault.changes(true), fault.changes(false))
        };
        assert_eq!(changed(WhichToken::Both), (true, true));
        assert_eq!(changed(WhichToken::Id), (true, false));
        assert_eq!(changed(WhichToken::Access), (false, true));
    }
}

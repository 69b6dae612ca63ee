//! Documents that speak of somebody else: the metadata of another issuer, the claims of another person.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

/// A change to the metadata documents.
///
/// ```
/// use mock_idp::{Endpoint, Fault, fault::MetadataChange};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let idp = mock_idp::MockIdp::start().await?;
/// # let issuer = idp.default_issuer();
/// for change in MetadataChange::ALL {
///     issuer.fail_next(Endpoint::Metadata, Fault::metadata(change).times(2)); // WrongIssuer, for now
/// }
/// for document in ["openid-configuration", "oauth-authorization-server"] {
///     let answer = reqwest::get(format!("{}/.well-known/{document}", issuer.url())).await?;
///     let metadata: serde_json::Value = answer.json().await?;
///     assert_eq!(metadata["issuer"], "https://issuer.invalid/oauth2/default");
///     assert_eq!(metadata["jwks_uri"], format!("{}/v1/keys", issuer.url())); // all else is true
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MetadataChange {
    /// `issuer` is not the one that was asked (OpenID Connect Discovery §4.3, RFC 8414 §3.3).
    WrongIssuer,
}

impl MetadataChange {
    /// All changes.
    pub const ALL: [Self; 1] = [Self::WrongIssuer];

    /// The document, changed.
    pub(crate) fn on(self, document: Value) -> Value {
        let Self::WrongIssuer = self;
        with(document, "issuer", "https://issuer.invalid/oauth2/default")
    }
}

/// A change to the answer of userinfo.
///
/// ```
/// # use serde_json::Value;
/// use mock_idp::{Endpoint, Fault, TokenOrder, Unverified, fault::UserinfoChange};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let idp = mock_idp::MockIdp::start().await?;
/// # let issuer = idp.default_issuer();
/// let tokens = issuer.mint(&TokenOrder::new())?;
/// for change in UserinfoChange::ALL {
///     issuer.fail_next(Endpoint::Userinfo, Fault::userinfo(change)); // ForeignSubject, for now
/// }
/// // Here the program under test asks who has signed in.
/// # let request = reqwest::Client::new().get(format!("{}/v1/userinfo", issuer.url()));
/// # let answer = request.bearer_auth(tokens.access_token.unwrap()).send().await?;
/// # let userinfo: Value = answer.json().await?;
/// let id_token = Unverified::parse(&tokens.id_token.unwrap()).unwrap();
/// assert_eq!(id_token.claims.text("sub"), Some("00u0demosubscriber01"));
/// assert_eq!(userinfo["sub"], "00uSomebodyElse00000"); // not the same: to be refused
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum UserinfoChange {
    /// `sub` is not the ID token's (OpenID Connect Core §5.3.2).
    ForeignSubject,
}

impl UserinfoChange {
    /// All changes.
    pub const ALL: [Self; 1] = [Self::ForeignSubject];

    /// The answer, changed.
    pub(crate) fn on(self, answer: Value) -> Value {
        let Self::ForeignSubject = self;
        with(answer, "sub", "00uSomebodyElse00000")
    }
}

fn with(mut document: Value, name: &str, value: &str) -> Value {
    if let Some(members) = document.as_object_mut() {
        members.insert(name.to_owned(), json!(value));
    }
    document
}

//! `metadata`: metadata of another issuer.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::member::with;

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

    /// Changes the document.
    pub(crate) fn on(self, document: Value) -> Value {
        let Self::WrongIssuer = self;
        with(document, "issuer", "https://issuer.invalid/oauth2/default")
    }
}

//! `userinfo`: claims of another person.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::member::with;

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

    /// Changes the answer.
    pub(crate) fn on(self, answer: Value) -> Value {
        let Self::ForeignSubject = self;
        with(answer, "sub", "00uSomebodyElse00000")
    }
}

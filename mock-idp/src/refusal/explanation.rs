//! A refusal as developers read it: on the error page, in the log and in the journal.

use serde::Serialize;
use utoipa::ToSchema;

/// A refusal in words.
///
/// ```
/// use mock_idp::Explanation;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let idp = mock_idp::MockIdp::start().await?;
/// # let issuer = idp.default_issuer();
/// // Here a browser comes with an API Key that has lost its last character.
/// # let api_key = "TutorialAppKey00000000000000000";
/// # reqwest::get(format!("{}/v1/authorize?client_id={api_key}", issuer.url())).await?;
/// let why = issuer.journal().entries()[0].refusal.clone().unwrap();
/// let reported = Explanation {
///     rule: "client_unknown",
///     section: "RFC 6749 §4.1.2.1",
///     expected: "the API Key of a registered app".to_owned(),
///     received: "TutorialAppKey00000000000000000".to_owned(),
///     remedy: "was TutorialAppKey000000000000000001 meant?".to_owned(),
/// };
/// assert_eq!(why, reported);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Explanation {
    /// The rule's name, for tests and filters: `code_expired`.
    pub rule: &'static str,
    /// Where the rule stands: `RFC 6749 §4.1.2`.
    pub section: &'static str,
    /// What would have been accepted.
    pub expected: String,
    /// What came.
    pub received: String,
    /// What to do about it.
    pub remedy: String,
}

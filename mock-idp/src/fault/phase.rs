//! When a fault strikes: before or after the request takes effect.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Whether a request takes effect before the fault strikes.
///
/// ```
/// # use fixtures::tutorial_app::{API_KEY, API_SECRET, REDIRECT_URI};
/// use mock_idp::{Endpoint, Fault, fault::Phase};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let idp = mock_idp::MockIdp::start().await?;
/// # let issuer = idp.default_issuer();
/// # issuer.sign_in_as("subscriber@example.com");
/// for (fault, second_try) in [(Fault::status(503), 200), (Fault::status(503).after(), 400)] {
///     issuer.fail_next(Endpoint::Token, fault);
///     // Here somebody signs in, and the program under test sends the same code two times.
/// # let browser = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build()?;
/// # let app = format!("client_id={API_KEY}&redirect_uri={REDIRECT_URI}");
/// # let url = format!("{}/v1/authorize?{app}&response_type=code&scope=openid&state=s", issuer.url());
/// #   let answer = browser.get(url).send().await?;
/// #   let callback = url::Url::parse(answer.headers()["location"].to_str()?)?;
/// #   let code = callback.query_pairs().find(|(name, _)| name == "code").unwrap().1.into_owned();
/// #   let form = format!("grant_type=authorization_code&redirect_uri={REDIRECT_URI}&code={code}");
/// #   let url = format!("{}/v1/token", issuer.url());
/// #   let send = || browser.post(&url).basic_auth(API_KEY, Some(API_SECRET)).body(form.clone()).send();
/// #   let (first, second) = (send().await?, send().await?);
///     assert_eq!((first.status().as_u16(), second.status().as_u16()), (503, second_try));
/// }
/// let phases: Vec<Phase> = issuer.faults().iter().map(|fault| fault.phase).collect();
/// assert_eq!(phases, [Phase::Before, Phase::After]);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = FaultPhase)]
pub enum Phase {
    /// The request has no effect: no code is used up, no token is issued.
    #[default]
    Before,
    /// The request has taken effect, and the answer is lost: a code is used up, a refresh token is rotated.
    After,
}

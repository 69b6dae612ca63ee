//! Callbacks that a client must not follow: what comes back from the authorization endpoint in the browser.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A change to what the callback brings.
///
/// ```
/// # use fixtures::tutorial_app::{API_KEY, REDIRECT_URI};
/// use mock_idp::{Endpoint, Fault, fault::CallbackChange};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let idp = mock_idp::MockIdp::start().await?;
/// # let issuer = idp.default_issuer();
/// # issuer.sign_in_as("subscriber@example.com");
/// let parameters = [
///     "code",                               // NoState
///     "code state",                         // WrongState
///     "state",                              // NoCode
///     "code state error error_description", // CodeAndError
///     "code state",                         // ForeignCode
///     "code state iss",                     // ForeignIssuer, also where the app's dialect names none
///     "code state code state",              // Twice
/// ];
/// for (change, expected) in CallbackChange::ALL.into_iter().zip(parameters) {
///     issuer.fail_next(Endpoint::Authorize, Fault::callback(change));
///     // Here a browser signs in, and is sent back to the app.
/// # let browser = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build()?;
/// # let app = format!("client_id={API_KEY}&redirect_uri={REDIRECT_URI}");
/// # let url = format!("{}/v1/authorize?{app}&response_type=code&scope=openid&state=s", issuer.url());
/// #   let answer = browser.get(url).send().await?;
/// #   let callback = url::Url::parse(answer.headers()["location"].to_str()?)?;
///     let names: Vec<_> = callback.query_pairs().map(|(name, _)| name.into_owned()).collect();
///     assert_eq!(names.join(" "), expected);
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CallbackChange {
    /// No `state`.
    NoState,
    /// Another `state`.
    WrongState,
    /// Neither a code nor a token.
    NoCode,
    /// What was asked for, and `error=access_denied` beside it.
    CodeAndError,
    /// A code that was issued for another user and another request of the same app.
    ForeignCode,
    /// The `iss` of another server (RFC 9207).
    ForeignIssuer,
    /// Every parameter two times.
    Twice,
}

impl CallbackChange {
    /// All changes.
    pub const ALL: [Self; 7] = [
        Self::NoState,
        Self::WrongState,
        Self::NoCode,
        Self::CodeAndError,
        Self::ForeignCode,
        Self::ForeignIssuer,
        Self::Twice,
    ];

    /// Whether it can change the redirect after logging out, which carries nothing but `state`.
    pub(super) const fn strikes_at_logout(self) -> bool {
        matches!(self, Self::NoState | Self::WrongState)
    }

    /// The parameters, changed. A foreign code has to be issued first, so that is not done here.
    pub(crate) fn on(self, mut params: Vec<(&'static str, String)>) -> Vec<(&'static str, String)> {
        const GIVEN: [&str; 3] = ["code", "access_token", "id_token"];
        match self {
            Self::NoState => params.retain(|(name, _)| *name != "state"),
            Self::WrongState => replace(&mut params, "state", "anotherState"),
            Self::NoCode => params.retain(|(name, _)| !GIVEN.contains(name)),
            Self::CodeAndError => {
                params.push(("error", "access_denied".to_owned()));
                params.push(("error_description", "A fault of the mock: this was ordered.".to_owned()));
            }
            Self::ForeignCode => {}
            Self::ForeignIssuer => replace(&mut params, "iss", "https://issuer.invalid/oauth2/default"),
            Self::Twice => params.extend_from_within(..),
        }
        params
    }
}

/// Gives a parameter another value in its place; it is added where it is not there.
fn replace(params: &mut Vec<(&'static str, String)>, name: &'static str, value: &str) {
    match params.iter_mut().find(|(known, _)| *known == name) {
        Some((_, known)) => value.clone_into(known),
        None => params.push((name, value.to_owned())),
    }
}

//! `oauth_error`: an error of OAuth.

use http::{HeaderValue, Response, StatusCode, header};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::json::json_answer;
use crate::{fault::flaw::FaultFlaw, protocol::endpoint::Endpoint};

/// `oauth_error`: an error of OAuth as JSON. At the authorization endpoint it is sent as parameters of the callback.
///
/// ```
/// # use fixtures::tutorial_app::{API_KEY, REDIRECT_URI};
/// use mock_idp::{Endpoint, fault::{AnswerFault, Kind, OAuthErrorFault}};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let idp = mock_idp::MockIdp::start().await?;
/// # let issuer = idp.default_issuer();
/// let fault = OAuthErrorFault { error: "access_denied".into(), description: Some("No licence today.".into()) };
/// issuer.fail_next(Endpoint::Authorize, Kind::Answer(AnswerFault::OAuthError(fault)).into());
/// # issuer.sign_in_as("subscriber@example.com");
///
/// // Here a browser asks to sign in, and is sent back to the app.
/// # let browser = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build()?;
/// # let app = format!("client_id={API_KEY}&redirect_uri={REDIRECT_URI}");
/// # let url = format!("{}/v1/authorize?{app}&response_type=code&scope=openid&state=s", issuer.url());
/// # let answer = browser.get(url).send().await?;
/// # let callback = answer.headers()["location"].to_str()?;
/// let expected = "http://localhost:8080/?state=s&error=access_denied&error_description=No+licence+today.";
/// assert_eq!(callback, expected);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OAuthErrorFault {
    /// `error`: `invalid_grant`, `temporarily_unavailable`, … (RFC 6749 §5.2, §4.1.2.1).
    pub error: String,
    /// `error_description`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

impl OAuthErrorFault {
    /// This error without a description of its own.
    pub(in crate::fault) fn new(error: &str) -> Self {
        Self { error: error.to_owned(), description: None }
    }

    pub(super) fn flaw(&self) -> Option<FaultFlaw> {
        let texts = [("error", Some(&self.error)), ("description", self.description.as_ref())];
        let bad = |text: &String| {
            text.is_empty() || !text.chars().all(|c| matches!(c, ' '..='~') && c != '"' && c != '\\')
        };
        let (field, text) =
            texts.into_iter().find_map(|(field, text)| Some((field, text.filter(|t| bad(t))?)))?;
        let expected = "expected plain ASCII without quotation marks and backslashes (RFC 6749 §5.2)";
        Some(FaultFlaw::new(field, format!("{field} is {text:?}"), expected))
    }

    /// The description, or a fixed one if none was given.
    pub(crate) fn description(&self) -> &str {
        self.description.as_deref().unwrap_or("A fault of the mock: this was ordered.")
    }

    pub(super) fn answer(&self, endpoint: Endpoint) -> Response<String> {
        let (error, description) = (&self.error, self.description());
        let body = json!({ "error": error, "error_description": description });
        let mut answer = json_answer(StatusCode::BAD_REQUEST, body.to_string());
        let bearer = matches!(endpoint, Endpoint::Userinfo | Endpoint::Gateway | Endpoint::Subscriptions);
        let challenge = match error.as_str() {
            _ if bearer => format!("Bearer error=\"{error}\", error_description=\"{description}\""),
            "invalid_client" => "Basic realm=\"Mock Fortellis\"".to_owned(),
            _ => return answer,
        };
        *answer.status_mut() = StatusCode::UNAUTHORIZED;
        if let Ok(challenge) = HeaderValue::try_from(challenge) {
            answer.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
        }
        answer
    }
}

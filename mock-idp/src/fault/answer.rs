//! Another answer than the true one: a status, an error, something that is no JSON. It says what it is, so that
//! nobody looks for it in the true code.

use std::collections::BTreeMap;

use http::{HeaderName, HeaderValue, Response, StatusCode, header};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::Flaw;
use crate::protocol::{endpoint::Endpoint, timestamp::Timestamp, whole::whole};

/// What the body of a broken answer looks like: the beginning of a token answer, ended in mid-token.
const BROKEN_JSON: &str = r#"{"token_type":"Bearer","expires_in":3600,"access_token":"eyJhbGciOi"#;

/// What stands where JSON is expected: the page of a gateway that has lost its server.
const NO_JSON: &str = "<!doctype html>\n<title>502 Bad Gateway</title>\n<h1>502 Bad Gateway</h1>\n";

/// What an answer that was never made would have been; it is announced, and then broken off.
pub(super) const NEVER_MADE: &str =
    r#"{"token_type":"Bearer","expires_in":3600,"access_token":"never-issued","scope":"openid"}"#;

/// How long to wait where a rate limit does not say.
const RETRY_AFTER: u32 = 30;

/// Headers that frame the answer: the server's own business.
const FRAMING: [HeaderName; 3] = [header::CONTENT_LENGTH, header::TRANSFER_ENCODING, header::CONNECTION];

/// `status`: this status, and body and headers as they are given.
///
/// ```
/// use mock_idp::{Fault, fault::Kind};
///
/// // The same fault as the control API reads it, and as Rust orders it.
/// let json = r#"{ "kind": "status", "status": 503, "body": "{}", "headers": { "Retry-After": "1" } }"#;
/// let kind: Kind = serde_json::from_str(json)?;
/// assert_eq!(Fault::from(kind), Fault::answer(503, "{}", [("Retry-After", "1")]));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StatusFault {
    /// 200 to 599.
    #[serde(deserialize_with = "whole")]
    #[schema(minimum = 200, maximum = 599)]
    pub status: u16,
    /// The body, byte for byte.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// Headers by name. Unless it is given, `Content-Type` says JSON where the body is JSON, and else text.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
}

/// `oauth_error`: an error in OAuth's words; JSON, and at the authorization endpoint parameters of the callback.
///
/// ```
/// # use fixtures::tutorial_app::{API_KEY, REDIRECT_URI};
/// use mock_idp::{Endpoint, fault::{Kind, OAuthErrorFault}};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let idp = mock_idp::MockIdp::start().await?;
/// # let issuer = idp.default_issuer();
/// let lapse = OAuthErrorFault { error: "access_denied".into(), description: Some("No licence today.".into()) };
/// issuer.fail_next(Endpoint::Authorize, Kind::OAuthError(lapse).into());
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

/// `rate_limit`: 429 with `Retry-After` and Okta's rate limit headers.
///
/// ```
/// use mock_idp::{Endpoint, Timestamp, fault::{Kind, RateLimitFault}};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let idp = mock_idp::MockIdp::start().await?;
/// # let issuer = idp.default_issuer();
/// let limit: Kind = serde_json::from_str(r#"{ "kind": "rate_limit" }"#)?;
/// assert_eq!(limit, Kind::RateLimit(RateLimitFault { retry_after: 30 }));
///
/// issuer.clock().freeze(Timestamp::from_unix_seconds(1_800_000_000).unwrap());
/// issuer.fail_next(Endpoint::Gateway, limit.into());
/// let answer = reqwest::get(format!("{}/api/default/vehicles", idp.url())).await?;
/// assert_eq!(answer.status(), 429);
/// assert_eq!(answer.headers()["retry-after"], "30");
/// assert_eq!(answer.headers()["x-rate-limit-reset"], "1800000030"); // by the issuer's clock
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RateLimitFault {
    /// How many seconds the client is asked to wait: 30 unless it is given.
    #[serde(deserialize_with = "whole")]
    #[schema(format = Int64, maximum = 4_294_967_295_i64)]
    pub retry_after: u32,
}

impl Default for RateLimitFault {
    fn default() -> Self {
        Self { retry_after: RETRY_AFTER }
    }
}

impl StatusFault {
    pub(super) fn flaw(&self) -> Option<Flaw> {
        if !(200..=599).contains(&self.status) {
            return Some(Flaw::new("status", format!("status is {}", self.status), "expected 200 to 599"));
        }
        self.headers.iter().find_map(|(name, value)| {
            let readable = HeaderName::try_from(name.as_str()).ok().zip(HeaderValue::try_from(value).ok());
            match readable {
                None => Some(Flaw::new(
                    "headers",
                    format!("{name}: {value} is no header"),
                    "expected a name of letters, digits and hyphens, and a value on one line",
                )),
                Some((name, _)) if FRAMING.contains(&name) => Some(Flaw::new(
                    "headers",
                    format!("{name} is the server's own"),
                    "use the fault truncate for an answer shorter than announced",
                )),
                Some(_) => None,
            }
        })
    }

    pub(super) fn answer(&self) -> Response<String> {
        let mut answer = Response::new(self.body.clone().unwrap_or_default());
        *answer.status_mut() = StatusCode::from_u16(self.status).unwrap_or(StatusCode::SERVICE_UNAVAILABLE);
        let headers = answer.headers_mut();
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(body) = &self.body {
            let json = serde_json::from_str::<serde::de::IgnoredAny>(body).is_ok();
            headers.insert(
                header::CONTENT_TYPE,
                HeaderValue::from_static(if json { "application/json" } else { "text/plain; charset=utf-8" }),
            );
        }
        for (name, value) in &self.headers {
            if let (Ok(name), Ok(value)) = (HeaderName::try_from(name.as_str()), HeaderValue::try_from(value))
            {
                headers.insert(name, value);
            }
        }
        answer
    }
}

impl OAuthErrorFault {
    pub(super) fn flaw(&self) -> Option<Flaw> {
        let texts = [("error", Some(&self.error)), ("description", self.description.as_ref())];
        let bad = |text: &String| {
            text.is_empty() || !text.chars().all(|c| matches!(c, ' '..='~') && c != '"' && c != '\\')
        };
        let (field, text) =
            texts.into_iter().find_map(|(field, text)| Some((field, text.filter(|t| bad(t))?)))?;
        let expected = "expected plain ASCII without quotation marks and backslashes (RFC 6749 §5.2)";
        Some(Flaw::new(field, format!("{field} is {text:?}"), expected))
    }

    /// The error's description, also where none was given.
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

impl RateLimitFault {
    pub(super) fn answer(self, now: Timestamp) -> Response<String> {
        let body = json!({
            "errorCode": "E0000047",
            "errorSummary": "API call exceeded rate limit due to too many requests.",
            "errorLink": "E0000047",
            "errorId": "oaeFaultOfTheMock00000000",
            "errorCauses": [],
        });
        let mut answer = json_answer(StatusCode::TOO_MANY_REQUESTS, body.to_string());
        let reset = now.unix_seconds().saturating_add(i64::from(self.retry_after));
        let headers = answer.headers_mut();
        headers.insert(header::RETRY_AFTER, HeaderValue::from(self.retry_after));
        headers.insert(HeaderName::from_static("x-rate-limit-limit"), HeaderValue::from_static("100"));
        headers.insert(HeaderName::from_static("x-rate-limit-remaining"), HeaderValue::from_static("0"));
        headers.insert(HeaderName::from_static("x-rate-limit-reset"), HeaderValue::from(reset));
        answer
    }
}

/// `malformed_json`: the true answer without its last byte, or where there is none the beginning of one.
pub(super) fn malformed_json(made: Option<&str>) -> Response<String> {
    let mut body = made.filter(|made| !made.is_empty()).unwrap_or(BROKEN_JSON).to_owned();
    if made.is_some() {
        body.pop();
    }
    // A document without its last byte is no JSON, unless it was a bare number or nothing.
    if serde_json::from_str::<serde::de::IgnoredAny>(&body).is_ok() {
        BROKEN_JSON.clone_into(&mut body);
    }
    json_answer(StatusCode::OK, body)
}

/// `not_json`: a page.
pub(super) fn not_json() -> Response<String> {
    let mut answer = json_answer(StatusCode::OK, NO_JSON.to_owned());
    answer.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    answer
}

/// JSON with this status, to be kept by no cache.
pub(super) fn json_answer(status: StatusCode, body: String) -> Response<String> {
    let mut answer = Response::new(body);
    *answer.status_mut() = status;
    let headers = answer.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    answer
}

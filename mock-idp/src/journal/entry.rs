//! An entry of the journal: one request, its answer, and what the mock knows about them.

use std::fmt;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::message::{RecordedAnswer, RecordedRequest};
use crate::{
    protocol::{
        endpoint::Endpoint,
        flow_id::FlowId,
        text::{ApiKey, Username},
        timestamp::Timestamp,
    },
    refusal::Explanation,
};

/// One request and its answer.
///
/// ```
/// # use fixtures::oidc_app::{API_KEY, API_SECRET};
/// use mock_idp::{ApiKey, Endpoint, Outcome};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let idp = mock_idp::MockIdp::start().await?;
/// # let issuer = idp.default_issuer();
/// // Here the program under test sends a code that no issuer issued.
/// # let request = reqwest::Client::new().post(format!("{}/v1/token", issuer.url()));
/// # let form = "grant_type=authorization_code&redirect_uri=http://localhost:8080/&code=made-up";
/// # request.basic_auth(API_KEY, Some(API_SECRET)).body(form).send().await?;
/// let call = issuer.journal().expect_one(Endpoint::Token).await?;
/// assert_eq!((call.outcome, call.app.as_ref()), (Outcome::Refused, Some(&ApiKey::new(API_KEY))));
/// assert_eq!(
///     call.to_string(),
///     "POST token 400 refused: code_unknown (RFC 6749 §4.1.2); expected a code from this issuer; \
///      received another code; send the code from the callback, URL-decoded once"
/// );
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Entry {
    /// Counts from 1 within the issuer.
    pub number: u64,
    /// When the request came, by the issuer's clock.
    pub began: Timestamp,
    /// When it was answered, by the issuer's clock.
    pub at: Timestamp,
    /// The endpoint.
    pub endpoint: Endpoint,
    /// The HTTP method.
    pub method: String,
    /// The request's parameters, secrets masked.
    pub params: Vec<(String, String)>,
    /// The app, if it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub app: Option<ApiKey>,
    /// The user, if one is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<Username>,
    /// The sign-in attempt that it belongs to, if one is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flow: Option<FlowId>,
    /// The HTTP status; 0 if a fault withheld the whole answer.
    pub status: u16,
    /// How it ended.
    pub outcome: Outcome,
    /// Why it was refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refusal: Option<Explanation>,
    /// Relaxed rules without which it would have been refused.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub lenient: Vec<&'static str>,
    /// What the answer contained: `code`, `access_token`, `refresh_token`, `id_token`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub gave: Vec<&'static str>,
    /// The request as it was received.
    pub request: RecordedRequest,
    /// The answer as it was sent.
    pub answer: RecordedAnswer,
    /// The fault that was applied.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fault: Option<AppliedFault>,
}

/// A fault that was applied to a request.
///
/// ```
/// use mock_idp::{Endpoint, Fault, AppliedFault};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let idp = mock_idp::MockIdp::start().await?;
/// # let issuer = idp.default_issuer();
/// let id = issuer.fail_next(Endpoint::Keys, Fault::status(503));
/// // Here the program under test asks for the keys, and does so again.
/// # for _ in 0..2 {
/// #     reqwest::get(format!("{}/v1/keys", issuer.url())).await?;
/// # }
/// let calls = issuer.journal().wait_for(Endpoint::Keys, 2).await?;
/// assert_eq!(calls[0].fault, Some(AppliedFault { id: Some(id), kind: "status" }));
/// assert_eq!(calls[0].to_string(), "GET keys 503 by fault status (no. 1)");
/// assert_eq!(calls[1].fault, None);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct AppliedFault {
    /// Its number, as in `/_mock/faults`; none if a user name ordered it for this answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<u64>,
    /// Its kind.
    pub kind: &'static str,
}

impl fmt::Display for AppliedFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.id {
            Some(id) => write!(f, "fault {} (no. {id})", self.kind),
            None => write!(f, "fault {}", self.kind),
        }
    }
}

impl fmt::Display for Entry {
    /// One line, as in the log: `POST token 400 refused: code_expired (RFC 6749 §4.1.2); …`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { method, endpoint, status, refusal, lenient, fault, .. } = self;
        let (refusal, fault) = (refusal.as_ref(), fault.as_ref());
        LogLine { method, endpoint: *endpoint, status: *status, refusal, lenient, fault }.fmt(f)
    }
}

/// An exchange in one line, as in the log.
pub(super) struct LogLine<'a> {
    pub(super) method: &'a str,
    pub(super) endpoint: Endpoint,
    /// 0 if a fault withheld the whole answer.
    pub(super) status: u16,
    pub(super) refusal: Option<&'a Explanation>,
    pub(super) lenient: &'a [&'static str],
    pub(super) fault: Option<&'a AppliedFault>,
}

impl fmt::Display for LogLine<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { method, endpoint, status, refusal, lenient, fault } = self;
        match status {
            0 => write!(f, "{method} {endpoint} without an answer")?,
            status => write!(f, "{method} {endpoint} {status}")?,
        }
        if let Some(fault) = fault {
            write!(f, " by {fault}")?;
        }
        match refusal {
            Some(why) => {
                let Explanation { rule, section, expected, received, remedy } = why;
                write!(f, " refused: {rule} ({section}); expected {expected}; received {received}; {remedy}")
            }
            None if lenient.is_empty() => Ok(()),
            None => write!(f, ", thanks to {}", lenient.join(", ")),
        }
    }
}

/// How an exchange ended.
///
/// ```
/// # use fixtures::tutorial_app::{API_KEY, REDIRECT_URI};
/// use mock_idp::{Endpoint, Fault, Outcome};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let idp = mock_idp::MockIdp::start().await?;
/// # let issuer = idp.default_issuer();
/// // Here a browser is shown the sign-in page. Then a program sends no credentials, and asks for the keys.
/// # let browser = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build()?;
/// # let app = format!("client_id={API_KEY}&redirect_uri={REDIRECT_URI}");
/// # let url = format!("{}/v1/authorize?{app}&response_type=code&scope=openid&state=s", issuer.url());
/// # browser.get(url).send().await?;
/// # browser.post(format!("{}/v1/token", issuer.url())).send().await?;
/// # let keys = format!("{}/v1/keys", issuer.url());
/// # reqwest::get(&keys).await?;
/// issuer.fail_next(Endpoint::Keys, Fault::reset());
/// // Here it asks for the keys again.
/// # reqwest::get(&keys).await.unwrap_err();
/// let outcomes: Vec<Outcome> = issuer.journal().entries().iter().map(|entry| entry.outcome).collect();
/// assert_eq!(outcomes, [Outcome::Asked, Outcome::Refused, Outcome::Answered, Outcome::Unanswered]);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// With what the client asked for.
    Answered,
    /// With an error.
    Refused,
    /// With a page that asks the person for something.
    Asked,
    /// With no answer: a fault withheld it.
    Unanswered,
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A successful exchange, for tests to change.
    pub(in crate::journal) fn entry(endpoint: Endpoint) -> Entry {
        Entry {
            number: 0,
            began: Timestamp::from_unix_seconds(0).unwrap(),
            at: Timestamp::from_unix_seconds(0).unwrap(),
            endpoint,
            method: "GET".to_owned(),
            params: vec![],
            app: None,
            user: None,
            flow: None,
            status: 200,
            outcome: Outcome::Answered,
            refusal: None,
            lenient: vec![],
            gave: vec![],
            request: RecordedRequest::default(),
            answer: RecordedAnswer::default(),
            fault: None,
        }
    }
}

//! One exchange: who asked what, how it ended, and what went over the wire.

use std::fmt;

use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::message::{RecordedAnswer, RecordedRequest};
use crate::{
    protocol::{
        endpoint::Endpoint,
        flow_id::FlowId,
        params::Params,
        text::{ApiKey, Username},
        timestamp::Timestamp,
    },
    refusal::{Explanation, Refusal},
};

/// A value longer than this many bytes is forgotten where space is short: a token, and nothing that tells the story.
const LONG: usize = 256;
/// So many parameters tell the story; more are forgotten where space is short.
const MANY: usize = 64;

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
/// // Here the program under test sends a code that nobody gave it.
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
    /// When it came, by the issuer's clock.
    pub began: Timestamp,
    /// When it was answered, by the issuer's clock.
    pub at: Timestamp,
    /// Which endpoint.
    pub endpoint: Endpoint,
    /// The HTTP method.
    pub method: String,
    /// The request's parameters, secrets masked.
    pub params: Vec<(String, String)>,
    /// The app, where it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub app: Option<ApiKey>,
    /// The user, where one is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<Username>,
    /// The sign-in attempt that it belongs to, where one is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flow: Option<FlowId>,
    /// The HTTP status; 0 where a fault kept the whole answer back.
    pub status: u16,
    /// How it ended.
    pub outcome: Outcome,
    /// Why it was refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refusal: Option<Explanation>,
    /// Relaxed rules without which it would have been refused.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub lenient: Vec<&'static str>,
    /// What the answer gave: `code`, `access_token`, `refresh_token`, `id_token`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub gave: Vec<&'static str>,
    /// The request as it came.
    pub request: RecordedRequest,
    /// The answer as it went.
    pub answer: RecordedAnswer,
    /// The fault that struck.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fault: Option<Struck>,
}

impl Entry {
    /// How much space can be won by forgetting, in bytes.
    pub(super) fn size(&self) -> usize {
        let params = self.params.iter().enumerate().filter(|(index, param)| !stays(*index, param));
        let params = params.map(|(_, param)| size_of_val(param) + param.0.len() + param.1.len());
        let refusal = self.refusal.iter().flat_map(told).map(String::len).filter(|length| *length > LONG);
        params.sum::<usize>() + refusal.sum::<usize>() + self.request.size() + self.answer.size()
    }

    /// Lets headers, bodies and long parameters go, and shortens what else is long.
    pub(super) fn forget(&mut self) {
        let params = std::mem::take(&mut self.params).into_iter().enumerate();
        self.params = params.filter(|(index, param)| stays(*index, param)).map(|(_, param)| param).collect();
        if let Some(Explanation { expected, received, remedy, .. }) = &mut self.refusal {
            [expected, received, remedy].into_iter().for_each(shorten);
        }
        self.request.forget();
        self.answer.forget();
    }
}

/// Whether a parameter is kept where space is short.
const fn stays(index: usize, (name, value): &(String, String)) -> bool {
    index < MANY && name.len() <= LONG && value.len() <= LONG
}

/// What a refusal tells in words of its own, and of the request's.
fn told(why: &Explanation) -> [&String; 3] {
    [&why.expected, &why.received, &why.remedy]
}

/// Keeps the beginning of a text that is long.
fn shorten(text: &mut String) {
    const MORE: char = '…';
    if text.len() > LONG {
        text.truncate(text.floor_char_boundary(LONG - MORE.len_utf8()));
        text.push(MORE);
        text.shrink_to_fit();
    }
}

/// A fault that struck, as the journal names it.
///
/// ```
/// use mock_idp::{Endpoint, Fault, Struck};
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
/// assert_eq!(calls[0].fault, Some(Struck { id: Some(id), kind: "status" }));
/// assert_eq!(calls[0].to_string(), "GET keys 503 by fault status (no. 1)");
/// assert_eq!(calls[1].fault, None);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct Struck {
    /// Its number, as at `/_mock/faults`; none where a user name ordered it for this very answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<u64>,
    /// Its kind.
    pub kind: &'static str,
}

impl fmt::Display for Struck {
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
    /// As the client wished.
    Answered,
    /// With an error.
    Refused,
    /// With a page on which the person has to do something.
    Asked,
    /// Not at all: a fault kept the answer back.
    Unanswered,
}

/// What a handler knows of an exchange, on its way to the journal with the response.
#[derive(Clone, Default)]
pub(crate) struct Note {
    params: Vec<(String, String)>,
    app: Option<ApiKey>,
    user: Option<Username>,
    flow: Option<FlowId>,
    refusal: Option<Explanation>,
    asked: bool,
    lenient: Vec<&'static str>,
    gave: Vec<&'static str>,
    fault: Option<Struck>,
}

/// What went over the wire, and when.
#[derive(Debug)]
pub(crate) struct Exchange {
    /// Where.
    pub endpoint: Endpoint,
    /// The HTTP method.
    pub method: String,
    /// When the request came.
    pub began: Timestamp,
    /// When it was answered.
    pub at: Timestamp,
    /// The HTTP status; none where a fault kept the whole answer back.
    pub status: Option<StatusCode>,
    /// The request.
    pub request: RecordedRequest,
    /// The answer.
    pub answer: RecordedAnswer,
}

impl Note {
    /// Notes the parameters as they came. The journal masks them when it shows them.
    #[must_use]
    pub(crate) fn params(mut self, params: &Params) -> Self {
        self.params = params.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        self
    }

    /// Notes the app.
    #[must_use]
    pub(crate) fn app(mut self, app: Option<ApiKey>) -> Self {
        self.app = app;
        self
    }

    /// Notes the user.
    #[must_use]
    pub(crate) fn user(mut self, user: Option<Username>) -> Self {
        self.user = user;
        self
    }

    /// Notes the flow.
    #[must_use]
    pub(crate) fn flow(mut self, flow: Option<FlowId>) -> Self {
        self.flow = flow.or(self.flow);
        self
    }

    /// Whether the flow is known.
    pub(crate) const fn has_flow(&self) -> bool {
        self.flow.is_some()
    }

    /// The values of parameters that may say which flow a request belongs to.
    pub(crate) fn credentials(&self) -> impl Iterator<Item = &str> {
        const NAMES: [&str; 5] = ["code", "refresh_token", "token", "access_token", "id_token_hint"];
        let carries = |(name, _): &&(String, String)| NAMES.contains(&name.as_str());
        self.params.iter().filter(carries).map(|(_, value)| value.as_str())
    }

    /// Notes what the answer gives.
    #[must_use]
    pub(crate) fn gave(mut self, what: impl IntoIterator<Item = &'static str>) -> Self {
        self.gave.extend(what);
        self
    }

    /// Notes a parameter that is no secret, if it is there.
    #[must_use]
    pub(crate) fn param(mut self, name: &str, value: Option<&str>) -> Self {
        self.params.extend(value.map(|value| (name.to_owned(), value.to_owned())));
        self
    }

    /// Notes the refusal.
    #[must_use]
    pub(crate) fn refusal(self, refusal: &Refusal) -> Self {
        self.explained(refusal.explain())
    }

    /// Notes why the request is refused.
    #[must_use]
    pub(crate) fn explained(mut self, why: Explanation) -> Self {
        self.refusal = Some(why);
        self
    }

    /// Notes that a page asks the person for something.
    #[must_use]
    pub(crate) const fn asked(mut self) -> Self {
        self.asked = true;
        self
    }

    /// Notes a relaxed rule that made the difference.
    #[must_use]
    pub(crate) fn lenient(mut self, rule: &'static str) -> Self {
        self.lenient.push(rule);
        self
    }

    /// What the journal says of the exchange, once it has been answered. The number is the journal's to give.
    pub(crate) fn entry(self, exchange: Exchange) -> Entry {
        let Exchange { endpoint, method, began, at, status, request, answer } = exchange;
        let is_error = |status: StatusCode| status.is_client_error() || status.is_server_error();
        let outcome = match status {
            None => Outcome::Unanswered,
            Some(status) if self.refusal.is_some() || is_error(status) => Outcome::Refused,
            Some(_) if self.asked => Outcome::Asked,
            Some(_) => Outcome::Answered,
        };
        Entry {
            number: 0,
            began,
            at,
            endpoint,
            method,
            params: self.params,
            app: self.app,
            user: self.user,
            flow: self.flow,
            status: status.map_or(0, |status| status.as_u16()),
            outcome,
            refusal: self.refusal,
            lenient: self.lenient,
            gave: self.gave,
            request,
            answer,
            fault: self.fault,
        }
    }

    /// Notes the fault that struck.
    #[must_use]
    pub(crate) const fn fault(mut self, fault: Struck) -> Self {
        self.fault = Some(fault);
        self
    }

    /// The app and the user, as far as they were noted.
    pub(crate) const fn who(&self) -> (Option<&ApiKey>, Option<&Username>) {
        (self.app.as_ref(), self.user.as_ref())
    }

    /// Sends the note along with a response.
    #[must_use]
    pub(crate) fn on(self, mut response: axum::response::Response) -> axum::response::Response {
        response.extensions_mut().insert(self);
        response
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// An exchange that went well, to be changed.
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

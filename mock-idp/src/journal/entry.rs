//! One exchange, with secrets masked.

use std::fmt;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    endpoint::Endpoint,
    protocol::{
        params::Params,
        refusal::{Explanation, Refusal},
        text::{ApiKey, Username},
        timestamp::Timestamp,
    },
};

/// What stands in place of a secret.
const MASK: &str = "[masked]";

/// Parameters whose values open something.
const SECRETS: [&str; 9] = [
    "access_token",
    "client_secret",
    "code",
    "code_verifier",
    "id_token",
    "id_token_hint",
    "password",
    "refresh_token",
    "token",
];

/// One request and its answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Entry {
    /// Counts from 1 within the issuer.
    pub number: u64,
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
    /// The HTTP status.
    pub status: u16,
    /// How it ended.
    pub outcome: Outcome,
    /// Why it was refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refusal: Option<Explanation>,
    /// Relaxed rules without which it would have been refused.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub lenient: Vec<&'static str>,
}

impl fmt::Display for Entry {
    /// One line, as in the log: `POST token 400 refused: code_expired (RFC 6749 §4.1.2); …`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { method, endpoint, status, refusal, lenient, .. } = self;
        write!(f, "{method} {endpoint} {status}")?;
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// As the client wished.
    Answered,
    /// With an error.
    Refused,
    /// With a page on which the person has to do something.
    Asked,
}

/// What a handler knows of an exchange, on its way to the journal with the response.
#[derive(Debug, Clone, Default)]
pub(crate) struct Note {
    pub(super) params: Vec<(String, String)>,
    pub(super) app: Option<ApiKey>,
    pub(super) user: Option<Username>,
    pub(super) refusal: Option<Explanation>,
    pub(super) asked: bool,
    pub(super) lenient: Vec<&'static str>,
}

impl Note {
    /// Notes the parameters, with secrets masked.
    #[must_use]
    pub(crate) fn params(mut self, params: &Params) -> Self {
        self.params = params
            .iter()
            .map(|(name, value)| {
                let value = if SECRETS.contains(&name) { MASK } else { value };
                (name.to_owned(), value.to_owned())
            })
            .collect();
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
            at: Timestamp::from_unix_seconds(0).unwrap(),
            endpoint,
            method: "GET".to_owned(),
            params: vec![],
            app: None,
            user: None,
            status: 200,
            outcome: Outcome::Answered,
            refusal: None,
            lenient: vec![],
        }
    }

    #[test]
    fn secrets_are_masked() {
        let params =
            Params::parse(b"grant_type=authorization_code&code=abc&client_secret=s&state=x").unwrap();
        let note = Note::default().params(&params);
        let values: Vec<&str> = note.params.iter().map(|(_, value)| value.as_str()).collect();
        assert_eq!(values, ["authorization_code", MASK, MASK, "x"]);
    }
}

//! The recorded answers of a server, as they are written to a file.

use std::collections::BTreeMap;

use http::header;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{normal::Normal, page::Page};
use crate::http_client::HttpResponse;

/// The headers that matter to the protocol.
const HEADERS: [&str; 16] = [
    "access-control-allow-credentials",
    "access-control-allow-headers",
    "access-control-allow-methods",
    "access-control-allow-origin",
    "allow",
    "cache-control",
    "content-type",
    "expires",
    "location",
    "pragma",
    "referrer-policy",
    "retry-after",
    "vary",
    "www-authenticate",
    "x-content-type-options",
    "x-frame-options",
];

/// A file: all answers of one server. It keeps the wording of the server, see [`Record::without_prose`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    /// The issuer that was asked. It is not compared.
    pub server: String,
    /// The requests in their order.
    pub exchanges: Vec<Exchange>,
}

impl Record {
    /// Whether there is an issuer at the address: whether it has a metadata document (OpenID Connect Discovery §4).
    pub fn has_metadata(&self) -> bool {
        self.exchanges
            .iter()
            .find(|exchange| exchange.name == "metadata")
            .is_some_and(|exchange| matches!(exchange.outcome, Outcome::Answered { status: 200, .. }))
    }
}

/// A request and its outcome.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exchange {
    /// The name of the request.
    pub name: String,
    /// The request itself; empty where it was not sent.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub request: String,
    /// Its outcome.
    #[serde(flatten)]
    pub outcome: Outcome,
}

/// The outcome of a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Outcome {
    /// An answer.
    Answered {
        /// The HTTP status.
        status: u16,
        /// The headers that matter to the protocol, in lower case. Of cookies only the names are kept.
        headers: BTreeMap<String, String>,
        /// `null` where it is empty, `{"json":…}`, `{"page":…}` or `{"text":…}`.
        body: Value,
    },
    /// No answer.
    Silent {
        /// Why.
        no_answer: String,
    },
    /// The request was not sent.
    Skipped {
        /// Why.
        skipped: String,
    },
}

/// The part of an answer that is recorded.
pub(super) fn answered(answer: &HttpResponse, normal: &Normal) -> Outcome {
    let mut headers: BTreeMap<String, String> = HEADERS
        .into_iter()
        .filter_map(|name| {
            let values: Vec<&str> =
                answer.headers.get_all(name).iter().filter_map(|value| value.to_str().ok()).collect();
            (!values.is_empty()).then(|| (name.to_owned(), normal.text(&values.join(", "))))
        })
        .collect();
    let cookies = answer.headers.get_all(header::SET_COOKIE);
    let cookies: Vec<&str> = cookies
        .iter()
        .filter_map(|value| value.to_str().ok())
        .filter_map(|value| value.split('=').next())
        .collect();
    if !cookies.is_empty() {
        headers.insert("set-cookie".to_owned(), cookies.join(", "));
    }
    Outcome::Answered { status: answer.status, headers, body: body(answer, normal) }
}

fn body(answer: &HttpResponse, normal: &Normal) -> Value {
    /// How much of another text is kept, in letters.
    const TEXT: usize = 1000;
    if answer.body.is_empty() {
        return Value::Null;
    }
    if answer.media_type() == "text/html" {
        let Page { title, fields, text } = Page::of(&answer.body);
        return json!({ "page": { "title": normal.text(&title), "fields": fields, "text": normal.text(&text) } });
    }
    match serde_json::from_str::<Value>(&answer.body) {
        Ok(value) => json!({ "json": normal.json(&value) }),
        Err(_) => json!({ "text": normal.text(&answer.body).chars().take(TEXT).collect::<String>() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookies_value_is_not_kept() {
        let mut headers = http::HeaderMap::new();
        headers.append(header::SET_COOKIE, "JSESSIONID=secret; Path=/".parse().unwrap());
        headers.append(header::SET_COOKIE, "DT=secret".parse().unwrap());
        headers.append("x-okta-request-id", "abc".parse().unwrap());
        let answer = HttpResponse { status: 200, headers, body: String::new() };
        let kept = answered(&answer, &Normal::new("http://localhost:1/oauth2/x", None));
        let headers = BTreeMap::from([("set-cookie".to_owned(), "JSESSIONID, DT".to_owned())]);
        assert_eq!(kept, Outcome::Answered { status: 200, headers, body: Value::Null });
    }

    #[test]
    fn a_file_is_read_as_it_is_written() {
        let outcomes = [
            Outcome::Answered { status: 404, headers: BTreeMap::new(), body: json!({ "text": "x" }) },
            Outcome::Silent { no_answer: "the connection was closed early".to_owned() },
            Outcome::Skipped { skipped: "why".to_owned() },
        ];
        let exchanges = outcomes
            .into_iter()
            .map(|outcome| Exchange { name: "x".to_owned(), request: String::new(), outcome })
            .collect();
        let record = Record { server: "http://localhost:1/oauth2/x".to_owned(), exchanges };
        let text = serde_json::to_string(&record).unwrap();
        assert_eq!(serde_json::from_str::<Record>(&text).unwrap(), record);
    }
}

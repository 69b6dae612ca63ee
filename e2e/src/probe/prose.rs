//! Takes the prose out of what a server answered: a sentence becomes `[text]`. Status, codes, members, fields and names
//! of headers stay. Two servers are compared without prose, and a changed wording does not change the mock's file.

use serde_json::{Value, json};

use super::record::{Exchange, Outcome, Record};

/// What replaces a sentence.
const TEXT: &str = "[text]";

/// The JSON members that contain sentences: OAuth's and that of Okta's envelope.
const MEMBERS: [&str; 2] = ["error_description", "errorSummary"];

impl Record {
    /// The same without prose. Whether a text was there can still be seen: an empty one stays empty.
    #[must_use]
    pub fn without_prose(self) -> Self {
        let without = |it: Exchange| Exchange { outcome: it.outcome.without_prose(), ..it };
        Self { exchanges: self.exchanges.into_iter().map(without).collect(), ..self }
    }
}

impl Outcome {
    /// The same without prose.
    pub(super) fn without_prose(self) -> Self {
        match self {
            Self::Answered { status, headers, body } => Self::Answered {
                status,
                headers: headers.into_iter().map(|(name, value)| (name, of_header(&value))).collect(),
                body: of_body(body),
            },
            other => other,
        }
    }
}

/// A redirect contains a description as a parameter, a challenge contains it between quotes.
fn of_header(value: &str) -> String {
    let value = replaced(value, "error_description=\"", &['"']);
    let value = replaced(&value, "realm=\"", &['"']);
    replaced(&value, "error_description=", &['"', '&', '#'])
}

/// Replaces what follows each `start`, up to one of `ends`.
fn replaced(text: &str, start: &str, ends: &[char]) -> String {
    let mut parts = text.split(start);
    let mut replaced = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let end = part.find(ends).unwrap_or(part.len());
        replaced.push_str(start);
        replaced.push_str(sentence(&part[..end]));
        replaced.push_str(&part[end..]);
    }
    replaced
}

const fn sentence(text: &str) -> &'static str {
    if text.is_empty() { "" } else { TEXT }
}

/// A body as a record keeps it: `{"json":…}`, `{"page":…}` or `{"text":…}`.
fn of_body(body: Value) -> Value {
    let Value::Object(mut body) = body else { return body };
    for (kind, value) in &mut body {
        match kind.as_str() {
            "json" => of_json(value),
            "page" => {
                for name in ["title", "text"] {
                    if let Some(text) = value.get_mut(name) {
                        of_text(text);
                    }
                }
            }
            _ => of_text(value),
        }
    }
    json!(body)
}

fn of_json(value: &mut Value) {
    match value {
        Value::Array(values) => values.iter_mut().for_each(of_json),
        Value::Object(members) => {
            for (name, value) in members {
                if MEMBERS.contains(&name.as_str()) { of_text(value) } else { of_json(value) }
            }
        }
        _ => {}
    }
}

fn of_text(value: &mut Value) {
    if let Value::String(text) = value {
        sentence(text).clone_into(text);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn headers_keep_all_but_descriptions_and_realms() {
        for (value, expected) in [
            (
                "[redirect-uri]?state=probe&error=login_required&error_description=The+client",
                "[redirect-uri]?state=probe&error=login_required&error_description=[text]",
            ),
            ("x#error_description=a+b&error=c", "x#error_description=[text]&error=c"),
            ("x?error_description=&error=c", "x?error_description=&error=c"),
            (
                "Bearer error=\"invalid_token\", error_description=\"It is invalid\"",
                "Bearer error=\"invalid_token\", error_description=\"[text]\"",
            ),
            ("Basic realm=\"Somebody's server\"", "Basic realm=\"[text]\""),
            ("no-cache, no-store", "no-cache, no-store"),
        ] {
            assert_eq!(of_header(value), expected);
        }
    }

    #[test]
    fn bodies_keep_codes_members_and_fields() {
        for (body, expected) in [
            (
                json!({ "json": { "error": "invalid_client", "error_description": "No client." } }),
                json!({ "json": { "error": "invalid_client", "error_description": "[text]" } }),
            ),
            (
                json!({ "json": { "errorCode": "E1", "errorSummary": "", "errorCauses": [{ "errorSummary": "a" }] } }),
                json!({ "json": { "errorCode": "E1", "errorSummary": "", "errorCauses": [{ "errorSummary": "[text]" }] } }),
            ),
            (
                json!({ "json": { "error_description": 1, "scopes_supported": ["openid"] } }),
                json!({ "json": { "error_description": 1, "scopes_supported": ["openid"] } }),
            ),
            (
                json!({ "page": { "title": "Oh", "fields": ["state"], "text": "" } }),
                json!({ "page": { "title": "[text]", "fields": ["state"], "text": "" } }),
            ),
            (json!({ "text": "Not found" }), json!({ "text": "[text]" })),
            (Value::Null, Value::Null),
        ] {
            assert_eq!(of_body(body), expected);
        }
    }

    #[test]
    fn what_is_no_answer_stays_as_it_is() {
        let outcomes = [
            Outcome::Silent { no_answer: "nobody listens there".to_owned() },
            Outcome::Skipped { skipped: "why".to_owned() },
            Outcome::Answered { status: 200, headers: BTreeMap::new(), body: Value::Null },
        ];
        for outcome in outcomes {
            assert_eq!(outcome.clone().without_prose(), outcome);
        }
    }
}

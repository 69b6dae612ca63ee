//! Replaces in texts what differs from server to server and from run to run: hosts, keys, ids.

use serde_json::Value;
use url::{Url, form_urlencoded};

use super::questions::App;

/// Members whose values differ from run to run or from server to server, and their replacements.
const MEMBERS: [(&str, &str); 9] = [
    ("errorId", "[error-id]"),
    ("kid", "[kid]"),
    ("n", "[n]"),
    ("x5c", "[x5c]"),
    ("x5t", "[x5t]"),
    ("jti", "[jti]"),
    ("iat", "[time]"),
    ("exp", "[time]"),
    ("auth_time", "[time]"),
];

/// Okta's ids of an error: `oae` and 17 or 22 more.
const ERROR_ID: &str = "oae";

/// What is replaced, longest first.
#[derive(Debug)]
pub(super) struct Normal {
    replaced: Vec<(String, &'static str)>,
}

impl Normal {
    pub(super) fn new(issuer: &str, app: Option<&App>) -> Self {
        let mut replaced = vec![(issuer.to_owned(), "[issuer]")];
        if let Ok(url) = Url::parse(issuer) {
            replaced.push((url.origin().ascii_serialization(), "[origin]"));
            if let Some(host) = url.host_str() {
                let port = url.port().map_or_else(String::new, |port| format!(":{port}"));
                replaced.push((format!("{host}{port}"), "[host]"));
            }
            if url.path().len() > 1 {
                replaced.push((url.path().to_owned(), "[issuer-path]"));
            }
            // A short id, such as default, is a word of the language as well.
            let id = issuer.rsplit('/').next().unwrap_or_default();
            if id.len() == 20 {
                replaced.push((id.to_owned(), "[issuer-id]"));
            }
        }
        if let Some(app) = app {
            replaced.push((app.api_key.clone(), "[api-key]"));
            replaced.push((app.redirect_uri.clone(), "[redirect-uri]"));
        }
        let encoded: Vec<(String, &str)> = replaced
            .iter()
            .map(|(text, place)| (form_urlencoded::byte_serialize(text.as_bytes()).collect(), *place))
            .collect();
        replaced.extend(encoded);
        replaced.sort_by_key(|(text, _)| std::cmp::Reverse(text.len()));
        replaced.dedup();
        Self { replaced }
    }

    /// A text without what is volatile in it.
    pub(super) fn text(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for (from, to) in self.replaced.iter().filter(|(from, _)| !from.is_empty()) {
            text = text.replace(from, to);
        }
        by_word(&text)
    }

    /// The same for all texts of a JSON value, and for members that are known to be volatile.
    pub(super) fn json(&self, value: &Value) -> Value {
        match value {
            Value::String(text) => Value::String(self.text(text)),
            Value::Array(values) => Value::Array(values.iter().map(|value| self.json(value)).collect()),
            Value::Object(members) => Value::Object(
                members
                    .iter()
                    .map(|(name, value)| {
                        let place = MEMBERS.iter().find(|(own, _)| own == name).map(|(_, place)| *place);
                        (name.clone(), place.map_or_else(|| self.json(value), Value::from))
                    })
                    .collect(),
            ),
            other => other.clone(),
        }
    }
}

/// Replaces ids of errors and UUIDs, and how long something may be kept.
fn by_word(text: &str) -> String {
    let is_of_word = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '-');
    let mut normal = String::new();
    let mut rest = text;
    while !rest.is_empty() {
        let end = rest.find(|letter| !is_of_word(letter)).unwrap_or(rest.len());
        let (word, after) = rest.split_at(end);
        let seconds =
            normal.ends_with("max-age=") && word.len() > 1 && word.bytes().all(|byte| byte.is_ascii_digit());
        normal.push_str(match word {
            _ if seconds => "[seconds]",
            _ if word.starts_with(ERROR_ID) && (20..=25).contains(&word.len()) => "[error-id]",
            _ if is_uuid(word) => "[uuid]",
            _ => word,
        });
        let mut letters = after.chars();
        normal.extend(letters.next());
        rest = letters.as_str();
    }
    normal
}

fn is_uuid(word: &str) -> bool {
    word.len() == 36
        && word.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn normal() -> Normal {
        let app = App { api_key: "AppKey01".to_owned(), redirect_uri: "http://localhost:80/".to_owned() };
        Normal::new("https://identity.fortellis.io/oauth2/aus1p1ixy7YL8cMq02p7", Some(&app))
    }

    #[test]
    fn hosts_keys_and_ids_are_replaced_wherever_they_stand() {
        for (text, expected) in [
            ("https://identity.fortellis.io/oauth2/aus1p1ixy7YL8cMq02p7/v1/keys", "[issuer]/v1/keys"),
            ("https://identity.fortellis.io/login", "[origin]/login"),
            ("domain=identity.fortellis.io;", "domain=[host];"),
            (
                "Resource not found: aus1p1ixy7YL8cMq02p7 (AuthorizationServer)",
                "Resource not found: [issuer-id] (AuthorizationServer)",
            ),
            ("http://localhost:80/?state=probe", "[redirect-uri]?state=probe"),
            ("?u=http%3A%2F%2Flocalhost%3A80%2F&k=AppKey01", "?u=[redirect-uri]&k=[api-key]"),
            ("error oaeQdc5IvrlSGGnewf-cqqDqA.", "error [error-id]."),
            ("id 2529a384-0000-4000-8000-ed09e77dee15", "id [uuid]"),
            ("max-age=3832304, must-revalidate", "max-age=[seconds], must-revalidate"),
            ("max-age=0", "max-age=0"),
            ("Zürich – ö", "Zürich – ö"),
        ] {
            assert_eq!(normal().text(text), expected);
        }
    }

    #[test]
    fn members_that_are_made_anew_are_replaced() {
        let before = json!({ "keys": [{ "kid": "a", "n": "b", "e": "AQAB" }], "errorId": "x", "exp": 1 });
        let after = json!({ "keys": [{ "kid": "[kid]", "n": "[n]", "e": "AQAB" }], "errorId": "[error-id]", "exp": "[time]" });
        assert_eq!(normal().json(&before), after);
    }

    #[test]
    fn a_short_issuer_id_is_left_in_sentences() {
        let normal = Normal::new("http://localhost:9100/oauth2/default", None);
        assert_eq!(
            normal.text("no default scopes at http://localhost:9100/oauth2/default"),
            "no default scopes at [issuer]"
        );
    }
}

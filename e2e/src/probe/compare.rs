//! Tells in words what two servers answered differently. Prose is not compared.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use serde_json::Value;

use super::record::{Exchange, Outcome, Record};

/// One request that two servers answered differently.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The request's name.
    pub request: String,
    /// What differs, one sentence each.
    pub words: Vec<String>,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.request)?;
        self.words.iter().try_for_each(|words| writeln!(f, "  {words}"))
    }
}

/// Compares the answers of two servers, request by request, in the order of the first. It skips requests that one of
/// the servers did not receive because no app was named.
pub fn compare(one: &Record, other: &Record) -> Vec<Difference> {
    let by_name: BTreeMap<&str, &Exchange> =
        other.exchanges.iter().map(|it| (it.name.as_str(), it)).collect();
    let names: BTreeSet<&str> = one.exchanges.iter().map(|it| it.name.as_str()).collect();
    let mut differences: Vec<Difference> = one
        .exchanges
        .iter()
        .filter_map(|exchange| {
            let words = match by_name.get(exchange.name.as_str()) {
                Some(theirs) => {
                    let [one, other] =
                        [&exchange.outcome, &theirs.outcome].map(|it| it.clone().without_prose());
                    of_outcomes(&one, &other)
                }
                None => vec!["asked only of the first".to_owned()],
            };
            (!words.is_empty()).then(|| Difference { request: exchange.name.clone(), words })
        })
        .collect();
    let only_other = other.exchanges.iter().filter(|it| !names.contains(it.name.as_str()));
    differences.extend(only_other.map(|exchange| Difference {
        request: exchange.name.clone(),
        words: vec!["asked only of the second".to_owned()],
    }));
    differences
}

fn of_outcomes(one: &Outcome, other: &Outcome) -> Vec<String> {
    match (one, other) {
        (Outcome::Skipped { .. }, _) | (_, Outcome::Skipped { .. }) => Vec::new(),
        (
            Outcome::Answered { status, headers, body },
            Outcome::Answered { status: their_status, headers: their_headers, body: their_body },
        ) => {
            let mut words = Vec::new();
            if status != their_status {
                words.push(format!("status: {status} and {their_status}"));
            }
            words.extend(of_headers(headers, their_headers));
            of_values("body", body, their_body, &mut words);
            words
        }
        (Outcome::Silent { no_answer }, Outcome::Silent { no_answer: theirs }) if no_answer == theirs => {
            Vec::new()
        }
        _ => vec![format!("{} and {}", in_words(one), in_words(other))],
    }
}

fn in_words(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Answered { status, .. } => format!("an answer ({status})"),
        Outcome::Silent { no_answer } => format!("no answer ({no_answer})"),
        Outcome::Skipped { .. } => "nothing asked".to_owned(),
    }
}

fn of_headers(one: &BTreeMap<String, String>, other: &BTreeMap<String, String>) -> Vec<String> {
    let names: BTreeSet<&String> = one.keys().chain(other.keys()).collect();
    names
        .into_iter()
        .filter_map(|name| match (one.get(name), other.get(name)) {
            (Some(one), Some(other)) if one == other => None,
            (Some(one), Some(other)) => Some(format!("{name}: {one:?} and {other:?}")),
            (Some(one), None) => Some(format!("{name}: {one:?} only in the first")),
            (None, Some(other)) => Some(format!("{name}: {other:?} only in the second")),
            (None, None) => None,
        })
        .collect()
}

/// Walks through both values and tells where they differ.
fn of_values(place: &str, one: &Value, other: &Value, words: &mut Vec<String>) {
    match (one, other) {
        (Value::Object(one), Value::Object(other)) => {
            for (name, value) in one {
                let place = format!("{place}.{name}");
                match other.get(name) {
                    Some(theirs) => of_values(&place, value, theirs, words),
                    None => words.push(format!("{place}: {value} only in the first")),
                }
            }
            for (name, theirs) in other.iter().filter(|(name, _)| !one.contains_key(*name)) {
                words.push(format!("{place}.{name}: {theirs} only in the second"));
            }
        }
        (Value::Array(one), Value::Array(other)) if one.iter().chain(other).all(Value::is_string) => {
            let missing = |from: &[Value], of: &[Value]| {
                let values: Vec<String> =
                    of.iter().filter(|it| !from.contains(it)).map(Value::to_string).collect();
                (!values.is_empty()).then(|| values.join(", "))
            };
            let firsts = missing(other, one).map(|values| format!("{place}: {values} only in the first"));
            let seconds = missing(one, other).map(|values| format!("{place}: {values} only in the second"));
            words.extend(firsts.into_iter().chain(seconds));
        }
        (Value::Array(one), Value::Array(other)) if one.len() == other.len() => {
            for (at, (one, other)) in one.iter().zip(other).enumerate() {
                of_values(&format!("{place}[{at}]"), one, other, words);
            }
        }
        (one, other) if one == other => {}
        (one, other) => words.push(format!("{place}: {one} and {other}")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn answered(status: u16, headers: &[(&str, &str)], body: Value) -> Outcome {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Outcome::Answered { status, headers, body }
    }

    fn record(exchanges: &[(&str, Outcome)]) -> Record {
        let exchanges = exchanges
            .iter()
            .map(|(name, outcome)| Exchange {
                name: (*name).to_owned(),
                request: String::new(),
                outcome: outcome.clone(),
            })
            .collect();
        Record { server: "x".to_owned(), exchanges }
    }

    #[test]
    fn the_same_answers_do_not_differ_whatever_the_order_of_members() {
        let one = record(&[("a", answered(200, &[("allow", "POST")], json!({ "x": 1, "y": ["b", "a"] })))]);
        let other = record(&[("a", answered(200, &[("allow", "POST")], json!({ "y": ["a", "b"], "x": 1 })))]);
        assert_eq!(compare(&one, &other), []);
    }

    #[test]
    fn another_wording_is_no_difference_and_a_missing_description_is_one() {
        let refused = |body: Value| {
            let challenge = format!("Bearer error=\"invalid_token\", error_description={}", body["words"]);
            let location = format!("[redirect-uri]?error=access_denied&error_description={}", body["words"]);
            let headers = [("www-authenticate", challenge.as_str()), ("location", location.as_str())];
            record(&[("a", answered(401, &headers, json!({ "json": body["error"] })))])
        };
        let of =
            |words: &str| json!({ "words": words, "error": { "error": "x", "error_description": words } });
        let [one, other] = [refused(of("The token is invalid")), refused(of("Another text"))];
        assert_eq!(compare(&one, &other), []);
        let bare = refused(json!({ "words": "Another text", "error": { "error": "x" } }));
        let differences: String = compare(&one, &bare).iter().map(ToString::to_string).collect();
        assert_eq!(differences, "a\n  body.json.error_description: \"[text]\" only in the first\n");
    }

    #[test]
    fn differences_are_told_request_by_request() {
        let one = record(&[
            ("same", answered(200, &[], Value::Null)),
            (
                "token",
                answered(
                    400,
                    &[("pragma", "no-cache"), ("allow", "POST")],
                    json!({ "json": { "a": 1, "b": [1], "c": ["x"] } }),
                ),
            ),
            ("gone", answered(200, &[], Value::Null)),
            ("broken", answered(200, &[], Value::Null)),
            ("skipped", Outcome::Skipped { skipped: "why".to_owned() }),
        ]);
        let other = record(&[
            ("same", answered(200, &[], Value::Null)),
            (
                "token",
                answered(401, &[("allow", "GET")], json!({ "json": { "b": [2], "c": ["y"], "d": null } })),
            ),
            ("broken", Outcome::Silent { no_answer: "nobody listens there".to_owned() }),
            ("skipped", answered(200, &[], Value::Null)),
            ("new", answered(200, &[], Value::Null)),
        ]);
        let text: String = compare(&one, &other).iter().map(ToString::to_string).collect();
        assert_eq!(
            text,
            r#"token
  status: 400 and 401
  allow: "POST" and "GET"
  pragma: "no-cache" only in the first
  body.json.a: 1 only in the first
  body.json.b[0]: 1 and 2
  body.json.c: "x" only in the first
  body.json.c: "y" only in the second
  body.json.d: null only in the second
gone
  asked only of the first
broken
  an answer (200) and no answer (nobody listens there)
new
  asked only of the second
"#
        );
    }
}

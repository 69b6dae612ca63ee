//! What a refused authorization request looks like from outside: a page that goes nowhere, or an error at the
//! callback (RFC 6749 §4.1.2.1). Either way the journal says why.

use mock_idp::Outcome;

use crate::support::{Answer, Mock, OIDC};

/// The answer is a page that explains the refusal, and nothing leaves for anybody's callback.
#[track_caller]
pub(crate) fn on_a_page(mock: &Mock, answer: &Answer, summary: &str, rule: &str) {
    assert_eq!(answer.status, 400, "{}", answer.whole());
    assert_eq!(answer.header("content-type"), "text/html; charset=utf-8");
    assert_eq!(answer.header("location"), "");
    assert!(answer.text().contains(summary), "{summary:?} is not on the page: {}", answer.text());
    assert!(!answer.body.contains("http-equiv") && !answer.body.contains("<script"), "{}", answer.body);
    assert_kept_by_nobody(answer);
    assert_journal_explains(mock, rule, 400);
}

/// The answer sends exactly `state` (if one was sent), the error and, in dialect `oidc`, `iss` to the callback that
/// `params` name, after `?` or `#`.
#[track_caller]
pub(crate) fn at_the_callback(
    mock: &Mock,
    params: &[(&str, &str)],
    answer: &Answer,
    (mark, error, description): (char, &str, &str),
    rule: &str,
) {
    let sent = |name: &str| {
        let mut values = params.iter().filter(|(key, value)| *key == name && !value.is_empty());
        values.next().map(|(_, value)| (*value).to_owned()).filter(|_| values.next().is_none())
    };
    assert!(matches!(answer.status, 302 | 303), "{}", answer.whole());
    let location = answer.header("location");
    let start = format!("{}{mark}", sent("redirect_uri").unwrap());
    assert!(location.starts_with(&start), "{location} does not start with {start}");
    let mut expected: Vec<(String, String)> =
        sent("state").map(|state| ("state".to_owned(), state)).into_iter().collect();
    expected.push(("error".to_owned(), error.to_owned()));
    expected.push(("error_description".to_owned(), description.to_owned()));
    if sent("client_id").as_deref() == Some(OIDC.0) {
        expected.push(("iss".to_owned(), mock.issuer.url().to_owned()));
    }
    assert_eq!(answer.callback_params(), expected);
    assert_eq!(answer.body, "");
    assert_kept_by_nobody(answer);
    assert_journal_explains(mock, rule, answer.status);
}

/// No cache keeps the answer, no other site hears of its address, and no page of another origin reads it.
#[track_caller]
pub(crate) fn assert_kept_by_nobody(answer: &Answer) {
    assert!(answer.header("cache-control").contains("no-store"), "{}", answer.whole());
    assert_eq!(answer.header("referrer-policy"), "no-referrer");
    assert_eq!(answer.header("access-control-allow-origin"), "");
}

#[track_caller]
fn assert_journal_explains(mock: &Mock, rule: &str, status: u16) {
    let entry = mock.last_entry();
    assert_eq!((entry.outcome, entry.status), (Outcome::Refused, status));
    let why = entry.refusal.expect("the journal says why");
    assert_eq!(why.rule, rule);
    for words in [why.section, &why.expected, &why.received, &why.remedy] {
        assert!(!words.is_empty(), "{why:?}");
    }
}

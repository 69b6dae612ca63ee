//! `malformed_json` and `not_json`: bodies that are not JSON.

use http::{HeaderValue, Response, StatusCode, header};
use serde::de::IgnoredAny;

use super::json::json_answer;

/// The beginning of a token answer. It ends within a token.
const BROKEN_JSON: &str = r#"{"token_type":"Bearer","expires_in":3600,"access_token":"eyJhbGciOi"#;

/// The page of a gateway that cannot reach its server.
const PAGE: &str = "<!doctype html>\n<title>502 Bad Gateway</title>\n<h1>502 Bad Gateway</h1>\n";

/// `malformed_json`: the true answer without its last byte, or the beginning of an answer if none was made.
pub(super) fn malformed_json(made: Option<&str>) -> Response<String> {
    let mut body = made.filter(|made| !made.is_empty()).unwrap_or(BROKEN_JSON).to_owned();
    if made.is_some() {
        body.pop();
    }
    // A number without its last digit is still JSON.
    if serde_json::from_str::<IgnoredAny>(&body).is_ok() {
        BROKEN_JSON.clone_into(&mut body);
    }
    json_answer(StatusCode::OK, body)
}

/// `not_json`: a page.
pub(super) fn not_json() -> Response<String> {
    let mut answer = json_answer(StatusCode::OK, PAGE.to_owned());
    answer.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    answer
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_body_is_json() {
        for (made, body) in
            [(Some(r#"{"keys":[]}"#), r#"{"keys":[]"#), (Some("70"), BROKEN_JSON), (None, BROKEN_JSON)]
        {
            assert_eq!(malformed_json(made).body(), body);
        }
        assert!(serde_json::from_str::<IgnoredAny>(malformed_json(Some("")).body()).is_err());
        assert!(serde_json::from_str::<IgnoredAny>(not_json().body()).is_err());
    }
}

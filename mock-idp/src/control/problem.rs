//! Errors of the control API as problem details (RFC 9457): what is wrong, where, and what was probably meant.

use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    directory::{Flaw, unknown_name},
    journal::Entry,
    protocol::near_miss::ParserMessage,
};

const MEDIA_TYPE: HeaderValue = HeaderValue::from_static("application/problem+json");

/// Something that the control API does not do. Boxed, since it travels in a `Result` and is seldom there.
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub(super) struct Problem(Box<Details>);

/// What is wrong, where, and what was probably meant (RFC 9457).
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Problem)]
pub(super) struct Details {
    /// Names the kind of problem: `urn:mock-idp:problem:unfit-body`.
    #[serde(rename = "type")]
    kind: String,
    /// The kind in words.
    title: &'static str,
    /// The HTTP status.
    #[serde(serialize_with = "number")]
    #[schema(value_type = u16)]
    status: StatusCode,
    /// What is wrong, what was expected, how to mend it.
    detail: String,
    /// The field or the parameter that it is about: `callbacks[0].url`.
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<String>,
    /// What was probably meant.
    #[serde(skip_serializing_if = "Option::is_none")]
    nearest: Option<String>,
    /// All that is wrong, where the body has several flaws; `field` and `detail` are those of the first.
    #[serde(skip_serializing_if = "Option::is_none")]
    flaws: Option<Vec<BodyFlaw>>,
    /// The exchanges that there were, where more were waited for.
    #[serde(skip_serializing_if = "Option::is_none")]
    entries: Option<Vec<Entry>>,
}

/// One of several flaws of a body.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Flaw)]
pub(super) struct BodyFlaw {
    /// The field that it is about: `apps[1].api_key`.
    field: String,
    /// What is wrong, what was expected, how to mend it.
    detail: String,
    /// What was probably meant.
    #[serde(skip)]
    nearest: Option<String>,
}

impl BodyFlaw {
    /// A flaw of a directory, which is the whole body.
    pub(super) fn of_directory(flaw: Flaw) -> Self {
        Self::at(flaw.place.to_string(), flaw)
    }

    /// A flaw of an item, which is the whole body.
    pub(super) fn of_item(flaw: Flaw) -> Self {
        Self::at(flaw.place.field(), flaw)
    }

    fn at(field: String, flaw: Flaw) -> Self {
        let detail = format!("{}; {}", flaw.problem, flaw.expected);
        Self { field, detail, nearest: flaw.near }
    }

    /// A field names somebody who does not exist.
    pub(super) fn unknown_name(field: &str, kind: &str, name: &str, near: Option<&str>) -> Self {
        let (problem, expected) = unknown_name(kind, name, near);
        let detail = format!("{problem}; {expected}");
        Self { field: field.to_owned(), detail, nearest: near.map(str::to_owned) }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature is serde's")]
fn number<S: serde::Serializer>(status: &StatusCode, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u16(status.as_u16())
}

impl Problem {
    fn new(status: StatusCode, name: &str, title: &'static str, detail: String) -> Self {
        Self(Box::new(Details {
            kind: format!("urn:mock-idp:problem:{name}"),
            title,
            status,
            detail,
            field: None,
            nearest: None,
            flaws: None,
            entries: None,
        }))
    }

    /// Nothing is at this path.
    pub(super) fn not_found(path: &str, near: Option<&str>, paths: &[&str]) -> Self {
        let detail = match near {
            Some(near) => format!("nothing is at {path}; did you mean {near}?"),
            None => format!("nothing is at {path}; below /_mock are {}", paths.join(", ")),
        };
        let mut problem = Self::new(StatusCode::NOT_FOUND, "not-found", "Not found", detail);
        problem.0.nearest = near.map(str::to_owned);
        problem
    }

    /// The path names an issuer that is not there.
    pub(super) fn unknown_issuer(path: &str) -> Self {
        let detail = format!(
            "{path} names no issuer: expected 1 to 64 of A-Z a-z 0-9 _ - (and a known one while issuers are strict)"
        );
        Self::new(StatusCode::NOT_FOUND, "unknown-issuer", "Not known", detail)
    }

    /// The path takes other methods.
    pub(super) fn method_not_allowed(method: &str) -> Self {
        let detail = format!("{method} is not for this path; the header Allow names the methods that are");
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "method-not-allowed", "Method not allowed", detail)
    }

    /// The request was sent to a name that is not this machine's: a page may have pointed it here.
    pub(super) fn foreign_host(host: &str) -> Self {
        let detail = format!(
            "the request names the host {host:?}; expected localhost, a loopback address, or the host of the \
             advertised URL"
        );
        Self::new(StatusCode::FORBIDDEN, "foreign-host", "Not for other hosts", detail)
    }

    /// A browser page from elsewhere sent the request.
    pub(super) fn foreign_page(sender: &str) -> Self {
        let detail = format!("a page from elsewhere sent this ({sender}); only the mock's own pages may");
        Self::new(StatusCode::FORBIDDEN, "foreign-page", "Not for other pages", detail)
    }

    /// A call that changes something is not marked as JSON, which a form of another page could not do either.
    pub(super) fn media_type(received: Option<&str>) -> Self {
        let received = received.map_or_else(|| "nothing".to_owned(), |received| format!("{received:?}"));
        let detail =
            format!("Content-Type is {received}; expected application/json, also where there is no body");
        Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "media-type", "JSON is expected", detail)
    }

    /// The body is too large, or broke off.
    pub(super) fn unreadable_body(status: StatusCode, why: String) -> Self {
        Self::new(status, "unreadable-body", "The body cannot be read", why)
    }

    /// The body is not JSON.
    pub(super) fn malformed(why: &str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "malformed-json", "The body is not JSON", why.to_owned())
    }

    /// The body is JSON, and not what is expected here.
    pub(super) fn unfit_body(field: &str, message: &str) -> Self {
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        Self::new(status, "unfit-body", "The body does not fit", String::new()).about(field, message)
    }

    /// The query is not what is expected here.
    pub(super) fn unfit_query(field: &str, message: &str) -> Self {
        let status = StatusCode::BAD_REQUEST;
        Self::new(status, "unfit-query", "The query does not fit", String::new()).about(field, message)
    }

    /// The body could be read and cannot work.
    pub(super) fn flawed(field: &str, problem: &str, expected: &str) -> Self {
        let mut flawed = Self::unfit_body(field, "");
        flawed.0.detail = format!("{problem}; {expected}");
        flawed
    }

    /// The body could be read and has one flaw or several.
    pub(super) fn of_flaws(flaws: Vec<BodyFlaw>) -> Self {
        let mut problem = Self::unfit_body("", "");
        if let Some(first) = flaws.first() {
            problem.0.field = Some(first.field.clone());
            problem.0.detail.clone_from(&first.detail);
            problem.0.nearest.clone_from(&first.nearest);
        }
        problem.0.flaws = (flaws.len() > 1).then_some(flaws);
        problem
    }

    /// A field of the body names somebody who does not exist.
    pub(super) fn names_nobody(field: &str, kind: &str, name: &str, near: Option<&str>) -> Self {
        let (problem, expected) = unknown_name(kind, name, near);
        let mut problem = Self::flawed(field, &problem, &expected);
        problem.0.nearest = near.map(str::to_owned);
        problem
    }

    /// The path names something that does not exist.
    pub(super) fn unknown(kind: &str, name: &str, near: Option<&str>) -> Self {
        let detail = match near {
            Some(near) => format!("no {kind} is called {name:?}; did you mean {near}?"),
            None => format!("no {kind} is called {name:?}"),
        };
        let mut problem = Self::new(StatusCode::NOT_FOUND, &format!("unknown-{kind}"), "Not known", detail);
        problem.0.nearest = near.map(str::to_owned);
        problem
    }

    /// Things stand in the way; the detail says how to clear them.
    pub(super) fn conflict(name: &str, detail: String) -> Self {
        Self::new(StatusCode::CONFLICT, name, "Not as things are", detail)
    }

    /// Secrets are asked for, and the mock was started so as not to show them.
    pub(super) fn no_revealing() -> Self {
        let detail = "the mock was started with --mask (MOCK_IDP_MASK), so secrets were masked before they were \
                      written down; start it without to see them";
        Self::new(StatusCode::FORBIDDEN, "no-revealing", "Secrets are masked for good", detail.to_owned())
    }

    /// What was waited for did not happen in time.
    pub(super) fn waited_in_vain(count: usize, timeout_ms: u64, entries: Vec<Entry>) -> Self {
        let received = entries.len();
        let detail =
            format!("expected {count} matching exchanges within {timeout_ms} ms, received {received}");
        let mut problem = Self::new(StatusCode::GATEWAY_TIMEOUT, "waited-in-vain", "Waited in vain", detail);
        problem.0.entries = Some(entries);
        problem
    }

    /// Says which field it is about, and what a parser says of it.
    fn about(mut self, field: &str, message: &str) -> Self {
        let message = ParserMessage::parse(message);
        self.0.detail = match message.remedy() {
            Some(remedy) => format!("{}; {remedy}", message.problem),
            None => message.problem,
        };
        // A parser calls the whole `.`.
        self.0.field = Some(field.to_owned()).filter(|field| !field.is_empty() && field != ".");
        self.0.nearest = message.near;
        self
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = (self.0.status, Json(self)).into_response();
        response.headers_mut().insert(header::CONTENT_TYPE, MEDIA_TYPE);
        response
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_problem_names_the_field_and_what_was_probably_meant() {
        let problem = Problem::unfit_body("secnds", "unknown field `secnds`, expected `seconds`");
        assert_eq!(
            serde_json::to_value(problem).unwrap(),
            json!({
                "type": "urn:mock-idp:problem:unfit-body",
                "title": "The body does not fit",
                "status": 422,
                "detail": "unknown field `secnds`; did you mean `seconds`?",
                "field": "secnds",
                "nearest": "seconds",
            })
        );
    }

    #[test]
    fn several_flaws_are_listed_and_the_first_is_the_problem() {
        let flaw = |field| BodyFlaw::unknown_name(field, "app", "k", Some("kk"));
        let member = |problem: &Problem, name: &str| serde_json::to_value(problem).unwrap()[name].clone();
        let one = Problem::of_flaws(vec![flaw("app")]);
        assert_eq!((member(&one, "nearest"), member(&one, "flaws")), (json!("kk"), json!(null)));
        let two = Problem::of_flaws(vec![flaw("a"), flaw("b")]);
        let detail = "no app is called \"k\"; did you mean kk?";
        assert_eq!((member(&two, "field"), member(&two, "detail")), (json!("a"), json!(detail)));
        assert_eq!(
            member(&two, "flaws"),
            json!([{ "field": "a", "detail": detail }, { "field": "b", "detail": detail }])
        );
    }

    #[test]
    fn a_problem_with_the_whole_has_no_field() {
        let problem = Problem::unfit_body(".", "missing field `seconds`");
        assert_eq!((problem.0.field, problem.0.detail.as_str()), (None, "missing field `seconds`"));
    }
}

//! The errors of the control API as problem details (RFC 9457).

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

/// An error of the control API. Boxed, so that a `Result` stays small.
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub(super) struct Problem(Box<ProblemDetails>);

/// What is wrong, where, and what was probably meant (RFC 9457).
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Problem)]
pub(super) struct ProblemDetails {
    /// The kind of problem: `urn:mock-idp:problem:unfit-body`.
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
    /// The field or the parameter that is wrong: `callbacks[0].url`.
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<String>,
    /// What was probably meant.
    #[serde(skip_serializing_if = "Option::is_none")]
    nearest: Option<String>,
    /// All flaws, if the body has several. `field` and `detail` are those of the first.
    #[serde(skip_serializing_if = "Option::is_none")]
    flaws: Option<Vec<BodyFlaw>>,
    /// The exchanges that matched before the wait timed out.
    #[serde(skip_serializing_if = "Option::is_none")]
    entries: Option<Vec<Entry>>,
}

/// One of several flaws of a body.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Flaw)]
pub(super) struct BodyFlaw {
    /// The field that is wrong: `apps[1].api_key`.
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
        Self(Box::new(ProblemDetails {
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

    /// There is nothing at this path.
    pub(super) fn not_found(path: &str, near: Option<&str>, paths: &[&str]) -> Self {
        let detail = match near {
            Some(near) => format!("there is nothing at {path}; did you mean {near}?"),
            None => format!("there is nothing at {path}; the paths below /_mock are {}", paths.join(", ")),
        };
        let mut problem = Self::new(StatusCode::NOT_FOUND, "not-found", "Not found", detail);
        problem.0.nearest = near.map(str::to_owned);
        problem
    }

    /// The path does not name an issuer.
    pub(super) fn unknown_issuer(path: &str) -> Self {
        let detail = format!(
            "{path} does not name an issuer; expected a name of 1 to 64 characters from A-Z a-z 0-9 _ - (and an existing \
             issuer if issuers are strict)"
        );
        Self::new(StatusCode::NOT_FOUND, "unknown-issuer", "Unknown name", detail)
    }

    /// The path takes other methods.
    pub(super) fn method_not_allowed(method: &str) -> Self {
        let detail =
            format!("this path does not take {method}; the header Allow lists the methods that it takes");
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "method-not-allowed", "Method not allowed", detail)
    }

    /// The request names a host that is not this machine: a page may have redirected the name to it.
    pub(super) fn foreign_host(host: &str) -> Self {
        let detail = format!(
            "the request names the host {host:?}; expected localhost, a loopback address, or the host of the \
             advertised URL"
        );
        Self::new(StatusCode::FORBIDDEN, "foreign-host", "Host not allowed", detail)
    }

    /// A page of another site sent the request.
    pub(super) fn foreign_page(sender: &str) -> Self {
        let detail = format!(
            "a page of another site sent this request ({sender}); only the mock's own pages may use the control API"
        );
        Self::new(StatusCode::FORBIDDEN, "foreign-page", "Page not allowed", detail)
    }

    /// A call that changes something is not marked as JSON. A form of another page could not mark it either.
    pub(super) fn media_type(received: Option<&str>) -> Self {
        let received = received.map_or_else(|| "nothing".to_owned(), |received| format!("{received:?}"));
        let detail =
            format!("Content-Type is {received}; expected application/json, even if there is no body");
        Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "media-type", "Not JSON", detail)
    }

    /// The body is too large.
    pub(super) fn body_too_large(limit: usize) -> Self {
        let detail = format!("the body is larger than {limit} bytes; expected at most {limit} bytes");
        Self::unreadable_body(StatusCode::PAYLOAD_TOO_LARGE, detail)
    }

    /// The client broke off.
    pub(super) fn incomplete_body(why: &str) -> Self {
        Self::unreadable_body(StatusCode::BAD_REQUEST, format!("the body is incomplete: {why}"))
    }

    fn unreadable_body(status: StatusCode, why: String) -> Self {
        Self::new(status, "unreadable-body", "The body cannot be read", why)
    }

    /// The body is not JSON.
    pub(super) fn malformed(why: &str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "malformed-json", "The body is not JSON", why.to_owned())
    }

    /// The body is JSON, but not what is expected here.
    pub(super) fn unfit_body(field: &str, message: &str) -> Self {
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        Self::new(status, "unfit-body", "The body is not valid", String::new()).about(field, message)
    }

    /// The query is not what is expected here.
    pub(super) fn unfit_query(field: &str, message: &str) -> Self {
        let status = StatusCode::BAD_REQUEST;
        Self::new(status, "unfit-query", "The query is not valid", String::new()).about(field, message)
    }

    /// The body can be read, but one of its values is not possible.
    pub(super) fn flawed(field: &str, problem: &str, expected: &str) -> Self {
        let mut flawed = Self::unfit_body(field, "");
        flawed.0.detail = format!("{problem}; {expected}");
        flawed
    }

    /// The body can be read, but it has one flaw or several.
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
        let mut problem =
            Self::new(StatusCode::NOT_FOUND, &format!("unknown-{kind}"), "Unknown name", detail);
        problem.0.nearest = near.map(str::to_owned);
        problem
    }

    /// The current state does not allow the call. The detail says how to change that.
    pub(super) fn conflict(name: &str, detail: String) -> Self {
        Self::new(StatusCode::CONFLICT, name, "Conflict", detail)
    }

    /// The request asks for secrets, but the mock was started with `--mask`.
    pub(super) fn no_revealing() -> Self {
        let detail = "the mock was started with --mask (MOCK_IDP_MASK), so secrets were masked before they were \
                      written down; start it without --mask to see them";
        Self::new(StatusCode::FORBIDDEN, "no-revealing", "Secrets cannot be revealed", detail.to_owned())
    }

    /// The expected exchanges did not happen in time.
    pub(super) fn timed_out(count: usize, timeout_ms: u64, entries: Vec<Entry>) -> Self {
        let received = entries.len();
        let detail =
            format!("expected {count} matching exchanges within {timeout_ms} ms, received {received}");
        let mut problem = Self::new(StatusCode::GATEWAY_TIMEOUT, "waited-in-vain", "Timed out", detail);
        problem.0.entries = Some(entries);
        problem
    }

    /// Names the field, and what a parser says about it.
    fn about(mut self, field: &str, message: &str) -> Self {
        let message = ParserMessage::parse(message);
        self.0.detail = match message.remedy() {
            Some(remedy) => format!("{}; {remedy}", message.problem),
            None => message.problem,
        };
        // A parser calls the whole body `.`.
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
                "title": "The body is not valid",
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

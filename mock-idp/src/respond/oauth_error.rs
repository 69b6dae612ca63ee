//! Errors as JSON: the two members of OAuth, or Okta's envelope (RFC 6749 §5.2).

use http::{HeaderValue, StatusCode, header};
use serde::Serialize;

use super::{Response, empty, json, no_store};
use crate::{
    dialect::Dialect,
    refusal::{BearerRefusal, ErrorShape, OktaError, Refusal, RequestRefusal},
};

/// The challenge of a 401 (RFC 6749 §5.2, RFC 9110 §15.5.2).
const BASIC_CHALLENGE: &str = "Basic realm=\"Mock Fortellis\"";

#[derive(Serialize)]
struct OAuthError<'a> {
    error: &'a str,
    error_description: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::struct_field_names, reason = "the names are Okta's")]
struct Envelope<'a> {
    error_code: &'a str,
    error_summary: &'a str,
    error_link: &'a str,
    error_id: String,
    error_causes: [(); 0],
}

/// A refusal as JSON, worded for `dialect`. `error_id` is for Okta's envelope.
pub(crate) fn oauth_error(refusal: &Refusal, dialect: Dialect, error_id: String) -> Response {
    let error = refusal.error(dialect);
    let mut response = worded(&error, error_id);
    if error.status == StatusCode::UNAUTHORIZED.as_u16() {
        response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static(BASIC_CHALLENGE));
    }
    if let Refusal::Request(RequestRefusal::MethodNotAllowed { allowed, .. }) = refusal {
        response.headers_mut().insert(header::ALLOW, HeaderValue::from_static(allowed));
    }
    response
}

/// A refused bearer token. The header contains the reason, the body is empty (RFC 6750 §3).
pub(crate) fn bearer_error(refusal: &Refusal, dialect: Dialect) -> Response {
    let OktaError { status, code, description, .. } = refusal.error(dialect);
    // A request without a token receives a challenge without an error (RFC 6750 §3.1).
    let challenge = match refusal {
        Refusal::Bearer(BearerRefusal::Missing) => "Bearer".to_owned(),
        _ => format!("Bearer error=\"{code}\", error_description=\"{description}\""),
    };
    let mut response = no_store(empty(StatusCode::from_u16(status).unwrap_or(StatusCode::UNAUTHORIZED)));
    if let Ok(challenge) = HeaderValue::try_from(challenge) {
        response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
    }
    response
}

/// Okta's answer for an issuer that does not exist.
pub(crate) fn unknown_issuer(name: &str, error_id: String) -> Response {
    not_found(&format!("Not found: Resource not found: {name} (AuthorizationServer)"), error_id)
}

/// Okta's answer for a path that does not exist.
pub(crate) fn unknown_path(path: &str, error_id: String) -> Response {
    not_found(&format!("Not found: Resource not found: {path} (Path)"), error_id)
}

fn not_found(summary: &str, error_id: String) -> Response {
    let error = OktaError {
        status: 404,
        shape: ErrorShape::Envelope,
        code: "E0000007",
        description: summary.to_owned(),
    };
    worded(&error, error_id)
}

fn worded(error: &OktaError, error_id: String) -> Response {
    let OktaError { status, shape, code, description } = error;
    let status = StatusCode::from_u16(*status).unwrap_or(StatusCode::BAD_REQUEST);
    no_store(match shape {
        ErrorShape::OAuth => json(status, &OAuthError { error: code, error_description: description }),
        ErrorShape::Envelope => {
            let envelope = Envelope {
                error_code: code,
                error_summary: description,
                error_link: code,
                error_id,
                error_causes: [],
            };
            json(status, &envelope)
        }
    })
}

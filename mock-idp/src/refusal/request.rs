//! What can be wrong with any request, whatever it asks for: its method, its body, its parameters.

use super::{
    details::Details,
    error::{envelope, oauth, printable},
    phrase::{ABSENT_OR_EMPTY, body_of_at_most, parameter_missing},
    rule,
};

/// A request that no endpoint accepts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum RequestRefusal {
    /// The parameters or the headers cannot be read.
    Unreadable { why: String },
    /// A parameter appears more than once.
    ParameterRepeated { name: String },
    /// A required parameter is missing or empty.
    ParameterMissing { name: &'static str },
    /// The body is larger than the endpoint accepts.
    BodyTooLarge { limit: usize },
    /// The body is not a form.
    MediaTypeUnsupported { received: String },
    /// The endpoint does not support the method.
    MethodNotAllowed { method: String, allowed: &'static str },
}

impl RequestRefusal {
    /// Its details.
    pub(super) fn details(&self) -> Details {
        match self {
            Self::Unreadable { why } => Details {
                rule: rule::REQUEST_UNREADABLE,
                section: "RFC 6749 Appendix B",
                expected: "parameters as application/x-www-form-urlencoded in UTF-8".into(),
                received: why.into(),
                remedy: "let a library encode the parameters".into(),
                error: oauth(
                    400,
                    "invalid_request",
                    format!("The request cannot be read: {}.", printable(why)),
                ),
            },
            Self::ParameterRepeated { name } => Details {
                rule: rule::PARAMETER_REPEATED,
                section: "RFC 6749 §3.1",
                expected: "each parameter once".into(),
                received: format!("{name} more than once"),
                remedy: format!(
                    "send {name} once; a parameter may appear in the query or in the body, not in both"
                ),
                error: oauth(
                    400,
                    "invalid_request",
                    "The request contained multiple parameters with the same name.",
                ),
            },
            Self::ParameterMissing { name } => Details {
                rule: rule::PARAMETER_MISSING,
                section: "RFC 6749 §4.1.3",
                expected: format!("the parameter {name}"),
                received: ABSENT_OR_EMPTY.into(),
                remedy: format!("add {name}=…"),
                error: oauth(400, "invalid_request", parameter_missing(name)),
            },
            Self::BodyTooLarge { limit } => Details {
                rule: rule::BODY_TOO_LARGE,
                section: "RFC 9110 §15.5.14",
                expected: body_of_at_most(*limit),
                received: "a larger one".into(),
                remedy: "send the parameters of one request only".into(),
                error: oauth(413, "invalid_request", "The request body is too large."),
            },
            Self::MediaTypeUnsupported { received } => Details {
                rule: rule::MEDIA_TYPE_UNSUPPORTED,
                section: "RFC 6749 §3.2",
                expected: "Content-Type: application/x-www-form-urlencoded, or none".into(),
                received: received.into(),
                remedy: "send the parameters as a form; at the token endpoint the app's switch lenient = \
                     [\"json_token_request\"] allows JSON"
                    .into(),
                error: envelope(
                    400,
                    "E0000021",
                    "Bad request.  Accept and/or Content-Type headers likely do not match supported \
                     values.",
                )
                .in_oidc(oauth(
                    400,
                    "invalid_request",
                    "The request body must be application/x-www-form-urlencoded.",
                )),
            },
            Self::MethodNotAllowed { method, allowed } => Details {
                rule: rule::METHOD_NOT_ALLOWED,
                section: "RFC 9110 §15.5.6",
                expected: (*allowed).into(),
                received: method.into(),
                remedy: format!("use {allowed}"),
                error: envelope(405, "E0000022", "The endpoint does not support the provided HTTP method"),
            },
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// One refusal of each kind.
    pub(crate) fn samples() -> Vec<RequestRefusal> {
        vec![
            RequestRefusal::Unreadable { why: "the body is incomplete".into() },
            RequestRefusal::ParameterRepeated { name: "name".into() },
            RequestRefusal::ParameterMissing { name: "code" },
            RequestRefusal::BodyTooLarge { limit: 65536 },
            RequestRefusal::MediaTypeUnsupported { received: "received".into() },
            RequestRefusal::MethodNotAllowed { method: "PATCH".into(), allowed: "GET, HEAD" },
        ]
    }
}

//! Answers in place of the true one: a status, an error, a body that is not JSON. Each says that it is a fault of the
//! mock, so that developers do not look for its cause in their own code.

mod broken;
mod json;
mod oauth_error;
mod rate_limit;
mod status;

use http::Response;
use serde::Serialize;
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{RefOr, Schema},
};

pub(super) use json::json_answer;
pub use oauth_error::OAuthErrorFault;
pub use rate_limit::RateLimitFault;
pub use status::StatusFault;

use super::{
    callback,
    flaw::FaultFlaw,
    named::{Group, Named},
    written,
};
use crate::protocol::{endpoint::Endpoint, json::JsonError, members::Members, timestamp::Timestamp};

/// Another answer than the true one. It can be given at every endpoint.
///
/// ```
/// use mock_idp::fault::{AnswerFault, Kind};
///
/// let page: Kind = serde_json::from_str(r#"{ "kind": "not_json" }"#)?;
/// assert_eq!(page, Kind::Answer(AnswerFault::NotJson));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum AnswerFault {
    /// This status, body and headers.
    Status(StatusFault),
    /// An error in OAuth's words.
    #[serde(rename = "oauth_error")]
    OAuthError(OAuthErrorFault),
    /// 429.
    RateLimit(RateLimitFault),
    /// A whole answer that is not quite JSON.
    MalformedJson,
    /// A page where JSON is expected.
    NotJson,
}

impl AnswerFault {
    pub(super) const NAMES: &[&str] = &["status", "oauth_error", "rate_limit", "malformed_json", "not_json"];

    pub(super) fn read(name: &str, members: Members) -> Result<Self, JsonError> {
        match name {
            "status" => members.rest().map(Self::Status),
            "oauth_error" => members.rest().map(Self::OAuthError),
            "rate_limit" => members.rest().map(Self::RateLimit),
            "malformed_json" => members.none().map(|()| Self::MalformedJson),
            _ => members.none().map(|()| Self::NotJson),
        }
    }

    pub(super) const fn name(&self) -> &'static str {
        match self {
            Self::Status(_) => "status",
            Self::OAuthError(_) => "oauth_error",
            Self::RateLimit(_) => "rate_limit",
            Self::MalformedJson => "malformed_json",
            Self::NotJson => "not_json",
        }
    }

    pub(super) fn schemas(referenced: &mut Vec<(String, RefOr<Schema>)>) -> Vec<RefOr<Schema>> {
        <Self as ToSchema>::schemas(referenced);
        written::variants(Self::schema())
    }

    /// The authorization endpoint sends an error to the callback, so it has to find the callback first.
    pub(super) fn is_within(&self, endpoint: Endpoint) -> bool {
        matches!(self, Self::OAuthError(_)) && callback::ENDPOINTS.contains(&endpoint)
    }

    pub(super) fn flaw(&self) -> Option<FaultFlaw> {
        match self {
            Self::Status(fault) => fault.flaw(),
            Self::OAuthError(fault) => fault.flaw(),
            Self::RateLimit(_) | Self::MalformedJson | Self::NotJson => None,
        }
    }

    /// The answer that the client gets. `made` is the body of the true answer, if that was made.
    pub(crate) fn answer(&self, endpoint: Endpoint, made: Option<&str>, now: Timestamp) -> Response<String> {
        match self {
            Self::Status(fault) => fault.answer(),
            Self::OAuthError(fault) => fault.answer(endpoint),
            Self::RateLimit(fault) => fault.answer(now),
            Self::MalformedJson => broken::malformed_json(made),
            Self::NotJson => broken::not_json(),
        }
    }
}

/// The user names. These faults occur when the code of the sign-in is exchanged.
pub(super) static BY_NAME: Group<AnswerFault> = Group {
    heading: "The answer of the token endpoint",
    names: &[
        Named::new(
            "status",
            || AnswerFault::Status(StatusFault::new(503)),
            "503 for the code",
            "say so; begin a new sign-in",
        ),
        Named::new(
            "oauth_error",
            || AnswerFault::OAuthError(OAuthErrorFault::new("server_error")),
            "server_error for the code",
            "say so; begin a new sign-in",
        ),
        Named::new(
            "rate_limit",
            || AnswerFault::RateLimit(RateLimitFault::default()),
            "429 for the code",
            "wait as Retry-After says",
        ),
        Named::new(
            "malformed_json",
            || AnswerFault::MalformedJson,
            "a token answer that is not quite JSON",
            "say so; show nothing of it",
        ),
        Named::new(
            "not_json",
            || AnswerFault::NotJson,
            "a page in place of tokens",
            "say so; show nothing of it",
        ),
    ],
};

//! Every refusal by the proxy itself, with its status, its code and its wording.

use std::time::Duration;

use axum::{
    Json,
    response::{IntoResponse, Response},
};
use http::{HeaderValue, StatusCode, header};
use serde_json::json;

use crate::{queue::CALLS_AT_ONCE, target::Target};

/// Why the proxy answers instead of an upstream. Its `Display` is the `error_description`: what was wrong, what was
/// expected, what to do. It may quote the caller, so only those about upstreams are logged.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refusal {
    /// The body or path cannot be used.
    #[error("{0}")]
    InvalidRequest(String),
    /// The body has a media type that this endpoint cannot read.
    #[error("{found} is not supported here; expected {expected}")]
    UnsupportedMediaType { found: String, expected: &'static str },
    /// The body is too large.
    #[error("the body is too large; at most {limit} bytes are accepted here")]
    PayloadTooLarge { limit: usize },
    /// No endpoint has this path.
    #[error(
        "there is nothing at {path}; there are POST /v1/token, POST /v1/token/refresh, /v1/api/{{path}}, GET \
         /v1/subscriptions, GET /healthz and GET /readyz"
    )]
    NotFound { path: String },
    /// The endpoint does not have this method.
    #[error("{path} does not support {method}; the header Allow lists what it supports")]
    MethodNotAllowed { method: http::Method, path: String },
    /// A page that was not allowed calls.
    #[error("pages of {origin} may not call this proxy; PROXY_ALLOWED_ORIGINS names those that may")]
    ForeignOrigin { origin: String },
    /// A page calls that has no origin which could be allowed.
    #[error(
        "a page without an origin (Origin: null), such as a file or a sandboxed frame, may not call this proxy; serve it \
         from an origin that PROXY_ALLOWED_ORIGINS names"
    )]
    OpaqueOrigin,
    /// An allowed origin, but not as browsers write it.
    #[error("\"{origin}\" is not an origin as browsers write it; send {meant}")]
    MisspeltOrigin { origin: String, meant: String },
    /// A browser says that another origin's page caused this, and the page does not name itself.
    #[error(
        "the request has Sec-Fetch-Site: {site} and no Origin, as an image, a script, a frame or a link of another page \
         does; a page calls this proxy with fetch in mode \"cors\", and PROXY_ALLOWED_ORIGINS must name its origin"
    )]
    ForeignPage { site: String },
    /// A browser would show the answer as a page.
    #[error(
        "{path} is not a page, so a browser may not open it (Sec-Fetch-Mode: navigate); call it with fetch from an \
         allowed page, or with a program such as curl"
    )]
    Navigation { path: String },
    /// The proxy was called by a name that is not this machine's: the sign of DNS rebinding.
    #[error("\"{host}\" is not this machine; call the proxy as localhost or by a loopback address")]
    ForeignHost { host: String },
    /// No connection came about.
    #[error("{target} does not answer ({cause}). {}", .target.remedy())]
    Unreachable { target: Target, cause: String },
    /// The whole answer did not come in time.
    #[error(
        "{target} did not answer within {timeout:?}{}. Try again later, or give it longer with PROXY_TIMEOUT_SECONDS",
        in_the_queue(*.queued)
    )]
    Timeout { target: Target, timeout: Duration, queued: Duration },
    /// The call did not get its turn in time.
    #[error(
        "{target} was not called: the call waited {timeout:?} in the proxy's queue, since {CALLS_AT_ONCE} earlier calls \
         have no answer yet. Try again later, or give it longer with PROXY_TIMEOUT_SECONDS"
    )]
    QueueTimeout { target: Target, timeout: Duration },
    /// The connection ended in the middle.
    #[error("{target} closed the connection before its answer was complete ({cause}). {}", .target.remedy())]
    BrokeOff { target: Target, cause: String },
    /// An answer that lacks what such an answer must have.
    #[error("{target} answered {status} with {found}; expected {expected}. Is {} right?", .target.setting)]
    Nonsense { target: Target, status: StatusCode, found: String, expected: &'static str },
    /// A compressed answer, although the proxy asked for none. It cannot be read, or searched for the proxy's token.
    #[error(
        "{target} answered with {coding} although the proxy asks for Accept-Encoding: identity; it can \
         neither be read nor searched for the proxy's token. Switch compression off there, or in what is in between"
    )]
    Compressed { target: Target, coding: String },
    /// The authorization server does not know the proxy, or its secret is wrong (`invalid_client`, RFC 6749 §5.2).
    #[error(
        "{target} refused the proxy's own credentials (invalid_client): FORTELLIS_API_KEY and FORTELLIS_API_SECRET must \
         be those of an app that is registered there"
    )]
    CredentialsRefused { target: Target },
    /// The authorization server is busy and says when to try again (RFC 9110 §10.2.3). The caller gets the same time.
    #[error("{target} answered {status} and asks to wait {} s; try again then", seconds(*.wait))]
    Busy { target: Target, status: StatusCode, wait: Duration },
    /// The authorization server would not give the proxy a token of its own.
    #[error(
        "{target} answered {status} ({reason}) to the proxy's own request for a token; expected one for the grant \
         client_credentials and the scope anonymous. Is the app of FORTELLIS_API_KEY allowed to use both?"
    )]
    ServiceTokenRefused { target: Target, status: StatusCode, reason: String },
    /// The authorization server does not answer as it should: the answer of `/readyz`.
    #[error("{0}")]
    NotReady(Box<Refusal>),
    /// The proxy itself is wrong.
    #[error("the proxy failed; its log has the reason")]
    Bug,
}

impl Refusal {
    /// The HTTP status of the answer.
    pub(crate) fn status(&self) -> StatusCode {
        match self {
            Self::InvalidRequest(_) => StatusCode::BAD_REQUEST,
            Self::ForeignOrigin { .. }
            | Self::OpaqueOrigin
            | Self::MisspeltOrigin { .. }
            | Self::ForeignPage { .. }
            | Self::Navigation { .. } => StatusCode::FORBIDDEN,
            Self::NotFound { .. } => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed { .. } => StatusCode::METHOD_NOT_ALLOWED,
            Self::PayloadTooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            Self::UnsupportedMediaType { .. } => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::ForeignHost { .. } => StatusCode::MISDIRECTED_REQUEST,
            Self::Bug => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Unreachable { .. }
            | Self::BrokeOff { .. }
            | Self::Nonsense { .. }
            | Self::Compressed { .. }
            | Self::CredentialsRefused { .. }
            | Self::ServiceTokenRefused { .. } => StatusCode::BAD_GATEWAY,
            Self::Busy { .. } | Self::NotReady(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Timeout { .. } | Self::QueueTimeout { .. } => StatusCode::GATEWAY_TIMEOUT,
        }
    }

    /// The `error` of the answer: one word for programs.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::InvalidRequest(_) => "invalid_request",
            Self::UnsupportedMediaType { .. } => "unsupported_media_type",
            Self::PayloadTooLarge { .. } => "payload_too_large",
            Self::NotFound { .. } => "not_found",
            Self::MethodNotAllowed { .. } => "method_not_allowed",
            Self::ForeignOrigin { .. } | Self::OpaqueOrigin | Self::MisspeltOrigin { .. } => "foreign_origin",
            Self::ForeignPage { .. } => "foreign_page",
            Self::Navigation { .. } => "navigation",
            Self::ForeignHost { .. } => "foreign_host",
            Self::Unreachable { .. } => "upstream_unreachable",
            Self::Timeout { .. } => "upstream_timeout",
            Self::QueueTimeout { .. } => "queue_timeout",
            Self::BrokeOff { .. } => "upstream_broke_off",
            Self::Nonsense { .. } => "upstream_nonsense",
            Self::Compressed { .. } => "upstream_compressed",
            Self::CredentialsRefused { .. } => "proxy_credentials_refused",
            Self::Busy { .. } => "upstream_busy",
            Self::ServiceTokenRefused { .. } => "service_token_refused",
            Self::NotReady(_) => "not_ready",
            Self::Bug => "server_error",
        }
    }

    /// The same with what is left of the time to wait.
    pub(crate) fn with_wait(self, left: Duration) -> Self {
        match self {
            Self::Busy { target, status, .. } => Self::Busy { target, status, wait: left },
            other => other,
        }
    }
}

/// Whole seconds, rounded up, so that a caller does not come too early.
fn seconds(wait: Duration) -> u64 {
    wait.as_secs().saturating_add(u64::from(wait.subsec_nanos() > 0))
}

/// The part of a time-out that a call spent in the queue, where it is worth a word.
fn in_the_queue(queued: Duration) -> String {
    match queued.as_millis() {
        0 => String::new(),
        milliseconds => format!(", {milliseconds} ms of it in the proxy's queue"),
    }
}

impl IntoResponse for Refusal {
    /// `{"error", "error_description"}`, never stored, with `Retry-After` where a server said when to try again. The
    /// refusal itself is attached for the request log.
    fn into_response(self) -> Response {
        let body = Json(json!({ "error": self.code(), "error_description": self.to_string() }));
        let mut response = (self.status(), body).into_response();
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Self::Busy { wait, .. } = &self {
            response.headers_mut().insert(header::RETRY_AFTER, seconds(*wait).into());
        }
        response.extensions_mut().insert(self);
        response
    }
}

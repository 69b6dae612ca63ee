//! The error that a client receives: Okta's two shapes of JSON, and that of Fortellis' gateway.

use crate::dialect::Dialect;

/// Which of Okta's two JSON shapes an error has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ErrorShape {
    /// `{"error","error_description"}` (RFC 6749 §5.2).
    OAuth,
    /// `{"errorCode","errorSummary","errorLink","errorId","errorCauses"}`.
    Envelope,
}

/// An error of the authorization server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OktaError {
    /// The HTTP status, where the answer is not a redirect.
    pub status: u16,
    /// The JSON shape.
    pub shape: ErrorShape,
    /// `error`, or `errorCode`.
    pub code: &'static str,
    /// `error_description`, or `errorSummary`.
    pub description: String,
}

/// The error of a refusal in each dialect. They differ where Okta and the standards do.
#[derive(Debug, Clone)]
pub(super) struct ByDialect {
    fortellis: OktaError,
    oidc: OktaError,
}

impl ByDialect {
    fn both(error: OktaError) -> Self {
        Self { fortellis: error.clone(), oidc: error }
    }

    /// Another error in dialect `oidc`.
    pub(super) fn in_oidc(self, other: Self) -> Self {
        Self { oidc: other.oidc, ..self }
    }

    /// The error in one dialect.
    pub(super) fn of(self, dialect: Dialect) -> OktaError {
        match dialect {
            Dialect::Fortellis => self.fortellis,
            Dialect::Oidc => self.oidc,
        }
    }
}

/// An error with the two members of RFC 6749 §5.2, in both dialects.
pub(super) fn oauth(status: u16, code: &'static str, description: impl Into<String>) -> ByDialect {
    ByDialect::both(OktaError { status, shape: ErrorShape::OAuth, code, description: description.into() })
}

/// An error in Okta's envelope, in both dialects.
pub(super) fn envelope(status: u16, code: &'static str, description: impl Into<String>) -> ByDialect {
    ByDialect::both(OktaError { status, shape: ErrorShape::Envelope, code, description: description.into() })
}

/// What RFC 6749 §5.2 allows in `error_description`: printable ASCII without quotes and backslashes.
pub(super) fn printable(text: &str) -> String {
    text.chars().map(|c| if matches!(c, ' '..='~') && c != '"' && c != '\\' { c } else { '?' }).collect()
}

/// The status of the gateway's errors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum GatewayStatus {
    /// Always the same.
    Fixed(u16),
    /// What `[gateway] bad_token_status` says.
    BadToken,
}

impl GatewayStatus {
    /// The status, where errors about tokens have the status `bad_token`.
    pub(crate) const fn code(self, bad_token: u16) -> u16 {
        match self {
            Self::Fixed(status) => status,
            Self::BadToken => bad_token,
        }
    }
}

/// An error of the API gateway: `{"code","message"}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct GatewayError {
    /// The HTTP status.
    pub status: GatewayStatus,
    /// Fortellis' code.
    pub code: &'static str,
    /// A sentence for people.
    pub message: String,
}

/// An error of the gateway about something else than the token.
pub(super) fn gateway(status: u16, code: &'static str, message: impl Into<String>) -> GatewayError {
    GatewayError { status: GatewayStatus::Fixed(status), code, message: message.into() }
}

/// An error of the gateway about the token.
pub(super) fn bad_token(code: &'static str, message: impl Into<String>) -> GatewayError {
    GatewayError { status: GatewayStatus::BadToken, code, message: message.into() }
}

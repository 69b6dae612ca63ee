//! What a fault does, and where it can do it.

use http::Response;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    Flaw,
    answer::{self, OAuthErrorFault, RateLimitFault, StatusFault},
    callback::CallbackChange,
    document::{MetadataChange, UserinfoChange},
    keys::KeysChange,
    token::TokenFault,
    wire::{DelayFault, TruncateFault},
};
use crate::protocol::{endpoint::Endpoint, timestamp::Timestamp};

/// What a fault does. As JSON: an object whose `kind` is one of the names here; where there is more to say, the field
/// named like the kind says it: `{"kind":"status","status":503}`, `{"kind":"callback","callback":"no_state"}`.
///
/// ```
/// use mock_idp::{Endpoint, fault::{CallbackChange, Kind}};
///
/// let kind: Kind = serde_json::from_str(r#"{ "kind": "callback", "callback": "no_state" }"#)?;
/// assert_eq!(kind, Kind::Callback { callback: CallbackChange::NoState });
/// assert_eq!(kind.name(), "callback");
/// assert_eq!(kind.endpoints(), [Endpoint::Authorize, Endpoint::SignIn, Endpoint::Logout]);
/// assert_eq!(Kind::Hang {}.endpoints(), Endpoint::ALL); // a connection can fail anywhere
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
#[schema(as = FaultKind)]
pub enum Kind {
    /// This status, body and headers.
    Status(StatusFault),
    /// An error in OAuth's words.
    #[serde(rename = "oauth_error")]
    OAuthError(OAuthErrorFault),
    /// The answer comes late.
    Delay(DelayFault),
    /// There is no answer until the client gives up or the mock stops.
    Hang {},
    /// The connection is reset.
    Reset {},
    /// The answer breaks off.
    Truncate(TruncateFault),
    /// A whole answer that is not quite JSON.
    MalformedJson {},
    /// A page where JSON is expected.
    NotJson {},
    /// 429.
    RateLimit(RateLimitFault),
    /// Tokens that a client must refuse.
    Token(TokenFault),
    /// A callback that a client must not follow.
    Callback {
        /// How it is changed.
        callback: CallbackChange,
    },
    /// A key set without the right key.
    Keys {
        /// How it is changed.
        keys: KeysChange,
    },
    /// Metadata of another issuer.
    Metadata {
        /// How it is changed.
        metadata: MetadataChange,
    },
    /// Claims of another person.
    Userinfo {
        /// How they are changed.
        userinfo: UserinfoChange,
    },
}

/// The endpoints that send a callback.
const CALLBACKS: &[Endpoint] = &[Endpoint::Authorize, Endpoint::SignIn];
/// The same, and the one that redirects after logging out.
const CALLBACKS_AND_LOGOUT: &[Endpoint] = &[Endpoint::Authorize, Endpoint::SignIn, Endpoint::Logout];
/// The endpoints that issue tokens; those that send callbacks do so in the implicit flow.
const TOKENS: &[Endpoint] = &[Endpoint::Token, Endpoint::Authorize, Endpoint::SignIn];

impl Kind {
    /// The name, as in JSON.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Status(_) => "status",
            Self::OAuthError(_) => "oauth_error",
            Self::Delay(_) => "delay",
            Self::Hang {} => "hang",
            Self::Reset {} => "reset",
            Self::Truncate(_) => "truncate",
            Self::MalformedJson {} => "malformed_json",
            Self::NotJson {} => "not_json",
            Self::RateLimit(_) => "rate_limit",
            Self::Token(_) => "token",
            Self::Callback { .. } => "callback",
            Self::Keys { .. } => "keys",
            Self::Metadata { .. } => "metadata",
            Self::Userinfo { .. } => "userinfo",
        }
    }

    /// The endpoints where it can strike.
    pub const fn endpoints(&self) -> &'static [Endpoint] {
        match self {
            Self::Token(_) => TOKENS,
            Self::Callback { callback } if callback.strikes_at_logout() => CALLBACKS_AND_LOGOUT,
            Self::Callback { .. } => CALLBACKS,
            Self::Keys { .. } => &[Endpoint::Keys],
            Self::Metadata { .. } => &[Endpoint::Metadata],
            Self::Userinfo { .. } => &[Endpoint::Userinfo],
            Self::Status(_)
            | Self::OAuthError(_)
            | Self::Delay(_)
            | Self::Hang {}
            | Self::Reset {}
            | Self::Truncate(_)
            | Self::MalformedJson {}
            | Self::NotJson {}
            | Self::RateLimit(_) => &Endpoint::ALL,
        }
    }

    /// Whether it changes what the true answer says, and so strikes where that answer is made: only there, and
    /// neither before nor after.
    pub(crate) fn is_within(&self, endpoint: Endpoint) -> bool {
        match self {
            Self::Token(_)
            | Self::Callback { .. }
            | Self::Keys { .. }
            | Self::Metadata { .. }
            | Self::Userinfo { .. } => true,
            // There an error goes to the callback, which has to be found first.
            Self::OAuthError(_) => CALLBACKS.contains(&endpoint),
            Self::Status(_)
            | Self::Delay(_)
            | Self::Hang {}
            | Self::Reset {}
            | Self::Truncate(_)
            | Self::MalformedJson {}
            | Self::NotJson {}
            | Self::RateLimit(_) => false,
        }
    }

    /// The answer that the client gets in place of the true one; `made` is the true one's body, where that was made.
    /// `None` for a fault that has no answer of its own.
    pub(crate) fn answer(
        &self,
        endpoint: Endpoint,
        made: Option<&str>,
        now: Timestamp,
    ) -> Option<Response<String>> {
        Some(match self {
            Self::Status(fault) => fault.answer(),
            Self::OAuthError(fault) => fault.answer(endpoint),
            Self::RateLimit(fault) => fault.answer(now),
            Self::MalformedJson {} => answer::malformed_json(made),
            Self::NotJson {} => answer::not_json(),
            // What breaks off has to have been something.
            Self::Truncate(_) if made.is_none() => {
                answer::json_answer(http::StatusCode::OK, answer::NEVER_MADE.to_owned())
            }
            Self::Truncate(_)
            | Self::Delay(_)
            | Self::Hang {}
            | Self::Reset {}
            | Self::Token(_)
            | Self::Callback { .. }
            | Self::Keys { .. }
            | Self::Metadata { .. }
            | Self::Userinfo { .. } => return None,
        })
    }

    pub(super) fn flaw(&self) -> Option<Flaw> {
        match self {
            Self::Status(fault) => fault.flaw(),
            Self::OAuthError(fault) => fault.flaw(),
            Self::Token(fault) => fault.flaw(),
            Self::Delay(_)
            | Self::Hang {}
            | Self::Reset {}
            | Self::Truncate(_)
            | Self::MalformedJson {}
            | Self::NotJson {}
            | Self::RateLimit(_)
            | Self::Callback { .. }
            | Self::Keys { .. }
            | Self::Metadata { .. }
            | Self::Userinfo { .. } => None,
        }
    }
}

//! Connections that fail: an answer that comes late, in part, or not at all.

use std::time::Duration;

use http::{Response, StatusCode};
use serde::{Deserialize, Serialize};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{RefOr, Schema},
};

use super::{
    answer::json_answer,
    named::{Group, Named},
    written,
};
use crate::protocol::{json::JsonError, members::Members};

/// The body that is announced and broken off if no answer was made.
const NEVER_MADE: &str =
    r#"{"token_type":"Bearer","expires_in":3600,"access_token":"never-issued","scope":"openid"}"#;

/// How the connection fails. It can fail at every endpoint.
///
/// ```
/// use mock_idp::{Fault, fault::{ConnectionFault, Kind}};
///
/// let kind: Kind = serde_json::from_str(r#"{ "kind": "reset" }"#)?;
/// assert_eq!(kind, Kind::Connection(ConnectionFault::Reset));
/// assert_eq!(Fault::from(kind), Fault::reset());
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ConnectionFault {
    /// The answer comes late.
    Delay(DelayFault),
    /// There is no answer until the client gives up or the mock stops.
    Hang,
    /// The connection is reset.
    Reset,
    /// The answer breaks off.
    Truncate(TruncateFault),
}

/// `delay`: the answer comes late.
///
/// ```
/// use std::time::Duration;
/// use mock_idp::{Fault, fault::{ConnectionFault, DelayFault, Kind}};
///
/// let slow = DelayFault { ms: 1500 };
/// assert_eq!(slow.duration(), Duration::from_millis(1500));
/// let kind = Kind::Connection(ConnectionFault::Delay(slow));
/// assert_eq!(serde_json::to_string(&kind)?, r#"{"kind":"delay","ms":1500}"#);
/// assert_eq!(Fault::from(kind), Fault::delay(Duration::from_millis(1500)));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DelayFault {
    /// Milliseconds.
    pub ms: u64,
}

impl DelayFault {
    /// How long.
    pub const fn duration(self) -> Duration {
        Duration::from_millis(self.ms)
    }
}

/// `truncate`: `Content-Length` announces the whole answer, and the connection is closed after a part of it.
///
/// ```
/// use mock_idp::{Endpoint, fault::{ConnectionFault, Kind, TruncateFault}};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let idp = mock_idp::MockIdp::start().await?;
/// # let issuer = idp.default_issuer();
/// let kind = Kind::Connection(ConnectionFault::Truncate(TruncateFault { bytes: 20 }));
/// issuer.fail_next(Endpoint::Token, kind.into());
/// let token_endpoint = format!("{}/v1/token", issuer.url());
/// let mut answer = reqwest::Client::new().post(token_endpoint).send().await?;
/// assert_eq!((answer.status().as_u16(), answer.content_length()), (200, Some(88)));
/// assert_eq!(answer.chunk().await?.unwrap(), r#"{"token_type":"Beare"#);
/// assert!(answer.chunk().await.is_err()); // 68 bytes never come
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TruncateFault {
    /// How many bytes of the body are sent. The last byte is never sent.
    #[schema(format = Int64)]
    pub bytes: usize,
}

impl ConnectionFault {
    pub(super) const NAMES: &[&str] = &["delay", "hang", "reset", "truncate"];

    pub(super) fn read(name: &str, members: Members) -> Result<Self, JsonError> {
        match name {
            "delay" => members.rest().map(Self::Delay),
            "hang" => members.none().map(|()| Self::Hang),
            "reset" => members.none().map(|()| Self::Reset),
            _ => members.rest().map(Self::Truncate),
        }
    }

    pub(super) const fn name(&self) -> &'static str {
        match self {
            Self::Delay(_) => "delay",
            Self::Hang => "hang",
            Self::Reset => "reset",
            Self::Truncate(_) => "truncate",
        }
    }

    pub(super) fn schemas(referenced: &mut Vec<(String, RefOr<Schema>)>) -> Vec<RefOr<Schema>> {
        <Self as ToSchema>::schemas(referenced);
        written::variants(Self::schema())
    }

    /// The answer that fails to arrive if the endpoint has not made one. `None` if the client receives no part of it.
    pub(crate) fn placeholder(self) -> Option<Response<String>> {
        match self {
            Self::Truncate(_) => Some(json_answer(StatusCode::OK, NEVER_MADE.to_owned())),
            Self::Delay(_) | Self::Hang | Self::Reset => None,
        }
    }
}

/// The user names. These faults occur when the code of the sign-in is exchanged.
pub(super) static BY_NAME: Group<ConnectionFault> = Group {
    heading: "The connection to the token endpoint",
    names: &[
        Named::new(
            "delay",
            || ConnectionFault::Delay(DelayFault { ms: 3000 }),
            "three seconds until the tokens come",
            "wait, and stay usable",
        ),
        Named::new("hang", || ConnectionFault::Hang, "the tokens never come", "give up after a while"),
        Named::new(
            "reset",
            || ConnectionFault::Reset,
            "a reset connection for the code",
            "say so; never send the code twice blindly",
        ),
        Named::new(
            "truncate",
            || ConnectionFault::Truncate(TruncateFault { bytes: 20 }),
            "20 bytes of the token answer",
            "notice that the answer is not whole",
        ),
    ],
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_answer_that_arrives_in_part_needs_a_body() {
        let truncate = ConnectionFault::Truncate(TruncateFault { bytes: 20 });
        let placeholder = truncate.placeholder().unwrap();
        assert_eq!((placeholder.status(), placeholder.body().as_str()), (StatusCode::OK, NEVER_MADE));
        let others =
            [ConnectionFault::Hang, ConnectionFault::Reset, ConnectionFault::Delay(DelayFault { ms: 1 })];
        assert!(others.into_iter().all(|fault| fault.placeholder().is_none()));
    }
}

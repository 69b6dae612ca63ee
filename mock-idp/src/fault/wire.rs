//! An answer that comes late, in part, or not at all.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::protocol::whole::whole;

/// How long an answer is delayed by a user name on the sign-in page.
pub(super) const DELAY_BY_NAME: DelayFault = DelayFault { ms: 3000 };

/// How much of an answer arrives by a user name on the sign-in page.
pub(super) const TRUNCATE_BY_NAME: TruncateFault = TruncateFault { bytes: 20 };

/// `delay`: the answer comes late.
///
/// ```
/// use std::time::Duration;
/// use mock_idp::{Fault, fault::{DelayFault, Kind}};
///
/// let slow = DelayFault { ms: 1500 };
/// assert_eq!(slow.duration(), Duration::from_millis(1500));
/// assert_eq!(Fault::from(Kind::Delay(slow)), Fault::delay(Duration::from_millis(1500)));
/// assert_eq!(serde_json::to_string(&Kind::Delay(slow))?, r#"{"kind":"delay","ms":1500}"#);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DelayFault {
    /// Milliseconds.
    #[serde(deserialize_with = "whole")]
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
/// use mock_idp::{Endpoint, fault::{Kind, TruncateFault}};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let idp = mock_idp::MockIdp::start().await?;
/// # let issuer = idp.default_issuer();
/// issuer.fail_next(Endpoint::Token, Kind::Truncate(TruncateFault { bytes: 20 }).into());
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
    /// Bytes of the body that are sent; where there are no more than that, all but the last.
    #[serde(deserialize_with = "whole")]
    #[schema(format = Int64)]
    pub bytes: usize,
}

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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TruncateFault {
    /// Bytes of the body that are sent; where there are no more than that, all but the last.
    #[serde(deserialize_with = "whole")]
    #[schema(format = Int64)]
    pub bytes: usize,
}

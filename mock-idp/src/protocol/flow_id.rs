//! The number of a flow: one sign-in attempt from redirect to last API call, or one token that an app got for itself.

use std::fmt;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::whole::whole;

/// Counts from 1 within an issuer.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
)]
#[serde(transparent)]
pub struct FlowId(#[serde(deserialize_with = "whole")] u64);

impl FlowId {
    /// The flow of this number.
    pub const fn new(number: u64) -> Self {
        Self(number)
    }

    /// The flow that begins after this one.
    #[must_use]
    pub(crate) const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

impl fmt::Display for FlowId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

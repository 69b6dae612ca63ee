//! Which exchanges somebody wants to see.

use serde::Deserialize;
use utoipa::IntoParams;

use super::{Entry, Outcome};
use crate::{endpoint::Endpoint, protocol::text::ApiKey};

/// A choice of exchanges. What is left out is any.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Filter {
    /// At this endpoint.
    pub endpoint: Option<Endpoint>,
    /// By this app.
    pub app: Option<ApiKey>,
    /// That ended so.
    pub outcome: Option<Outcome>,
    /// With a number greater than this.
    pub after: Option<u64>,
}

impl Filter {
    /// All exchanges at an endpoint.
    pub(super) fn at(endpoint: Endpoint) -> Self {
        Self { endpoint: Some(endpoint), ..Self::default() }
    }

    /// Whether an exchange is among them.
    pub(crate) fn matches(&self, entry: &Entry) -> bool {
        self.after.is_none_or(|after| entry.number > after)
            && self.endpoint.is_none_or(|endpoint| entry.endpoint == endpoint)
            && self.outcome.is_none_or(|outcome| entry.outcome == outcome)
            && self.app.as_ref().is_none_or(|app| entry.app.as_ref() == Some(app))
    }
}

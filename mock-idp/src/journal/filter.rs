//! The filter of the journal.

use serde::Deserialize;
use utoipa::IntoParams;

use super::{entry::Outcome, record::Record};
use crate::protocol::{endpoint::Endpoint, flow_id::FlowId, text::ApiKey};

/// Selects exchanges. A member that is left out matches every exchange.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Filter {
    /// At this endpoint.
    pub endpoint: Option<Endpoint>,
    /// By this app.
    pub app: Option<ApiKey>,
    /// With this outcome.
    pub outcome: Option<Outcome>,
    /// Of this flow.
    pub flow: Option<FlowId>,
    /// With a number greater than this.
    pub after: Option<u64>,
    /// Whether secrets are shown.
    pub reveal: bool,
}

impl Filter {
    /// All exchanges at an endpoint.
    pub(super) fn at(endpoint: Endpoint) -> Self {
        Self { endpoint: Some(endpoint), ..Self::default() }
    }

    /// Whether an exchange matches.
    pub(super) fn matches(&self, record: &Record) -> bool {
        self.after.is_none_or(|after| record.number > after)
            && self.endpoint.is_none_or(|endpoint| record.endpoint == endpoint)
            && self.flow.is_none_or(|flow| record.flow == Some(flow))
            && self.outcome.is_none_or(|outcome| record.outcome == outcome)
            && self.app.as_ref().is_none_or(|app| record.app.as_ref() == Some(app))
    }
}

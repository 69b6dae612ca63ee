//! The sign-in attempt that a code, a token or a sign-in page belongs to. No decision depends on it. The journal uses it to
//! group exchanges.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::bounded::{Bounded, CAPACITY, pairs};
use crate::protocol::{flow_id::FlowId, text::TokenId};

/// The flows of an issuer.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = SavedFlows)]
pub(crate) struct Flows {
    /// The flow that began last.
    last: FlowId,
    /// Access and ID tokens, by `jti`.
    #[schema(schema_with = pairs::<TokenId, FlowId>)]
    tokens: Bounded<TokenId, FlowId>,
}

impl Default for Flows {
    fn default() -> Self {
        Self { last: FlowId::default(), tokens: Bounded::new(CAPACITY) }
    }
}

impl Flows {
    /// Begins a flow, with a number that no flow had before.
    pub(crate) fn begin(&mut self) -> FlowId {
        self.last = self.last.next();
        self.last
    }

    /// Notes that tokens belong to a flow.
    pub(crate) fn note(&mut self, flow: FlowId, tokens: impl IntoIterator<Item = TokenId>) {
        for token in tokens {
            self.tokens.insert(token, flow);
        }
    }

    /// The flow that a token belongs to.
    pub(super) fn of_token(&self, token: &TokenId) -> Option<FlowId> {
        self.tokens.get(token).copied()
    }

    /// These flows without their tokens. No later flow gets the number of an earlier one.
    #[must_use]
    pub(crate) fn forgotten(&self) -> Self {
        Self { last: self.last, ..Self::default() }
    }

    /// These flows instead of others. No later flow gets a number that was used in either.
    #[must_use]
    pub(crate) fn in_place_of(self, others: &Self) -> Self {
        Self { last: self.last.max(others.last), ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_number_is_used_once_whatever_is_forgotten_or_restored() {
        let mut flows = Flows::default();
        assert_eq!((flows.begin(), flows.begin()), (FlowId::new(1), FlowId::new(2)));
        let saved = flows.clone();
        flows.begin();
        assert_eq!(flows.forgotten().begin(), FlowId::new(4));
        assert_eq!(saved.clone().in_place_of(&flows).begin(), FlowId::new(4));
        assert_eq!(flows.in_place_of(&saved).begin(), FlowId::new(4));
    }
}

//! Which sign-in attempt a code, a token or a sign-in page belongs to. Nothing is decided by it: it joins what belongs
//! together for who looks on.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Bounded, CAPACITY, Ledger, pairs};
use crate::protocol::{
    flow_id::FlowId,
    jwt::Unverified,
    text::{Code, RefreshToken, SignInId, TokenId},
};

/// The flows of an issuer.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = SavedFlows)]
pub(crate) struct Flows {
    /// The one that began last.
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
    /// Begins a flow.
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

    /// None of these flows is known any more, and none to come has the number of an earlier one.
    #[must_use]
    pub(crate) fn forgotten(&self) -> Self {
        Self { last: self.last, ..Self::default() }
    }

    /// These flows in the place of others, none to come with a number that either has used.
    #[must_use]
    pub(crate) fn in_place_of(self, others: &Self) -> Self {
        Self { last: self.last.max(others.last), ..self }
    }
}

impl Ledger {
    /// The flow that a credential belongs to: a code, a token of any kind, signed by whomever, or a sign-in page.
    pub(crate) fn flow_of(&self, credential: &str) -> Option<FlowId> {
        if let Some(token) = Unverified::parse(credential) {
            return self.flows.tokens.get(&TokenId::new(token.claims.text("jti")?)).copied();
        }
        self.codes
            .flow_of(&Code::new(credential))
            .or_else(|| Some(self.refresh_tokens.find(&RefreshToken::new(credential))?.flow))
            .or_else(|| self.sign_ins.flow_of(&SignInId::new(credential)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_used_once_whatever_is_forgotten_or_restored() {
        let mut flows = Flows::default();
        assert_eq!((flows.begin(), flows.begin()), (FlowId::new(1), FlowId::new(2)));
        let saved = flows.clone();
        flows.begin();
        assert_eq!(flows.forgotten().begin(), FlowId::new(4));
        assert_eq!(saved.clone().in_place_of(&flows).begin(), FlowId::new(4));
        assert_eq!(flows.in_place_of(&saved).begin(), FlowId::new(4));
    }

    #[test]
    fn a_token_belongs_to_a_flow_by_its_jti_whoever_signed_it() {
        let mut ledger = Ledger::default();
        ledger.flows.note(FlowId::new(7), [TokenId::new("AT.1")]);
        // {"jti":"AT.1"}
        assert_eq!(ledger.flow_of("e30.eyJqdGkiOiJBVC4xIn0.c2ln"), Some(FlowId::new(7)));
        assert_eq!(ledger.flow_of("e30.e30.c2ln"), None);
        assert_eq!(ledger.flow_of("unknown"), None);
    }
}

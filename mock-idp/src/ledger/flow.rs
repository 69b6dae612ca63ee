//! Which sign-in attempt a code, a token or a sign-in page belongs to. No decision depends on it: the journal shows
//! together what belongs together.

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

    /// Flows that know no token. None to come gets the number of an earlier one.
    #[must_use]
    pub(crate) fn forgotten(&self) -> Self {
        Self { last: self.last, ..Self::default() }
    }

    /// These flows instead of others. None to come gets a number that either has used.
    #[must_use]
    pub(crate) fn in_place_of(self, others: &Self) -> Self {
        Self { last: self.last.max(others.last), ..self }
    }
}

impl Ledger {
    /// The flow that a credential belongs to: a code, a token of any kind, or a sign-in page. The signature of a token
    /// is not checked.
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
    use super::{
        super::tests::{at, sam},
        *,
    };
    use crate::{
        ledger::{CodeGrant, SignIn},
        protocol::{
            authorization_request::AuthorizationRequest,
            text::{BrowserId, GrantId},
            timestamp::Expiry,
        },
    };

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

    #[test]
    fn a_token_belongs_to_a_flow_by_its_jti_without_a_check_of_its_signature() {
        let mut ledger = Ledger::default();
        ledger.flows.note(FlowId::new(7), [TokenId::new("AT.1")]);
        // {"jti":"AT.1"}
        assert_eq!(ledger.flow_of("e30.eyJqdGkiOiJBVC4xIn0.c2ln"), Some(FlowId::new(7)));
        assert_eq!(ledger.flow_of("e30.e30.c2ln"), None);
        assert_eq!(ledger.flow_of("unknown"), None);
    }

    #[test]
    fn a_code_a_refresh_token_and_a_sign_in_page_belong_to_flows_too() {
        let mut ledger = Ledger::default();
        let request = AuthorizationRequest::tutorial();
        let expires = Expiry::at(at(60));
        let grant = CodeGrant {
            grant: GrantId::new("g"),
            flow: FlowId::new(1),
            request: request.clone(),
            person: sam(),
            auth_time: at(0),
            issued_at: at(0),
            expires,
        };
        ledger.codes.issue(Code::new("a-code"), grant);
        let page = SignIn { flow: FlowId::new(2), request, browser: BrowserId::new("b"), expires };
        ledger.sign_ins.open(SignInId::new("a-page"), page);
        assert_eq!(ledger.flow_of("a-code"), Some(FlowId::new(1)));
        assert_eq!(ledger.flow_of("a-page"), Some(FlowId::new(2)));
    }

    #[test]
    fn forgotten_flows_know_no_token() {
        let mut ledger = Ledger::default();
        ledger.flows.note(FlowId::new(7), [TokenId::new("AT.1")]);
        ledger.flows = ledger.flows.forgotten();
        assert_eq!(ledger.flow_of("e30.eyJqdGkiOiJBVC4xIn0.c2ln"), None);
    }
}

//! All that an issuer remembers of its past, and the lookup that searches all of it.

use super::{
    Codes, Flows, Quotas, RefreshTokens, Revocations, Sessions, SignInMode, SignIns, bounded::CAPACITY,
};
use crate::protocol::{
    flow_id::FlowId,
    jwt::Unverified,
    text::{Code, RefreshToken, SignInId, TokenId},
};

/// All that an issuer remembers of its past.
#[derive(Debug)]
pub(crate) struct Ledger {
    /// Authorization codes, including redeemed ones.
    pub codes: Codes,
    /// Refresh tokens, including used ones.
    pub refresh_tokens: RefreshTokens,
    /// The sessions of signed-in browsers.
    pub sessions: Sessions,
    /// Whether sign-in pages are shown.
    pub sign_in_mode: SignInMode,
    /// Sign-in pages that were shown.
    pub sign_ins: SignIns,
    /// What was revoked.
    pub revocations: Revocations,
    /// API calls of the current minute.
    pub quotas: Quotas,
    /// Which sign-in attempt each credential belongs to.
    pub flows: Flows,
}

impl Default for Ledger {
    fn default() -> Self {
        Self {
            codes: Codes::new(CAPACITY),
            refresh_tokens: RefreshTokens::default(),
            sessions: Sessions::default(),
            sign_in_mode: SignInMode::default(),
            sign_ins: SignIns::new(CAPACITY),
            revocations: Revocations::default(),
            quotas: Quotas::default(),
            flows: Flows::default(),
        }
    }
}

impl Ledger {
    /// The flow that a credential belongs to: a code, a token of any kind, or a sign-in page. The signature of a token
    /// is not checked.
    pub(crate) fn flow_of(&self, credential: &str) -> Option<FlowId> {
        if let Some(token) = Unverified::parse(credential) {
            return self.flows.of_token(&TokenId::new(token.claims.text("jti")?));
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
        super::sample::{at, sam},
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

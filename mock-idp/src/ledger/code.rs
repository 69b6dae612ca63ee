//! Authorization codes, each of which can be redeemed once (RFC 6749 §4.1.2).

use super::bounded::Bounded;
use crate::protocol::{
    authorization_request::AuthorizationRequest,
    claims::Person,
    flow_id::FlowId,
    text::{Code, GrantId},
    timestamp::{Expiry, Timestamp},
};

/// What a code was issued for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CodeGrant {
    /// The authorization, which the code has in common with all tokens that it gives.
    pub grant: GrantId,
    /// The sign-in attempt.
    pub flow: FlowId,
    /// The authorization request.
    pub request: AuthorizationRequest,
    /// Who signed in.
    pub person: Person,
    /// When the person signed in.
    pub auth_time: Timestamp,
    /// When the code was issued.
    pub issued_at: Timestamp,
    /// Until when it can be redeemed.
    pub expires: Expiry,
}

#[derive(Debug)]
enum State {
    Issued(Box<CodeGrant>),
    /// What remains of a redeemed code: enough to recognise a replay, and to revoke what the code gave.
    Redeemed {
        grant: GrantId,
        flow: FlowId,
        at: Timestamp,
    },
}

/// The codes of an issuer.
#[derive(Debug)]
pub(crate) struct Codes(Bounded<Code, State>);

/// What is known about a code.
#[derive(Debug)]
pub(crate) enum Found<'a> {
    /// It was issued and not redeemed. It may have expired: the caller checks that.
    Issued(&'a CodeGrant),
    /// It was redeemed before, so everything that this authorization gave has to be revoked.
    Replayed {
        /// The authorization that the code belonged to.
        grant: &'a GrantId,
        /// When it was redeemed.
        at: Timestamp,
    },
    /// It was never issued, or is forgotten.
    Unknown,
}

impl Codes {
    /// No codes yet, and never more than `capacity`.
    pub(crate) fn new(capacity: usize) -> Self {
        Self(Bounded::new(capacity))
    }

    /// Remembers a new code.
    pub(crate) fn issue(&mut self, code: Code, grant: CodeGrant) {
        self.0.insert(code, State::Issued(Box::new(grant)));
    }

    /// What is known about a code.
    pub(crate) fn find(&self, code: &Code) -> Found<'_> {
        match self.0.get(code) {
            Some(State::Issued(grant)) => Found::Issued(grant),
            Some(State::Redeemed { grant, at, .. }) => Found::Replayed { grant, at: *at },
            None => Found::Unknown,
        }
    }

    /// The flow that a code belongs to, redeemed or not.
    pub(crate) fn flow_of(&self, code: &Code) -> Option<FlowId> {
        Some(match self.0.get(code)? {
            State::Issued(grant) => grant.flow,
            State::Redeemed { flow, .. } => *flow,
        })
    }

    /// Returns the grant and marks the code as redeemed: from now on it is a replay.
    pub(crate) fn redeem(&mut self, code: &Code, now: Timestamp) -> Option<CodeGrant> {
        let state = self.0.get_mut(code)?;
        let State::Issued(issued) = state else { return None };
        let grant = (**issued).clone();
        *state = State::Redeemed { grant: grant.grant.clone(), flow: grant.flow, at: now };
        Some(grant)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{
        super::sample::{at, sam},
        *,
    };
    use crate::protocol::timestamp::Lifetime;

    fn grant(flow: u64) -> CodeGrant {
        CodeGrant {
            grant: GrantId::new(format!("grant-{flow}")),
            flow: FlowId::new(flow),
            request: AuthorizationRequest::tutorial(),
            person: sam(),
            auth_time: at(0),
            issued_at: at(0),
            expires: Expiry::after(at(0), Lifetime::from_seconds(60)),
        }
    }

    /// Codes of which one, `code-7`, is issued.
    fn codes() -> (Codes, Code) {
        let (mut codes, code) = (Codes::new(10), Code::new("code-7"));
        codes.issue(code.clone(), grant(7));
        (codes, code)
    }

    #[test]
    fn an_issued_code_is_found_with_its_grant() {
        let (codes, code) = codes();
        assert!(matches!(codes.find(&code), Found::Issued(found) if *found == grant(7)));
        assert!(matches!(codes.find(&Code::new("another")), Found::Unknown));
    }

    #[test]
    fn a_redeemed_code_is_a_replay_of_its_authorization() {
        let (mut codes, code) = codes();
        assert_eq!(codes.redeem(&code, at(5)), Some(grant(7)));
        assert_eq!(codes.redeem(&code, at(6)), None);
        let Found::Replayed { grant: id, at: when } = codes.find(&code) else { panic!("a replay") };
        assert_eq!((id, when), (&grant(7).grant, at(5)));
        assert_eq!(codes.redeem(&Code::new("another"), at(5)), None);
    }

    #[test]
    fn the_flow_of_a_code_is_known_after_its_redemption_too() {
        let (mut codes, code) = codes();
        assert_eq!(codes.flow_of(&code), Some(FlowId::new(7)));
        codes.redeem(&code, at(5));
        assert_eq!(codes.flow_of(&code), Some(FlowId::new(7)));
        assert_eq!(codes.flow_of(&Code::new("another")), None);
    }

    proptest! {
        #[test]
        fn each_code_gives_its_grant_at_most_once(order in prop::collection::vec(0_u64..6, 0..30)) {
            // Four codes are issued, and there is room for three. Codes 4 and 5 do not exist.
            let mut codes = Codes::new(3);
            for flow in 0..4 {
                codes.issue(Code::new(format!("code-{flow}")), grant(flow));
            }
            let mut redeemed = Vec::new();
            for flow in order {
                let given = codes.redeem(&Code::new(format!("code-{flow}")), at(1));
                let exists = (1..4).contains(&flow) && !redeemed.contains(&flow);
                prop_assert_eq!(given, exists.then(|| grant(flow)));
                redeemed.push(flow);
            }
        }
    }
}

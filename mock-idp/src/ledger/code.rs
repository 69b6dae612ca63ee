//! Authorization codes: issued, then redeemed once (RFC 6749 §4.1.2).

use super::Bounded;
use crate::protocol::{
    authorization_request::AuthorizationRequest,
    claims::Person,
    flow_id::FlowId,
    text::{Code, GrantId},
    timestamp::{Expiry, Timestamp},
};

/// What a code stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CodeGrant {
    /// Joins the code with all that comes of it.
    pub grant: GrantId,
    /// The sign-in attempt.
    pub flow: FlowId,
    /// What was asked for.
    pub request: AuthorizationRequest,
    /// Who signed in.
    pub person: Person,
    /// When that was.
    pub auth_time: Timestamp,
    /// When the code was issued.
    pub issued_at: Timestamp,
    /// Until when it can be redeemed.
    pub expires: Expiry,
}

#[derive(Debug)]
enum State {
    Issued(Box<CodeGrant>),
    /// What remains of a redeemed code: enough to recognise a replay and to revoke what the code gave.
    Redeemed {
        grant: GrantId,
        flow: FlowId,
        at: Timestamp,
    },
}

/// The codes of an issuer.
#[derive(Debug)]
pub(crate) struct Codes(Bounded<Code, State>);

/// What is known of a code that somebody presents.
#[derive(Debug)]
pub(crate) enum Found<'a> {
    /// It was issued and not redeemed. It may have expired: the rules ask in their own order.
    Issued(&'a CodeGrant),
    /// It was redeemed before: all that this authorization gave has to be revoked.
    Replayed {
        /// The authorization that the code belonged to.
        grant: &'a GrantId,
        /// When it was redeemed.
        at: Timestamp,
    },
    /// Nobody knows it.
    Unknown,
}

impl Codes {
    /// None yet, and never more than `capacity`.
    pub(crate) fn new(capacity: usize) -> Self {
        Self(Bounded::new(capacity))
    }

    /// Remembers a new code.
    pub(crate) fn issue(&mut self, code: Code, grant: CodeGrant) {
        self.0.insert(code, State::Issued(Box::new(grant)));
    }

    /// What is known of a code.
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

    /// Takes the grant out and leaves a tombstone: from now on the code is a replay.
    pub(crate) fn redeem(&mut self, code: &Code, now: Timestamp) -> Option<CodeGrant> {
        let state = self.0.get_mut(code)?;
        let State::Issued(issued) = state else { return None };
        let grant = (**issued).clone();
        *state = State::Redeemed { grant: grant.grant.clone(), flow: grant.flow, at: now };
        Some(grant)
    }
}

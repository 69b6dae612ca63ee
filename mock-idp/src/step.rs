//! One step of an issuer: all that a decision can see and change, at one moment. Pure.

use crate::{
    directory::Directory,
    entropy::Entropy,
    fault::Faults,
    gateway::GatewayRules,
    grant::Context,
    ledger::Ledger,
    protocol::{lifetimes::Lifetimes, timestamp::Timestamp},
};

/// What one step of an issuer can see and change. Whoever holds it holds the issuer's lock.
#[derive(Debug)]
pub(crate) struct Step<'a> {
    /// The last part of the issuer's path.
    pub name: &'a str,
    /// `iss`.
    pub issuer: &'a str,
    /// Who exists.
    pub directory: &'a mut Directory,
    /// What is remembered.
    pub ledger: &'a mut Ledger,
    /// What goes wrong.
    pub faults: &'a mut Faults,
    /// The random source.
    pub entropy: &'a mut Entropy,
    /// How long things live.
    pub lifetimes: &'a Lifetimes,
    /// How the API gateway behaves.
    pub gateway: GatewayRules,
    /// The moment of this step.
    pub now: Timestamp,
}

impl Step<'_> {
    /// Who exists, and what grants decide with.
    pub(crate) const fn for_grants(&mut self) -> (&Directory, Context<'_>) {
        let Step { issuer, directory, ledger, entropy, lifetimes, now, .. } = self;
        (directory, Context { issuer, ledger, entropy, lifetimes, now: *now })
    }
}

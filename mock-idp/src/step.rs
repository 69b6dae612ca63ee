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
    /// The apps, users and subscriptions.
    pub directory: &'a mut Directory,
    /// Codes, tokens, sessions and sign-in pages.
    pub ledger: &'a mut Ledger,
    /// The pending faults.
    pub faults: &'a mut Faults,
    /// The random source.
    pub entropy: &'a mut Entropy,
    /// Lifetimes.
    pub lifetimes: &'a Lifetimes,
    /// How the API gateway behaves.
    pub gateway: GatewayRules,
    /// The moment of this step.
    pub now: Timestamp,
}

impl Step<'_> {
    /// The context that grants decide in.
    pub(crate) const fn for_grants(&mut self) -> (&Directory, Context<'_>) {
        let Step { issuer, directory, ledger, entropy, lifetimes, now, .. } = self;
        (directory, Context { issuer, ledger, entropy, lifetimes, now: *now })
    }
}

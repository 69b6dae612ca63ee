//! What the gateway uses to decide: the directory, the memory, its rules and the moment.

use super::GatewayRules;
use crate::{
    directory::Directory,
    ledger::Ledger,
    protocol::{lifetimes::Lifetimes, timestamp::Timestamp},
};

/// What the gateway uses to decide, at one moment.
#[derive(Debug)]
pub(crate) struct Gate<'a> {
    /// `iss` of its tokens.
    pub issuer: &'a str,
    /// Apps, users, subscriptions and resources.
    pub directory: &'a Directory,
    /// Revocations and quotas.
    pub ledger: &'a mut Ledger,
    /// The leeway of its clock.
    pub lifetimes: &'a Lifetimes,
    /// Its rules.
    pub rules: GatewayRules,
    /// The moment.
    pub now: Timestamp,
}

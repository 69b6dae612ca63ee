//! What the gateway decides with.

use super::GatewayRules;
use crate::{
    directory::Directory,
    ledger::Ledger,
    protocol::{lifetimes::Lifetimes, timestamp::Timestamp},
};

/// What the gateway goes by, at one moment.
#[derive(Debug)]
pub(crate) struct Gate<'a> {
    /// `iss` of its tokens.
    pub issuer: &'a str,
    /// Who exists, and what is answered.
    pub directory: &'a Directory,
    /// Revocations and quotas.
    pub ledger: &'a mut Ledger,
    /// The leeway of its clock.
    pub lifetimes: &'a Lifetimes,
    /// How it behaves.
    pub rules: GatewayRules,
    /// The moment.
    pub now: Timestamp,
}

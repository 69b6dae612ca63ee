//! What every grant decides with, and the token request that it decides.

use super::Minting;
use crate::{
    directory::App,
    entropy::Entropy,
    ledger::Ledger,
    protocol::{lifetimes::Lifetimes, params::Params, timestamp::Timestamp},
    refusal::RequestRefusal,
};

/// What every grant decides with: the issuer's memory, its random source, its settings and the moment.
#[derive(Debug)]
pub(crate) struct Context<'a> {
    /// `iss`.
    pub issuer: &'a str,
    /// What the issuer remembers.
    pub ledger: &'a mut Ledger,
    /// The source of new identifiers.
    pub entropy: &'a mut Entropy,
    /// How long things live.
    pub lifetimes: &'a Lifetimes,
    /// The moment of the request.
    pub now: Timestamp,
}

impl<'a> Context<'a> {
    /// How tokens for an app are drafted now.
    pub(crate) const fn minting(&self, app: &'a App) -> Minting<'a> {
        Minting { issuer: self.issuer, app, lifetimes: self.lifetimes, now: self.now }
    }
}

/// A token request by an app that has proved who it is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TokenRequest<'a> {
    /// The request's parameters.
    pub params: &'a Params,
    /// The app that sent it.
    pub app: &'a App,
}

impl<'a> TokenRequest<'a> {
    /// A parameter that the grant needs.
    pub(super) fn required(self, name: &'static str) -> Result<&'a str, RequestRefusal> {
        self.params.get(name).ok_or(RequestRefusal::ParameterMissing { name })
    }
}

//! From a grant to tokens, one grant per file.
//!
//! Pure: parameters, memory, a moment and random bytes give a decision. The tokens are claims that are not signed yet.

mod authorization_code;
mod client_credentials;
pub(crate) mod implicit;
mod mint;
mod order;
mod refresh_token;

pub(crate) use authorization_code::{SignedInRequest, issue_code};
pub(crate) use mint::{Issuance, Minting, person_claims};
pub(crate) use order::Terms;
pub use order::{OrderError, TokenOrder};

use crate::{
    directory::App,
    entropy::Entropy,
    ledger::Ledger,
    protocol::{
        grant_type::{GrantType, RequestedGrant},
        lifetimes::Lifetimes,
        params::Params,
        refusal::Refusal,
        timestamp::Timestamp,
    },
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
    /// Finds the grant that the request names, and lets it decide (RFC 6749 §5).
    pub(crate) fn decide(self, context: Context<'a>) -> Result<Issuance, Refusal> {
        let named = self.params.get("grant_type").ok_or(Refusal::GrantTypeMissing)?;
        let requested = RequestedGrant::parse(named)
            .ok_or_else(|| Refusal::GrantTypeUnsupported { received: named.to_owned() })?;
        let grant = GrantType::from(requested);
        // A public app has no secret to prove that it acts for itself (RFC 6749 §4.4).
        let unproven = requested == RequestedGrant::ClientCredentials && self.app.is_public();
        if !self.app.may(grant) || unproven {
            let allowed = self.app.grants.iter().filter(|allowed| **allowed != grant).copied().collect();
            return Err(Refusal::GrantNotAllowed { grant, allowed });
        }
        match requested {
            RequestedGrant::AuthorizationCode => authorization_code::redeem(self, context),
            RequestedGrant::RefreshToken => refresh_token::refresh(self, context),
            RequestedGrant::ClientCredentials => client_credentials::issue(self, context),
        }
    }

    fn required(self, name: &'static str) -> Result<&'a str, Refusal> {
        self.params.get(name).ok_or(Refusal::ParameterMissing { name })
    }
}

//! From a grant to tokens, one grant a file. Pure: parameters, memory, a moment and dice give a decision; the
//! tokens are claims, not yet signed.

mod authorization_code;
mod client_credentials;
pub(crate) mod implicit;
mod mint;
mod order;
mod refresh_token;

pub(crate) use authorization_code::issue_code;
pub(crate) use mint::{Issuance, Minting, person_claims};
pub(crate) use order::Terms;
pub use order::{OrderError, TokenOrder};

use crate::{
    directory::App,
    entropy::Entropy,
    ledger::Ledger,
    protocol::{grant_type::GrantType, params::Params, timestamp::Timestamp},
    refusal::{Refusal, RequestRefusal, TokenRefusal},
};

/// A token request by an app that has proved who it is, with all that its grant needs to decide.
#[derive(Debug)]
pub(crate) struct Exchange<'a> {
    /// The request's parameters.
    pub params: &'a Params,
    /// Who asks.
    pub app: &'a App,
    /// What the issuer remembers.
    pub ledger: &'a mut Ledger,
    /// Dice for identifiers.
    pub entropy: &'a mut Entropy,
    /// How tokens are made out.
    pub minting: Minting<'a>,
    /// The moment of the request.
    pub now: Timestamp,
}

impl<'a> Exchange<'a> {
    /// Finds the grant that the request names, and lets it decide (RFC 6749 §5).
    pub(crate) fn decide(self) -> Result<Issuance, Refusal> {
        let named = self.params.get("grant_type").ok_or(TokenRefusal::GrantTypeMissing)?;
        let grant = GrantType::from_request(named)
            .ok_or_else(|| TokenRefusal::GrantTypeUnsupported { received: named.to_owned() })?;
        // A public app has nothing to prove that it acts for itself (RFC 6749 §4.4).
        let meaningless = grant == GrantType::ClientCredentials && self.app.is_public();
        if !self.app.may(grant) || meaningless {
            let allowed = self.app.grants.iter().filter(|allowed| **allowed != grant).copied().collect();
            return Err(TokenRefusal::GrantNotAllowed { grant, allowed }.into());
        }
        match grant {
            GrantType::AuthorizationCode => authorization_code::redeem(self),
            GrantType::RefreshToken => refresh_token::refresh(self),
            GrantType::ClientCredentials | GrantType::Implicit => client_credentials::issue(self),
        }
    }

    fn required(&self, name: &'static str) -> Result<&'a str, RequestRefusal> {
        self.params.get(name).ok_or(RequestRefusal::ParameterMissing { name })
    }
}

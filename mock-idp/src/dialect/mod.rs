//! The two dialects: the tokens and rules of Fortellis, or those that the standards and strict clients expect. The
//! wording of refusals is in `refusal`.

mod fixed;
mod fortellis;
mod oidc;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub(crate) use fixed::API_AUDIENCE;

use crate::protocol::{
    claims::{AccessFacts, Claims, IdFacts},
    jwt::TokenType,
    lifetimes::Lifetimes,
    redirect_uri::Comparison,
    timestamp::Lifetime,
};

/// In which of two ways the mock answers an app.
///
/// ```
/// use fixtures::{oidc_app, tutorial_app};
/// use mock_idp::{Dialect, MockIdp, TokenOrder, Unverified};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let idp = MockIdp::start().await?;
/// let audience = |api_key: &str| {
///     let tokens = idp.default_issuer().mint(&TokenOrder::new().app(api_key)).ok()?;
///     Unverified::parse(&tokens.id_token?)?.claims.text("aud").map(str::to_owned)
/// };
/// // In dialect `fortellis` the audience is its name, which strict clients refuse.
/// assert_eq!(audience(tutorial_app::API_KEY).as_deref(), Some(Dialect::Fortellis.as_str()));
/// assert_eq!(audience(oidc_app::API_KEY).as_deref(), Some(oidc_app::API_KEY));
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Dialect {
    /// As Fortellis answers in its tutorial.
    Fortellis,
    /// As Okta answers without Fortellis' gateway, and as strict client libraries require.
    Oidc,
}

impl Dialect {
    /// Its name in a configuration.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Fortellis => "fortellis",
            Self::Oidc => "oidc",
        }
    }

    /// How redirect URIs are compared.
    pub(crate) const fn comparison(self) -> Comparison {
        match self {
            Self::Fortellis => Comparison::PathAndPortSupplied,
            Self::Oidc => Comparison::Exact,
        }
    }

    /// The `typ` of access tokens.
    pub(crate) const fn access_token_type(self) -> TokenType {
        match self {
            Self::Fortellis => TokenType::Jwt,
            Self::Oidc => TokenType::AccessToken,
        }
    }

    /// How long the JWTs of a signed-in user live.
    pub(crate) const fn user_token_lifetime(self, lifetimes: &Lifetimes) -> Lifetime {
        match self {
            Self::Fortellis => lifetimes.fortellis_user_token,
            Self::Oidc => lifetimes.access_token,
        }
    }

    /// The claims of an access token.
    pub(crate) fn access_claims(self, facts: &AccessFacts<'_>) -> Claims {
        match self {
            Self::Fortellis => fortellis::access_claims(facts),
            Self::Oidc => oidc::access_claims(facts),
        }
    }

    /// The claims of an ID token without `at_hash`, which comes last and needs the signed access token.
    pub(crate) fn id_claims(self, facts: &IdFacts<'_>) -> Claims {
        match self {
            Self::Fortellis => fortellis::id_claims(facts),
            Self::Oidc => oidc::id_claims(facts),
        }
    }

    /// Whether an ID token carries `at_hash` (OpenID Connect Core §3.1.3.6).
    pub(crate) const fn has_at_hash(self) -> bool {
        matches!(self, Self::Oidc)
    }

    /// Whether `state` must be sent to authorize, as Okta requires.
    pub(crate) const fn requires_state(self) -> bool {
        matches!(self, Self::Fortellis)
    }

    /// Whether the callback carries `iss` (RFC 9207).
    pub(crate) const fn has_iss_on_callback(self) -> bool {
        matches!(self, Self::Oidc)
    }

    /// Whether the token endpoint accepts parameters in the query, where Fortellis' own samples send them.
    pub(crate) const fn takes_query_at_token_endpoint(self) -> bool {
        matches!(self, Self::Fortellis)
    }

    /// Whether pages of the app's callback origins may call the token endpoint (RFC 9700 §2.6).
    pub(crate) const fn allows_browsers_at_token_endpoint(self) -> bool {
        matches!(self, Self::Oidc)
    }
}

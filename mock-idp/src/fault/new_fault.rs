//! A fault and the endpoint where it occurs.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{flaw::FaultFlaw, kind::Kind, order::Fault, phase::Phase, times::Times, when::When};
use crate::protocol::endpoint::Endpoint;

/// A fault for an issuer: where, when, what and how often.
///
/// ```
/// use mock_idp::{Endpoint, Fault, GrantType, fault::NewFault};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let idp = mock_idp::MockIdp::start().await?;
/// # let issuer = idp.default_issuer();
/// // As JSON it can be sent to a mock that runs elsewhere.
/// let limit = Fault::rate_limit(5).for_grant(GrantType::RefreshToken).always();
/// let fault = NewFault::new(Endpoint::Token, limit);
/// let faults = format!("{}/_mock/faults", issuer.url());
/// let answer = reqwest::Client::new().post(faults).json(&fault).send().await?;
/// assert_eq!(answer.status(), 201);
/// assert_eq!(issuer.faults()[0].ordered(), fault);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewFault)]
pub struct NewFault {
    /// The endpoint whose answers it changes. A callback that follows the sign-in page is an answer of `authorize` and of `sign_in`.
    pub endpoint: Endpoint,
    /// The requests that it applies to.
    #[serde(default)]
    pub when: When,
    /// Whether the request takes effect.
    #[serde(default)]
    pub phase: Phase,
    /// What it does.
    pub fault: Kind,
    /// How often it applies.
    #[serde(default)]
    pub times: Times,
}

impl NewFault {
    /// This fault at this endpoint.
    pub fn new(endpoint: Endpoint, fault: Fault) -> Self {
        let Fault { kind, when, phase, times } = fault;
        Self { endpoint, when, phase, fault: kind, times }
    }

    /// What makes it impossible.
    pub(crate) fn flaw(&self) -> Option<FaultFlaw> {
        let Self { endpoint, when, phase, fault, times } = self;
        if *times == Times::Times(0) {
            return Some(FaultFlaw::new(
                "times",
                "times is 0".to_owned(),
                "expected a number from 1 up, or \"always\"",
            ));
        }
        if !fault.endpoints().contains(endpoint) {
            let names: Vec<&str> = fault.endpoints().iter().map(|endpoint| endpoint.as_str()).collect();
            return Some(FaultFlaw::new(
                "endpoint",
                format!("this {} fault cannot strike at {endpoint}", fault.name()),
                &format!("expected {}", names.join(" or ")),
            ));
        }
        if *phase == Phase::After && fault.is_within(*endpoint) {
            return Some(FaultFlaw::new(
                "phase",
                format!(
                    "a fault {} changes the content of the answer, so it strikes while the answer is made",
                    fault.name()
                ),
                "leave phase out",
            ));
        }
        when.flaw(*endpoint).or_else(|| fault.flaw().map(FaultFlaw::in_fault))
    }
}

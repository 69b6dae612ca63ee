//! The faults of an issuer, and how often each has struck.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Kind, NewFault, Phase, RequestFacts, Times, When};
use crate::protocol::endpoint::Endpoint;

/// How many faults an issuer keeps. If there are more, the oldest spent fault is forgotten first.
const CAPACITY: usize = 1000;

/// A fault of an issuer, with its number and how often it has struck.
///
/// ```
/// use mock_idp::{Endpoint, Fault, fault::{NewFault, Times}};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let idp = mock_idp::MockIdp::start().await?;
/// # let issuer = idp.default_issuer();
/// let outage = Fault::status(503).times(3);
/// issuer.fail_next(Endpoint::Keys, outage.clone());
/// // Here the program under test would ask for the keys.
/// # reqwest::get(format!("{}/v1/keys", issuer.url())).await?;
///
/// let armed = &issuer.faults()[0];
/// assert_eq!((armed.id, armed.struck, armed.left()), (1, 1, Times::Times(2)));
/// assert_eq!(armed.ordered(), NewFault::new(Endpoint::Keys, outage)); // this does not change
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ArmedFault {
    /// Its number within the issuer, from 1.
    pub id: u64,
    /// The endpoint whose answers it changes.
    pub endpoint: Endpoint,
    /// The requests that it applies to.
    #[serde(default)]
    pub when: When,
    /// Whether the request takes effect.
    #[serde(default)]
    pub phase: Phase,
    /// What it does.
    pub fault: Kind,
    /// How often it applies in all.
    #[serde(default)]
    pub times: Times,
    /// How often it has applied.
    #[serde(default)]
    #[schema(format = Int64, maximum = 4_294_967_295_i64)]
    pub struck: u32,
}

impl ArmedFault {
    fn new(id: u64, ordered: NewFault) -> Self {
        let NewFault { endpoint, when, phase, fault, times } = ordered;
        Self { id, endpoint, when, phase, fault, times, struck: 0 }
    }

    /// How often it will still strike.
    pub const fn left(&self) -> Times {
        match self.times {
            Times::Times(times) => Times::Times(times.saturating_sub(self.struck)),
            Times::Always => Times::Always,
        }
    }

    /// What was ordered.
    pub fn ordered(&self) -> NewFault {
        NewFault {
            endpoint: self.endpoint,
            when: self.when.clone(),
            phase: self.phase,
            fault: self.fault.clone(),
            times: self.times,
        }
    }

    /// Whether it can be meant for requests to this endpoint.
    fn is_at(&self, endpoint: Endpoint) -> bool {
        // The callback answers the authorization request, also if it follows the sign-in page.
        let after_the_page = self.endpoint == Endpoint::Authorize
            && endpoint == Endpoint::SignIn
            && self.fault.is_within(endpoint);
        self.endpoint == endpoint || after_the_page
    }

    fn is_spent(&self) -> bool {
        self.left() == Times::Times(0)
    }
}

/// All faults of an issuer, oldest first. As JSON: a list.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(from = "Vec<ArmedFault>", into = "Vec<ArmedFault>")]
pub(crate) struct Faults {
    armed: VecDeque<ArmedFault>,
    /// The number of the newest.
    last: u64,
}

impl From<Vec<ArmedFault>> for Faults {
    fn from(armed: Vec<ArmedFault>) -> Self {
        Self { last: armed.iter().map(|fault| fault.id).max().unwrap_or_default(), armed: armed.into() }
    }
}

impl From<Faults> for Vec<ArmedFault> {
    fn from(faults: Faults) -> Self {
        faults.armed.into()
    }
}

impl Faults {
    /// Adds a fault after those that wait already.
    pub(crate) fn arm(&mut self, ordered: NewFault) -> &ArmedFault {
        if self.armed.len() >= CAPACITY {
            let at = self.armed.iter().position(ArmedFault::is_spent).unwrap_or_default();
            self.armed.remove(at);
        }
        self.last += 1;
        self.armed.push_back(ArmedFault::new(self.last, ordered));
        &self.armed[self.armed.len() - 1]
    }

    /// All of them, spent ones too.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &ArmedFault> {
        self.armed.iter()
    }

    /// The one with this number.
    pub(crate) fn get(&self, id: u64) -> Option<&ArmedFault> {
        self.armed.iter().find(|fault| fault.id == id)
    }

    /// Removes one, and says whether it was there.
    pub(crate) fn disarm(&mut self, id: u64) -> bool {
        let before = self.armed.len();
        self.armed.retain(|fault| fault.id != id);
        self.armed.len() < before
    }

    /// Removes all. No number is used again, so an old number never means a new fault.
    pub(crate) fn clear(&mut self) {
        self.armed.clear();
    }

    /// Whether a fault can strike at this endpoint.
    pub(crate) fn wait_at(&self, endpoint: Endpoint) -> bool {
        self.waiting().any(|fault| fault.is_at(endpoint))
    }

    /// The oldest fault that is meant for this request, and may be chosen.
    pub(crate) fn meant_for(
        &self,
        request: &RequestFacts,
        may_be_chosen: impl Fn(&ArmedFault) -> bool,
    ) -> Option<&ArmedFault> {
        self.waiting().find(|fault| {
            may_be_chosen(fault) && fault.is_at(request.endpoint) && fault.when.matches(request)
        })
    }

    /// Counts a strike of a fault. `false` if the fault is spent because another request was faster.
    pub(crate) fn strike(&mut self, id: u64) -> bool {
        let fault = self.armed.iter_mut().find(|fault| fault.id == id && !fault.is_spent());
        fault.is_some_and(|fault| {
            fault.struck = fault.struck.saturating_add(1);
            true
        })
    }

    fn waiting(&self) -> impl Iterator<Item = &ArmedFault> {
        self.armed.iter().filter(|fault| !fault.is_spent())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fault::Fault;

    fn at_token(fault: Fault) -> NewFault {
        NewFault::new(Endpoint::Token, fault)
    }

    fn chosen(faults: &Faults) -> Option<u64> {
        faults.meant_for(&RequestFacts::at(Endpoint::Token), |_| true).map(|fault| fault.id)
    }

    #[test]
    fn the_oldest_strikes_first_and_only_so_often() {
        let mut faults = Faults::default();
        faults.arm(at_token(Fault::status(500).times(2)));
        faults.arm(at_token(Fault::hang().always()));
        let struck: Vec<u64> = (0..4)
            .map(|_| {
                let id = chosen(&faults).unwrap();
                assert!(faults.strike(id));
                id
            })
            .collect();
        assert_eq!(struck, [1, 1, 2, 2]);
        assert!(!faults.strike(1), "it is spent");
        let left: Vec<Times> = faults.iter().map(ArmedFault::left).collect();
        assert_eq!(left, [Times::Times(0), Times::Always]);
    }

    #[test]
    fn a_number_is_never_used_again() {
        let mut faults = Faults::default();
        faults.arm(at_token(Fault::hang()));
        assert!(faults.disarm(1) && !faults.disarm(1));
        assert_eq!(faults.arm(at_token(Fault::hang())).id, 2);
        faults.clear();
        assert_eq!((chosen(&faults), faults.arm(at_token(Fault::hang())).id), (None, 3));
    }

    #[test]
    fn what_is_spent_makes_room_first() {
        let mut faults = Faults::default();
        for _ in 0..CAPACITY {
            faults.arm(at_token(Fault::hang()));
        }
        faults.strike(7);
        faults.arm(at_token(Fault::hang()));
        assert_eq!((faults.iter().count(), faults.get(7)), (CAPACITY, None));
        faults.arm(at_token(Fault::hang()));
        assert_eq!(faults.get(1), None, "then the oldest");
    }
}

//! The API gateway: who calls, and whether the call may pass. Pure.

mod caller;
mod gate;
mod judge;
mod rules;

pub(crate) use caller::{Authorization, Caller, Proof, addressed};
pub(crate) use gate::Gate;
pub(crate) use judge::{BODY_LIMIT, Call, Pass, Refused, identify, judge};
pub use rules::{BadTokenStatus, GatewayRules};

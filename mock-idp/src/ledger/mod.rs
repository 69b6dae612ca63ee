//! What an issuer remembers. Pure: moments come in as arguments.

mod bounded;
mod code;
mod flow;
mod memory;
mod quota;
mod refresh;
mod revocation;
#[cfg(test)]
mod sample;
mod session;
mod sign_in;
mod sign_in_mode;

pub(crate) use bounded::pairs;
pub(crate) use code::{CodeGrant, Codes, Found};
pub(crate) use flow::Flows;
pub(crate) use memory::Ledger;
pub(crate) use quota::Quotas;
pub(crate) use refresh::{RefreshGrant, RefreshTokens};
pub(crate) use revocation::Revocations;
pub(crate) use session::{Session, Sessions};
pub(crate) use sign_in::{SignIn, SignIns};
pub use sign_in_mode::SignInMode;

//! From a grant to tokens, one grant per file.
//!
//! Pure: parameters, memory, a moment and random bytes give a decision. The tokens are claims that are not signed yet.

mod authorization_code;
mod client_credentials;
mod context;
mod decide;
pub(crate) mod implicit;
mod mint;
mod order;
mod refresh_token;

pub(crate) use authorization_code::{SignedInRequest, issue_code};
pub(crate) use context::{Context, TokenRequest};
pub(crate) use mint::{Issuance, Minting, person_claims};
pub(crate) use order::Terms;
pub use order::{OrderError, TokenOrder};

//! What an issuer remembers. Pure: moments come in as arguments.

mod bounded;
mod code;
mod flow;
mod quota;
mod refresh;
mod revocation;
mod session;
mod sign_in;
mod sign_in_mode;

use bounded::Bounded;
pub(crate) use bounded::pairs;
pub(crate) use code::{CodeGrant, Codes, Found};
pub(crate) use flow::Flows;
pub(crate) use quota::Quotas;
pub(crate) use refresh::{RefreshGrant, RefreshTokens};
pub(crate) use revocation::Revocations;
pub(crate) use session::{Session, Sessions};
pub(crate) use sign_in::{SignIn, SignIns};
pub use sign_in_mode::SignInMode;

/// How many codes, sessions, refresh tokens and so on an issuer remembers of each; the oldest are forgotten first.
const CAPACITY: usize = 20_000;

/// All that an issuer remembers of its past.
#[derive(Debug)]
pub(crate) struct Ledger {
    /// Authorization codes, redeemed ones too.
    pub codes: Codes,
    /// Refresh tokens, used ones too.
    pub refresh_tokens: RefreshTokens,
    /// Browsers in which somebody is signed in.
    pub sessions: Sessions,
    /// Whether sign-in pages are shown at all.
    pub sign_in_mode: SignInMode,
    /// Sign-in pages that were shown.
    pub sign_ins: SignIns,
    /// What was revoked.
    pub revocations: Revocations,
    /// API calls of the current minute.
    pub quotas: Quotas,
    /// What belongs to one sign-in attempt.
    pub flows: Flows,
}

impl Default for Ledger {
    fn default() -> Self {
        Self {
            codes: Codes::new(CAPACITY),
            refresh_tokens: RefreshTokens::default(),
            sessions: Sessions::default(),
            sign_in_mode: SignInMode::default(),
            sign_ins: SignIns::new(CAPACITY),
            revocations: Revocations::default(),
            quotas: Quotas::default(),
            flows: Flows::default(),
        }
    }
}

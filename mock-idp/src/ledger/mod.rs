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

/// How many things of each kind an issuer remembers: codes, sessions, refresh tokens and so on. The oldest are forgotten
/// first.
const CAPACITY: usize = 20_000;

/// All that an issuer remembers of its past.
#[derive(Debug)]
pub(crate) struct Ledger {
    /// Authorization codes, redeemed ones too.
    pub codes: Codes,
    /// Refresh tokens, used ones too.
    pub refresh_tokens: RefreshTokens,
    /// The sessions of signed-in browsers.
    pub sessions: Sessions,
    /// Whether sign-in pages are shown.
    pub sign_in_mode: SignInMode,
    /// Sign-in pages that were shown.
    pub sign_ins: SignIns,
    /// What was revoked.
    pub revocations: Revocations,
    /// API calls of the current minute.
    pub quotas: Quotas,
    /// Which sign-in attempt each credential belongs to.
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

#[cfg(test)]
mod tests {
    use crate::protocol::{
        claims::{Claims, Person},
        text::{UserId, Username},
        timestamp::Timestamp,
    };

    /// The moment so many seconds after the first.
    pub(super) fn at(seconds: i64) -> Timestamp {
        Timestamp::from_unix_seconds(1_767_323_045 + seconds).unwrap()
    }

    pub(super) fn sam() -> Person {
        Person { username: Username::new("sam@example.com"), uid: UserId::new("00u1"), claims: Claims::new() }
    }
}

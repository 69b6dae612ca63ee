//! Ordering a fault in Rust.

use serde_json::Value;

use super::{
    CallbackChange, DelayFault, KeysChange, Kind, MetadataChange, OAuthErrorFault, Phase, RateLimitFault,
    StatusFault, Times, TokenChange, TokenFault, TruncateFault, UserinfoChange, When, WhichToken,
};
use crate::protocol::{
    grant_type::GrantType,
    text::{ApiKey, Username},
};

/// A fault, for [`Issuer::fail_next`](crate::Issuer::fail_next): what it does, for which requests, how often. Unless
/// told otherwise it strikes once, at the next request, before that takes effect.
///
/// ```
/// use mock_idp::{Endpoint, Fault, GrantType, MockIdp, fault::TokenChange};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let idp = MockIdp::start().await?;
/// let issuer = idp.issuer("sign-in-test");
/// issuer.fail_next(Endpoint::Token, Fault::status(503));
/// // The second refresh rotates the token, and the answer is lost.
/// let lost = Fault::reset().after().for_grant(GrantType::RefreshToken);
/// issuer.fail_next(Endpoint::Token, lost.for_app("OidcAppKey0000000000000000000001"));
/// issuer.fail_next(Endpoint::Token, Fault::token([TokenChange::Expired]).for_state_prefix("this-test"));
///
/// // Here the program under test would ask for tokens.
/// # reqwest::Client::new().post(format!("http://{}/oauth2/sign-in-test/v1/token", idp.addr())).send().await?;
/// assert_eq!(issuer.faults()[0].struck, 1);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq)]
#[must_use = "a fault strikes only where an issuer is told of it"]
pub struct Fault {
    pub(super) kind: Kind,
    pub(super) when: When,
    pub(super) phase: Phase,
    pub(super) times: Times,
}

impl From<Kind> for Fault {
    fn from(kind: Kind) -> Self {
        Self { kind, when: When::default(), phase: Phase::default(), times: Times::default() }
    }
}

impl From<TokenFault> for Fault {
    fn from(fault: TokenFault) -> Self {
        Kind::Token(fault).into()
    }
}

/// What it does.
impl Fault {
    /// This status with an empty body: see [`StatusFault`].
    pub fn status(status: u16) -> Self {
        Kind::Status(StatusFault { status, body: None, headers: std::collections::BTreeMap::new() }).into()
    }

    /// This status, body and headers.
    pub fn answer<'a>(
        status: u16,
        body: impl Into<String>,
        headers: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Self {
        let headers = headers.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        Kind::Status(StatusFault { status, body: Some(body.into()), headers }).into()
    }

    /// This `error`: see [`OAuthErrorFault`].
    pub fn oauth_error(error: &str) -> Self {
        Kind::OAuthError(OAuthErrorFault { error: error.to_owned(), description: None }).into()
    }

    /// The answer comes `by` later.
    pub fn delay(by: std::time::Duration) -> Self {
        // No more than can be read again.
        let ms = i64::try_from(by.as_millis()).unwrap_or(i64::MAX).unsigned_abs();
        Kind::Delay(DelayFault { ms }).into()
    }

    /// There is no answer until the client gives up or the mock stops.
    pub fn hang() -> Self {
        Kind::Hang {}.into()
    }

    /// The connection is reset.
    pub fn reset() -> Self {
        Kind::Reset {}.into()
    }

    /// The answer breaks off after so many bytes of its body.
    pub fn truncate(bytes: usize) -> Self {
        // No body is longer.
        Kind::Truncate(TruncateFault { bytes: bytes.min(isize::MAX.unsigned_abs()) }).into()
    }

    /// A whole answer that is not quite JSON.
    pub fn malformed_json() -> Self {
        Kind::MalformedJson {}.into()
    }

    /// A page where JSON is expected.
    pub fn not_json() -> Self {
        Kind::NotJson {}.into()
    }

    /// 429; the client may come again in so many seconds.
    pub fn rate_limit(retry_after: u32) -> Self {
        Kind::RateLimit(RateLimitFault { retry_after }).into()
    }

    /// Changes to both tokens.
    pub fn token(changes: impl IntoIterator<Item = TokenChange>) -> Self {
        TokenFault { token: changes.into_iter().collect(), ..TokenFault::default() }.into()
    }

    /// Tokens without these claims.
    pub fn omit<'a>(claims: impl IntoIterator<Item = &'a str>) -> Self {
        TokenFault { omit: claims.into_iter().map(str::to_owned).collect(), ..TokenFault::default() }.into()
    }

    /// Tokens in which a claim has this value.
    pub fn set(claim: &str, value: impl Into<Value>) -> Self {
        let set = std::iter::once((claim.to_owned(), value.into())).collect();
        TokenFault { set, ..TokenFault::default() }.into()
    }

    /// A callback that a client must not follow.
    pub fn callback(callback: CallbackChange) -> Self {
        Kind::Callback { callback }.into()
    }

    /// A key set without the right key.
    pub fn keys(keys: KeysChange) -> Self {
        Kind::Keys { keys }.into()
    }

    /// Metadata of another issuer.
    pub fn metadata(metadata: MetadataChange) -> Self {
        Kind::Metadata { metadata }.into()
    }

    /// Claims of another person.
    pub fn userinfo(userinfo: UserinfoChange) -> Self {
        Kind::Userinfo { userinfo }.into()
    }
}

/// For which requests, and how often.
impl Fault {
    /// Only for requests by this app.
    pub fn for_app(mut self, api_key: &str) -> Self {
        self.when.app = Some(ApiKey::new(api_key));
        self
    }

    /// Only for this user.
    pub fn for_user(mut self, username: &str) -> Self {
        self.when.user = Some(Username::new(username));
        self
    }

    /// Only for sign-ins whose `state` begins so.
    pub fn for_state_prefix(mut self, prefix: &str) -> Self {
        self.when.state_prefix = Some(prefix.to_owned());
        self
    }

    /// Only for this grant type.
    pub const fn for_grant(mut self, grant_type: GrantType) -> Self {
        self.when.grant_type = Some(grant_type);
        self
    }

    /// Only after the request has taken effect: the answer is lost.
    pub const fn after(mut self) -> Self {
        self.phase = Phase::After;
        self
    }

    /// So many times.
    pub const fn times(mut self, times: u32) -> Self {
        self.times = Times::Times(times);
        self
    }

    /// Until it is taken away.
    pub const fn always(mut self) -> Self {
        self.times = Times::Always;
        self
    }

    /// A token fault in one of the two tokens only. Other faults stay as they are.
    pub const fn in_token(mut self, which: WhichToken) -> Self {
        if let Kind::Token(fault) = &mut self.kind {
            fault.which = which;
        }
        self
    }
}

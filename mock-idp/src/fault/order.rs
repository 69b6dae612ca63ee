//! Ordering a fault in Rust.

use serde_json::Value;

use super::{
    AnswerFault, CallbackChange, ConnectionFault, DelayFault, DocumentFault, KeysChange, Kind,
    MetadataChange, OAuthErrorFault, Phase, RateLimitFault, StatusFault, Times, TokenChange, TokenFault,
    TruncateFault, UserinfoChange, When, WhichToken,
};
use crate::protocol::{
    grant_type::GrantType,
    text::{ApiKey, Username},
};

/// A fault, for [`Issuer::fail_next`](crate::Issuer::fail_next): what it does, for which requests, how often. By
/// default it strikes once, at the next request, before the request takes effect.
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
#[must_use = "a fault strikes only after it is given to an issuer"]
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
        Kind::Answer(AnswerFault::Status(StatusFault::new(status))).into()
    }

    /// This status, body and headers.
    ///
    /// ```
    /// # use mock_idp::{Endpoint, Fault};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let idp = mock_idp::MockIdp::start().await?;
    /// # let issuer = idp.default_issuer();
    /// # let keys_url = format!("{}/v1/keys", issuer.url());
    /// issuer.fail_next(Endpoint::Keys, Fault::answer(503, r#"{"error":"down"}"#, [("Retry-After", "5")]));
    /// let answer = reqwest::get(&keys_url).await?;
    /// assert_eq!((answer.status().as_u16(), answer.headers()["retry-after"].to_str()?), (503, "5"));
    /// assert_eq!(answer.headers()["content-type"], "application/json"); // since the body is JSON
    /// assert_eq!(answer.text().await?, r#"{"error":"down"}"#);
    /// # Ok(())
    /// # }
    /// ```
    pub fn answer<'a>(
        status: u16,
        body: impl Into<String>,
        headers: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Self {
        let headers = headers.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        Kind::Answer(AnswerFault::Status(StatusFault { status, body: Some(body.into()), headers })).into()
    }

    /// This `error`: see [`OAuthErrorFault`].
    ///
    /// ```
    /// # use mock_idp::{Endpoint, Fault};
    /// # use serde_json::{Value, json};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let idp = mock_idp::MockIdp::start().await?;
    /// # let issuer = idp.default_issuer();
    /// issuer.fail_next(Endpoint::Token, Fault::oauth_error("invalid_grant"));
    /// // Here the program under test sends a refresh token.
    /// # let answer = reqwest::Client::new().post(format!("{}/v1/token", issuer.url())).send().await?;
    /// assert_eq!(answer.status(), 400);
    /// let why = "A fault of the mock: this was ordered.";
    /// assert_eq!(answer.json::<Value>().await?, json!({ "error": "invalid_grant", "error_description": why }));
    /// # Ok(())
    /// # }
    /// ```
    pub fn oauth_error(error: &str) -> Self {
        Kind::Answer(AnswerFault::OAuthError(OAuthErrorFault::new(error))).into()
    }

    /// The answer comes `by` later.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use mock_idp::{Endpoint, Fault};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let idp = mock_idp::MockIdp::start().await?;
    /// # let issuer = idp.default_issuer();
    /// let by = Duration::from_millis(30);
    /// issuer.fail_next(Endpoint::Keys, Fault::delay(by));
    /// // Here the program under test asks for the keys, and waits.
    /// # let answer = reqwest::get(format!("{}/v1/keys", issuer.url())).await?;
    /// assert_eq!(answer.status(), 200); // late, and true
    /// let call = issuer.journal().expect_one(Endpoint::Keys).await?;
    /// assert!(call.at.since(call.began) >= by);
    /// # Ok(())
    /// # }
    /// ```
    pub fn delay(by: std::time::Duration) -> Self {
        // A greater number could not be read again.
        let ms = i64::try_from(by.as_millis()).unwrap_or(i64::MAX).unsigned_abs();
        Kind::Connection(ConnectionFault::Delay(DelayFault { ms })).into()
    }

    /// There is no answer until the client gives up or the mock stops.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use mock_idp::{Endpoint, Fault};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let idp = mock_idp::MockIdp::start().await?;
    /// # let issuer = idp.default_issuer();
    /// issuer.fail_next(Endpoint::Keys, Fault::hang());
    /// let client = reqwest::Client::builder().timeout(Duration::from_millis(100)).build()?;
    /// let error = client.get(format!("{}/v1/keys", issuer.url())).send().await.unwrap_err();
    /// assert!(error.is_timeout());
    /// # Ok(())
    /// # }
    /// ```
    pub fn hang() -> Self {
        Kind::Connection(ConnectionFault::Hang).into()
    }

    /// The connection is reset.
    ///
    /// ```
    /// # use std::{error::Error, io, iter::successors};
    /// # use mock_idp::{Endpoint, Fault};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let idp = mock_idp::MockIdp::start().await?;
    /// # let issuer = idp.default_issuer();
    /// issuer.fail_next(Endpoint::Keys, Fault::reset());
    /// let error = reqwest::get(format!("{}/v1/keys", issuer.url())).await.unwrap_err();
    /// let first: &dyn Error = &error;
    /// let mut causes = successors(Some(first), |&cause| cause.source());
    /// let io_error = causes.find_map(|cause| cause.downcast_ref::<io::Error>()).unwrap();
    /// assert_eq!(io_error.kind(), io::ErrorKind::ConnectionReset);
    /// # Ok(())
    /// # }
    /// ```
    pub fn reset() -> Self {
        Kind::Connection(ConnectionFault::Reset).into()
    }

    /// The answer breaks off after this many bytes of its body.
    ///
    /// ```
    /// # use mock_idp::{Endpoint, Fault};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let idp = mock_idp::MockIdp::start().await?;
    /// # let issuer = idp.default_issuer();
    /// issuer.fail_next(Endpoint::Keys, Fault::truncate(10));
    /// let answer = reqwest::get(format!("{}/v1/keys", issuer.url())).await?;
    /// assert_eq!(answer.status(), 200); // it begins well
    /// assert!(answer.text().await.is_err());
    /// # Ok(())
    /// # }
    /// ```
    pub fn truncate(bytes: usize) -> Self {
        // No body is longer.
        let bytes = bytes.min(isize::MAX.unsigned_abs());
        Kind::Connection(ConnectionFault::Truncate(TruncateFault { bytes })).into()
    }

    /// A whole answer that is not quite JSON.
    ///
    /// ```
    /// # use mock_idp::{Endpoint, Fault};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let idp = mock_idp::MockIdp::start().await?;
    /// # let issuer = idp.default_issuer();
    /// # let keys_url = format!("{}/v1/keys", issuer.url());
    /// let whole = reqwest::get(&keys_url).await?.text().await?;
    /// issuer.fail_next(Endpoint::Keys, Fault::malformed_json().after());
    /// let answer = reqwest::get(&keys_url).await?;
    /// assert_eq!(answer.headers()["content-type"], "application/json");
    /// assert_eq!(answer.text().await?, whole.strip_suffix('}').unwrap());
    /// # Ok(())
    /// # }
    /// ```
    pub fn malformed_json() -> Self {
        Kind::Answer(AnswerFault::MalformedJson).into()
    }

    /// A page where JSON is expected.
    ///
    /// ```
    /// # use mock_idp::{Endpoint, Fault};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let idp = mock_idp::MockIdp::start().await?;
    /// # let issuer = idp.default_issuer();
    /// issuer.fail_next(Endpoint::Token, Fault::not_json());
    /// // Here the program under test sends a code.
    /// # let answer = reqwest::Client::new().post(format!("{}/v1/token", issuer.url())).send().await?;
    /// assert_eq!(answer.status(), 200);
    /// assert_eq!(answer.headers()["content-type"], "text/html; charset=utf-8");
    /// assert!(answer.json::<serde_json::Value>().await.unwrap_err().is_decode());
    /// # Ok(())
    /// # }
    /// ```
    pub fn not_json() -> Self {
        Kind::Answer(AnswerFault::NotJson).into()
    }

    /// 429; the client is asked to wait this many seconds.
    ///
    /// ```
    /// # use mock_idp::{Endpoint, Fault};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let idp = mock_idp::MockIdp::start().await?;
    /// # let issuer = idp.default_issuer();
    /// # let keys_url = format!("{}/v1/keys", issuer.url());
    /// issuer.fail_next(Endpoint::Keys, Fault::rate_limit(7));
    /// let answer = reqwest::get(&keys_url).await?;
    /// assert_eq!((answer.status().as_u16(), answer.headers()["retry-after"].to_str()?), (429, "7"));
    /// assert_eq!(reqwest::get(&keys_url).await?.status(), 200); // the fault struck once, whether or not the client has waited
    /// # Ok(())
    /// # }
    /// ```
    pub fn rate_limit(retry_after: u32) -> Self {
        Kind::Answer(AnswerFault::RateLimit(RateLimitFault { retry_after })).into()
    }

    /// Changes to both tokens.
    ///
    /// ```
    /// # use fixtures::backend_app;
    /// # use mock_idp::{Endpoint, Fault, Unverified, fault::TokenChange};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let idp = mock_idp::MockIdp::start().await?;
    /// # let issuer = idp.default_issuer();
    /// issuer.fail_next(Endpoint::Token, Fault::token([TokenChange::WrongAudience, TokenChange::AlgNone]));
    /// // Here the program under test gets a token.
    /// # let request = reqwest::Client::new().post(format!("{}/v1/token", issuer.url()));
    /// # let request = request.basic_auth(backend_app::API_KEY, Some(backend_app::API_SECRET));
    /// # let answer = request.body("grant_type=client_credentials&scope=anonymous").send().await?;
    /// # let tokens: serde_json::Value = answer.json().await?;
    /// # let token = tokens["access_token"].as_str().unwrap();
    /// assert!(token.ends_with('.')); // no signature
    /// let token = Unverified::parse(token).unwrap();
    /// assert_eq!(token.header["alg"], "none");
    /// assert_eq!(token.claims.text("aud"), Some("anotherAudience"));
    /// # Ok(())
    /// # }
    /// ```
    pub fn token(changes: impl IntoIterator<Item = TokenChange>) -> Self {
        TokenFault { token: changes.into_iter().collect(), ..TokenFault::default() }.into()
    }

    /// Tokens without these claims.
    ///
    /// ```
    /// # use fixtures::backend_app;
    /// # use mock_idp::{Endpoint, Fault};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let idp = mock_idp::MockIdp::start().await?;
    /// # let issuer = idp.default_issuer();
    /// issuer.fail_next(Endpoint::Token, Fault::omit(["exp", "aud"]));
    /// // Here the program under test gets a token.
    /// # let request = reqwest::Client::new().post(format!("{}/v1/token", issuer.url()));
    /// # let request = request.basic_auth(backend_app::API_KEY, Some(backend_app::API_SECRET));
    /// # let answer = request.body("grant_type=client_credentials&scope=anonymous").send().await?;
    /// # let tokens: serde_json::Value = answer.json().await?;
    /// # let token = tokens["access_token"].as_str().unwrap();
    /// let claims = issuer.keys().verified(token).unwrap(); // the signature is good
    /// assert_eq!((claims.get("exp"), claims.get("aud")), (None, None));
    /// # Ok(())
    /// # }
    /// ```
    pub fn omit<'a>(claims: impl IntoIterator<Item = &'a str>) -> Self {
        TokenFault { omit: claims.into_iter().map(str::to_owned).collect(), ..TokenFault::default() }.into()
    }

    /// Tokens in which a claim has this value.
    ///
    /// ```
    /// # use fixtures::backend_app;
    /// # use mock_idp::{Endpoint, Fault};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let idp = mock_idp::MockIdp::start().await?;
    /// # let issuer = idp.default_issuer();
    /// issuer.fail_next(Endpoint::Token, Fault::set("iat", "yesterday"));
    /// // Here the program under test gets a token.
    /// # let request = reqwest::Client::new().post(format!("{}/v1/token", issuer.url()));
    /// # let request = request.basic_auth(backend_app::API_KEY, Some(backend_app::API_SECRET));
    /// # let answer = request.body("grant_type=client_credentials&scope=anonymous").send().await?;
    /// # let tokens: serde_json::Value = answer.json().await?;
    /// # let token = tokens["access_token"].as_str().unwrap();
    /// let claims = issuer.keys().verified(token).unwrap();
    /// assert_eq!(claims.text("iat"), Some("yesterday")); // a string in place of a number
    /// # Ok(())
    /// # }
    /// ```
    pub fn set(claim: &str, value: impl Into<Value>) -> Self {
        let set = std::iter::once((claim.to_owned(), value.into())).collect();
        TokenFault { set, ..TokenFault::default() }.into()
    }

    /// A callback that a client must not follow.
    ///
    /// ```
    /// # use fixtures::tutorial_app::{API_KEY, REDIRECT_URI};
    /// # use mock_idp::{Endpoint, Fault, fault::CallbackChange};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let idp = mock_idp::MockIdp::start().await?;
    /// # let issuer = idp.default_issuer();
    /// # issuer.sign_in_as("subscriber@example.com");
    /// issuer.fail_next(Endpoint::Authorize, Fault::callback(CallbackChange::WrongState));
    /// // Here a browser signs in with the state `s`, and is sent back to the app.
    /// # let browser = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build()?;
    /// # let app = format!("client_id={API_KEY}&redirect_uri={REDIRECT_URI}");
    /// # let url = format!("{}/v1/authorize?{app}&response_type=code&scope=openid&state=s", issuer.url());
    /// # let answer = browser.get(url).send().await?;
    /// # let callback = url::Url::parse(answer.headers()["location"].to_str()?)?;
    /// let state = callback.query_pairs().find(|(name, _)| name == "state");
    /// assert_eq!(state.unwrap().1, "anotherState"); // so the client must not send its code
    /// # Ok(())
    /// # }
    /// ```
    pub fn callback(callback: CallbackChange) -> Self {
        Kind::Callback(callback).into()
    }

    /// A key set without the right key.
    ///
    /// ```
    /// # use mock_idp::{Endpoint, Fault, fault::KeysChange};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let idp = mock_idp::MockIdp::start().await?;
    /// # let issuer = idp.default_issuer();
    /// # let keys_url = format!("{}/v1/keys", issuer.url());
    /// issuer.fail_next(Endpoint::Keys, Fault::keys(KeysChange::Empty));
    /// assert_eq!(reqwest::get(&keys_url).await?.text().await?, r#"{"keys":[]}"#);
    /// # Ok(())
    /// # }
    /// ```
    pub fn keys(keys: KeysChange) -> Self {
        Kind::Document(DocumentFault::Keys(keys)).into()
    }

    /// Metadata of another issuer.
    ///
    /// ```
    /// # use mock_idp::{Endpoint, Fault, fault::MetadataChange};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let idp = mock_idp::MockIdp::start().await?;
    /// # let issuer = idp.default_issuer();
    /// issuer.fail_next(Endpoint::Metadata, Fault::metadata(MetadataChange::WrongIssuer));
    /// let answer = reqwest::get(format!("{}/.well-known/openid-configuration", issuer.url())).await?;
    /// let metadata: serde_json::Value = answer.json().await?;
    /// assert_ne!(metadata["issuer"], issuer.url()); // to be refused
    /// # Ok(())
    /// # }
    /// ```
    pub fn metadata(metadata: MetadataChange) -> Self {
        Kind::Document(DocumentFault::Metadata(metadata)).into()
    }

    /// Claims of another person.
    ///
    /// ```
    /// # use mock_idp::{Endpoint, Fault, TokenOrder, fault::UserinfoChange};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let idp = mock_idp::MockIdp::start().await?;
    /// # let issuer = idp.default_issuer();
    /// let client = reqwest::Client::new();
    /// let token = issuer.mint(&TokenOrder::new())?.access_token.unwrap();
    /// issuer.fail_next(Endpoint::Userinfo, Fault::userinfo(UserinfoChange::ForeignSubject));
    /// let mut subjects = Vec::new();
    /// for _ in 0..2 {
    ///     let request = client.get(format!("{}/v1/userinfo", issuer.url())).bearer_auth(&token);
    ///     subjects.push(request.send().await?.json::<serde_json::Value>().await?["sub"].take());
    /// }
    /// assert_eq!(subjects, ["00uSomebodyElse00000", "00u0demosubscriber01"]);
    /// # Ok(())
    /// # }
    /// ```
    pub fn userinfo(userinfo: UserinfoChange) -> Self {
        Kind::Document(DocumentFault::Userinfo(userinfo)).into()
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
    ///
    /// ```
    /// # use fixtures::{dealer, subscriber};
    /// # use mock_idp::{Endpoint, Fault, TokenOrder};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let idp = mock_idp::MockIdp::start().await?;
    /// # let issuer = idp.default_issuer();
    /// issuer.fail_next(Endpoint::Userinfo, Fault::status(503).for_user(dealer::USERNAME));
    /// let client = reqwest::Client::new();
    /// for (user, status) in [(subscriber::USERNAME, 200), (dealer::USERNAME, 503)] {
    ///     let tokens = issuer.mint(&TokenOrder::new().user(user))?;
    ///     let request = client.get(format!("{}/v1/userinfo", issuer.url()));
    ///     assert_eq!(request.bearer_auth(tokens.access_token.unwrap()).send().await?.status(), status);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn for_user(mut self, username: &str) -> Self {
        self.when.user = Some(Username::new(username));
        self
    }

    /// Only for sign-ins whose `state` begins with this.
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

    /// This many times.
    ///
    /// ```
    /// # use fixtures::backend_app;
    /// # use mock_idp::{Endpoint, Fault};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let idp = mock_idp::MockIdp::start().await?;
    /// # let issuer = idp.default_issuer();
    /// issuer.fail_next(Endpoint::Token, Fault::rate_limit(1).for_app(backend_app::API_KEY).times(2));
    /// // Here a backend asks for a token until it gets one.
    /// # let mut statuses = Vec::new();
    /// # while statuses.last().is_none_or(|status| *status != 200) {
    /// #     let request = reqwest::Client::new().post(format!("{}/v1/token", issuer.url()));
    /// #     let request = request.basic_auth(backend_app::API_KEY, Some(backend_app::API_SECRET));
    /// #     statuses.push(request.body("grant_type=client_credentials&scope=anonymous").send().await?.status());
    /// # }
    /// assert_eq!(statuses, [429, 429, 200]);
    /// # Ok(())
    /// # }
    /// ```
    pub const fn times(mut self, times: u32) -> Self {
        self.times = Times::Times(times);
        self
    }

    /// Until it is removed.
    ///
    /// ```
    /// # use mock_idp::{Endpoint, Fault};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let idp = mock_idp::MockIdp::start().await?;
    /// # let issuer = idp.default_issuer();
    /// # let keys_url = format!("{}/v1/keys", issuer.url());
    /// issuer.fail_next(Endpoint::Keys, Fault::status(503).always());
    /// for _ in 0..3 {
    ///     assert_eq!(reqwest::get(&keys_url).await?.status(), 503);
    /// }
    /// issuer.reset(); // removes it
    /// assert_eq!(reqwest::get(&keys_url).await?.status(), 200);
    /// # Ok(())
    /// # }
    /// ```
    pub const fn always(mut self) -> Self {
        self.times = Times::Always;
        self
    }

    /// Changes only one of the two tokens. Only token faults can do so; other faults do not change.
    ///
    /// ```
    /// use mock_idp::{Fault, fault::{TokenChange, TokenFault, WhichToken}};
    ///
    /// let fault = Fault::token([TokenChange::WrongNonce]).in_token(WhichToken::Id);
    /// let named: TokenFault = serde_json::from_str(r#"{ "token": ["wrong_nonce"], "which": "id" }"#)?;
    /// assert_eq!(fault, Fault::from(named));
    /// assert_eq!(Fault::hang().in_token(WhichToken::Id), Fault::hang());
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub const fn in_token(mut self, which: WhichToken) -> Self {
        if let Kind::Token(fault) = &mut self.kind {
            fault.which = which;
        }
        self
    }
}

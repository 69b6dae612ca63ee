//! The backend's own token. It is fetched when it is needed, by one request however many callers wait. It is renewed in
//! the background before it expires, and not requested while the authorization server asks to wait.
//!
//! | the token | a call gets | in the background |
//! |---|---|---|
//! | is fresh | it | |
//! | expires within a minute | it | it is renewed; if that fails, it is used to its end |
//! | has expired, or there is none | what one fetch brings, a token or a refusal | |
//! | could not be fetched, and it is too early to ask again | the same refusal, at once | |
//! Time is tokio's, so a test can pause and advance it.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use http::HeaderValue;
use serde::Deserialize;
use tokio::{sync::watch, time::Instant};

use crate::{
    error::Refusal,
    grant,
    upstream::{TokenAnswer, Upstream},
};

/// A token is renewed this long before it expires, or a tenth of its lifetime if that is less.
const RENEW_BEFORE: Duration = Duration::from_mins(1);
/// After a renewal that failed, the next one waits this long: there is still a token, so nothing is lost.
const RENEW_AGAIN_AFTER: Duration = Duration::from_secs(5);
/// Refused credentials are not sent again sooner: only a person can correct them.
const REFUSED_CREDENTIALS_REST: Duration = Duration::from_secs(5);
/// How long the replacement of a refused token is kept if it is refused, too: the API then has other reasons.
const REFUSED_REPLACEMENT_REST: Duration = Duration::from_secs(30);
/// How long a token is used if its answer has no `expires_in` (RFC 6749 §5.1 recommends one).
const DEFAULT_LIFETIME: Duration = Duration::from_mins(1);
/// The longest that a token is used, and the longest pause, whatever the authorization server answers.
const LONGEST: Duration = Duration::from_hours(24);

/// A token as it is sent, and its lifetime from the moment of the request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AccessToken {
    /// `Bearer …`, RFC 6750 §2.1.
    pub(crate) bearer: HeaderValue,
    pub(crate) lifetime: Duration,
}

/// The cache. Clones are the same cache.
#[derive(Debug, Clone, Default)]
pub(crate) struct ServiceToken(Arc<Mutex<State>>);

/// The outcome of a fetch. Every caller that waited for it gets the same.
type Outcome = Result<HeaderValue, Refusal>;

/// The outcome of a fetch, once it is there.
type Coming = watch::Receiver<Option<Outcome>>;

#[derive(Debug, Default)]
struct State {
    held: Option<Held>,
    /// The fetch that is under way, of which there is one at most.
    fetch: Option<Coming>,
    rest: Option<Rest>,
}

/// A token in use.
#[derive(Debug)]
struct Held {
    bearer: HeaderValue,
    renew_at: Instant,
    expires_at: Instant,
    /// Until when it is kept although the API refuses it.
    keep_until: Option<Instant>,
}

/// Until when no token is requested, and the refusal that callers get until then.
#[derive(Debug)]
struct Rest {
    until: Instant,
    refusal: Refusal,
}

/// What a caller gets.
enum Turn {
    Now(Outcome),
    Later(Coming),
}

impl ServiceToken {
    /// The token, or else the outcome of `fetch`. All who wait for a fetch share its outcome, also a refusal. A fetch
    /// continues when its caller goes away: others may wait for it.
    pub(crate) async fn get<F>(&self, fetch: impl FnOnce() -> F) -> Outcome
    where
        F: Future<Output = Result<AccessToken, Refusal>> + Send + 'static,
    {
        match self.turn(fetch) {
            Turn::Now(outcome) => outcome,
            Turn::Later(mut coming) => match coming.wait_for(Option::is_some).await.as_deref() {
                Ok(Some(outcome)) => outcome.clone(),
                // The fetch has panicked.
                Ok(None) | Err(_) => Err(Refusal::Bug),
            },
        }
    }

    /// What a caller gets at this moment. Starts a fetch where one is due and none is under way.
    fn turn<F>(&self, fetch: impl FnOnce() -> F) -> Turn
    where
        F: Future<Output = Result<AccessToken, Refusal>> + Send + 'static,
    {
        let now = Instant::now();
        let mut state = self.state();
        let live = state.held.as_ref().filter(|held| now < held.expires_at);
        let fresh = live.is_some_and(|held| now < held.renew_at);
        let bearer = live.map(|held| held.bearer.clone());
        let rest = state.rest.as_ref().filter(|rest| now < rest.until);
        match (bearer, rest) {
            (Some(bearer), _) if fresh => Turn::Now(Ok(bearer)),
            (Some(bearer), Some(_)) => Turn::Now(Ok(bearer)),
            (None, Some(rest)) => Turn::Now(Err(rest.refusal.clone().with_wait(rest.until - now))),
            (Some(bearer), None) => {
                self.coming(&mut state, now, fetch);
                Turn::Now(Ok(bearer))
            }
            (None, None) => Turn::Later(self.coming(&mut state, now, fetch)),
        }
    }

    /// The fetch that is under way, else a new one.
    fn coming<F>(&self, state: &mut State, now: Instant, fetch: impl FnOnce() -> F) -> Coming
    where
        F: Future<Output = Result<AccessToken, Refusal>> + Send + 'static,
    {
        // If the other end is gone, the fetch has panicked.
        if let Some(coming) = state.fetch.as_ref().filter(|coming| coming.has_changed().is_ok()) {
            return coming.clone();
        }
        let (done, coming) = watch::channel(None);
        let (cache, fetching) = (self.clone(), fetch());
        tokio::spawn(async move {
            let outcome = cache.settle(now, fetching.await);
            done.send_replace(Some(outcome));
        });
        state.fetch = Some(coming.clone());
        coming
    }

    /// Keeps the outcome of a fetch that began at `asked_at`.
    fn settle(&self, asked_at: Instant, outcome: Result<AccessToken, Refusal>) -> Outcome {
        let now = Instant::now();
        let mut state = self.state();
        state.fetch = None;
        match outcome {
            Ok(AccessToken { bearer, lifetime }) => {
                state.rest = None;
                state.held = Some(Held {
                    bearer: bearer.clone(),
                    renew_at: asked_at + usable(lifetime),
                    expires_at: asked_at + lifetime.min(LONGEST),
                    keep_until: None,
                });
                Ok(bearer)
            }
            Err(refusal) => {
                if let Some(rest) = rest_after(&refusal) {
                    state.rest = Some(Rest { until: now + rest, refusal: refusal.clone() });
                }
                if let Some(held) = &mut state.held {
                    held.renew_at = held.renew_at.max(now + RENEW_AGAIN_AFTER);
                }
                Err(refusal)
            }
        }
    }

    /// Forgets a token that the API did not accept. Returns whether the call may be repeated: not if this token has
    /// just
    /// replaced another refused one.
    pub(crate) fn discard(&self, refused: &HeaderValue) -> bool {
        let mut state = self.state();
        let held = state.held.as_ref().filter(|held| held.bearer == refused);
        if held.is_some_and(|held| held.keep_until.is_some_and(|until| Instant::now() < until)) {
            return false;
        }
        if held.is_some() {
            state.held = None;
        }
        true
    }

    /// Records that a token which replaced a refused one was refused as well. It is kept for a while: the API has
    /// reasons of
    /// its own, and the authorization server must not be asked for each call.
    pub(crate) fn replacement_refused(&self, refused: &HeaderValue) {
        let mut state = self.state();
        if let Some(held) = state.held.as_mut().filter(|held| held.bearer == refused) {
            held.keep_until = Some(Instant::now() + REFUSED_REPLACEMENT_REST);
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How long the scope is empty after a refusal, if it is one that an early question would only repeat.
fn rest_after(refusal: &Refusal) -> Option<Duration> {
    match refusal {
        Refusal::Busy { wait, .. } => Some((*wait).min(LONGEST)),
        Refusal::CredentialsRefused { .. } => Some(REFUSED_CREDENTIALS_REST),
        _ => None,
    }
}

/// How long a token is used before it is renewed.
fn usable(lifetime: Duration) -> Duration {
    let lifetime = lifetime.min(LONGEST);
    lifetime.saturating_sub(RENEW_BEFORE.min(lifetime / 10))
}

/// Asks the authorization server for the app's own token, once.
pub(crate) async fn fetch(upstream: &Upstream) -> Result<AccessToken, Refusal> {
    let answer = upstream.token(grant::client_credentials()).await?;
    if answer.status.is_success() {
        granted(&answer).ok_or_else(|| {
            let found = "JSON without a bearer access_token".to_owned();
            upstream.token_nonsense(answer.status, found, "one (RFC 6749 §5.1)")
        })
    } else {
        Err(refused(upstream, &answer))
    }
}

fn granted(answer: &TokenAnswer) -> Option<AccessToken> {
    /// RFC 6749 §5.1.
    #[derive(Deserialize)]
    struct Granted {
        token_type: String,
        access_token: String,
        expires_in: Option<u64>,
    }
    let granted: Granted = serde_json::from_slice(&answer.body).ok()?;
    if !granted.token_type.eq_ignore_ascii_case("bearer") || granted.access_token.is_empty() {
        return None;
    }
    let mut bearer = HeaderValue::from_str(&format!("Bearer {}", granted.access_token)).ok()?;
    bearer.set_sensitive(true);
    Some(AccessToken { bearer, lifetime: granted.expires_in.map_or(DEFAULT_LIFETIME, Duration::from_secs) })
}

fn refused(upstream: &Upstream, answer: &TokenAnswer) -> Refusal {
    /// RFC 6749 §5.2, or the envelope in which Okta says some of it.
    #[derive(Deserialize)]
    struct Refused {
        #[serde(alias = "errorCode")]
        error: String,
        #[serde(alias = "errorSummary", default)]
        error_description: String,
    }
    let target = upstream.token_target();
    if let Some(wait) = answer.wait {
        return Refusal::Busy { target, status: answer.status, wait };
    }
    match serde_json::from_slice::<Refused>(&answer.body) {
        Ok(refused) if refused.error == "invalid_client" => Refusal::CredentialsRefused { target },
        Ok(Refused { error, error_description }) => Refusal::ServiceTokenRefused {
            target,
            status: answer.status,
            reason: format!("{error}: {error_description}"),
        },
        Err(_) => {
            let found = "JSON without \"error\"".to_owned();
            upstream.token_nonsense(answer.status, found, "it (RFC 6749 §5.2)")
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use http::StatusCode;
    use tokio::{sync::Notify, task::yield_now, time::advance};

    use super::*;
    use crate::target::Target;

    const SECOND: Duration = Duration::from_secs(1);

    /// A cache, and a server that answers each fetch as it is told, when it is told.
    #[derive(Default)]
    struct Stage {
        cache: ServiceToken,
        fetches: AtomicUsize,
    }

    impl Stage {
        /// Asks for the token; a fetch ends at once with `outcome`.
        async fn ask(&self, outcome: Result<AccessToken, Refusal>) -> Outcome {
            self.cache
                .get(|| {
                    self.fetches.fetch_add(1, Ordering::Relaxed);
                    async { outcome }
                })
                .await
        }

        /// Asks for the token; a fetch brings one that lives an hour.
        async fn ask_for(&self, name: &'static str) -> HeaderValue {
            let bearer = self.ask(Ok(token(name, 3600))).await.unwrap();
            // What was fetched for later callers is there, too.
            yield_now().await;
            bearer
        }

        fn fetches(&self) -> usize {
            self.fetches.load(Ordering::Relaxed)
        }
    }

    fn token(name: &'static str, seconds: u64) -> AccessToken {
        AccessToken { bearer: HeaderValue::from_static(name), lifetime: Duration::from_secs(seconds) }
    }

    fn target() -> Target {
        Target { url: "http://localhost/token".to_owned(), setting: "FORTELLIS_AUTH_SERVER_URL" }
    }

    fn busy(seconds: u64) -> Refusal {
        let status = StatusCode::TOO_MANY_REQUESTS;
        Refusal::Busy { target: target(), status, wait: Duration::from_secs(seconds) }
    }

    #[tokio::test(start_paused = true)]
    async fn a_token_is_renewed_a_minute_before_it_expires_and_nobody_waits_for_it() {
        let stage = Stage::default();
        assert_eq!(stage.ask_for("first").await, "first");
        advance(3539 * SECOND).await;
        assert_eq!(stage.ask_for("second").await, "first");
        assert_eq!(stage.fetches(), 1);
        advance(SECOND).await;
        assert_eq!(stage.ask_for("second").await, "first", "it is still good");
        assert_eq!(stage.fetches(), 2);
        assert_eq!(stage.ask_for("third").await, "second");
        assert_eq!(stage.fetches(), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn an_expired_token_is_not_used() {
        let stage = Stage::default();
        stage.ask_for("first").await;
        advance(3599 * SECOND).await;
        assert_eq!(stage.ask(Err(Refusal::Bug)).await, Ok(HeaderValue::from_static("first")));
        advance(SECOND).await;
        assert_eq!(stage.ask_for("second").await, "second");
    }

    #[tokio::test(start_paused = true)]
    async fn a_token_that_cannot_be_renewed_is_used_to_its_end() {
        let stage = Stage::default();
        stage.ask_for("first").await;
        advance(3540 * SECOND).await;
        for second in 0..60 {
            let outcome = stage.ask(Err(Refusal::Bug)).await;
            assert_eq!(outcome, Ok(HeaderValue::from_static("first")), "after {second} s");
            yield_now().await;
            advance(SECOND).await;
        }
        assert_eq!(stage.fetches(), 1 + 12, "every five seconds, not at every call");
        assert_eq!(stage.ask(Err(Refusal::Bug)).await, Err(Refusal::Bug));
    }

    #[test]
    fn a_short_token_is_renewed_a_tenth_before_it_expires() {
        let seconds = Duration::from_secs;
        assert_eq!(usable(seconds(3600)), seconds(3540));
        assert_eq!(usable(seconds(600)), seconds(540));
        assert_eq!(usable(seconds(10)), seconds(9));
        assert_eq!(usable(seconds(0)), seconds(0));
        assert_eq!(usable(seconds(u64::MAX)), seconds(24 * 3600 - 60));
    }

    #[tokio::test(start_paused = true)]
    async fn a_refused_token_is_forgotten_unless_it_has_been_replaced() {
        let stage = Stage::default();
        stage.ask_for("first").await;
        assert!(stage.cache.discard(&HeaderValue::from_static("first")));
        assert_eq!(stage.ask_for("second").await, "second");
        assert!(stage.cache.discard(&HeaderValue::from_static("first")), "there is a better one");
        assert_eq!(stage.ask_for("third").await, "second");
    }

    #[tokio::test(start_paused = true)]
    async fn a_token_that_replaced_another_in_vain_is_kept_for_a_while() {
        let stage = Stage::default();
        let first = stage.ask_for("first").await;
        stage.cache.replacement_refused(&first);
        assert!(!stage.cache.discard(&first));
        assert_eq!(stage.ask_for("second").await, "first");
        advance(REFUSED_REPLACEMENT_REST).await;
        assert!(stage.cache.discard(&first));
        assert_eq!(stage.ask_for("second").await, "second");
    }

    #[tokio::test(start_paused = true)]
    async fn who_waits_shares_the_failure_and_who_comes_later_tries_again() {
        let stage = Stage::default();
        let fail = async || stage.ask(Err(Refusal::Bug)).await;
        let outcomes = tokio::join!(fail(), fail(), fail());
        assert_eq!(outcomes, (Err(Refusal::Bug), Err(Refusal::Bug), Err(Refusal::Bug)));
        assert_eq!(stage.fetches(), 1);
        assert_eq!(stage.ask_for("first").await, "first");
        assert_eq!(stage.fetches(), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn a_server_that_is_busy_is_asked_again_when_it_said_and_not_before() {
        let stage = Stage::default();
        assert_eq!(stage.ask(Err(busy(30))).await, Err(busy(30)));
        advance(29 * SECOND).await;
        assert_eq!(stage.ask(Ok(token("first", 3600))).await, Err(busy(1)), "one second is left");
        assert_eq!(stage.fetches(), 1);
        advance(SECOND).await;
        assert_eq!(stage.ask_for("first").await, "first");
    }

    #[tokio::test(start_paused = true)]
    async fn a_server_that_is_too_busy_to_renew_leaves_the_old_token_in_use() {
        let stage = Stage::default();
        stage.ask_for("first").await;
        advance(3540 * SECOND).await;
        for _ in 0..59 {
            assert_eq!(stage.ask(Err(busy(90))).await, Ok(HeaderValue::from_static("first")));
            yield_now().await;
            advance(SECOND).await;
        }
        assert_eq!(stage.fetches(), 2);
        advance(SECOND).await;
        assert_eq!(stage.ask(Err(Refusal::Bug)).await, Err(busy(30)), "90 s are not over when it expires");
        assert_eq!(stage.fetches(), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn refused_credentials_are_not_shown_at_every_call() {
        let stage = Stage::default();
        let refused = Refusal::CredentialsRefused { target: target() };
        for _ in 0..10 {
            assert_eq!(stage.ask(Err(refused.clone())).await, Err(refused.clone()));
        }
        assert_eq!(stage.fetches(), 1);
        advance(REFUSED_CREDENTIALS_REST).await;
        assert_eq!(stage.ask_for("first").await, "first", "somebody has mended them");
    }

    #[tokio::test(start_paused = true)]
    async fn a_fetch_goes_on_where_its_caller_goes_away() {
        let stage = Stage::default();
        let answer = Arc::new(Notify::new());
        let fetch = || {
            let answer = answer.clone();
            async move {
                answer.notified().await;
                Ok(token("first", 3600))
            }
        };
        {
            let given_up = stage.cache.get(fetch);
            tokio::select! {
                biased;
                _ = given_up => unreachable!("nobody has answered"),
                () = yield_now() => {}
            }
        }
        answer.notify_one();
        assert_eq!(stage.ask_for("second").await, "first");
        assert_eq!(stage.fetches(), 0, "the first fetch was enough");
    }

    #[tokio::test(start_paused = true)]
    async fn a_fetch_that_panics_does_not_keep_the_next_one_from_trying() {
        let stage = Stage::default();
        assert_eq!(stage.cache.get(|| async { panic!("on purpose") }).await, Err(Refusal::Bug));
        assert_eq!(stage.ask_for("first").await, "first");
    }
}

//! The backend's own token: fetched when it is needed, by one call however many wait, and kept until shortly before it
//! expires.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use http::HeaderValue;
use serde::Deserialize;
use tokio::{sync::Mutex, time::Instant};

use crate::{
    error::Refusal,
    grant,
    upstream::{TokenAnswer, Upstream},
};

/// A token is renewed this long before it expires, or a tenth of its lifetime if that is less.
const RENEW_BEFORE: Duration = Duration::from_mins(1);
/// How long a token is used if its answer does not say (RFC 6749 §5.1 recommends that it does).
const UNSAID_LIFETIME: Duration = Duration::from_mins(1);
/// No token is used longer than this, whatever its answer says.
const LONGEST_LIFETIME: Duration = Duration::from_hours(24);

/// A token as it is sent, and how long it lives from the moment it was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AccessToken {
    /// `Bearer …`, RFC 6750 §2.1.
    pub(crate) bearer: HeaderValue,
    pub(crate) lifetime: Duration,
}

/// The cache. It knows no clock: who asks says what time it is.
#[derive(Debug, Default)]
pub(crate) struct ServiceToken {
    /// How many fetches have ended. Who sees it change while waiting knows that somebody else's fetch has ended.
    ended: AtomicU64,
    /// Held while a fetch is under way, so that there is one at most.
    latest: Mutex<Latest>,
}

/// What came of the latest fetch.
#[derive(Debug, Default)]
enum Latest {
    #[default]
    Nothing,
    Token {
        bearer: HeaderValue,
        renew_at: Instant,
    },
    Failure(Refusal),
}

impl ServiceToken {
    /// The kept token, or else what `fetch` brings. Whoever waits for a fetch shares its outcome, also a failure.
    pub(crate) async fn get<F>(&self, now: Instant, fetch: impl FnOnce() -> F) -> Result<HeaderValue, Refusal>
    where
        F: Future<Output = Result<AccessToken, Refusal>>,
    {
        let ended = self.ended.load(Ordering::Acquire);
        let mut latest = self.latest.lock().await;
        let waited_for_it = self.ended.load(Ordering::Acquire) != ended;
        match &*latest {
            Latest::Token { bearer, renew_at } if waited_for_it || now < *renew_at => {
                return Ok(bearer.clone());
            }
            Latest::Failure(refusal) if waited_for_it => return Err(refusal.clone()),
            Latest::Nothing | Latest::Token { .. } | Latest::Failure(_) => {}
        }
        let outcome = fetch().await;
        *latest = match &outcome {
            Ok(token) => {
                Latest::Token { bearer: token.bearer.clone(), renew_at: now + usable(token.lifetime) }
            }
            Err(refusal) => Latest::Failure(refusal.clone()),
        };
        self.ended.fetch_add(1, Ordering::Release);
        outcome.map(|token| token.bearer)
    }

    /// Forgets a token that the API did not accept, unless it has been replaced already.
    pub(crate) async fn discard(&self, refused: &HeaderValue) {
        let mut latest = self.latest.lock().await;
        if matches!(&*latest, Latest::Token { bearer, .. } if bearer == refused) {
            *latest = Latest::Nothing;
        }
    }
}

/// How long a token is used before it is renewed.
fn usable(lifetime: Duration) -> Duration {
    let lifetime = lifetime.min(LONGEST_LIFETIME);
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
    if !granted.token_type.eq_ignore_ascii_case("bearer") {
        return None;
    }
    let mut bearer = HeaderValue::from_str(&format!("Bearer {}", granted.access_token)).ok()?;
    bearer.set_sensitive(true);
    Some(AccessToken { bearer, lifetime: granted.expires_in.map_or(UNSAID_LIFETIME, Duration::from_secs) })
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
    use std::cell::Cell;

    use super::*;

    fn token(name: &'static str, seconds: u64) -> AccessToken {
        AccessToken { bearer: HeaderValue::from_static(name), lifetime: Duration::from_secs(seconds) }
    }

    /// Gets the token `seconds` after `start`; a fetch brings one named `name` that lives an hour.
    async fn at(cache: &ServiceToken, start: Instant, seconds: u64, name: &'static str) -> HeaderValue {
        let now = start + Duration::from_secs(seconds);
        cache.get(now, async || Ok(token(name, 3600))).await.unwrap()
    }

    #[tokio::test]
    async fn a_token_is_kept_until_a_minute_before_it_expires() {
        let (cache, start) = (ServiceToken::default(), Instant::now());
        assert_eq!(at(&cache, start, 0, "first").await, "first");
        assert_eq!(at(&cache, start, 3539, "second").await, "first");
        assert_eq!(at(&cache, start, 3540, "second").await, "second");
        assert_eq!(at(&cache, start, 3541, "third").await, "second");
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

    #[tokio::test]
    async fn a_refused_token_is_forgotten_unless_it_has_been_replaced() {
        let (cache, start) = (ServiceToken::default(), Instant::now());
        at(&cache, start, 0, "first").await;
        cache.discard(&HeaderValue::from_static("first")).await;
        assert_eq!(at(&cache, start, 1, "second").await, "second");
        cache.discard(&HeaderValue::from_static("first")).await;
        assert_eq!(at(&cache, start, 2, "third").await, "second");
    }

    #[tokio::test]
    async fn who_waits_shares_the_failure_and_who_comes_later_tries_again() {
        let (cache, now, fetches) = (ServiceToken::default(), Instant::now(), Cell::new(0));
        let fail = async || {
            fetches.set(fetches.get() + 1);
            tokio::task::yield_now().await;
            Err(Refusal::Bug)
        };
        let outcomes = tokio::join!(cache.get(now, &fail), cache.get(now, &fail), cache.get(now, &fail));
        assert_eq!(outcomes, (Err(Refusal::Bug), Err(Refusal::Bug), Err(Refusal::Bug)));
        assert_eq!(fetches.get(), 1);
        assert_eq!(cache.get(now, &fail).await, Err(Refusal::Bug));
        assert_eq!(fetches.get(), 2);
    }

    #[tokio::test]
    async fn a_fetch_that_is_given_up_leaves_the_next_one_free() {
        let (cache, now) = (ServiceToken::default(), Instant::now());
        {
            let given_up = cache.get(now, std::future::pending);
            tokio::select! {
                biased;
                _ = given_up => unreachable!("it never ends"),
                () = tokio::task::yield_now() => {}
            }
        }
        assert_eq!(at(&cache, now, 0, "first").await, "first");
    }
}

//! Instants, spans and expiries: the only place where two moments are compared.

use std::{fmt, time::Duration};

use serde::{Deserialize, Deserializer, Serialize, de};
use utoipa::ToSchema;

/// A moment on an issuer's clock. As JSON: RFC 3339 in UTC, `"2026-11-24T03:42:43Z"`.
///
/// ```
/// use std::time::Duration;
/// use mock_idp::{Lifetime, Timestamp};
///
/// let issued = Timestamp::new("2026-11-24T03:42:43Z".parse()?);
/// let expires = issued.plus(Lifetime::from_seconds(3600));
/// assert_eq!(expires.to_string(), "2026-11-24T04:42:43Z");
/// assert_eq!(expires.unix_seconds() - issued.unix_seconds(), 3600); // as in `exp` and `iat`
/// assert_eq!(Timestamp::from_unix_seconds(issued.unix_seconds()), Some(issued));
/// assert_eq!(expires.minus(Lifetime::from_seconds(3600)).instant(), issued.instant());
/// assert_eq!(expires.since(issued), Duration::from_hours(1));
/// assert_eq!(issued.since(expires), Duration::ZERO); // never negative
/// # Ok::<(), jiff::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, ToSchema)]
#[serde(transparent)]
#[schema(value_type = String, format = DateTime, example = "2026-11-24T03:42:43Z")]
pub struct Timestamp(jiff::Timestamp);

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let expected = "expected RFC 3339, for example 2026-11-24T03:42:43Z";
        text.parse()
            .map(Self)
            .map_err(|_| de::Error::custom(format_args!("{text:?} is not a moment, {expected}")))
    }
}

impl Timestamp {
    /// Wraps an instant.
    pub const fn new(instant: jiff::Timestamp) -> Self {
        Self(instant)
    }

    /// A moment in whole seconds since 1970. `None` outside the years -9999 to 9999.
    pub fn from_unix_seconds(seconds: i64) -> Option<Self> {
        jiff::Timestamp::from_second(seconds).ok().map(Self)
    }

    /// Whole seconds since 1970, as `iat` and `exp` are given (RFC 7519 §2, NumericDate).
    pub fn unix_seconds(self) -> i64 {
        self.0.as_second()
    }

    /// The instant as a value of jiff.
    pub const fn instant(self) -> jiff::Timestamp {
        self.0
    }

    /// The moment `lifetime` later. Stops at the end of the calendar.
    #[must_use]
    pub fn plus(self, lifetime: Lifetime) -> Self {
        Self(self.0.saturating_add(lifetime.duration()).unwrap_or(jiff::Timestamp::MAX))
    }

    /// The moment `lifetime` earlier. Stops at the beginning of the calendar.
    #[must_use]
    pub fn minus(self, lifetime: Lifetime) -> Self {
        Self(self.0.saturating_sub(lifetime.duration()).unwrap_or(jiff::Timestamp::MIN))
    }

    /// How much later this moment is than `earlier`. Zero if it is not later.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::try_from(self.0.duration_since(earlier.0)).unwrap_or_default()
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// How long something lives, in whole seconds. As JSON and TOML: the number.
///
/// ```
/// use std::time::Duration;
/// use mock_idp::{Config, Lifetime};
///
/// let config = Config::from_toml("mock.toml", "[issuer]\nsession_lifetime_seconds = 300\n")?;
/// assert_eq!(config.lifetimes.session, Lifetime::from_seconds(300));
/// assert_eq!(config.lifetimes.session.seconds(), 300);
/// assert_eq!(config.lifetimes.session.duration(), Duration::from_mins(5));
/// # Ok::<(), mock_idp::ConfigError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(transparent)]
#[schema(format = Int64, maximum = 4_294_967_295_i64)]
pub struct Lifetime(u32);

impl Lifetime {
    /// A lifetime of `seconds`.
    pub const fn from_seconds(seconds: u32) -> Self {
        Self(seconds)
    }

    /// The number of seconds.
    pub const fn seconds(self) -> u32 {
        self.0
    }

    /// The same span for the standard library.
    pub const fn duration(self) -> Duration {
        Duration::from_secs(self.0 as u64)
    }
}

/// The moment at which something expires. It is live while `now < expiry`, and has expired at that moment itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(transparent)]
#[schema(value_type = String, format = DateTime)]
pub(crate) struct Expiry(Timestamp);

impl Expiry {
    /// The expiry of something that begins at `start` and lives for `lifetime`.
    pub(crate) fn after(start: Timestamp, lifetime: Lifetime) -> Self {
        Self(start.plus(lifetime))
    }

    /// The expiry at a given moment.
    pub(crate) const fn at(moment: Timestamp) -> Self {
        Self(moment)
    }

    /// Whether it is still live at `now`.
    pub(crate) fn is_live(self, now: Timestamp) -> bool {
        now < self.0
    }

    /// The moment itself.
    pub(crate) const fn moment(self) -> Timestamp {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn something_lives_until_its_expiry_and_not_at_it() {
        let start = Timestamp::from_unix_seconds(1_000).unwrap();
        let expiry = Expiry::after(start, Lifetime::from_seconds(60));
        assert!(expiry.is_live(Timestamp::from_unix_seconds(1_059).unwrap()));
        assert!(!expiry.is_live(Timestamp::from_unix_seconds(1_060).unwrap()));
    }

    #[test]
    fn spans_and_sums_do_not_leave_the_calendar() {
        let start = Timestamp::from_unix_seconds(1_000).unwrap();
        let end = Timestamp::new(jiff::Timestamp::MAX);
        assert_eq!(end.plus(Lifetime::from_seconds(9)), end);
        let beginning = Timestamp::new(jiff::Timestamp::MIN);
        assert_eq!(beginning.minus(Lifetime::from_seconds(9)), beginning);
        assert_eq!(start.since(end), Duration::ZERO);
        assert_eq!(start.plus(Lifetime::from_seconds(9)).since(start), Duration::from_secs(9));
    }
}

//! The clock of an issuer: it follows the machine's until it is told otherwise.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use jiff::SignedDuration;
use utoipa::ToSchema;

use crate::protocol::timestamp::Timestamp;

/// Where the clocks of a seeded mock stand until they are told otherwise: 2026-01-01T00:00:00Z.
const SEEDED: Timestamp = Timestamp::new(jiff::Timestamp::constant(1_767_225_600, 0));

/// A clock that can be advanced and stopped. Everything an issuer dates or compares goes by it.
///
/// ```
/// use std::time::Duration;
/// use mock_idp::{Clock, Reading, Timestamp};
///
/// let clock = Clock::default(); // goes by the machine's
/// let noon = Timestamp::from_unix_seconds(1_795_608_000).expect("a date");
/// clock.freeze(noon);
/// clock.advance(Duration::from_secs(61));
/// let later = Timestamp::from_unix_seconds(1_795_608_061).expect("a date");
/// assert_eq!(clock.read(), Reading { now: later, frozen: true });
/// assert_eq!(later.to_string(), "2026-11-25T12:01:01Z");
///
/// clock.thaw(); // runs on from there
/// assert!(clock.now() >= later && !clock.read().frozen);
/// clock.set(noon); // jumps, and runs on
/// assert!(clock.now() < later);
/// clock.follow(); // the machine's again
/// ```
#[derive(Debug, Default)]
pub struct Clock(Mutex<Setting>);

#[derive(Debug, Clone, Copy)]
enum Setting {
    /// Runs with the machine's clock, this much ahead of it (or behind).
    Running { ahead: SignedDuration },
    /// Stands still.
    Frozen { at: jiff::Timestamp },
}

impl Default for Setting {
    fn default() -> Self {
        Self::Running { ahead: SignedDuration::ZERO }
    }
}

/// What a clock shows.
///
/// ```
/// # use mock_idp::{Clock, Reading, Timestamp};
/// let clock = Clock::default();
/// clock.freeze(Timestamp::from_unix_seconds(0).expect("a date"));
/// let reading = serde_json::json!({ "now": "1970-01-01T00:00:00Z", "frozen": true });
/// assert_eq!(serde_json::to_value(clock.read())?, reading); // what `GET /_mock/clock` answers
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Reading {
    /// The moment.
    pub now: Timestamp,
    /// Whether it stands still.
    pub frozen: bool,
}

impl Clock {
    /// The moment on this clock.
    pub fn now(&self) -> Timestamp {
        self.read().now
    }

    /// The moment on this clock, and whether it stands still.
    pub fn read(&self) -> Reading {
        let setting = *self.setting();
        let frozen = matches!(setting, Setting::Frozen { .. });
        Reading { now: Timestamp::new(setting.instant(machine())), frozen }
    }

    /// Moves the clock forward. A frozen clock stays frozen, at the later moment.
    pub fn advance(&self, by: Duration) {
        let by = SignedDuration::try_from(by).unwrap_or(SignedDuration::MAX);
        let mut setting = self.setting();
        *setting = match *setting {
            Setting::Running { ahead } => Setting::Running { ahead: ahead.saturating_add(by) },
            Setting::Frozen { at } => Setting::Frozen { at: later(at, by) },
        };
    }

    /// Stops the clock at a moment.
    pub fn freeze(&self, at: Timestamp) {
        self.turn(Some(at), Some(true));
    }

    /// Sets the clock to a moment and lets it run on from there.
    pub fn set(&self, now: Timestamp) {
        self.turn(Some(now), Some(false));
    }

    /// Shows what a new issuer's clock shows, in a mock with a seed or without.
    pub(crate) fn begin(&self, seeded: bool) {
        if seeded {
            self.freeze(SEEDED);
        } else {
            self.follow();
        }
    }

    /// Lets the clock go by the machine's again.
    pub fn follow(&self) {
        *self.setting() = Setting::default();
    }

    /// Lets the clock run on from the moment that it shows.
    pub fn thaw(&self) {
        self.turn(None, Some(false));
    }

    /// Sets the moment and whether the clock stands still; what is left out stays as it is. Whoever advances it at the
    /// same time does so before or after. Gives what it shows then.
    pub(crate) fn turn(&self, now: Option<Timestamp>, frozen: Option<bool>) -> Reading {
        let mut setting = self.setting();
        let was_frozen = matches!(*setting, Setting::Frozen { .. });
        let frozen = frozen.unwrap_or(was_frozen);
        let machine = machine();
        if now.is_some() || frozen != was_frozen {
            let at = now.map_or_else(|| setting.instant(machine), Timestamp::instant);
            *setting = if frozen {
                Setting::Frozen { at }
            } else {
                Setting::Running { ahead: at.duration_since(machine) }
            };
        }
        Reading { now: Timestamp::new(setting.instant(machine)), frozen }
    }

    fn setting(&self) -> std::sync::MutexGuard<'_, Setting> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Setting {
    fn instant(self, machine: jiff::Timestamp) -> jiff::Timestamp {
        match self {
            Self::Running { ahead } => later(machine, ahead),
            Self::Frozen { at } => at,
        }
    }
}

fn later(moment: jiff::Timestamp, by: SignedDuration) -> jiff::Timestamp {
    moment.saturating_add(by).unwrap_or(jiff::Timestamp::MAX)
}

#[expect(clippy::disallowed_methods, reason = "the one place that reads the machine's clock")]
fn machine() -> jiff::Timestamp {
    jiff::Timestamp::now()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_unix_seconds(seconds).unwrap()
    }

    #[test]
    fn a_frozen_clock_moves_only_when_told() {
        let clock = Clock::default();
        clock.freeze(at(1_000));
        assert_eq!(clock.read(), Reading { now: at(1_000), frozen: true });
        clock.advance(Duration::from_secs(61));
        assert_eq!(clock.read(), Reading { now: at(1_061), frozen: true });
    }

    #[test]
    fn a_thawed_clock_runs_on_from_where_it_stood() {
        let clock = Clock::default();
        clock.freeze(at(1_000));
        clock.thaw();
        let reading = clock.read();
        assert!(!reading.frozen);
        assert!(reading.now.since(at(1_000)) < Duration::from_secs(60));
    }

    #[test]
    fn what_is_left_out_stays_as_it_is() {
        let clock = Clock::default();
        assert_eq!(clock.turn(Some(at(1_000)), Some(true)), Reading { now: at(1_000), frozen: true });
        assert_eq!(clock.turn(Some(at(2_000)), None), Reading { now: at(2_000), frozen: true });
        let running = clock.turn(None, Some(false));
        assert_eq!(running, Reading { now: at(2_000), frozen: false });
        assert!(clock.turn(None, Some(true)).now >= at(2_000));
    }

    #[test]
    fn a_running_clock_can_be_advanced_to_the_end_of_the_calendar() {
        let clock = Clock::default();
        let before = clock.now();
        clock.advance(Duration::from_secs(3600));
        assert!(clock.now().since(before) >= Duration::from_secs(3600));
        clock.advance(Duration::MAX);
        assert_eq!(clock.now(), Timestamp::new(jiff::Timestamp::MAX));
    }
}

//! The clock of an issuer. It follows the machine's clock until it is changed.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use jiff::SignedDuration;
use utoipa::ToSchema;

use crate::protocol::timestamp::Timestamp;

/// The moment at which the clocks of a seeded mock are frozen until they are changed: 2026-01-01T00:00:00Z.
const SEEDED: Timestamp = Timestamp::new(jiff::Timestamp::constant(1_767_225_600, 0));

/// A clock that can be advanced and frozen. An issuer uses it for every moment that it writes or compares.
///
/// ```
/// use std::time::Duration;
/// use mock_idp::{Clock, Reading, Timestamp};
///
/// let clock = Clock::default(); // follows the machine's clock
/// let noon = Timestamp::from_unix_seconds(1_795_608_000).expect("a date");
/// clock.freeze(noon);
/// clock.advance(Duration::from_secs(61));
/// let later = Timestamp::from_unix_seconds(1_795_608_061).expect("a date");
/// assert_eq!(clock.read(), Reading { now: later, frozen: true });
/// assert_eq!(later.to_string(), "2026-11-25T12:01:01Z");
///
/// clock.thaw(); // continues from there
/// assert!(clock.now() >= later && !clock.read().frozen);
/// clock.set(noon); // changes the time, and keeps running
/// assert!(clock.now() < later);
/// clock.follow(); // follows the machine's clock again
/// ```
#[derive(Debug, Default)]
pub struct Clock(Mutex<ClockState>);

#[derive(Debug, Clone, Copy)]
enum ClockState {
    /// Runs with the machine's clock, ahead of it by this much, or behind it.
    Running { ahead: SignedDuration },
    /// Is frozen.
    Frozen { at: jiff::Timestamp },
}

impl Default for ClockState {
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
    /// Whether it is frozen.
    pub frozen: bool,
}

impl Clock {
    /// The moment on this clock.
    pub fn now(&self) -> Timestamp {
        self.read().now
    }

    /// The moment on this clock, and whether it is frozen.
    pub fn read(&self) -> Reading {
        let state = *self.lock();
        let frozen = matches!(state, ClockState::Frozen { .. });
        Reading { now: Timestamp::new(state.instant(machine())), frozen }
    }

    /// Moves the clock forward. A frozen clock stays frozen, at the later moment.
    pub fn advance(&self, by: Duration) {
        let by = SignedDuration::try_from(by).unwrap_or(SignedDuration::MAX);
        let mut state = self.lock();
        *state = match *state {
            ClockState::Running { ahead } => ClockState::Running { ahead: ahead.saturating_add(by) },
            ClockState::Frozen { at } => ClockState::Frozen { at: later(at, by) },
        };
    }

    /// Freezes the clock at a moment.
    pub fn freeze(&self, at: Timestamp) {
        self.turn(Some(at), Some(true));
    }

    /// Sets the clock to a moment, from which it runs.
    pub fn set(&self, now: Timestamp) {
        self.turn(Some(now), Some(false));
    }

    /// Resets the clock to that of a new issuer, in a mock with or without a seed.
    pub(crate) fn begin(&self, seeded: bool) {
        if seeded {
            self.freeze(SEEDED);
        } else {
            self.follow();
        }
    }

    /// Lets the clock follow the machine's clock again.
    pub fn follow(&self) {
        *self.lock() = ClockState::default();
    }

    /// Lets a frozen clock run from the moment that it shows.
    pub fn thaw(&self) {
        self.turn(None, Some(false));
    }

    /// Sets the moment, and whether the clock is frozen. What is left out is not changed. The change is atomic: another
    /// change happens before or after it. Returns the new reading.
    pub(crate) fn turn(&self, now: Option<Timestamp>, frozen: Option<bool>) -> Reading {
        let mut state = self.lock();
        let was_frozen = matches!(*state, ClockState::Frozen { .. });
        let frozen = frozen.unwrap_or(was_frozen);
        let machine = machine();
        if now.is_some() || frozen != was_frozen {
            let at = now.map_or_else(|| state.instant(machine), Timestamp::instant);
            *state = if frozen {
                ClockState::Frozen { at }
            } else {
                ClockState::Running { ahead: at.duration_since(machine) }
            };
        }
        Reading { now: Timestamp::new(state.instant(machine)), frozen }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, ClockState> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ClockState {
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
    fn a_frozen_clock_moves_only_when_it_is_advanced() {
        let clock = Clock::default();
        clock.freeze(at(1_000));
        assert_eq!(clock.read(), Reading { now: at(1_000), frozen: true });
        clock.advance(Duration::from_secs(61));
        assert_eq!(clock.read(), Reading { now: at(1_061), frozen: true });
    }

    #[test]
    fn a_thawed_clock_runs_from_where_it_was_frozen() {
        let clock = Clock::default();
        clock.freeze(at(1_000));
        clock.thaw();
        let reading = clock.read();
        assert!(!reading.frozen);
        assert!(reading.now.since(at(1_000)) < Duration::from_secs(60));
    }

    #[test]
    fn what_is_left_out_is_not_changed() {
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

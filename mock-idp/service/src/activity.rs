//! What a connection does at the moment, and until when it may.

use std::sync::atomic::{AtomicU64, Ordering};

use tokio::time::Instant;

use crate::Limits;

/// What a connection does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ConnectionPhase {
    /// The head of a request is expected or arrives.
    Head,
    /// A request is answered.
    Answer,
    /// The last answer is finished, and no byte of another request has arrived.
    Idle,
}

/// The phase of a connection and when it began. The stream and the requests write it, the timer reads it.
#[derive(Debug)]
pub(crate) struct Activity {
    start: Instant,
    /// The phase in the two lowest bits, above them the milliseconds from `start` to its beginning.
    state: AtomicU64,
}

const PHASES: [ConnectionPhase; 3] = [ConnectionPhase::Head, ConnectionPhase::Answer, ConnectionPhase::Idle];

impl Activity {
    /// A connection that begins now.
    pub(crate) fn start() -> Self {
        Self { start: Instant::now(), state: AtomicU64::new(ConnectionPhase::Head as u64) }
    }

    pub(crate) fn enter(&self, phase: ConnectionPhase) {
        let now = u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX >> 2);
        self.state.store(now << 2 | phase as u64, Ordering::Relaxed);
    }

    /// Bytes of the client arrived.
    pub(crate) fn received(&self) {
        if self.phase() == ConnectionPhase::Idle {
            self.enter(ConnectionPhase::Head);
        }
    }

    pub(crate) fn phase(&self) -> ConnectionPhase {
        PHASES[(self.state.load(Ordering::Relaxed) & 3) as usize % PHASES.len()]
    }

    /// When the phase must be over. An answer may take as long as it needs.
    pub(crate) fn deadline(&self, limits: &Limits) -> Option<Instant> {
        let began = self.start + std::time::Duration::from_millis(self.state.load(Ordering::Relaxed) >> 2);
        match self.phase() {
            ConnectionPhase::Head => Some(began + limits.header),
            ConnectionPhase::Answer => None,
            ConnectionPhase::Idle => Some(began + limits.idle),
        }
    }

    /// When the timer has to look again. Every phase that begins later ends later than that.
    pub(crate) fn next_look(&self, limits: &Limits) -> Instant {
        let soonest = Instant::now() + limits.header.min(limits.idle);
        self.deadline(limits).map_or(soonest, |deadline| deadline.min(soonest))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::advance;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn each_phase_has_its_deadline() {
        let limits = Limits::from_seconds(10, 75);
        let start = Instant::now();
        let activity = Activity::start();
        let after = |seconds| Some(start + Duration::from_secs(seconds));
        assert_eq!(activity.deadline(&limits), after(10));
        advance(Duration::from_secs(1)).await;
        activity.received();
        assert_eq!(activity.deadline(&limits), after(10), "a byte now and then gives no more time");
        activity.enter(ConnectionPhase::Answer);
        assert_eq!(activity.deadline(&limits), None);
        assert_eq!(activity.next_look(&limits), start + Duration::from_secs(11));
        advance(Duration::from_secs(2)).await;
        activity.enter(ConnectionPhase::Idle);
        assert_eq!(activity.deadline(&limits), after(78));
        assert_eq!(activity.next_look(&limits), start + Duration::from_secs(13), "a head may begin before");
        advance(Duration::from_secs(3)).await;
        activity.received();
        assert_eq!((activity.phase(), activity.deadline(&limits)), (ConnectionPhase::Head, after(16)));
    }
}

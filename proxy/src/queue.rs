//! The queue in front of the APIs. It limits how many calls wait for an answer at the same time, and how long a call
//! may take, its time in the queue included. Time is tokio's, so a test can pause and advance it.

use std::time::Duration;

use tokio::{
    sync::Semaphore,
    time::{Instant, timeout_at},
};

/// How many calls may wait for an API's answer at the same time; the others wait in the queue. More new connections
/// at one moment overflow the backlog of a common server (128, or less).
pub(crate) const CALLS_AT_ONCE: usize = 128;

/// The turns that calls wait for, until their answer begins.
#[derive(Debug)]
pub(crate) struct Queue(Semaphore);

/// Where a call was when its time was over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Late {
    /// It has not been made.
    InTheQueue,
    /// It has been made, after this time in the queue, and is not answered.
    AtTheApi { queued: Duration },
}

impl Queue {
    pub(crate) fn new() -> Self {
        Self(Semaphore::new(CALLS_AT_ONCE))
    }

    /// Makes a call when it is its turn. Queue and call together may take as long as `limit`.
    pub(crate) async fn call<T>(&self, limit: Duration, call: impl Future<Output = T>) -> Result<T, Late> {
        let began = Instant::now();
        let deadline = began + limit;
        let Ok(Ok(_turn)) = timeout_at(deadline, self.0.acquire()).await else {
            return Err(Late::InTheQueue);
        };
        // Where many calls end at the same time, a turn may come too late. The API must not see a call that is given up.
        let now = Instant::now();
        if now >= deadline {
            return Err(Late::InTheQueue);
        }
        timeout_at(deadline, call).await.map_err(|_| Late::AtTheApi { queued: now - began })
    }
}

#[cfg(test)]
mod tests {
    use std::{cell::Cell, future::pending};

    use futures_util::future::join_all;
    use tokio::time::{advance, timeout};

    use super::*;

    const LIMIT: Duration = Duration::from_secs(2);

    /// An API that takes so long, from the moment of the call.
    async fn answered_after(time: Duration) {
        let _ = timeout(time, pending::<()>()).await;
    }

    #[tokio::test(start_paused = true)]
    async fn the_last_of_six_hundred_at_a_hanging_api_waits_no_longer_than_the_first() {
        let (queue, made) = (Queue::new(), Cell::new(0));
        let began = Instant::now();
        let calls = (0..600).map(|_| {
            queue.call(LIMIT, async {
                made.set(made.get() + 1);
                pending::<()>().await;
            })
        });
        let outcomes = join_all(calls).await;
        assert_eq!(began.elapsed(), LIMIT);
        let at_the_api = outcomes.iter().filter(|outcome| **outcome != Err(Late::InTheQueue)).count();
        assert_eq!((at_the_api, made.get()), (CALLS_AT_ONCE, CALLS_AT_ONCE));
        assert_eq!(outcomes[0], Err(Late::AtTheApi { queued: Duration::ZERO }));
    }

    #[tokio::test(start_paused = true)]
    async fn the_time_in_the_queue_is_taken_from_the_time_of_the_call() {
        let queue = Queue::new();
        let second = Duration::from_secs(1);
        let first = join_all((0..CALLS_AT_ONCE).map(|_| queue.call(LIMIT, answered_after(second))));
        let next = join_all([
            queue.call(LIMIT, answered_after(second / 2)),
            queue.call(LIMIT, answered_after(LIMIT)),
        ]);
        let began = Instant::now();
        let (first, next) = tokio::join!(first, next);
        assert!(first.iter().all(Result::is_ok));
        assert_eq!(next, [Ok(()), Err(Late::AtTheApi { queued: second })]);
        assert_eq!(began.elapsed(), LIMIT);
    }

    #[tokio::test(start_paused = true)]
    async fn a_call_that_is_given_up_leaves_its_turn_to_others() {
        let queue = Queue::new();
        drop(join_all((0..CALLS_AT_ONCE).map(|_| queue.call(LIMIT, pending::<()>()))).await);
        advance(LIMIT).await;
        assert_eq!(queue.call(LIMIT, async { "answered" }).await, Ok("answered"));
    }
}

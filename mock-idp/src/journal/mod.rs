//! What happened: every exchange with an issuer, with its outcome and the reason for each refusal.

mod entry;
mod expect;
mod filter;
mod layer;

use std::{
    collections::VecDeque,
    sync::{Mutex, PoisonError},
};

use tokio::sync::watch;

pub(crate) use entry::Note;
pub use entry::{Entry, Outcome};
pub use expect::{PATIENCE, Unmet};
pub(crate) use filter::Filter;
pub(crate) use layer::record;
use utoipa::ToSchema;

use crate::endpoint::Endpoint;

/// How many entries a journal keeps; the oldest are dropped first.
pub(crate) const CAPACITY: usize = 2_000;

/// The exchanges of one issuer, oldest first.
#[derive(Debug, Default)]
pub struct Journal {
    pages: Mutex<Pages>,
    /// The number of the newest entry, for those who wait for the next.
    written: watch::Sender<u64>,
}

#[derive(Debug, Default)]
struct Pages {
    entries: VecDeque<Entry>,
    /// How many were ever written: the number of the newest.
    written: u64,
    /// How many were dropped for want of space.
    dropped: u64,
}

/// The entries that somebody asked for.
#[derive(Debug, serde::Serialize, ToSchema)]
pub(crate) struct Excerpt {
    /// Those that match, oldest first.
    pub entries: Vec<Entry>,
    /// The number of the newest entry, matching or not: what to ask `after` next time.
    pub last: u64,
    /// How many entries the journal has dropped because it was full.
    pub dropped: u64,
}

impl Journal {
    /// All entries that are kept, oldest first.
    pub fn entries(&self) -> Vec<Entry> {
        self.pages().entries.iter().cloned().collect()
    }

    /// The entries of one endpoint, oldest first.
    pub fn at(&self, endpoint: Endpoint) -> Vec<Entry> {
        self.matching(&Filter::at(endpoint))
    }

    /// How many entries were dropped because the journal was full.
    pub fn dropped(&self) -> u64 {
        self.pages().dropped
    }

    /// Forgets all entries. Numbers go on where they were.
    pub fn clear(&self) {
        let mut pages = self.pages();
        pages.entries.clear();
        pages.dropped = 0;
    }

    /// The entries that match, oldest first.
    pub(crate) fn matching(&self, filter: &Filter) -> Vec<Entry> {
        self.pages().entries.iter().filter(|entry| filter.matches(entry)).cloned().collect()
    }

    /// The same, with what is needed to ask on.
    pub(crate) fn excerpt(&self, filter: &Filter) -> Excerpt {
        let pages = self.pages();
        Excerpt {
            entries: pages.entries.iter().filter(|entry| filter.matches(entry)).cloned().collect(),
            last: pages.written,
            dropped: pages.dropped,
        }
    }

    /// Sees the number of the newest entry change.
    pub(crate) fn written(&self) -> watch::Receiver<u64> {
        self.written.subscribe()
    }

    /// Writes an entry; it gets the next number.
    pub(crate) fn write(&self, mut entry: Entry) {
        let mut pages = self.pages();
        pages.written += 1;
        entry.number = pages.written;
        if pages.entries.len() == CAPACITY {
            pages.entries.pop_front();
            pages.dropped += 1;
        }
        pages.entries.push_back(entry);
        // Within the lock, so that numbers are seen in order.
        self.written.send_replace(pages.written);
    }

    fn pages(&self) -> std::sync::MutexGuard<'_, Pages> {
        self.pages.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::text::ApiKey;
    use entry::tests::entry;

    #[test]
    fn a_full_journal_drops_the_oldest_and_counts_them() {
        let journal = Journal::default();
        for _ in 0..CAPACITY + 2 {
            journal.write(entry(Endpoint::Keys));
        }
        assert_eq!((journal.entries().len(), journal.dropped()), (CAPACITY, 2));
        assert_eq!(journal.entries()[0].number, 3);
    }

    #[test]
    fn a_cleared_journal_counts_on() {
        let journal = Journal::default();
        journal.write(entry(Endpoint::Keys));
        journal.clear();
        assert_eq!((journal.entries(), journal.dropped()), (vec![], 0));
        journal.write(entry(Endpoint::Keys));
        let excerpt = journal.excerpt(&Filter::default());
        assert_eq!((excerpt.entries[0].number, excerpt.last), (2, 2));
    }

    #[test]
    fn a_filter_lets_through_what_matches_in_every_respect() {
        let journal = Journal::default();
        let app = |key: &str| Some(ApiKey::new(key));
        journal.write(Entry { app: app("a"), ..entry(Endpoint::Token) });
        journal.write(Entry { app: app("b"), ..entry(Endpoint::Token) });
        journal.write(Entry { app: app("a"), outcome: Outcome::Refused, ..entry(Endpoint::Token) });
        journal.write(Entry { app: app("a"), ..entry(Endpoint::Keys) });
        let numbers = |filter: Filter| -> Vec<u64> {
            journal.matching(&filter).iter().map(|entry| entry.number).collect()
        };
        assert_eq!(numbers(Filter::default()), [1, 2, 3, 4]);
        assert_eq!(numbers(Filter::at(Endpoint::Token)), [1, 2, 3]);
        assert_eq!(numbers(Filter { app: app("a"), ..Filter::at(Endpoint::Token) }), [1, 3]);
        assert_eq!(numbers(Filter { outcome: Some(Outcome::Refused), ..Filter::default() }), [3]);
        assert_eq!(numbers(Filter { after: Some(2), ..Filter::default() }), [3, 4]);
    }
}

//! What happened: every exchange with an issuer, with its outcome and the reason for each refusal.

mod entry;
mod layer;

use std::{
    collections::VecDeque,
    sync::{Mutex, PoisonError},
};

pub(crate) use entry::Note;
pub use entry::{Entry, Outcome};
pub(crate) use layer::record;

use crate::endpoint::Endpoint;

/// How many entries a journal keeps; the oldest are dropped first.
const CAPACITY: usize = 2_000;

/// The exchanges of one issuer, oldest first.
#[derive(Debug, Default)]
pub struct Journal(Mutex<Pages>);

#[derive(Debug, Default)]
struct Pages {
    entries: VecDeque<Entry>,
    /// How many were ever written: the number of the newest.
    written: u64,
}

impl Journal {
    /// All entries that are kept, oldest first.
    pub fn entries(&self) -> Vec<Entry> {
        self.pages().entries.iter().cloned().collect()
    }

    /// The entries of one endpoint, oldest first.
    pub fn at(&self, endpoint: Endpoint) -> Vec<Entry> {
        self.pages().entries.iter().filter(|entry| entry.endpoint == endpoint).cloned().collect()
    }

    /// How many entries were dropped because the journal was full.
    pub fn dropped(&self) -> u64 {
        let pages = self.pages();
        pages.written - pages.entries.len() as u64
    }

    /// Writes an entry; it gets the next number.
    pub(crate) fn write(&self, mut entry: Entry) {
        let mut pages = self.pages();
        pages.written += 1;
        entry.number = pages.written;
        if pages.entries.len() == CAPACITY {
            pages.entries.pop_front();
        }
        pages.entries.push_back(entry);
    }

    fn pages(&self) -> std::sync::MutexGuard<'_, Pages> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

//! The records that a journal keeps: bounded in number and in memory.

use std::{collections::VecDeque, fmt};

use super::{filter::Filter, record::Record};

/// How many entries a journal keeps; the oldest are dropped first.
pub(crate) const CAPACITY: usize = 2_000;

/// How much memory the entries of a journal may take, in bytes; headers, bodies and long values of the oldest entries
/// are forgotten first.
pub(super) const SPACE: usize = 8 * 1024 * 1024;

/// The records of a journal, oldest first.
#[derive(Default)]
pub(super) struct Buffer {
    /// As they were; they are masked when they are shown.
    records: VecDeque<Record>,
    /// How much memory they take, in bytes.
    pub(super) size: usize,
    /// How many of the oldest have been forgotten already, all but their story.
    stripped: usize,
    /// How many were ever written: the number of the newest.
    pub(super) written: u64,
    /// How many were dropped for want of space.
    pub(super) dropped: u64,
    /// Of how many, dropped or not, headers and bodies were forgotten for want of space.
    pub(super) forgotten: u64,
}

impl fmt::Debug for Buffer {
    /// Never the entries: secrets are in them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Buffer").field("written", &self.written).finish_non_exhaustive()
    }
}

impl Buffer {
    /// The records that match, the oldest first.
    pub(super) fn matching(&self, filter: &Filter) -> impl Iterator<Item = &Record> {
        // Numbers follow each other, so what is not asked for is passed over and not looked at.
        let first = self.records.front().map_or(0, |record| record.number);
        let passed = filter.after.map_or(0, |after| (after + 1).saturating_sub(first));
        let passed = usize::try_from(passed).unwrap_or(usize::MAX).min(self.records.len());
        self.records.range(passed..).filter(|record| filter.matches(record))
    }

    /// Keeps a record; it gets the next number, which is returned.
    pub(super) fn write(&mut self, mut record: Record) -> u64 {
        self.written += 1;
        record.number = self.written;
        self.keep(record);
        self.written
    }

    /// Removes all records. The next number stays the same.
    pub(super) fn clear(&mut self) {
        *self = Self { written: self.written, ..Self::default() };
    }

    fn keep(&mut self, record: Record) {
        if self.records.len() == CAPACITY
            && let Some(oldest) = self.records.pop_front()
        {
            self.size -= oldest.size();
            self.stripped = self.stripped.saturating_sub(1);
            self.dropped += 1;
        }
        self.size += record.size();
        self.records.push_back(record);
        while self.size > SPACE {
            let Some(record) = self.records.get_mut(self.stripped) else { break };
            self.size -= record.size();
            self.forgotten += u64::from(record.forget());
            self.size += record.size();
            self.stripped += 1;
        }
    }
}

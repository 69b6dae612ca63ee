//! The records that a journal keeps: bounded in number and in memory.

use std::{collections::VecDeque, fmt};

use super::{filter::Filter, record::Record};

/// How many entries a journal keeps. The oldest are dropped first.
pub(crate) const CAPACITY: usize = 2_000;

/// How much memory the entries of a journal may take, in bytes. Headers, bodies and long values of the oldest entries
/// are dropped first.
pub(super) const SPACE: usize = 8 * 1024 * 1024;

/// The records of a journal, oldest first.
#[derive(Default)]
pub(super) struct Buffer {
    /// Unmasked; they are masked when they are shown.
    records: VecDeque<Record>,
    /// How much memory they take, in bytes.
    pub(super) size: usize,
    /// How many of the oldest records have been stripped of headers, bodies and long values.
    stripped: usize,
    /// How many were written: the number of the newest.
    pub(super) written: u64,
    /// How many were dropped because there were too many.
    pub(super) dropped: u64,
    /// How many, dropped or not, were stripped because they took too much space.
    pub(super) forgotten: u64,
}

impl fmt::Debug for Buffer {
    /// Without the records: they contain secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Buffer").field("written", &self.written).finish_non_exhaustive()
    }
}

impl Buffer {
    /// The records that match, the oldest first.
    pub(super) fn matching(&self, filter: &Filter) -> impl Iterator<Item = &Record> {
        // Numbers are consecutive, so records before `after` are skipped without a look at them.
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

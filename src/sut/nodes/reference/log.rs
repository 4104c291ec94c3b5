//! The log: a snapshot and the entries after it (thesis 5.1).

use crate::spec::Change;
use crate::sut::{Contents, EntryView, Snapshot};

/// The last snapshot, and the entries after it.
#[derive(Debug)]
pub(super) struct Log {
    base: Snapshot,
    entries: Vec<EntryView>,
}

impl Log {
    /// The log on a disk.
    pub(super) fn on(disk: &Contents<EntryView>) -> Self {
        Log { base: disk.snapshot, entries: disk.entries.clone() }
    }

    /// A log of a snapshot alone.
    pub(super) fn after_snapshot(base: Snapshot) -> Self {
        Log { base, entries: Vec::new() }
    }

    pub(super) fn base(&self) -> Snapshot {
        self.base
    }

    pub(super) fn last_index(&self) -> u64 {
        self.base.index + self.entries.len() as u64
    }

    pub(super) fn last_term(&self) -> u64 {
        self.entries.last().map_or(self.base.term, |entry| entry.term)
    }

    /// The term of the entry at `index`, unless that is compacted or beyond the end.
    pub(super) fn term_at(&self, index: u64) -> Option<u64> {
        if index == self.base.index {
            return Some(self.base.term);
        }
        let place = index.checked_sub(self.base.index + 1)?;
        self.entries.get(place as usize).map(|entry| entry.term)
    }

    /// The entries after `index`, which must not be before the snapshot; none beyond the end.
    pub(super) fn after(&self, index: u64) -> &[EntryView] {
        self.entries.get((index - self.base.index) as usize..).unwrap_or(&[])
    }

    /// True if a change of the configuration is after `from` and not after `to`.
    pub(super) fn has_change_between(&self, from: u64, to: u64) -> bool {
        let entries = self.after(from.max(self.base.index));
        entries.iter().take_while(|entry| entry.index <= to).any(|entry| Change::is_value(entry.value))
    }

    /// Appends an entry of `term`. Returns its index.
    pub(super) fn push(&mut self, term: u64, value: u32, size: u32) -> u64 {
        let index = self.last_index() + 1;
        self.entries.push(EntryView { index, term, value, size });
        index
    }

    /// Replaces the log from the first of `entries` on.
    pub(super) fn replace(&mut self, entries: &[EntryView]) {
        let Some(first) = entries.first() else { return };
        self.entries.truncate((first.index - self.base.index - 1) as usize);
        self.entries.extend(entries);
    }

    /// Drops the entries up to `index`, unless the snapshot is already beyond it.
    pub(super) fn compact(&mut self, index: u64) {
        let Some(term) = self.term_at(index).filter(|_| index > self.base.index) else { return };
        self.entries.drain(..(index - self.base.index) as usize);
        (self.base.index, self.base.term) = (index, term);
    }
}

//! A disk with crash semantics.
//!
//! A node reads what it has written at once; what a crash leaves is what was synced. Every
//! unsynced write keeps what it overwrote, and a crash takes the writes back, newest first.
//! Survivable faults: a write that is lost, whole and in order. Torn writes are not modelled:
//! raft-rs leaves them to its application.

use crate::spec::Configuration;
use std::collections::VecDeque;

/// Term, vote (0 for nobody) and commit index.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs)]
pub struct HardState {
    pub term: u64,
    pub vote: u64,
    pub commit: u64,
}

/// What a snapshot says of the state machine: what it has applied, and the configuration there.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[allow(missing_docs)]
pub struct Snapshot {
    pub index: u64,
    pub term: u64,
    pub configuration: Configuration,
}

#[derive(Clone, Debug)]
struct Undo<E> {
    hard_state: HardState,
    /// What a snapshot took the place of: the one before, and all entries.
    replaced: Option<(Snapshot, Vec<E>)>,
    /// The log's last index before the write changed it, and what was cut off there.
    kept: u64,
    removed: Vec<E>,
}

/// One node's disk. Its log starts after a snapshot.
#[derive(Clone, Debug)]
pub struct Disk<E> {
    /// What comes before the log.
    pub snapshot: Snapshot,
    /// What the application answers when it is asked for a snapshot: up to where it has applied, and the
    /// configuration there; `None` when it has none.
    pub offer: Option<(u64, Configuration)>,
    /// As written.
    pub hard_state: HardState,
    /// As written; the first has index `snapshot.index + 1`.
    pub entries: Vec<E>,
    unsynced: VecDeque<Undo<E>>,
    synced: u64,
}

impl<E> Disk<E> {
    /// A disk with a snapshot and nothing else.
    pub fn bootstrapped(snapshot: Snapshot) -> Self {
        Disk {
            snapshot,
            offer: None,
            hard_state: HardState { term: snapshot.term, vote: 0, commit: snapshot.index },
            entries: Vec::new(),
            unsynced: VecDeque::new(),
            synced: 0,
        }
    }

    /// The index of the last entry.
    pub fn last_index(&self) -> u64 {
        self.snapshot.index + self.entries.len() as u64
    }

    /// How many writes there were in all.
    pub fn written(&self) -> u64 {
        self.synced + self.unsynced.len() as u64
    }

    /// Writes a hard state, a snapshot that takes the place of the log, and entries that replace the log
    /// from index `first` on.
    pub fn write(
        &mut self,
        hard_state: Option<HardState>,
        snapshot: Option<Snapshot>,
        first: u64,
        entries: impl IntoIterator<Item = E>,
    ) {
        let replaced = snapshot
            .map(|snapshot| (std::mem::replace(&mut self.snapshot, snapshot), std::mem::take(&mut self.entries)));
        let mut entries = entries.into_iter().peekable();
        let (mut kept, mut removed) = (self.last_index(), Vec::new());
        if entries.peek().is_some() {
            kept = first - 1;
            let place = self.place(first);
            if place < self.entries.len() {
                removed = self.entries.split_off(place);
            }
            self.entries.extend(entries);
        }
        self.unsynced.push_back(Undo { hard_state: self.hard_state, replaced, kept, removed });
        self.hard_state = hard_state.unwrap_or(self.hard_state);
    }

    fn place(&self, index: u64) -> usize {
        (index - self.snapshot.index - 1) as usize
    }

    /// The entry at `index`, if it is there.
    pub fn entry(&self, index: u64) -> Option<&E> {
        self.entries.get(index.checked_sub(self.snapshot.index + 1)? as usize)
    }

    /// Drops the entries up to that of `snapshot`, which the disk has.
    pub fn compact(&mut self, snapshot: Snapshot) {
        self.entries.drain(..(snapshot.index - self.snapshot.index) as usize);
        self.snapshot = snapshot;
    }

    /// Makes the first `written` writes durable; how many of them were not yet.
    pub fn sync(&mut self, written: u64) -> usize {
        let count = (written.saturating_sub(self.synced) as usize).min(self.unsynced.len());
        self.unsynced.drain(..count);
        self.synced += count as u64;
        count
    }

    /// Takes back every write that is not durable.
    pub fn crash(&mut self) {
        while let Some(undo) = self.unsynced.pop_back() {
            self.entries.truncate((undo.kept - self.snapshot.index) as usize);
            self.entries.extend(undo.removed);
            if let Some(replaced) = undo.replaced {
                (self.snapshot, self.entries) = replaced;
            }
            self.hard_state = undo.hard_state;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crash_takes_back_what_was_not_synced() {
        let mut disk = Disk::bootstrapped(Snapshot { index: 1, term: 1, ..Snapshot::default() });
        let hard = |term| Some(HardState { term, vote: 0, commit: 1 });
        disk.write(hard(2), None, 2, ["a", "b", "c"]);
        disk.write(hard(3), None, 3, ["d"]);
        disk.write(None, None, 4, ["e"]);
        assert_eq!(disk.entries, ["a", "d", "e"]);
        assert_eq!(disk.sync(1), 1);
        disk.crash();
        assert_eq!((disk.entries, disk.hard_state.term), (vec!["a", "b", "c"], 2));
    }

    #[test]
    fn a_synced_truncation_stays() {
        let mut disk = Disk::bootstrapped(Snapshot::default());
        disk.write(None, None, 1, [1, 2, 3]);
        disk.write(None, None, 2, [9]);
        assert_eq!(disk.sync(disk.written()), 2);
        disk.crash();
        assert_eq!(disk.entries, [1, 9]);
    }

    #[test]
    fn a_crash_takes_back_a_snapshot_and_keeps_a_compaction() {
        let mut disk = Disk::bootstrapped(Snapshot::default());
        disk.write(None, None, 1, [1, 2, 3, 4]);
        disk.sync(1);
        disk.write(None, None, 4, [5]);
        let at = |index| Snapshot { index, term: 1, ..Snapshot::default() };
        disk.compact(at(2));
        disk.write(None, Some(at(9)), 10, [10]);
        assert_eq!((disk.snapshot, disk.entry(10), disk.entry(3)), (at(9), Some(&10), None));
        disk.crash();
        assert_eq!((disk.snapshot, disk.entries), (at(2), vec![3, 4]));
    }
}

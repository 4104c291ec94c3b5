//! A disk with crash semantics.
//!
//! A node reads what it has written at once; what a crash leaves is what was synced. Every
//! unsynced write keeps what it overwrote, and a crash takes the writes back, newest first.
//! Survivable faults: a write that is lost, whole and in order. Torn writes are not modelled:
//! raft-rs leaves them to its application.

use std::collections::VecDeque;

/// Term, vote (0 for nobody) and commit index.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs)]
pub struct HardState {
    pub term: u64,
    pub vote: u64,
    pub commit: u64,
}

#[derive(Clone, Debug)]
struct Undo<E> {
    hard_state: HardState,
    /// The log's length before the write changed it, and what was cut off there.
    kept: usize,
    removed: Vec<E>,
}

/// One node's disk. Its log starts after a snapshot.
#[derive(Clone, Debug)]
pub struct Disk<E> {
    /// Index of the snapshot that the node was bootstrapped from.
    pub snapshot_index: u64,
    /// Its term.
    pub snapshot_term: u64,
    /// The configuration in it.
    pub voters: Vec<u64>,
    /// As written.
    pub hard_state: HardState,
    /// As written; the first has index `snapshot_index + 1`.
    pub entries: Vec<E>,
    unsynced: VecDeque<Undo<E>>,
    synced: u64,
}

impl<E> Disk<E> {
    /// A disk with a snapshot and nothing else.
    pub fn bootstrapped(index: u64, term: u64, voters: Vec<u64>) -> Self {
        Disk {
            snapshot_index: index,
            snapshot_term: term,
            voters,
            hard_state: HardState { term, vote: 0, commit: index },
            entries: Vec::new(),
            unsynced: VecDeque::new(),
            synced: 0,
        }
    }

    /// The index of the last entry.
    pub fn last_index(&self) -> u64 {
        self.snapshot_index + self.entries.len() as u64
    }

    /// How many writes there were in all.
    pub fn written(&self) -> u64 {
        self.synced + self.unsynced.len() as u64
    }

    /// Writes a hard state, and entries that replace the log from index `first` on.
    pub fn write(&mut self, hard_state: Option<HardState>, first: u64, entries: impl IntoIterator<Item = E>) {
        let mut entries = entries.into_iter().peekable();
        let (mut kept, mut removed) = (self.entries.len(), Vec::new());
        if entries.peek().is_some() {
            kept = (first - self.snapshot_index - 1) as usize;
            if kept < self.entries.len() {
                removed = self.entries.split_off(kept);
            }
            self.entries.extend(entries);
        }
        self.unsynced.push_back(Undo { hard_state: self.hard_state, kept, removed });
        self.hard_state = hard_state.unwrap_or(self.hard_state);
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
            self.entries.truncate(undo.kept);
            self.entries.extend(undo.removed);
            self.hard_state = undo.hard_state;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crash_takes_back_what_was_not_synced() {
        let mut disk = Disk::bootstrapped(1, 1, vec![1]);
        let hard = |term| Some(HardState { term, vote: 0, commit: 1 });
        disk.write(hard(2), 2, ["a", "b", "c"]);
        disk.write(hard(3), 3, ["d"]);
        disk.write(None, 4, ["e"]);
        assert_eq!(disk.entries, ["a", "d", "e"]);
        assert_eq!(disk.sync(1), 1);
        disk.crash();
        assert_eq!((disk.entries, disk.hard_state.term), (vec!["a", "b", "c"], 2));
    }

    #[test]
    fn a_synced_truncation_stays() {
        let mut disk = Disk::bootstrapped(0, 0, vec![1]);
        disk.write(None, 1, [1, 2, 3]);
        disk.write(None, 2, [9]);
        assert_eq!(disk.sync(disk.written()), 2);
        disk.crash();
        assert_eq!(disk.entries, [1, 9]);
    }
}

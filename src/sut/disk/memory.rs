//! A disk in memory, fast enough for fuzzing.
//!
//! Every unsynced write keeps the contents that it replaced. A crash undoes the writes, newest first.

use super::{Applied, Contents, Disk, Overwritten, Snapshot, Write};
use std::collections::VecDeque;

/// A disk in memory.
#[derive(Clone, Debug)]
pub struct MemoryDisk<E> {
    contents: Contents<E>,
    unsynced: VecDeque<Overwritten<E>>,
    synced: u64,
}

impl<E: Clone + std::fmt::Debug> Disk for MemoryDisk<E> {
    type Entry = E;
    type Image = Self;

    fn bootstrapped(snapshot: Snapshot) -> Self {
        MemoryDisk { contents: Contents::bootstrapped(snapshot), unsynced: VecDeque::new(), synced: 0 }
    }

    #[inline]
    fn open(image: Self, _: u64, _: bool) -> Self {
        image
    }

    fn crash(mut self) -> Self {
        while let Some(overwritten) = self.unsynced.pop_back() {
            self.contents.undo(overwritten);
        }
        self
    }

    #[inline]
    fn contents(&self) -> &Contents<E> {
        &self.contents
    }

    #[inline]
    fn contents_mut(&mut self) -> &mut Contents<E> {
        &mut self.contents
    }

    fn write(&mut self, write: Write<E>) {
        self.unsynced.push_back(self.contents.write(write));
    }

    fn written(&self) -> u64 {
        self.synced + self.unsynced.len() as u64
    }

    fn sync(&mut self, written: u64) -> usize {
        let count = (written.saturating_sub(self.synced) as usize).min(self.unsynced.len());
        self.unsynced.drain(..count);
        self.synced += count as u64;
        count
    }

    fn compact(&mut self, snapshot: Snapshot) {
        self.contents.compact(snapshot);
    }

    #[inline]
    fn keep(&mut self, applied: Applied) {
        self.contents.applied = applied;
    }
}

#[cfg(test)]
mod tests {
    use super::super::HardState;
    use super::*;

    fn disk<E: Clone + std::fmt::Debug>(index: u64) -> MemoryDisk<E> {
        MemoryDisk::bootstrapped(Snapshot { index, term: 1, ..Snapshot::default() })
    }

    fn log<E: Clone + std::fmt::Debug>(first: u64, entries: &[E]) -> Write<E> {
        Write { hard_state: None, snapshot: None, first, entries: entries.to_vec() }
    }

    #[test]
    fn a_crash_undoes_unsynced_writes() {
        let mut disk = disk(1);
        let hard = |term| Some(HardState { term, vote: 0, commit: 1 });
        disk.write(Write { hard_state: hard(2), ..log(2, &["a", "b", "c"]) });
        disk.write(Write { hard_state: hard(3), ..log(3, &["d"]) });
        disk.write(log(4, &["e"]));
        assert_eq!(disk.contents.entries, ["a", "d", "e"]);
        assert_eq!(disk.sync(1), 1);
        let image = disk.crash().contents;
        assert_eq!((image.entries, image.hard_state.term), (vec!["a", "b", "c"], 2));
    }

    #[test]
    fn a_synced_truncation_stays() {
        let mut disk = disk(0);
        disk.write(log(1, &[1, 2, 3]));
        disk.write(log(2, &[9]));
        assert_eq!(disk.sync(disk.written()), 2);
        assert_eq!(disk.crash().contents.entries, [1, 9]);
    }

    #[test]
    fn a_crash_undoes_a_snapshot_and_keeps_a_compaction() {
        let mut disk = disk(0);
        disk.write(log(1, &[1, 2, 3, 4]));
        disk.sync(1);
        disk.write(log(4, &[5]));
        let at = |index| Snapshot { index, term: 1, ..Snapshot::default() };
        disk.compact(at(2));
        disk.write(Write { snapshot: Some(at(9)), ..log(10, &[10]) });
        let read = disk.contents();
        assert_eq!((read.snapshot, read.entry(10), read.entry(3)), (at(9), Some(&10), None));
        let image = disk.crash().contents;
        assert_eq!((image.snapshot, image.entries), (at(2), vec![3, 4]));
    }
}

//! A disk with crash semantics.
//!
//! A node reads what it has written at once; what a crash leaves is what was synced, and two things that
//! are synced when they are written: a compaction, and up to where the application has applied.
//! Survivable faults: a write that is lost, whole and in order. Torn writes are not modelled:
//! raft-rs leaves them to its application.
//!
//! Two disks keep this: one in [`memory`], for speed, and a write-ahead log in files (`wal`).

pub mod memory;
#[cfg(feature = "wal")]
pub mod wal;

use crate::spec::Configuration;
use std::panic::{catch_unwind, resume_unwind, AssertUnwindSafe};

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

/// Up to where an application has applied, and the configuration there.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs)]
pub struct Applied {
    pub index: u64,
    pub configuration: Configuration,
}

/// What a Ready writes.
#[derive(Clone, Debug)]
pub struct Write<E> {
    /// The hard state, if it changed.
    pub hard_state: Option<HardState>,
    /// A snapshot that takes the place of the log.
    pub snapshot: Option<Snapshot>,
    /// The index of the first entry.
    pub first: u64,
    /// They replace the log from `first` on; if there are none, nothing is replaced.
    pub entries: Vec<E>,
}

/// What a node reads: as written, synced or not. The log starts after a snapshot.
#[derive(Clone, PartialEq, Debug)]
pub struct Contents<E> {
    /// What comes before the log.
    pub snapshot: Snapshot,
    /// The hard state.
    pub hard_state: HardState,
    /// The log; the first entry has index `snapshot.index + 1`.
    pub entries: Vec<E>,
    /// What the application starts from when its node does.
    pub applied: Applied,
    /// What the application answers when it is asked for a snapshot; `None` when it has none. Not on the disk.
    pub offer: Option<Applied>,
}

/// What a write took the place of.
#[derive(Clone, Debug)]
struct Overwritten<E> {
    hard_state: HardState,
    /// The snapshot before, and all entries, if there is another snapshot.
    replaced: Option<(Snapshot, Vec<E>)>,
    /// The log's last index before the write changed it, and what was cut off there.
    kept: u64,
    removed: Vec<E>,
}

impl<E> Contents<E> {
    /// A snapshot, which the application has applied, and nothing else.
    fn bootstrapped(snapshot: Snapshot) -> Self {
        let Snapshot { index, term, configuration } = snapshot;
        Contents {
            snapshot,
            hard_state: HardState { term, vote: 0, commit: index },
            entries: Vec::new(),
            applied: Applied { index, configuration },
            offer: None,
        }
    }

    /// The index of the last entry.
    pub fn last_index(&self) -> u64 {
        self.snapshot.index + self.entries.len() as u64
    }

    /// The entry at `index`, if it is there.
    pub fn entry(&self, index: u64) -> Option<&E> {
        self.entries.get(index.checked_sub(self.snapshot.index + 1)? as usize)
    }

    fn write(&mut self, write: Write<E>) -> Overwritten<E> {
        let replaced = write
            .snapshot
            .map(|snapshot| (std::mem::replace(&mut self.snapshot, snapshot), std::mem::take(&mut self.entries)));
        let (mut kept, mut removed) = (self.last_index(), Vec::new());
        if !write.entries.is_empty() {
            kept = write.first - 1;
            let place = (kept - self.snapshot.index) as usize;
            if place < self.entries.len() {
                removed = self.entries.split_off(place);
            }
            self.entries.extend(write.entries);
        }
        let hard_state = self.hard_state;
        self.hard_state = write.hard_state.unwrap_or(hard_state);
        Overwritten { hard_state, replaced, kept, removed }
    }

    fn take_back(&mut self, overwritten: Overwritten<E>) {
        self.entries.truncate((overwritten.kept - self.snapshot.index) as usize);
        self.entries.extend(overwritten.removed);
        if let Some(replaced) = overwritten.replaced {
            (self.snapshot, self.entries) = replaced;
        }
        self.hard_state = overwritten.hard_state;
    }

    fn compact(&mut self, snapshot: Snapshot) {
        self.entries.drain(..(snapshot.index - self.snapshot.index) as usize);
        self.snapshot = snapshot;
    }
}

/// One node's disk. A failure of what is below it unwinds as [`Failure`].
pub trait Disk: Sized {
    /// An entry of the log.
    type Entry: Clone;
    /// What is left of it while its node is down: all that the node finds when it starts again.
    type Image: std::fmt::Debug;

    /// A disk with a snapshot, which the application has applied, and nothing else.
    fn bootstrapped(snapshot: Snapshot) -> Self::Image;
    /// Node `id` starts; what the disk does is logged if `record` (see [`super::log`]).
    fn open(left: Self::Image, id: u64, record: bool) -> Self;
    /// What is not durable is lost.
    fn crash(self) -> Self::Image;

    /// What the node reads.
    fn contents(&self) -> &Contents<Self::Entry>;
    /// The same; what is changed in it by hand is no write, and not kept.
    fn contents_mut(&mut self) -> &mut Contents<Self::Entry>;

    /// A write, which is not durable yet.
    fn write(&mut self, write: Write<Self::Entry>);
    /// The number of the newest write, which means something until the node is down.
    fn written(&self) -> u64;
    /// Makes the writes up to the one of that number durable; how many of them were not yet.
    fn sync(&mut self, written: u64) -> usize;
    /// Drops the entries up to that of `snapshot`, which the disk has, for good.
    fn compact(&mut self, snapshot: Snapshot);
    /// Keeps up to where the application has applied, for good.
    fn keep(&mut self, applied: Applied);
}

/// What is below a disk failed: no finding, and no verdict. It unwinds through the run, which does not
/// take it for a panic of the implementation, up to who catches it and can tell the user.
#[derive(thiserror::Error, Debug)]
#[error("{0}")]
pub struct Failure(pub String);

impl Failure {
    /// Runs something on disks.
    ///
    /// # Errors
    /// The failure of one of them, which ended it.
    pub fn catch<T>(run: impl FnOnce() -> T) -> Result<T, Failure> {
        catch_unwind(AssertUnwindSafe(run)).map_err(|payload| match payload.downcast::<Failure>() {
            Ok(failure) => *failure,
            Err(payload) => resume_unwind(payload),
        })
    }
}

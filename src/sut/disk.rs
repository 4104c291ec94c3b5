//! A disk with crash semantics.
//!
//! A node reads its writes at once. A crash keeps the synced writes, and two kinds that are synced at once: a compaction,
//! and the applied index. Survivable faults: the newest unsynced writes are lost, each as a whole. Torn writes are not
//! modelled: raft-rs leaves them to its application.
//!
//! There are two disks: one in [`memory`], for speed, and a write-ahead log in files (`wal`).

pub mod memory;
#[cfg(feature = "wal")]
pub mod wal;

use crate::spec::Configuration;
use std::panic::{catch_unwind, resume_unwind, AssertUnwindSafe};

/// Term, vote (0 for nobody) and commit index.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[allow(missing_docs)]
pub struct HardState {
    pub term: u64,
    pub vote: u64,
    pub commit: u64,
}

/// A snapshot of the state machine: the index and term of its last applied entry, and the configuration there.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[allow(missing_docs)]
pub struct Snapshot {
    pub index: u64,
    pub term: u64,
    pub configuration: Configuration,
}

/// The applied index of an application, and the configuration there.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs)]
pub struct Applied {
    pub index: u64,
    pub configuration: Configuration,
}

/// The write of a Ready.
#[derive(Clone, Debug)]
pub struct Write<E> {
    /// The hard state, if it changed.
    pub hard_state: Option<HardState>,
    /// A snapshot that replaces the log.
    pub snapshot: Option<Snapshot>,
    /// The index of the first entry.
    pub first: u64,
    /// The entries that replace the log from `first` on; none replace nothing.
    pub entries: Vec<E>,
}

/// The contents of a disk as written, synced or not. The log starts after a snapshot.
#[derive(Clone, PartialEq, Debug)]
pub struct Contents<E> {
    /// The snapshot that precedes the log.
    pub snapshot: Snapshot,
    /// The hard state.
    pub hard_state: HardState,
    /// The log; the first entry has index `snapshot.index + 1`.
    pub entries: Vec<E>,
    /// The state from which the application starts with its node.
    pub applied: Applied,
    /// The application's answer to a request for a snapshot; `None` when it has none. Not on the disk.
    pub offer: Option<Applied>,
}

/// The contents that a write replaced.
#[derive(Clone, Debug)]
struct Overwritten<E> {
    hard_state: HardState,
    /// The snapshot before and all entries, if the write has a snapshot.
    replaced: Option<(Snapshot, Vec<E>)>,
    /// The last index that the write kept.
    kept: u64,
    /// The entries that the write cut off after it.
    removed: Vec<E>,
}

impl<E> Contents<E> {
    /// Contents of a snapshot alone, which the application has applied.
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

    fn undo(&mut self, overwritten: Overwritten<E>) {
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

/// One node's disk. A failure of its storage unwinds as [`Failure`].
pub trait Disk: Sized {
    /// An entry of the log.
    type Entry: Clone;
    /// The durable image of the disk while its node is down.
    type Image: std::fmt::Debug;

    /// The image of a disk with a snapshot alone, which the application has applied.
    fn bootstrapped(snapshot: Snapshot) -> Self::Image;
    /// Opens the disk of node `id`, which starts. With `record` it writes log lines (see [`super::log`]).
    fn open(image: Self::Image, id: u64, record: bool) -> Self;
    /// Loses all that is not durable.
    fn crash(self) -> Self::Image;

    /// The contents that the node reads.
    fn contents(&self) -> &Contents<Self::Entry>;
    /// The same. A change made through it is no write, and a crash need not keep it.
    fn contents_mut(&mut self) -> &mut Contents<Self::Entry>;

    /// Writes; the write is not durable yet.
    fn write(&mut self, write: Write<Self::Entry>);
    /// The number of the newest write, valid until the node is down.
    fn written(&self) -> u64;
    /// Makes the writes up to a number durable. Returns how many of them were not.
    fn sync(&mut self, written: u64) -> usize;
    /// Drops the entries up to that of `snapshot`, durably. The disk has that entry.
    fn compact(&mut self, snapshot: Snapshot);
    /// Stores the applied index of the application, durably.
    fn keep(&mut self, applied: Applied);
}

/// A failure of a disk's storage: neither a finding nor a verdict. It unwinds through the run, which does not treat it as a
/// panic of the implementation, up to a caller that can tell the user.
#[derive(thiserror::Error, Debug)]
#[error("{0}")]
pub struct Failure(pub String);

impl Failure {
    /// Runs something that uses disks.
    ///
    /// # Errors
    /// The failure of a disk that ended it.
    pub fn catch<T>(run: impl FnOnce() -> T) -> Result<T, Failure> {
        catch_unwind(AssertUnwindSafe(run)).map_err(|payload| match payload.downcast::<Failure>() {
            Ok(failure) => *failure,
            Err(payload) => resume_unwind(payload),
        })
    }
}

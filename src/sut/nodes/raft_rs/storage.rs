//! raft-rs's storage: a disk of the cluster.

use super::configuration::conf_state;
use super::version;
use crate::spec::Configuration;
use crate::sut::{Applied, Contents, Disk, HardState};
use raft::eraftpb::{self, Entry};
use raft::{Error, RaftState, Storage, StorageError};
use std::cell::Cell;

/// The most reads of the log in one call; more are an endless handler. A call reads at most a few times a message sent,
/// and every entry once a message.
const MAX_READS: u32 = 1_000_000;

/// The storage that raft-rs reads: what is written on a disk, synced or not.
pub struct Store<D> {
    pub(super) disk: D,
    /// The configuration that the application had applied when the node started.
    configuration: Configuration,
    /// The reads of the log in the current call.
    reads: Cell<u32>,
    /// The first index before a compaction that happens while the node reads the log in its next call, and true once that
    /// call has begun. Storage tells it until it has answered `Compacted`.
    old_first: Cell<Option<(u64, bool)>>,
    /// The peers for which the application has no snapshot, as bits.
    withheld: u64,
    pub(super) fetches: version::Fetches,
}

impl<D: Disk<Entry = Entry>> Store<D> {
    pub(super) fn on(disk: D, configuration: Configuration, async_fetch: bool) -> Self {
        let fetches = version::Fetches::new(async_fetch);
        Store { disk, configuration, reads: Cell::new(0), old_first: Cell::new(None), withheld: 0, fetches }
    }

    pub(super) fn contents(&self) -> &Contents<Entry> {
        self.disk.contents()
    }

    /// Begins to count reads of the log anew: a call of the node begins.
    pub(super) fn begin_call(&mut self) {
        self.reads.set(0);
        // A compaction is over after the call that it happened in.
        self.old_first.set(self.old_first.get().filter(|(_, begun)| !begun).map(|(first, _)| (first, true)));
    }

    /// Goes on to tell the first index of now, until a compaction is noticed in the node's next call.
    pub(super) fn keep_first_index(&mut self) {
        self.old_first.set(Some((self.first(), false)));
    }

    /// Has a snapshot for a peer from now on, or has none for it.
    pub(super) fn give_to(&mut self, id: u64, given: bool) {
        match given {
            true => self.withheld &= !(1 << id),
            false => self.withheld |= 1 << id,
        }
    }

    /// Has a snapshot for every peer from now on.
    pub(super) fn give_to_all(&mut self) {
        self.withheld = 0;
    }

    /// The answer to a read of what was dropped.
    fn compacted<T>(&self) -> raft::Result<T> {
        self.old_first.set(None);
        Err(Error::Store(StorageError::Compacted))
    }

    fn count_read(&self) {
        self.reads.set(self.reads.get() + 1);
        assert!(self.reads.get() <= MAX_READS, "runaway handler: it reads the log without end");
    }

    fn first(&self) -> u64 {
        self.contents().snapshot.index + 1
    }
}

impl<D: Disk<Entry = Entry>> Storage for Store<D> {
    fn initial_state(&self) -> raft::Result<RaftState> {
        let HardState { term, vote, commit } = self.contents().hard_state;
        let hard_state = eraftpb::HardState { term, vote, commit, ..Default::default() };
        Ok(RaftState::new(hard_state, conf_state(&self.configuration)))
    }

    fn entries(
        &self,
        low: u64,
        high: u64,
        max_size: impl Into<Option<u64>>,
        #[cfg(not(feature = "raft-0-6"))] context: raft::GetEntriesContext,
    ) -> raft::Result<Vec<Entry>> {
        self.count_read();
        if low < self.first() {
            return self.compacted();
        }
        #[cfg(not(feature = "raft-0-6"))]
        if self.fetches.begin(context) {
            return Err(Error::Store(StorageError::LogTemporarilyUnavailable));
        }
        let offset = |index: u64| (index - self.first()) as usize;
        let found = self.contents().entries.get(offset(low)..offset(high));
        let mut entries = found.ok_or(Error::Store(StorageError::Unavailable))?.to_vec();
        raft::util::limit_size(&mut entries, max_size.into());
        Ok(entries)
    }

    fn term(&self, index: u64) -> raft::Result<u64> {
        self.count_read();
        if index == self.contents().snapshot.index {
            return Ok(self.contents().snapshot.term);
        }
        if index < self.first() {
            return self.compacted();
        }
        let entry = self.contents().entry(index);
        entry.map(|entry| entry.term).ok_or(Error::Store(StorageError::Unavailable))
    }

    fn first_index(&self) -> raft::Result<u64> {
        // A compaction that was not noticed yet: `Storage::first_index` is that of an entry that is *possibly* available.
        Ok(self.old_first.get().map_or(self.first(), |(first, _)| first))
    }

    fn last_index(&self) -> raft::Result<u64> {
        Ok(self.contents().last_index())
    }

    fn snapshot(
        &self,
        request_index: u64,
        #[cfg(not(feature = "raft-0-6"))] to: u64,
    ) -> raft::Result<eraftpb::Snapshot> {
        #[cfg(not(feature = "raft-0-6"))]
        if self.withheld & 1 << to != 0 {
            return Err(Error::Store(StorageError::SnapshotTemporarilyUnavailable));
        }
        let least = request_index.max(self.contents().snapshot.index).max(1);
        let offer = self.contents().offer.filter(|offer| offer.index >= least);
        let Some(Applied { index, configuration }) = offer else {
            return Err(Error::Store(StorageError::SnapshotTemporarilyUnavailable));
        };
        let mut snapshot = eraftpb::Snapshot::default();
        let metadata = snapshot.mut_metadata();
        metadata.index = index;
        metadata.term = self.term(index)?;
        metadata.set_conf_state(conf_state(&configuration));
        Ok(snapshot)
    }
}

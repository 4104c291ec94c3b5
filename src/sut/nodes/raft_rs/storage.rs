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
    pub(super) fetches: version::Fetches,
}

impl<D: Disk<Entry = Entry>> Store<D> {
    pub(super) fn on(disk: D, configuration: Configuration, async_fetch: bool) -> Self {
        Store { disk, configuration, reads: Cell::new(0), fetches: version::Fetches::new(async_fetch) }
    }

    pub(super) fn contents(&self) -> &Contents<Entry> {
        self.disk.contents()
    }

    /// Begins to count reads of the log anew: a call of the node begins.
    pub(super) fn begin_call(&mut self) {
        self.reads.set(0);
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
            return Err(Error::Store(StorageError::Compacted));
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
            return Err(Error::Store(StorageError::Compacted));
        }
        let entry = self.contents().entry(index);
        entry.map(|entry| entry.term).ok_or(Error::Store(StorageError::Unavailable))
    }

    fn first_index(&self) -> raft::Result<u64> {
        Ok(self.first())
    }

    fn last_index(&self) -> raft::Result<u64> {
        Ok(self.contents().last_index())
    }

    fn snapshot(
        &self,
        request_index: u64,
        #[cfg(not(feature = "raft-0-6"))] _to: u64,
    ) -> raft::Result<eraftpb::Snapshot> {
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

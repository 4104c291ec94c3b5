//! raft-rs on a write-ahead log, which holds raft-rs's own messages, as TiKV writes them.

use super::configuration::{conf_state, configuration_of};
use super::RaftRs;
use crate::sut::disk::wal;
use crate::sut::{HardState, Snapshot};
use raft::eraftpb::{self, Entry};

/// A raft-rs node on a write-ahead log.
pub type RaftRsOnWal = RaftRs<wal::WalDisk<Eraftpb>>;

/// The records of raft-rs: its own protobuf messages.
pub struct Eraftpb;

impl raft_engine::MessageExt for Eraftpb {
    type Entry = Entry;

    fn index(entry: &Entry) -> u64 {
        entry.index
    }
}

impl wal::Records for Eraftpb {
    type HardState = eraftpb::HardState;
    type Snapshot = eraftpb::SnapshotMetadata;

    fn hard_state(HardState { term, vote, commit }: HardState) -> eraftpb::HardState {
        eraftpb::HardState { term, vote, commit, ..Default::default() }
    }

    fn read_hard_state(&eraftpb::HardState { term, vote, commit, .. }: &eraftpb::HardState) -> HardState {
        HardState { term, vote, commit }
    }

    fn snapshot(snapshot: &Snapshot) -> eraftpb::SnapshotMetadata {
        let Snapshot { index, term, configuration } = snapshot;
        let mut metadata = eraftpb::SnapshotMetadata { index: *index, term: *term, ..Default::default() };
        metadata.set_conf_state(conf_state(configuration));
        metadata
    }

    fn read_snapshot(metadata: &eraftpb::SnapshotMetadata) -> Snapshot {
        let configuration = configuration_of(metadata.get_conf_state());
        Snapshot { index: metadata.index, term: metadata.term, configuration }
    }
}

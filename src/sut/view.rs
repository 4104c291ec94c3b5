//! Views: the state of a node, its peers, entries and messages in one form that every implementation shares.

use crate::spec::{Configuration, ProgressState};
use serde::{Serialize, Serializer};
use std::fmt;

/// The role of a node.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize)]
#[allow(missing_docs)]
pub enum RoleView {
    #[default]
    Follower,
    Candidate,
    PreCandidate,
    Leader,
}

/// The state of a node, in its own indexes and terms. Every node has role, term, vote, leader, commit and last index; the
/// other fields are 0 where it lacks them.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize)]
#[allow(missing_docs)]
pub struct View {
    pub role: RoleView,
    pub term: u64,
    /// 0 for none.
    pub vote: u64,
    /// 0 for none.
    pub leader: u64,
    /// The target of a leader's pending leadership transfer; 0 for none.
    pub transferee: u64,
    pub commit: u64,
    /// As a leader, the number of reads that wait for a quorum.
    pub pending_reads: usize,
    /// The number of answered reads that no Ready has taken yet.
    pub read_results: usize,
    pub applied: u64,
    pub persisted: u64,
    pub last_index: u64,
    /// As a leader, the index up to which a change of the configuration may be pending (raft-rs `pending_conf_index`).
    pub pending_change: u64,
    /// The index that the requested snapshot must reach; 0 for none (raft-rs `pending_request_snapshot`).
    pub requested: u64,
    /// As a leader, the bytes of its own entries that count as uncommitted, where they are limited.
    pub uncommitted: u64,
    /// Ticks since the last reset of the election timer.
    pub elapsed: u64,
}

/// A leader's state of a peer (raft-rs `Progress`).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[allow(missing_docs)]
pub struct PeerView {
    pub matched: u64,
    pub next: u64,
    pub state: ProgressState,
    /// In probe: true while an append or a snapshot is in flight (raft-rs `paused`).
    pub probing: bool,
    /// In snapshot: the index of the snapshot in flight (raft-rs `pending_snapshot`).
    pub snapshot: u64,
    /// The index that a snapshot requested by the peer must reach; 0 for none.
    pub requested: u64,
    /// In replicate: the number of appends in flight.
    pub inflight: usize,
    /// True if the peer was heard from since the last check of the quorum (raft-rs `recent_active`).
    pub active: bool,
    /// The highest commit index that the peer has reported; of the leader itself, its own (raft-rs `committed_index`).
    pub committed: u64,
    /// The group that commits count the peer in; 0 for none (raft-rs `commit_group_id`).
    pub group: u64,
}

/// One entry; `value` 0 is the empty entry of a new leader, and some values are changes
/// ([`Change::from_value`](crate::spec::Change::from_value)).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[allow(missing_docs)]
pub struct EntryView {
    pub index: u64,
    pub term: u64,
    pub value: u32,
    /// Bytes of data.
    pub size: u32,
}

/// The kinds of messages that the specification knows.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize)]
#[allow(missing_docs)]
pub enum MessageKind {
    RequestVote,
    RequestVoteResponse,
    RequestPreVote,
    RequestPreVoteResponse,
    ReadIndex,
    ReadIndexResponse,
    TransferLeader,
    TimeoutNow,
    Append,
    AppendResponse,
    Snapshot,
    Heartbeat,
    HeartbeatResponse,
    Propose,
    /// Anything else.
    #[default]
    Other,
}

/// A message without its entries. A field that the message lacks is 0.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize)]
#[allow(missing_docs)]
pub struct MessageView {
    pub kind: MessageKind,
    pub from: u64,
    pub to: u64,
    pub term: u64,
    pub index: u64,
    pub log_term: u64,
    pub commit: u64,
    pub commit_term: u64,
    pub reject: bool,
    pub reject_hint: u64,
    /// In a rejection: the index that the requested snapshot must reach; 0 for none.
    pub request: u64,
    /// In a snapshot: the configuration at its position, which is in `index` and `log_term`.
    #[serde(serialize_with = "in_words")]
    pub configuration: Configuration,
    /// In a request for a vote: the candidate's priority.
    pub priority: i64,
    /// In a heartbeat and its response: the read that it confirms; 0 for none.
    pub context: u32,
    /// In a request for a vote: true if the leader asked for the election (leadership transfer).
    pub transfer: bool,
}

fn in_words<S: Serializer>(configuration: &Configuration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(configuration)
}

impl fmt::Display for MessageView {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let MessageView { kind, from, to, configuration, .. } = self;
        write!(f, "{from}->{to} {kind:?}")?;
        let numbers = [
            ("term", self.term),
            ("index", self.index),
            ("log term", self.log_term),
            ("commit", self.commit),
            ("commit term", self.commit_term),
            ("hint", self.reject_hint),
            ("asks for a snapshot of", self.request),
            ("read", self.context.into()),
        ];
        numbers
            .iter()
            .filter(|(_, number)| *number != 0)
            .try_for_each(|(name, number)| write!(f, " {name} {number}"))?;
        if self.priority != 0 {
            write!(f, " priority {}", self.priority)?;
        }
        if *configuration != Configuration::default() {
            write!(f, " configuration {configuration}")?;
        }
        f.write_str(if self.reject { " refused" } else { "" })?;
        f.write_str(if self.transfer { " transfer" } else { "" })
    }
}

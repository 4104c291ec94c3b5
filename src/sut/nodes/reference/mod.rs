//! The reference: a plain, small Raft behind [`Node`](crate::sut::Node), which never diverges.
//!
//! With the reference, the judge is tested without raft-rs. Each [`Fault`] turns it into a faulty node with one mistake, at the
//! places that test for that [`Fault`].
//!
//! In reading order: `log` and `message` are the data; `clock` and `election` elect a leader; `replication`, with its
//! `progress` for each peer, is the leader's part, and `follower` the follower's; `flow`, `snapshot`, `membership`, `reads` and
//! `transfer` extend that; `ready` connects it to the disk and the application; `node` implements the trait.

mod clock;
mod election;
mod flow;
mod follower;
mod log;
mod membership;
mod message;
mod node;
mod progress;
mod reads;
mod ready;
mod replication;
mod snapshot;
mod transfer;

use super::faulty::{self, Fault};
use crate::spec::{Configuration, NodeId, NodeSet};
use crate::sut::{Disk, EntryView, HardState, MemoryDisk, NodeConfig, RoleView};
use flow::Flow;
use log::Log;
pub use message::Wire;
use progress::Peer;
use reads::Read;
use ready::Writes;
use std::collections::{BTreeMap, VecDeque};

/// A replica.
#[derive(Debug)]
pub struct Reference {
    config: NodeConfig,
    disk: MemoryDisk<EntryView>,
    messages: Vec<Wire>,

    hard_state: HardState,
    log: Log,
    role: RoleView,
    /// The leader; 0 for none.
    leader: u64,
    /// The configuration that it acts on.
    configuration: Configuration,

    /// Ticks since the election timer was reset.
    elapsed: u64,
    heartbeat_elapsed: u64,
    timeout: u64,
    priority: u8,

    /// As a candidate, the nodes that granted it their vote.
    granted: NodeSet,
    /// As a candidate, the nodes that rejected it.
    rejected: NodeSet,
    /// True if the leader asked for the current election (leadership transfer).
    campaign_transfer: bool,

    /// As a leader, every other member.
    peers: BTreeMap<u64, Peer>,
    /// The highest commit index that each other member has reported.
    reported: BTreeMap<u64, u64>,
    /// The limits of appends in flight that the application set.
    max_inflight_msgs: BTreeMap<u64, usize>,
    /// True if commits are not broadcast by themselves.
    skip_bcast_commit: bool,
    /// As a leader, the index up to which a change of the configuration may be pending.
    pending_change: u64,
    /// As a leader, the target of the pending transfer; 0 for none.
    transferee: u64,
    /// As a leader, the reads that wait for a quorum, oldest first.
    reads: VecDeque<Read>,
    /// As a leader, the reads that wait until it has committed in its term, and the nodes whose clients read.
    early_reads: Vec<(u64, u32)>,
    read_results: Vec<(u32, u64)>,

    /// As a follower, the index that the requested snapshot must reach; 0 for none.
    requested: u64,
    flow: Flow,

    writes: Writes,
    /// The index up to which the application has received entries.
    delivered: u64,
    /// The index up to which it has applied them.
    applied: u64,
    /// The application's configuration: older than the node's after a snapshot that it has not applied.
    application_configuration: Configuration,
    /// The snapshots that it has received and not applied: their index and configuration.
    received_snapshots: VecDeque<(u64, Configuration)>,
    /// The mistake that it makes.
    fault: Option<Fault>,
}

impl Reference {
    fn start_from(config: &NodeConfig, disk: MemoryDisk<EntryView>) -> Self {
        let mut hard_state = disk.contents().hard_state;
        let fault = faulty::current();
        if fault == Some(Fault::ForgetsVote) {
            hard_state.vote = 0;
        }
        Reference {
            config: *config,
            messages: Vec::new(),
            hard_state,
            log: Log::on(disk.contents()),
            role: RoleView::Follower,
            leader: 0,
            configuration: config.configuration,
            elapsed: 0,
            heartbeat_elapsed: 0,
            timeout: u64::MAX,
            priority: if fault == Some(Fault::StartsWithoutPriority) { 0 } else { config.priority },
            granted: NodeSet::EMPTY,
            rejected: NodeSet::EMPTY,
            campaign_transfer: false,
            peers: BTreeMap::new(),
            reported: BTreeMap::new(),
            max_inflight_msgs: BTreeMap::new(),
            skip_bcast_commit: config.setup.skip_bcast_commit,
            pending_change: 0,
            transferee: 0,
            reads: VecDeque::new(),
            early_reads: Vec::new(),
            read_results: Vec::new(),
            requested: 0,
            flow: Flow {
                batch_append: config.setup.batch_append,
                check_quorum_on: config.setup.check_quorum,
                max_committed_size: config.setup.max_committed_size_per_ready,
                ..Flow::default()
            },
            writes: Writes::none_since(disk.contents()),
            delivered: config.applied,
            applied: config.applied,
            application_configuration: config.configuration,
            received_snapshots: VecDeque::new(),
            disk,
            fault,
        }
    }

    #[inline]
    fn has(&self, fault: Fault) -> bool {
        self.fault == Some(fault)
    }

    fn me(&self) -> NodeId {
        node_id(self.config.id)
    }

    fn leads(&self) -> bool {
        self.role == RoleView::Leader
    }

    fn become_follower(&mut self, term: u64, leader: u64) {
        if term != self.hard_state.term {
            self.hard_state.term = term;
            self.hard_state.vote = 0;
        }
        self.role = RoleView::Follower;
        self.leader = leader;
        self.transferee = 0;
        self.pending_change = 0;
        self.reads.clear();
        self.early_reads.clear();
        self.elapsed = 0;
        self.heartbeat_elapsed = 0;
    }
}

fn node_id(number: u64) -> NodeId {
    NodeId::new(number as u8)
}

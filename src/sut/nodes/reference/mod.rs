//! The reference: a plain, small Raft behind [`Node`](crate::sut::Node), which never diverges.
//!
//! With it the tester is tested apart from raft-rs. Each [`Fault`] turns it into a faulty node, whose
//! one mistake is where the code asks for a [`Fault`].
//!
//! In reading order: `log` and `message` are what it keeps and says; `clock` and `election` make a leader;
//! `replication`, with its `progress` for each peer, is the leader's part and `follower` the other;
//! `flow`, `snapshot`, `membership`, `reads` and `transfer` go on from there; `ready` is the way to the disk and to
//! the application; `node` puts all of it behind the trait.

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
use crate::sut::disk::memory::MemoryDisk;
use crate::sut::disk::{Disk, HardState};
use crate::sut::node::{EntryView, NodeConfig, RoleView};
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
    /// 0 for nobody.
    leader: u64,
    /// The configuration that it acts on.
    configuration: Configuration,

    /// Ticks since the election timer was reset.
    elapsed: u64,
    heartbeat_elapsed: u64,
    timeout: u64,
    priority: u8,

    /// As a candidate, who has granted and who has refused its vote.
    granted: NodeSet,
    refused: NodeSet,
    /// Whether the leader asked for the election under way.
    chosen: bool,

    /// As a leader, every other member.
    peers: BTreeMap<u64, Peer>,
    /// Windows that the application set.
    windows: BTreeMap<u64, usize>,
    /// Whether commits are not told by themselves.
    quiet: bool,
    /// As a leader, up to where a change of the configuration may be pending.
    pending_change: u64,
    /// As a leader, its successor; 0 for nobody.
    transferee: u64,
    /// As a leader, the reads that wait, oldest first.
    reads: VecDeque<Read>,
    read_results: Vec<(u32, u64)>,

    /// As a follower, the index that a snapshot which it asked for must reach; 0 for none.
    requested: u64,
    flow: Flow,

    writes: Writes,
    /// Up to here entries were handed to the application.
    delivered: u64,
    /// Up to here it says that it has applied them.
    applied: u64,
    /// The configuration that it has: older than the node's own after a snapshot that it has not applied.
    application: Configuration,
    /// Snapshots that were handed to it and not applied yet: up to where, and the configuration there.
    restored: VecDeque<(u64, Configuration)>,
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
            priority: match config.id == 1 && fault != Some(Fault::StartsWithoutPriority) {
                true => config.setup.first_priority,
                false => 0,
            },
            granted: NodeSet::EMPTY,
            refused: NodeSet::EMPTY,
            chosen: false,
            peers: BTreeMap::new(),
            windows: BTreeMap::new(),
            quiet: config.setup.skip_bcast_commit,
            pending_change: 0,
            transferee: 0,
            reads: VecDeque::new(),
            read_results: Vec::new(),
            requested: 0,
            flow: Flow::new(config.setup.batch_append, config.setup.check_quorum),
            writes: Writes::none_since(disk.contents()),
            delivered: config.applied,
            applied: config.applied,
            application: config.configuration,
            restored: VecDeque::new(),
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
        self.elapsed = 0;
        self.heartbeat_elapsed = 0;
    }
}

fn node_id(number: u64) -> NodeId {
    NodeId::new(number as u8)
}

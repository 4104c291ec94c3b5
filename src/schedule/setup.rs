//! The shape of a cluster and the settings of its nodes.

use crate::spec::{Configuration, NodeId, NodeSet, MAX_NODES};

/// A cluster. Every field is within the stated range; [`Setup::clamped`] makes it so.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Setup {
    /// Voters, 1 to 7: the first nodes.
    pub voters: u8,
    /// Learners, 0 to 2: the nodes after them.
    pub learners: u8,
    /// Nodes outside the configuration, 0 to 2, which start from nothing: the last ones.
    pub spares: u8,
    /// Whether a node that applied its own removal runs on; otherwise its application stops it at once.
    pub keep_removed: bool,
    /// Whether applications ask nodes to campaign that have no vote of their own.
    pub stray_campaigns: bool,
    /// raft-rs `Config::election_tick`, 2 to 17 ticks.
    pub election_tick: u8,
    /// raft-rs `Config::heartbeat_tick`, 1 to `election_tick - 1` ticks.
    pub heartbeat_tick: u8,
    /// Seeds the election timeouts.
    pub seed: u16,
    /// raft-rs `Config::max_inflight_msgs`: one of [`Setup::INFLIGHT`].
    pub max_inflight: u16,
    /// raft-rs `Config::max_size_per_msg`, bytes: one of [`Setup::MESSAGE_SIZES`].
    pub max_message_size: u32,
    /// Index of the snapshot that all nodes are bootstrapped from, 1 to 16.
    pub first_index: u8,
    /// Its term, 1 to 16.
    pub first_term: u8,
    /// Whether a write that need not be synced is left unsynced.
    pub lazy_sync: bool,
    /// Whether what an application applied survives a crash; otherwise it applies all again.
    pub durable_apply: bool,
    /// Whether a crash may take back even a change of the configuration that was applied. raft-rs's
    /// example keeps each at once (`set_conf_state`), and does not say that it must be. A node that
    /// applied its own removal keeps that in any case.
    pub lossy_changes: bool,
    /// Whether a node is told of a sync only by [`Event::Notice`](super::Event::Notice), while what
    /// waited for the sync has left. raft-rs's documentation has persisted messages sent after the
    /// write is durable, and does not say whether before or after `on_persist_ready`.
    pub late_notice: bool,
    /// raft-rs `Config::pre_vote`.
    pub pre_vote: bool,
    /// raft-rs `Config::check_quorum`.
    pub check_quorum: bool,
    /// raft-rs `Config::skip_bcast_commit`.
    pub quiet_commit: bool,
    /// Whether all faults end with the schedule, and the cluster must then make progress.
    pub heal: bool,
    /// raft-rs `Config::max_committed_size_per_ready`, bytes: one of [`Setup::MESSAGE_SIZES`].
    pub max_committed_size: u32,
    /// raft-rs `Config::max_uncommitted_size`, bytes: one of [`Setup::MESSAGE_SIZES`], and no less than
    /// `max_message_size` (raft-rs `Config::validate`).
    pub max_uncommitted_size: u32,
    /// raft-rs `Config::batch_append`.
    pub batch_append: bool,
    /// raft-rs `Config::read_only_option`: `LeaseBased`, which asks for `check_quorum`.
    pub lease_reads: bool,
    /// Whether reads have the same few contexts over and over. raft-rs's `ReadState` has the caller tell its
    /// reads apart "e.g. given a unique id as request_ctx".
    pub reuse_contexts: bool,
    /// Whether the storage fetches the entries of appends asynchronously (raft-rs
    /// `StorageError::LogTemporarilyUnavailable`), until [`Event::Fetched`](super::Event::Fetched).
    pub late_entries: bool,
    /// raft-rs `Config::priority` of the first node, 0 to 3; the others start with 0.
    pub first_priority: u8,
}

impl Setup {
    /// Interesting window sizes; 256 is raft-rs's default.
    pub const INFLIGHT: [u16; 4] = [256, 1, 2, 4];
    /// Interesting message sizes: unlimited, one entry a message (raft-rs's default), a few.
    pub const MESSAGE_SIZES: [u32; 4] = [u32::MAX, 0, 24, 64];

    /// Brings every field into its range.
    #[must_use]
    pub fn clamped(mut self) -> Self {
        self.voters = self.voters.clamp(1, 7);
        self.learners = self.learners.min(2);
        self.spares = self.spares.min(2).min(MAX_NODES as u8 - self.voters - self.learners);
        self.election_tick = self.election_tick.clamp(2, 17);
        self.heartbeat_tick = self.heartbeat_tick.clamp(1, self.election_tick - 1);
        self.first_index = self.first_index.clamp(1, 16);
        self.first_term = self.first_term.clamp(1, 16);
        self.first_priority = self.first_priority.min(3);
        self.check_quorum |= self.lease_reads;
        self.max_message_size = self.max_message_size.min(self.max_uncommitted_size);
        self
    }

    /// How many nodes there are.
    pub fn count(&self) -> u8 {
        self.voters + self.learners + self.spares
    }

    /// The nodes.
    pub fn nodes(&self) -> impl Iterator<Item = NodeId> {
        (1..=self.count()).map(NodeId::new)
    }

    /// Whether the cluster has `node`.
    pub fn has(&self, node: NodeId) -> bool {
        node.number() <= self.count()
    }

    /// The configuration that the members are bootstrapped with.
    pub fn configuration(&self) -> Configuration {
        let (voters, members) = (self.voters.into(), usize::from(self.voters + self.learners));
        let learners = NodeSet::first(members).minus(NodeSet::first(voters));
        Configuration { learners, ..Configuration::of(NodeSet::first(voters)) }
    }
}

impl Default for Setup {
    fn default() -> Self {
        Setup {
            voters: 3,
            learners: 0,
            spares: 0,
            keep_removed: false,
            stray_campaigns: false,
            election_tick: 10,
            heartbeat_tick: 2,
            seed: 0,
            max_inflight: Setup::INFLIGHT[0],
            max_message_size: Setup::MESSAGE_SIZES[0],
            first_index: 1,
            first_term: 1,
            lazy_sync: false,
            durable_apply: true,
            lossy_changes: false,
            late_notice: false,
            pre_vote: false,
            check_quorum: false,
            quiet_commit: false,
            heal: false,
            max_committed_size: Setup::MESSAGE_SIZES[0],
            max_uncommitted_size: Setup::MESSAGE_SIZES[0],
            batch_append: false,
            lease_reads: false,
            reuse_contexts: false,
            late_entries: false,
            first_priority: 0,
        }
    }
}

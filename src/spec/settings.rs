//! The settings of a run: the dialect, and what the configuration of an implementation fixes.

use super::configuration::Configuration;
use super::dialect::Dialect;
use super::ids::{NodeId, NodeSet, Position, Term};
use super::options::Options;
use super::permission::{Permission, Permissions};

/// The settings of a run. By default everything is off.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Settings {
    /// The switches that are on.
    pub dialect: Dialect,
    /// The steps that are allowed besides.
    pub permissions: Permissions,
    /// The number of servers, those outside the configuration included.
    pub servers: usize,
    /// The configuration at the start. Servers outside it start from nothing.
    pub configuration: Configuration,
    /// The position after which the log of its members starts.
    pub bootstrap: Position,
    /// The term in which they start (raft.tla: 1).
    pub first_term: Term,
    /// True if all servers start alike, from an empty log: those outside the configuration know it, too.
    pub starts_empty: bool,
    /// The options that every server starts with, unless its own differ; the priority is the first server's.
    pub options: Options,
    /// The most appends that may be in flight to one peer in replicate.
    pub max_inflight_msgs: usize,
    /// True if leaders send no append for a commit alone, until the application says otherwise.
    pub skip_bcast_commit: bool,
    /// True if leaders that check their quorum answer reads by their lease.
    pub lease_reads: bool,
    /// True if storage may fetch the entries of an append asynchronously.
    pub async_fetch: bool,
    /// True if leaders add entries to appends that wait, until the application says otherwise.
    pub batch_append: bool,
    /// The most bytes of a leader's own entries that are not committed, if there is a limit.
    pub max_uncommitted: Option<u32>,
    /// The most bytes of committed entries in a Ready, if there is a limit (raft-rs `max_committed_size_per_ready`).
    pub max_committed_size: Option<u32>,
    /// True if the applied state survives a crash.
    pub durable_apply: bool,
    /// True if an applied change of the configuration survives a crash.
    pub durable_changes: bool,
    /// True if servers may lose their disks (thesis 3.8 forbids that they return).
    pub wiped_disks: bool,
}

impl Settings {
    /// True if the specification allows this besides.
    #[inline]
    pub const fn permits(&self, permission: Permission) -> bool {
        self.permissions.has(permission)
    }

    /// The options that server `i` first starts with, unless its own differ.
    pub(super) fn first_options(&self, i: NodeId) -> Options {
        Options { priority: if i.slot() == 0 { self.options.priority } else { 0 }, ..self.options }
    }

    /// raft.tla as it stands, with so many servers.
    pub fn ongaro(servers: usize) -> Self {
        Settings {
            servers,
            configuration: Configuration::of(NodeSet::first(servers)),
            first_term: 1,
            options: Options { election_timeout: 1, heartbeat_timeout: 1, ..Options::default() },
            max_inflight_msgs: usize::MAX,
            ..Settings::default()
        }
    }
}

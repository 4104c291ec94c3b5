//! The settings of a run: the dialect, and what the configuration of an implementation fixes.

use super::configuration::Configuration;
use super::dialect::Dialect;
use super::ids::{NodeSet, Position};
use super::known::KnownSet;

/// What stays the same for a whole run.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Settings {
    /// Which documented deviations are on.
    pub dialect: Dialect,
    /// Which known findings of raft-rs are stepped around.
    pub known: KnownSet,
    /// How many servers there are, those outside the configuration included.
    pub servers: usize,
    /// The configuration at the start. Servers outside it start from nothing.
    pub configuration: Configuration,
    /// What the log of its members starts after.
    pub bootstrap: Position,
    /// Whether candidates ask for pre-votes first.
    pub pre_vote: bool,
    /// Whether leaders count whom they hear of, and followers hold to their leader.
    pub check_quorum: bool,
    /// The least election timeout, in ticks: how long a follower holds to its leader.
    pub election_timeout: u32,
    /// Ticks between two heartbeats.
    pub heartbeat_timeout: u32,
    /// The most appends that may be in flight to one peer in replicate.
    pub max_inflight_msgs: usize,
    /// Whether leaders tell nobody of a commit by itself, until the application says otherwise.
    pub skip_bcast_commit: bool,
    /// Whether leaders answer reads by their lease.
    pub lease_reads: bool,
    /// Whether storage may fetch the entries of an append late.
    pub async_fetch: bool,
    /// The election priority that the first server starts with.
    pub first_priority: u8,
    /// Whether leaders join appends that wait, until the application says otherwise.
    pub batch_append: bool,
    /// The most bytes of a leader's own entries that are not committed, if there is a limit.
    pub max_uncommitted: Option<u32>,
    /// Whether a Ready may hold back entries to apply, for their size.
    pub limits_committed: bool,
    /// Whether what an application applied survives a crash with it.
    pub durable_apply: bool,
    /// Whether it does at least where a change of the configuration was applied.
    pub durable_changes: bool,
}

impl Settings {
    /// raft.tla as it stands, with so many servers.
    pub fn ongaro(servers: usize) -> Self {
        Settings {
            dialect: Dialect::ONGARO,
            known: KnownSet::NONE,
            servers,
            configuration: Configuration::of(NodeSet::first(servers)),
            bootstrap: Position::default(),
            pre_vote: false,
            check_quorum: false,
            election_timeout: 1,
            heartbeat_timeout: 1,
            max_inflight_msgs: usize::MAX,
            skip_bcast_commit: false,
            lease_reads: false,
            async_fetch: false,
            first_priority: 0,
            batch_append: false,
            max_uncommitted: None,
            limits_committed: false,
            durable_apply: false,
            durable_changes: false,
        }
    }
}

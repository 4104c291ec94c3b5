//! The answers of a node to its application that its [`View`](super::View) does not show. Applications act on them, so they are
//! judged, too.

use std::fmt;

/// The answers of a node, in its own indexes.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Answers {
    /// True if it may be elected: it has a vote (raft-rs `Raft::promotable`).
    pub electable: bool,
    /// True if it is a leader that checks its quorum, and so takes its lease to hold (raft-rs `Raft::in_lease`).
    pub leased: bool,
    /// The election timeout that it was started with, in ticks.
    pub election_timeout: u64,
    /// The heartbeat timeout that it was started with, in ticks.
    pub heartbeat_timeout: u64,
    /// The election timeout that was drawn, in ticks.
    pub drawn_timeout: u64,
    /// As a leader, ticks since its last heartbeat; 0 for others.
    pub heartbeat_elapsed: u64,
    /// First and last index of the entries that are committed, durable and not applied (raft-rs
    /// `RaftLog::next_entries`).
    pub to_apply: Option<(u64, u64)>,
    /// True if commitment needs two groups, as it was set; `false` after a restart.
    pub group_commit: bool,
    /// True if the committed entries are in two groups; `None` if the node cannot tell (raft-rs
    /// `Raft::check_group_commit_consistent`).
    pub in_two_groups: Option<bool>,
}

impl fmt::Display for Answers {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let Answers { election_timeout, heartbeat_timeout, drawn_timeout, heartbeat_elapsed, .. } = self;
        f.write_str(if self.electable { "electable" } else { "not electable" })?;
        f.write_str(if self.leased { ", has a lease" } else { "" })?;
        write!(f, ", timeouts {election_timeout} (drawn {drawn_timeout}) and {heartbeat_timeout}")?;
        if *heartbeat_elapsed != 0 {
            write!(f, ", ticks since its heartbeat {heartbeat_elapsed}")?;
        }
        if let Some((first, last)) = self.to_apply {
            write!(f, ", to apply {first} to {last}")?;
        }
        f.write_str(if self.group_commit { ", commits by groups" } else { "" })?;
        f.write_str(match self.in_two_groups {
            Some(true) => ", in two groups",
            Some(false) if self.group_commit => ", not in two groups",
            _ => "",
        })
    }
}

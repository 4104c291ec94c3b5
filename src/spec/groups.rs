//! Group commit: a leader commits only what is in two groups of servers, data centres say, so that
//! the loss of one loses nothing (raft-rs `Raft::enable_group_commit`, pull request 359). This delays
//! commits; quorums stay what they are.
//!
//! If the leader does not know of two groups: if all servers are in the same one, a quorum is enough; if some are
//! in none, what all servers have is sure to be in every group (raft-rs `test_group_commit`). The
//! documentation of `Progress::commit_group_id`, "if any group is configured", says less.

use super::ids::{Index, NodeId, NodeSet, MAX_NODES};

/// True if commits must reach two groups, and each server's group, 0 for none.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct Groups {
    on: bool,
    of: [u8; MAX_NODES],
}

impl Groups {
    /// With group commit on or off.
    #[must_use]
    pub fn switched(self, on: bool) -> Self {
        Groups { on, ..self }
    }

    /// True if group commit is on.
    pub fn on(&self) -> bool {
        self.on
    }

    /// The group of `j`; 0 for none.
    #[inline]
    pub fn of(&self, j: NodeId) -> u8 {
        self.of[j.slot()]
    }

    /// With `j` in that group.
    #[must_use]
    pub fn with(mut self, j: NodeId, group: u8) -> Self {
        self.of[j.slot()] = group;
        self
    }

    /// Without `j`, whose group is forgotten with the rest of what a leader knows of it.
    pub(super) fn forget(&mut self, j: NodeId) {
        self.of[j.slot()] = 0;
    }

    /// With nobody in any group.
    #[must_use]
    pub fn cleared(self) -> Self {
        Groups { of: [0; MAX_NODES], ..self }
    }
}

/// The index up to which `groups` let a leader commit, given the match index of each server.
pub(super) fn bound(groups: &Groups, voters: NodeSet, matched: impl Fn(NodeId) -> Index) -> Index {
    if !groups.on {
        return Index::MAX;
    }
    match second_group(groups, voters, &matched) {
        Some(index) => index,
        None if voters.iter().all(|j| groups.of[j.slot()] != 0) => Index::MAX,
        None => voters.iter().map(matched).min().unwrap_or(Index::MAX),
    }
}

/// The index up to which a second group has the log: the second-best of the groups' best indexes.
pub(super) fn second_group(groups: &Groups, voters: NodeSet, matched: &impl Fn(NodeId) -> Index) -> Option<Index> {
    let group = |j: NodeId| groups.of[j.slot()];
    let grouped = || voters.iter().filter(|j| group(*j) != 0);
    let first = grouped().max_by_key(|j| matched(*j))?;
    grouped().filter(|j| group(*j) != group(first)).map(matched).max()
}

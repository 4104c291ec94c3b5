//! Group commit: a leader commits only what is in two groups of servers, data centres say, so that
//! the loss of one loses nothing (raft-rs `Raft::enable_group_commit`, pull request 359). It delays
//! commits; quorums stay what they are.
//!
//! Where it does not know of two groups: if all servers are in the same one, a quorum is enough; if some are
//! in none, what all servers have is sure to be in every group (raft-rs `test_group_commit`). The
//! documentation of `Progress::commit_group_id`, "if any group is configured", says less.

use super::action::{guard, ActionName, Disabled};
use super::ids::{Index, NodeId, NodeSet, MAX_NODES};
use super::network::Network;
use super::state::{Role, State};

/// Whether commits must reach two groups, and each server's group, 0 for none.
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

    /// Whether group commit is on.
    pub fn on(&self) -> bool {
        self.on
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

/// Switch `group-commit`: the application sets the groups of `i`. *Must*: what they let it commit, it commits.
pub(super) fn set_groups<N: Network>(
    state: &mut State,
    i: NodeId,
    groups: Groups,
    net: &mut N,
) -> Result<(), Disabled> {
    guard!(state.settings.dialect; GroupCommit, SetGroups);
    net.took(ActionName::SetGroups, i);
    let server = state.server_mut(i);
    server.groups = groups;
    let voters = server.configuration.voters;
    let (disk, matched) = (server.disk.persisted, server.match_index);
    let reached = bound(&groups, voters, |j| if j == i { disk } else { matched[j.slot()] });
    if server.role == Role::Leader && reached < server.log.last_index() {
        net.took(ActionName::WaitForGroup, i);
    }
    Ok(())
}

/// Up to where `groups` let a leader commit that knows how far each server's log matches.
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

/// How far the log is in a second group: the best of each group, and of these the second.
fn second_group(groups: &Groups, voters: NodeSet, matched: &impl Fn(NodeId) -> Index) -> Option<Index> {
    let group = |j: NodeId| groups.of[j.slot()];
    let grouped = || voters.iter().filter(|j| group(*j) != 0);
    let first = grouped().max_by_key(|j| matched(*j))?;
    grouped().filter(|j| group(*j) != group(first)).map(matched).max()
}

/// Whether what leader `i` has committed is all that is in two groups; `None` where it cannot tell, because
/// it does not lead or has applied nothing of its term (raft-rs `Raft::check_group_commit_consistent`).
pub fn is_in_two_groups(state: &State, i: NodeId) -> Option<bool> {
    let server = state.server(i);
    if server.role != Role::Leader || server.log.term_at(server.disk.applied) != server.current_term {
        return None;
    }
    let matched = |j: NodeId| if j == i { server.disk.persisted } else { server.match_index[j.slot()] };
    let configuration = &server.configuration;
    let in_two = |voters: NodeSet| voters.is_empty() || second_group(&server.groups, voters, &matched).is_some();
    let two = server.groups.on && in_two(configuration.voters) && in_two(configuration.outgoing);
    Some(two && super::commit::agreed_index(state, i) == server.commit_index)
}

//! Commitment (thesis 3.6): a leader commits what a quorum has, if it is of its own term.

use super::groups::{self, Groups};
use super::prelude::*;
use super::{membership, owed, reads};

/// raft.tla `AdvanceCommitIndex(i)`. *Must*: the followers hear of it in the same step.
pub(super) fn advance_commit_index<N: Network>(state: &mut State, i: NodeId, net: &mut N) -> Guarded {
    guard!(
        state.server(i).role == Role::Leader,
        AdvanceCommitIndex,
        "the server is the leader",
        "raft.tla AdvanceCommitIndex"
    );
    let committable = committable(state, i);
    guard!(
        N::ATOMIC || committable.is_some_and(|index| index > state.server(i).commit_index),
        AdvanceCommitIndex,
        "a quorum has the entry, and it is of the leader's own term",
        "paper 5.3, 5.4.2"
    );
    net.took(ActionName::AdvanceCommitIndex, i);
    if let Some(index) = committable {
        let before = state.server(i).commit_index;
        let server = state.server_mut(i);
        server.commit_index = index;
        server.progress[i.slot()].committed = index;
        if !N::ATOMIC && index > before {
            match is_told(state.server(i)) {
                true => owed::owe_appends(state, i),
                // Not even to a peer that an answer has just freed: nothing but new entries.
                false => state.server_mut(i).owed.appends = NodeSet::EMPTY,
            }
        }
    }
    reads::resume(state, i, net)
}

/// True if a leader *must* tell its followers of a new commit at once. With `skip-bcast-commit` it must while it has
/// a change of the configuration that it has not applied, so also when that change brings the commit about: else
/// followers count quorums of an old configuration, and cannot elect a leader once it is gone.
fn is_told(server: &Server) -> bool {
    !server.skip_bcast_commit || membership::is_change_pending(server)
}

/// The index that leader `i` may commit up to, if its entry is of the leader's own term (paper
/// 5.4.2: an entry of an older term is never committed by counting).
pub(super) fn committable(state: &State, i: NodeId) -> Option<Index> {
    let server = state.server(i);
    let (last, mut agreed) = (server.log.last_index(), agreed_index(state, i));
    if holds(agreed >= last, ActionName::AdvanceCommitIndex, "a quorum has the entry") {
        agreed = last;
    }
    let own = |index| {
        let own = server.log.term_at(index) == server.current_term;
        holds(own, ActionName::AdvanceCommitIndex, "the entry is of the leader's own term")
    };
    (agreed > 0 && own(agreed)).then_some(agreed)
}

/// True if leader `i` *must* advance its commit index now.
pub(super) fn must_advance(state: &State, i: NodeId) -> bool {
    let server = state.server(i);
    if server.role != Role::Leader || server.commit_index == server.log.last_index() {
        return false;
    }
    // Mostly no majority has more than is committed, which is sooner counted than what it has. The leader may.
    let voters = server.configuration.voters;
    let ahead = voters.without(i).iter().filter(|j| server.match_index[j.slot()] > server.commit_index).count();
    let news = || committable(state, i).is_some_and(|index| index > server.commit_index);
    2 * (ahead + 1) > voters.len() && news() && !membership::leads_without_vote(state, i)
}

/// raft.tla `Max(agreeIndexes)`: the highest index up to which a quorum has the log, 0 for none.
pub(super) fn agreed_index(state: &State, i: NodeId) -> Index {
    let configuration = &state.server(i).configuration;
    let agreed = index_of_majority(state, i, configuration.voters);
    match configuration.is_joint() {
        true => agreed.min(index_of_majority(state, i, configuration.outgoing)),
        false => agreed,
    }
}

/// Up to where leader `i` counts the log of each voter. With `durability` it counts its own only as far as its disk goes
/// (thesis 10.2.1).
#[inline]
fn counted(state: &State, i: NodeId) -> impl Fn(NodeId) -> Index + '_ {
    let server = state.server(i);
    let own = counted_of_own(state, i);
    move |voter| if voter == i { own } else { server.match_index[voter.slot()] }
}

/// The index up to which leader `i` counts its own log.
#[inline]
pub fn counted_of_own(state: &State, i: NodeId) -> Index {
    let server = state.server(i);
    match state.settings.dialect.has(Switch::Durability) {
        // Permission `ForgetOwnLog`: earlier entries do not count.
        true if server.disk.persisted <= server.own_log_uncounted_to => 0,
        true => server.disk.persisted,
        false => server.log.last_index(),
    }
}

/// The highest index up to which a majority of `voters`, and what group commit asks of them, has the log.
fn index_of_majority(state: &State, i: NodeId, voters: NodeSet) -> Index {
    if voters.is_empty() {
        return 0;
    }
    let server = state.server(i);
    let counted = counted(state, i);
    let mut indexes = [0; MAX_NODES];
    let mut count = 0;
    for voter in voters.iter() {
        let index = counted(voter);
        // Insertion sort, highest first: there are at most seven voters.
        let mut place = count;
        while place > 0 && indexes[place - 1] < index {
            indexes[place] = indexes[place - 1];
            place -= 1;
        }
        indexes[place] = index;
        count += 1;
    }
    let bound = groups::bound(&server.groups, voters, counted);
    indexes[count / 2].min(server.log.last_index()).min(bound)
}

/// Switch `group-commit`: the application sets the groups of `i`. *Must*: what they let it commit, it commits.
pub(super) fn set_groups(state: &mut State, i: NodeId, groups: Groups, net: &mut impl Network) -> Guarded {
    guard!(state.settings.dialect; GroupCommit, SetGroups);
    net.took(ActionName::SetGroups, i);
    let server = state.server_mut(i);
    server.groups = groups;
    let voters = server.configuration.voters;
    let (disk, matched) = (server.disk.persisted, server.match_index);
    let reached = groups::bound(&groups, voters, |j| if j == i { disk } else { matched[j.slot()] });
    if server.role == Role::Leader && reached < server.log.last_index() {
        net.took(ActionName::WaitForGroup, i);
    }
    Ok(())
}

/// True if what leader `i` has committed is all that is in two groups; `None` where it cannot tell, because
/// it does not lead or has applied nothing of its term (raft-rs `Raft::check_group_commit_consistent`).
pub fn is_in_two_groups(state: &State, i: NodeId) -> Option<bool> {
    let server = state.server(i);
    if server.role != Role::Leader || server.log.term_at(server.disk.applied) != server.current_term {
        return None;
    }
    let matched = |j: NodeId| if j == i { server.disk.persisted } else { server.match_index[j.slot()] };
    let configuration = &server.configuration;
    let in_two =
        |voters: NodeSet| voters.is_empty() || groups::second_group(&server.groups, voters, &matched).is_some();
    let two = server.groups.on() && in_two(configuration.voters) && in_two(configuration.outgoing);
    Some(two && agreed_index(state, i) == server.commit_index)
}

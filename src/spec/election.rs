//! Elections (thesis 3.4): timeouts, votes, and becoming leader.

use super::prelude::*;
use super::{owed, timers};

/// raft.tla `Timeout(i)`. Fused, it is followed by `RequestVote(i, i)` and both of its receipts:
/// raft.tla's candidate asks itself for its vote by message. *Must*: a request to every peer.
pub(super) fn timeout<N: Network>(state: &mut State, i: NodeId, net: &mut N) -> Guarded {
    let peers = state.server(i).configuration.electors().without(i);
    guard!(
        state.server(i).role != Role::Leader,
        Timeout,
        "the server is a follower or a candidate",
        "raft.tla Timeout"
    );
    timers::election_due(state, i)?;
    guard!(
        !state.server(i).options.pre_vote
            || state.server(i).campaigns_for_transfer
            || has_won(state.server(i), Role::PreCandidate),
        Timeout,
        "a quorum would give its vote",
        "thesis 9.6: a candidate only increments its term if it first learns that it would be elected"
    );
    net.took(ActionName::Timeout, i);
    let server = state.server_mut(i);
    server.role = Role::Candidate;
    server.current_term += 1;
    server.voted_for = None;
    server.votes_responded = NodeSet::EMPTY;
    server.votes_granted = NodeSet::EMPTY;
    server.leader = None;
    server.requested = 0;
    server.clock.reset();
    server.clock.election_due = false;
    if !N::ATOMIC {
        server.voted_for = Some(i);
        server.votes_responded.insert(i);
        server.votes_granted.insert(i);
        server.owed.votes = peers;
    }
    Ok(())
}

/// Switch `pre-vote`: `i` asks whether it would be elected in the next term, and keeps its term and
/// its vote. *Must*: a request to every peer, or an election if its own vote is a quorum.
pub(super) fn pre_election(state: &mut State, i: NodeId, net: &mut impl Network) -> Guarded {
    let peers = state.server(i).configuration.electors().without(i);
    guard!(state.settings.dialect; PreVote, PreElection);
    guard!(state.server(i).role != Role::Leader, PreElection, "the server is a follower or a candidate", "thesis 9.6");
    guard!(
        state.server(i).clock.election_due,
        PreElection,
        "the election timeout has passed",
        "thesis 9.6, 3.4: a follower begins an election when it hears nothing over the election timeout"
    );
    net.took(ActionName::PreElection, i);
    let own_timeouts = state.settings.dialect.has(Switch::OwnTimeouts);
    let server = state.server_mut(i);
    server.role = Role::PreCandidate;
    server.leader = None;
    // Without `own-timeouts` the tick that was due has reset the timer already.
    server.clock.elapsed = if own_timeouts { 0 } else { server.clock.elapsed };
    server.votes_responded = NodeSet::only(i);
    server.votes_granted = NodeSet::only(i);
    server.clock.election_due = false;
    server.owed.votes = peers;
    Ok(())
}

/// Switch `own-timeouts`: that a pre-candidate asks `j` again shows that its timeout has passed once more.
pub(super) fn starts_over(state: &State, i: NodeId, j: NodeId) -> bool {
    let server = state.server(i);
    let due = server.role == Role::PreCandidate && server.clock.election_due && !server.owed.votes.contains(j);
    due && state.settings.dialect.has(Switch::OwnTimeouts)
}

/// Switch `depose-stale`: whether a request of an older term is one that a deposed leader sends.
pub(super) fn answers_stale(state: &State, m: &Message) -> bool {
    let server = state.server(m.to);
    let leads = matches!(m.body, Body::AppendEntriesRequest { .. } | Body::Heartbeat { .. });
    leads && server.answers_stale() && state.settings.dialect.has(Switch::DeposeStale)
}

/// raft.tla `BecomeLeader(i)`.
pub(super) fn become_leader(state: &mut State, i: NodeId, net: &mut impl Network) -> Guarded {
    guard!(state.server(i).role == Role::Candidate, BecomeLeader, "the server is a candidate", "raft.tla BecomeLeader");
    let server = state.server(i);
    guard!(
        server.configuration.is_quorum(server.votes_granted),
        BecomeLeader,
        "a quorum has granted its vote",
        "raft.tla BecomeLeader; thesis 3.4"
    );
    net.took(ActionName::BecomeLeader, i);
    let own_timeouts = state.settings.dialect.has(Switch::OwnTimeouts);
    let servers = state.servers.len();
    let server = state.server_mut(i);
    let next = server.log.last_index() + 1;
    server.role = Role::Leader;
    server.leader = Some(i);
    server.next_index[..servers].fill(next);
    server.match_index.fill(0);
    server.progress.iter_mut().for_each(|progress| progress.reset());
    server.progress[i.slot()].committed = server.commit_index;
    server.active = NodeSet::EMPTY;
    server.sent_timeout_now = false;
    server.clear_leader_state();
    // There may be a change anywhere in the log (etcd raft, becomeLeader: conservatively the last index).
    server.pending_change = server.log.last_index();
    server.clock.enter(own_timeouts);
    server.owed.votes = NodeSet::EMPTY;
    Ok(())
}

/// Switch `no-op-on-election`: the new leader `i` appends an empty entry of its term.
pub(super) fn no_op(state: &mut State, i: NodeId, net: &mut impl Network) -> Guarded {
    guard!(state.settings.dialect; NoOpOnElection, NoOp);
    let server = state.server(i);
    guard!(
        server.role == Role::Leader && server.log.last_term() < server.current_term,
        NoOp,
        "the server is a leader that has no entry of its term yet",
        "thesis 6.4"
    );
    net.took(ActionName::NoOp, i);
    owed::append_own(state, i, NO_OP);
    Ok(())
}

/// True if `i` has a quorum of votes as a candidate, which *must* become leader, or of pre-votes as a pre-candidate,
/// which *must* start its election.
pub(super) fn has_won(server: &Server, role: Role) -> bool {
    server.role == role && server.configuration.is_quorum(server.votes_granted)
}

/// True if `voter` would give `candidate` its vote in a new term, by the logs (thesis 3.6.1).
pub fn would_vote(state: &State, voter: NodeId, candidate: NodeId) -> bool {
    let (own, last) = (state.server(voter).log.last(), state.server(candidate).log.last());
    (last.term, last.index) >= (own.term, own.index)
}

/// True if the priority of `voter` keeps it from voting for `candidate`.
pub fn is_outranked(state: &State, voter: NodeId, candidate: NodeId) -> bool {
    let (voter, candidate) = (state.server(voter), state.server(candidate));
    candidate.log.last_index() <= voter.log.last_index() && voter.priority > candidate.priority
}

/// True if `i` is a leader that has not appended its no-op yet.
pub(super) fn owes_no_op(state: &State, i: NodeId) -> bool {
    let (server, dialect) = (state.server(i), state.settings.dialect);
    let tail = server.commit_index < server.log.last_index();
    server.role == Role::Leader
        && dialect.has(Switch::NoOpOnElection)
        && (tail || !dialect.has(Switch::NoOpOverTail))
        && server.log.last_term() < server.current_term
}

/// raft.tla `UpdateTerm(i, j, m)`. A message that only a leader sends also names the leader.
pub(super) fn update_term(state: &mut State, m: &Message, net: &mut impl Network) {
    let own_timeouts = state.settings.dialect.has(Switch::OwnTimeouts);
    let server = state.server_mut(m.to);
    net.took(ActionName::UpdateTerm, m.to);
    server.current_term = m.term;
    server.role = Role::Follower;
    server.voted_for = None;
    server.clear_leader_state();
    let leads = matches!(m.body, Body::AppendEntriesRequest { .. } | Body::Heartbeat { .. } | Body::Snapshot { .. });
    server.leader = leads.then_some(m.from);
    server.clock.enter(own_timeouts);
}

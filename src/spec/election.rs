//! Elections (thesis 3.4): timeouts, votes, and becoming leader.

use super::action::{guard, ActionName, Disabled};
use super::clock;
use super::configuration::Change;
use super::dialect::Switch;
use super::guards::holds;
use super::ids::{NodeId, NodeSet, NO_OP};
use super::message::{Body, Message, Position};
use super::network::Network;
use super::permission::Permission;
use super::state::{Role, Server, Settings, State};

/// raft.tla `Timeout(i)`. Fused, it is followed by `RequestVote(i, i)` and both of its receipts:
/// raft.tla's candidate asks itself for its vote by message. *Must*: a request to every peer.
pub(super) fn timeout<N: Network>(state: &mut State, i: NodeId, net: &mut N) -> Result<(), Disabled> {
    let peers = state.server(i).configuration.electors().without(i);
    guard!(
        state.server(i).role != Role::Leader,
        Timeout,
        "the server is a follower or a candidate",
        "raft.tla Timeout"
    );
    clock::election_due(state, i)?;
    guard!(
        !state.settings.pre_vote || state.server(i).chosen || has_won_pre_election(state, i),
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

/// Switch `pre-vote`: `i` asks whether it would be elected in the next term. It keeps its term and
/// its vote. *Must*: a request to every peer, or an election if its own vote is a quorum.
pub(super) fn pre_election<N: Network>(state: &mut State, i: NodeId, net: &mut N) -> Result<(), Disabled> {
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
    // Where timeouts are drawn for it, the tick that was due has done so.
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

/// Switch `check-quorum`: the application sets whether `i` checks its quorum and holds to its leader.
pub(super) fn set_check_quorum<N: Network>(
    state: &mut State,
    i: NodeId,
    check: bool,
    net: &mut N,
) -> Result<(), Disabled> {
    guard!(state.settings.dialect; CheckQuorum, SetCheckQuorum);
    net.took(ActionName::SetCheckQuorum, i);
    state.server_mut(i).checks_quorum = check;
    Ok(())
}

/// Switch `priority`: the application sets `i`'s election priority.
pub(super) fn set_priority<N: Network>(
    state: &mut State,
    i: NodeId,
    priority: u8,
    net: &mut N,
) -> Result<(), Disabled> {
    guard!(state.settings.dialect; Priority, SetPriority);
    net.took(ActionName::SetPriority, i);
    state.server_mut(i).priority = priority;
    Ok(())
}

/// Switch `lease`: `i` heard of a leader so lately that no other can have been elected without it; with `sticky`,
/// whether or not that leader needs a quorum to go on.
pub(super) fn in_lease(state: &State, i: NodeId) -> bool {
    let (settings, server) = (&state.settings, state.server(i));
    let holds = server.checks_quorum && settings.dialect.has(Switch::Lease);
    (holds || settings.dialect.has(Switch::Sticky))
        && server.leader.is_some()
        && server.clock.elapsed < settings.election_timeout
}

/// Whether `i` does not hear `m`, for it holds to its leader: a request for a vote in a newer term, or with `sticky`
/// in any; with `plain-pre-vote`, a pre-vote is refused instead.
pub(super) fn ignores_request(state: &State, m: &Message) -> bool {
    let dialect = state.settings.dialect;
    let Body::RequestVoteRequest { pre, transfer: false, .. } = m.body else { return false };
    let newer = m.term > state.server(m.to).current_term || dialect.has(Switch::Sticky);
    newer && !(pre && dialect.has(Switch::PlainPreVote)) && in_lease(state, m.to)
}

/// Switch `plain-pre-vote`: an answer to a pre-vote is heard in one alone, and there in whatever term it is, unless that
/// is newer. Returns whether `m` is consumed; `None` if it is no such answer, or one to count.
pub(super) fn hear_pre_vote<N: Network>(state: &mut State, m: &Message, net: &mut N) -> Option<bool> {
    let answers = matches!(m.body, Body::RequestVoteResponse { pre: true, .. });
    if !answers || !state.settings.dialect.has(Switch::PlainPreVote) {
        return None;
    }
    let server = state.server(m.to);
    if server.role == Role::PreCandidate && m.term <= server.current_term {
        return None;
    }
    match server.role == Role::PreCandidate {
        true => update_term(state, m, net),
        false => net.took(ActionName::DropStaleResponse, m.to),
    }
    net.discard(m);
    Some(true)
}

/// Switch `depose-stale`: whether a request of an older term is one that a deposed leader sends.
pub(super) fn answers_stale(state: &State, m: &Message) -> bool {
    let settings = &state.settings;
    let leads = matches!(m.body, Body::AppendEntriesRequest { .. } | Body::Heartbeat { .. });
    leads && (settings.pre_vote || state.server(m.to).checks_quorum) && settings.dialect.has(Switch::DeposeStale)
}

/// Switch `check-quorum`: an election timeout has passed, and leader `i` counts whom it heard of
/// in it. Returns whether it *must* step down: without a quorum.
pub(super) fn check_quorum<N: Network>(state: &mut State, i: NodeId, net: &mut N) -> bool {
    if !state.server(i).checks_quorum {
        return false;
    }
    let server = state.server_mut(i);
    net.took(ActionName::CheckQuorum, i);
    let mut active = std::mem::take(&mut server.active);
    active.insert(i);
    if server.configuration.is_quorum(active) {
        return false;
    }
    net.took(ActionName::StepDown, i);
    server.clear_leader_state();
    server.role = Role::Follower;
    server.leader = None;
    server.clock.reset();
    true
}

/// raft.tla `RequestVote(i, j)`: the request that `i` may send now.
pub(super) fn request_vote(state: &State, i: NodeId, j: NodeId) -> Result<Message, Disabled> {
    let server = state.server(i);
    let pre = server.role == Role::PreCandidate;
    guard!(pre || server.role == Role::Candidate, RequestVote, "the sender is a candidate", "raft.tla RequestVote");
    guard!(
        !server.votes_responded.contains(j),
        RequestVote,
        "the receiver has not answered yet",
        "raft.tla RequestVote"
    );
    guard!(
        server.configuration.electors().contains(j),
        RequestVote,
        "the receiver has a vote",
        "raft.tla Quorum; thesis 4.2.1: learners do not vote, 4.3: voters of both configurations do"
    );
    let (last_log, commit) = (server.log.last(), known_commit(state, i));
    let body = Body::RequestVoteRequest { last_log, commit, pre, priority: server.priority, transfer: server.chosen };
    Ok(Message { from: i, to: j, term: server.current_term + u32::from(pre), body })
}

/// raft.tla `HandleRequestVoteRequest(i, j, m)`. *Must*: a grantable vote is granted. A pre-vote is
/// granted on the same conditions, and promises nothing (thesis 9.6).
pub(super) fn handle_request<N: Network>(state: &mut State, m: &Message, net: &mut N) -> Result<(), Disabled> {
    let Body::RequestVoteRequest { last_log, commit, pre, priority, .. } = m.body else {
        unreachable!("called for vote requests alone")
    };
    let (i, j) = (m.to, m.from);
    let dialect = state.settings.dialect;
    let own_commit = known_commit(state, i);
    let plain = pre && dialect.has(Switch::PlainPreVote);
    let silent = !(plain && in_lease(state, i));
    let server = state.server_mut(i);
    net.took(ActionName::HandleRequestVoteRequest, i);
    let own_last = server.log.last();
    let log_ok = last_log.term > own_last.term || (last_log.term == own_last.term && last_log.index >= own_last.index);
    let log_ok =
        holds(log_ok, ActionName::HandleRequestVoteRequest, "the candidate's log is as up to date as the voter's");
    let free = match server.voted_for {
        None => server.leader.is_none() || !dialect.has(Switch::LeaderKnown),
        Some(candidate) => candidate == j,
    };
    let free = free || plain || (pre && m.term > server.current_term);
    let free = holds(free, ActionName::HandleRequestVoteRequest, "the voter has not voted for another candidate");
    let preferred = last_log.index > own_last.index || server.priority <= priority;
    let current = if pre { m.term >= server.current_term } else { m.term == server.current_term };
    let current = holds(current, ActionName::HandleRequestVoteRequest, "the request is of the voter's term");
    let granted = current && log_ok && free && preferred && silent;
    if granted && !pre {
        server.voted_for = Some(j);
        server.clock.elapsed = 0;
    }
    // A stale pre-vote is only told the newer term.
    let said = !granted && m.term >= server.current_term;
    let commit_said = if said { own_commit } else { Position::default() };
    let body = Body::RequestVoteResponse { pre, granted, commit: commit_said };
    let term = if granted && !plain { m.term } else { server.current_term };
    net.discard(m);
    net.send(Message { from: i, to: j, term, body });
    if said {
        take_commit(state, i, commit, net);
    }
    Ok(())
}

/// raft.tla `HandleRequestVoteResponse(i, j, m)`. With `lost-election`, *must*: a candidate that
/// can no longer win becomes a follower.
pub(super) fn handle_response<N: Network>(state: &mut State, m: &Message, net: &mut N) -> Result<(), Disabled> {
    let Body::RequestVoteResponse { pre, granted, commit } = m.body else {
        unreachable!("called for vote responses alone")
    };
    let (i, j) = (m.to, m.from);
    let Settings { dialect, permissions, .. } = state.settings;
    let server = state.server_mut(i);
    net.took(ActionName::HandleRequestVoteResponse, i);
    net.discard(m);
    // What answers the other kind of election says nothing of this one.
    if pre != (server.role == Role::PreCandidate) && (pre || dialect.has(Switch::PreVote)) {
        return Ok(());
    }
    // Nor does a grant for another term than the next.
    if pre
        && granted
        && !dialect.has(Switch::PlainPreVote)
        && m.term != server.current_term + 1
        && !permissions.has(Permission::CountStalePreVote)
    {
        return Ok(());
    }
    let granted = holds(granted, ActionName::HandleRequestVoteResponse, "the vote is granted");
    let first = !server.votes_responded.contains(j);
    if granted && (first || !dialect.has(Switch::FirstVoteCounts)) {
        server.votes_granted.insert(j);
    }
    server.votes_responded.insert(j);
    if !matches!(server.role, Role::Candidate | Role::PreCandidate) {
        return Ok(());
    }
    let refused = server.votes_responded.minus(server.votes_granted);
    let configuration = server.configuration;
    let lost = !configuration.is_quorum(configuration.electors().minus(refused));
    if lost && dialect.has(Switch::LostElection) {
        net.took(ActionName::LoseElection, i);
        server.role = Role::Follower;
        server.clock.reset();
    }
    let won = server.role != Role::Follower && configuration.is_quorum(server.votes_granted);
    if !won && !granted {
        take_commit(state, i, commit, net);
    }
    Ok(())
}

/// raft.tla `BecomeLeader(i)`.
pub(super) fn become_leader<N: Network>(state: &mut State, i: NodeId, net: &mut N) -> Result<(), Disabled> {
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
    server.active = NodeSet::EMPTY;
    server.yielded = false;
    server.clear_leader_state();
    // There may be a change anywhere in the log (etcd raft, becomeLeader: conservatively the last index).
    server.pending_change = server.log.last_index();
    server.clock.enter(own_timeouts);
    server.owed.votes = NodeSet::EMPTY;
    Ok(())
}

/// Switch `no-op-on-election`: the new leader `i` appends an empty entry of its term.
pub(super) fn no_op<N: Network>(state: &mut State, i: NodeId, net: &mut N) -> Result<(), Disabled> {
    guard!(state.settings.dialect; NoOpOnElection, NoOp);
    let server = state.server(i);
    guard!(
        server.role == Role::Leader && server.log.last_term() < server.current_term,
        NoOp,
        "the server is a leader that has no entry of its term yet",
        "thesis 6.4"
    );
    net.took(ActionName::NoOp, i);
    super::replication::append_own(state, i, NO_OP);
    Ok(())
}

/// Whether `i` is a candidate that a quorum voted for: it *must* become leader.
pub(super) fn has_won(state: &State, i: NodeId) -> bool {
    let server = state.server(i);
    server.role == Role::Candidate && server.configuration.is_quorum(server.votes_granted)
}

/// Whether `i` is a pre-candidate that a quorum would vote for: it *must* start its election.
pub(super) fn has_won_pre_election(state: &State, i: NodeId) -> bool {
    let server = state.server(i);
    server.role == Role::PreCandidate && server.configuration.is_quorum(server.votes_granted)
}

/// Whether `voter` would give `candidate` its vote in a new term, by the logs (thesis 3.6.1).
pub fn would_vote(state: &State, voter: NodeId, candidate: NodeId) -> bool {
    let (own, last) = (state.server(voter).log.last(), state.server(candidate).log.last());
    (last.term, last.index) >= (own.term, own.index)
}

/// Whether `voter` would not for its priority.
pub fn is_outranked(state: &State, voter: NodeId, candidate: NodeId) -> bool {
    let (voter, candidate) = (state.server(voter), state.server(candidate));
    candidate.log.last_index() <= voter.log.last_index() && voter.priority > candidate.priority
}

/// Whether `i` is a leader that has not appended its no-op yet.
pub(super) fn owes_no_op(state: &State, i: NodeId) -> bool {
    let (server, dialect) = (state.server(i), state.settings.dialect);
    let tail = server.commit_index < server.log.last_index();
    server.role == Role::Leader
        && dialect.has(Switch::NoOpOnElection)
        && (tail || !dialect.has(Switch::NoOpOverTail))
        && server.log.last_term() < server.current_term
}

/// raft.tla `UpdateTerm(i, j, m)`. A message that only a leader sends also names the leader.
pub(super) fn update_term<N: Network>(state: &mut State, m: &Message, net: &mut N) {
    let own_timeouts = state.settings.dialect.has(Switch::OwnTimeouts);
    let server = state.server_mut(m.to);
    net.took(ActionName::UpdateTerm, m.to);
    server.current_term = m.term;
    server.role = Role::Follower;
    server.voted_for = None;
    server.clear_leader_state();
    server.leader = match m.body {
        Body::AppendEntriesRequest { .. } | Body::Heartbeat { .. } | Body::Snapshot { .. } => Some(m.from),
        Body::RequestVoteRequest { .. }
        | Body::RequestVoteResponse { .. }
        | Body::AppendEntriesResponse { .. }
        | Body::HeartbeatResponse { .. }
        | Body::TransferLeader
        | Body::TimeoutNow
        | Body::ReadIndex { .. }
        | Body::ReadIndexResponse { .. }
        | Body::Proposal { .. } => None,
    };
    server.clock.enter(own_timeouts);
}

/// raft.tla's candidate that finds a leader in its own term returns to the follower state.
pub(super) fn follow(server: &mut Server, leader: NodeId) {
    server.role = Role::Follower;
    hear(server, leader);
}

/// What a follower notes of every message of its leader.
pub(super) fn hear(server: &mut Server, leader: NodeId) {
    server.leader = Some(leader);
    server.clock.elapsed = 0;
}

/// What `i` says in votes of its commit index: nothing in raft.tla.
fn known_commit(state: &State, i: NodeId) -> Position {
    let server = state.server(i);
    match state.settings.dialect.has(Switch::CommitInVotes) {
        true => server.log.position(server.commit_index),
        false => Position::default(),
    }
}

/// Switch `commit-in-votes`: a server that has the entry which the sender knows to be committed
/// takes it as committed. Safe by log matching. A leader knows better by itself.
fn take_commit<N: Network>(state: &mut State, i: NodeId, commit: Position, net: &mut N) {
    let server = state.server_mut(i);
    let news = commit.index > server.commit_index && server.log.term_at(commit.index) == commit.term;
    if !news || server.role == Role::Leader {
        return;
    }
    net.took(ActionName::TakeCommitFromVote, i);
    let seen = server.log.between(server.commit_index + 1, commit.index);
    let changes = seen.iter().any(|entry| Change::is_value(entry.value));
    server.commit_index = commit.index;
    // Whose votes count may change in the middle of the election: it is given up (pull request 411).
    if changes && server.role != Role::Follower {
        net.took(ActionName::LoseElection, i);
        server.role = Role::Follower;
        server.clock.reset();
    }
}

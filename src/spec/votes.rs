//! Votes (thesis 3.4, 3.6.1): requests, grants, refusals and their count.

use super::change::Change;
use super::election;
use super::prelude::*;
use super::settings::Settings;

/// raft.tla `RequestVote(i, j)`: the request that `i` may send now.
pub(super) fn request_vote(state: &State, i: NodeId, j: NodeId) -> Guarded<Message> {
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
    let body = Body::RequestVoteRequest {
        last_log,
        commit,
        pre,
        priority: server.priority,
        transfer: server.campaigns_for_transfer,
    };
    Ok(Message { from: i, to: j, term: server.current_term + u32::from(pre), body })
}

/// raft.tla `HandleRequestVoteRequest(i, j, m)`. *Must*: a grantable vote is granted. A pre-vote promises nothing: an
/// earlier vote does not stand in the way of one for a newer term, but the voter must hear of no leader (thesis 9.6).
pub(super) fn handle_request(state: &mut State, m: &Message, net: &mut impl Network) -> Guarded {
    let Body::RequestVoteRequest { last_log, commit, pre, priority, .. } = m.body else {
        unreachable!("called for vote requests alone")
    };
    let (i, j) = (m.to, m.from);
    let dialect = state.settings.dialect;
    let own_commit = known_commit(state, i);
    let plain = pre && dialect.has(Switch::PlainPreVote);
    let lets = state.settings.permits(Permission::GrantPreVoteUnderLeader);
    let silent = !pre || lets || !hears_leader(state, i);
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
pub(super) fn handle_response(state: &mut State, m: &Message, net: &mut impl Network) -> Guarded {
    let Body::RequestVoteResponse { pre, granted, commit } = m.body else {
        unreachable!("called for vote responses alone")
    };
    let (i, j) = (m.to, m.from);
    let Settings { dialect, permissions, .. } = state.settings;
    let server = state.server_mut(i);
    net.took(ActionName::HandleRequestVoteResponse, i);
    net.discard(m);
    // An answer to the other kind of election says nothing of this one.
    if pre != (server.role == Role::PreCandidate) && (pre || dialect.has(Switch::PreVote)) {
        return Ok(());
    }
    // A pre-vote grant counts only for the next term.
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

/// The commit position that `i` sends in votes: none in raft.tla.
fn known_commit(state: &State, i: NodeId) -> Position {
    let server = state.server(i);
    match state.settings.dialect.has(Switch::CommitInVotes) {
        true => server.log.position(server.commit_index),
        false => Position::default(),
    }
}

/// Switch `commit-in-votes`: a server that has the entry which the sender knows to be committed
/// takes it as committed. Safe by log matching. A leader ignores it, since it computes its own commit index.
fn take_commit(state: &mut State, i: NodeId, commit: Position, net: &mut impl Network) {
    let server = state.server_mut(i);
    let news = commit.index > server.commit_index && server.log.term_at(commit.index) == commit.term;
    if !news || server.role == Role::Leader {
        return;
    }
    net.took(ActionName::TakeCommitFromVote, i);
    let seen = server.log.between(server.commit_index + 1, commit.index);
    let changes = seen.iter().any(|entry| Change::is_value(entry.value));
    server.commit_index = commit.index;
    // The new configuration may change the electorate, so the candidate steps down (pull request 411).
    if changes && server.role != Role::Follower {
        net.took(ActionName::LoseElection, i);
        server.role = Role::Follower;
        server.clock.reset();
    }
}

/// Switch `lease`: `i` heard of a leader so lately that no other can have been elected without it; with `sticky`,
/// whether or not that leader needs a quorum to go on.
pub(super) fn in_lease(state: &State, i: NodeId) -> bool {
    let (settings, server) = (&state.settings, state.server(i));
    let holds = server.checks_quorum && settings.dialect.has(Switch::Lease);
    (holds || settings.dialect.has(Switch::Sticky)) && hears_leader(state, i)
}

/// True if `i` leads, or heard of a leader within the least election timeout: it gives no pre-vote then (thesis 9.6).
fn hears_leader(state: &State, i: NodeId) -> bool {
    let server = state.server(i);
    server.leader.is_some() && server.clock.elapsed < server.options.election_timeout
}

/// True if `m` is ignored because its receiver is in the lease of its leader: a request for a vote in a newer term, or with `sticky`
/// in any; with `plain-pre-vote`, a pre-vote is refused instead.
pub(super) fn ignores_request(state: &State, m: &Message) -> bool {
    let dialect = state.settings.dialect;
    let Body::RequestVoteRequest { pre, transfer: false, .. } = m.body else { return false };
    let newer = m.term > state.server(m.to).current_term || dialect.has(Switch::Sticky);
    newer && !(pre && dialect.has(Switch::PlainPreVote)) && in_lease(state, m.to)
}

/// Switch `plain-pre-vote`: only a pre-candidate processes an answer to a pre-vote, in its own term or an older one. Returns
/// true if `m` is consumed; `None` if it is no such answer, or one to count.
pub(super) fn hear_pre_vote(state: &mut State, m: &Message, net: &mut impl Network) -> Option<bool> {
    let answers = matches!(m.body, Body::RequestVoteResponse { pre: true, .. });
    if !answers || !state.settings.dialect.has(Switch::PlainPreVote) {
        return None;
    }
    let server = state.server(m.to);
    if server.role == Role::PreCandidate && m.term <= server.current_term {
        return None;
    }
    match server.role == Role::PreCandidate {
        true => election::update_term(state, m, net),
        false => net.took(ActionName::DropStaleResponse, m.to),
    }
    net.discard(m);
    Some(true)
}

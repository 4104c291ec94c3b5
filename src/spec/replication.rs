//! Log replication (thesis 3.5): appends, their answers, heartbeats and proposals.

use super::action::{guard, ActionName, Disabled};
use super::dialect::Switch;
use super::election;
use super::guards::holds;
use super::ids::{Entry, Index, NodeId, Value};
use super::known::Known;
use super::log::Log;
use super::membership;
use super::message::{Body, Message, Position};
use super::network::Network;
use super::progress::Pace;
use super::reads::{self, Context};
use super::snapshot;
use super::state::{Role, Server, State};
use super::uncommitted;

/// raft.tla `ClientRequest(i, v)`. *Must*: the entry goes out to every peer that is not paused.
pub(super) fn client_request<N: Network>(
    state: &mut State,
    i: NodeId,
    value: Value,
    net: &mut N,
) -> Result<(), Disabled> {
    guard!(state.server(i).role == Role::Leader, ClientRequest, "the server is the leader", "raft.tla ClientRequest");
    net.took(ActionName::ClientRequest, i);
    let value = membership::admit(state, i, value);
    append_own(state, i, value);
    Ok(())
}

/// Appends an entry of the leader's own term, and owes it to the peers.
pub(super) fn append_own(state: &mut State, i: NodeId, value: Value) {
    let server = state.server_mut(i);
    let entry = Entry { term: server.current_term, value };
    server.append_to_log(&[entry]);
    owe_appends(state, i);
}

/// Every peer that is not paused is owed an append.
pub(super) fn owe_appends(state: &mut State, i: NodeId) {
    for j in state.peers(i).iter() {
        owe_append(state, i, j);
    }
}

/// `j` is owed an append if it is not paused, or a snapshot where it needs one and there is one.
pub(super) fn owe_append(state: &mut State, i: NodeId, j: NodeId) {
    let paused = state.server(i).progress[j.slot()].is_paused(state.settings.max_inflight);
    if !paused && (!snapshot::is_needed(state, i, j) || snapshot::is_at_hand(state, i, j)) {
        state.server_mut(i).owed.appends.insert(j);
    }
}

/// Whether `i` takes a client's proposal: a leader does, and a follower that can forward it.
pub fn takes_proposals(state: &State, i: NodeId, value: Value) -> bool {
    let server = state.server(i);
    match server.role {
        Role::Leader => server.transferee.is_none() && is_member(server, i) && uncommitted::has_room(state, i, value),
        Role::Follower => server.leader.is_some() && state.settings.dialect.has(Switch::ForwardedProposals),
        Role::Candidate | Role::PreCandidate => false,
    }
}

/// Whether `i` is in the configuration that it acts on: nobody else appends anything (thesis 4.2.2).
fn is_member(server: &Server, i: NodeId) -> bool {
    server.configuration.members().contains(i)
}

/// A client's proposal reaches `i`: *must* be appended by a leader, forwarded by a follower that
/// knows one, and dropped by anyone else.
pub(super) fn propose<N: Network>(
    state: &mut State,
    i: NodeId,
    from: NodeId,
    value: Value,
    net: &mut N,
) -> Result<(), Disabled> {
    let server = state.server(i);
    match (server.role, server.leader) {
        // A leader that gives way takes no more proposals (thesis 3.10).
        (Role::Leader, _) if server.transferee.is_some() || !is_member(server, i) => Ok(()),
        (Role::Leader, _) if !uncommitted::has_room(state, i, value) => {
            net.took(ActionName::DropProposal, i);
            if state.settings.known.has(Known::DroppedChangePending) {
                membership::admit(state, i, value);
            }
            Ok(())
        }
        (Role::Leader, _) => client_request(state, i, value, net),
        (Role::Follower, Some(leader)) if state.settings.dialect.has(Switch::ForwardedProposals) => {
            net.send(Message { from, to: leader, term: 0, body: Body::Proposal { value } });
            Ok(())
        }
        (Role::Follower | Role::Candidate | Role::PreCandidate, _) => Ok(()),
    }
}

/// Switch `free-next`: `i` sends `j` what follows `prev`. Below match it would send what it knows to be there.
pub(super) fn choose_next(state: &mut State, i: NodeId, j: NodeId, prev: Index) -> Result<(), Disabled> {
    if !state.settings.dialect.has(Switch::FreeNext) {
        return Ok(());
    }
    let server = state.server_mut(i);
    guard!(
        (server.match_index[j.slot()]..=server.log.last_index()).contains(&prev),
        AppendEntries,
        "the place is in the leader's log, and not below what it knows to match",
        "paper figure 2: nextIndex, matchIndex"
    );
    server.next_index[j.slot()] = prev + 1;
    Ok(())
}

/// raft.tla `AppendEntries(i, j)`: what `i` may say to `j` now, its `count` entries left out.
pub(super) fn append_entries_header(
    state: &State,
    i: NodeId,
    j: NodeId,
    count: usize,
) -> Result<(Position, Index), Disabled> {
    let server = state.server(i);
    guard!(i != j, AppendEntries, "the receiver is another server", "raft.tla AppendEntries");
    guard!(server.role == Role::Leader, AppendEntries, "the sender is the leader", "raft.tla AppendEntries");
    if state.settings.dialect.has(Switch::Pipelining) {
        guard!(
            !server.progress[j.slot()].is_paused(state.settings.max_inflight),
            AppendEntries,
            "the peer is not paused",
            "etcd raft design.md, Progress"
        );
    }
    guard!(
        server.next_index[j.slot()] > server.log.base().index,
        AppendEntries,
        "the log has what the peer needs",
        "thesis 5.3: a snapshot is sent when the next entry has been discarded"
    );
    let prev = server.next_index[j.slot()] - 1;
    let last = server.log.last_index().min(prev + count as Index);
    let passes = server.commit_index <= last;
    let told = holds(passes, ActionName::AppendEntries, "the commit index that is told does not pass what is sent");
    Ok((server.log.position(prev), if told { server.commit_index } else { last }))
}

/// Notes that `i` sent `j` an append with `count` entries.
pub(super) fn append_entries_sent<N: Network>(state: &mut State, i: NodeId, j: NodeId, count: usize, net: &mut N) {
    net.took(ActionName::AppendEntries, i);
    let pipelining = state.settings.dialect.has(Switch::Pipelining);
    let heartbeats = state.settings.dialect.has(Switch::Heartbeats);
    let server = state.server_mut(i);
    server.owed.appends.remove(j);
    // As in the paper, an append is a heartbeat.
    if !heartbeats {
        server.owed.heartbeats.remove(j);
    }
    if count == 0 || !pipelining {
        return;
    }
    let last = server.next_index[j.slot()] - 1 + count as Index;
    let progress = &mut server.progress[j.slot()];
    match progress.pace {
        Pace::Probe => progress.probing = true,
        Pace::Replicate => {
            progress.inflight.push(last);
            server.next_index[j.slot()] = last + 1;
        }
        Pace::Snapshot => unreachable!("a peer that waits for a snapshot is paused"),
    }
}

/// raft.tla `HandleAppendEntriesRequest(i, j, m)`; one disjunct of it. Returns whether `m` is
/// consumed. Entries beyond the first are as many requests of one entry (raft.tla says so).
pub(super) fn handle_request<N: Network>(
    state: &mut State,
    m: &Message,
    prev_log: Position,
    entries: &[Entry],
    commit_index: Index,
    net: &mut N,
) -> Result<bool, Disabled> {
    let (i, j) = (m.to, m.from);
    let dialect = state.settings.dialect;
    let server = state.server_mut(i);
    guard!(
        server.role != Role::Leader || m.term < server.current_term,
        ReturnToFollowerState,
        "a leader hears of no other leader in its term",
        "paper figure 3, election safety"
    );
    let waits = matches!(server.role, Role::Candidate | Role::PreCandidate);
    let current = m.term == server.current_term;
    if current && !holds(!waits, ActionName::ReturnToFollowerState, "a candidate is no follower") {
        net.took(ActionName::ReturnToFollowerState, i);
        election::follow(server, j);
        return Ok(false);
    }
    if m.term == server.current_term && snapshot::is_awaited(state, i) {
        return Ok(ask_instead(state, m, net));
    }
    let server = state.server_mut(i);
    let log_ok = server.log.term_at(prev_log.index) == prev_log.term && prev_log.index <= server.log.last_index();
    let log_ok = holds(log_ok, ActionName::RejectAppendEntriesRequest, "the logs agree before the entry");
    let current = m.term >= server.current_term;
    let of_term = "the request is of the follower's term";
    let current = match server.role {
        Role::Follower => holds(current, ActionName::RejectAppendEntriesRequest, of_term),
        _ => current,
    };
    let (match_index, rejected, hint);
    if !current {
        net.took(ActionName::RejectAppendEntriesRequest, i);
        (match_index, rejected, hint) = (None, 0, Position::default());
    } else {
        election::hear(server, j);
        if dialect.has(Switch::CommittedAck) && prev_log.index < server.commit_index {
            net.took(ActionName::AppendEntriesAlreadyDone, i);
            (match_index, rejected, hint) = (Some(server.commit_index), 0, Position::default());
        } else if !log_ok {
            net.took(ActionName::RejectAppendEntriesRequest, i);
            match_index = None;
            (rejected, hint) = match dialect.has(Switch::RejectionHint) {
                true => (prev_log.index, best_hint(&server.log, prev_log)),
                false => (0, Position::default()),
            };
        } else {
            match first_missing(&server.log, prev_log.index, entries) {
                Some((index, rest)) if fits(&server.log, index) => {
                    net.took(ActionName::NoConflictAppendEntriesRequest, i);
                    server.append_to_log(rest);
                    return Ok(false);
                }
                Some((index, _)) => {
                    guard!(
                        index <= server.log.last_index(),
                        ConflictAppendEntriesRequest,
                        "the log reaches to the entry",
                        "raft.tla HandleAppendEntriesRequest"
                    );
                    net.took(ActionName::ConflictAppendEntriesRequest, i);
                    let kept = if N::ATOMIC { server.log.last_index() } else { index } - 1;
                    server.truncate_log(kept);
                    return Ok(false);
                }
                None => {}
            }
            net.took(ActionName::AppendEntriesAlreadyDone, i);
            server.commit_index = match dialect.has(Switch::MonotonicCommit) {
                true => server.commit_index.max(commit_index),
                false => commit_index,
            };
            (match_index, rejected, hint) = (Some(prev_log.index + entries.len() as Index), 0, Position::default());
        }
    }
    let body = Body::AppendEntriesResponse {
        success: match_index.is_some(),
        match_index: match_index.unwrap_or(0),
        rejected,
        hint,
        commit_index: if dialect.has(Switch::CommitInResponses) { server.commit_index } else { 0 },
        request: 0,
    };
    net.discard(m);
    net.send(Message { from: i, to: j, term: server.current_term, body });
    Ok(true)
}

/// A follower that waits for a snapshot takes nothing else from its leader, and asks again.
fn ask_instead<N: Network>(state: &mut State, m: &Message, net: &mut N) -> bool {
    net.took(ActionName::AskForSnapshot, m.to);
    net.discard(m);
    election::follow(state.server_mut(m.to), m.from);
    snapshot::ask(state, m.to, net);
    true
}

/// Switch `depose-stale`: a leader of an older term *must* hear of the newer one. The answer says
/// nothing else.
pub(super) fn answer_stale<N: Network>(state: &mut State, m: &Message, net: &mut N) {
    net.took(ActionName::AnswerStale, m.to);
    net.discard(m);
    let (match_index, rejected, hint, commit_index, request) = (0, 0, Position::default(), 0, 0);
    let body = Body::AppendEntriesResponse { success: true, match_index, rejected, hint, commit_index, request };
    net.send(Message { from: m.to, to: m.from, term: state.server(m.to).current_term, body });
}

/// Whether the entry at `index` comes right after the last one of the log.
fn fits(log: &Log, index: Index) -> bool {
    let ends = index == log.last_index() + 1;
    holds(ends, ActionName::NoConflictAppendEntriesRequest, "the log ends right before the entry")
}

/// The first of `entries` that the log lacks or contradicts, with its index and those after it.
fn first_missing<'a>(log: &Log, prev: Index, entries: &'a [Entry]) -> Option<(Index, &'a [Entry])> {
    let known = log.from(prev + 1);
    let agrees = |new: &Entry, old: &Entry| {
        let same = new.term == old.term;
        let other = holds(!same, ActionName::ConflictAppendEntriesRequest, "the entry there is of another term");
        holds(same, ActionName::AppendEntriesAlreadyDone, "the entry there is of the same term") && !(same && other)
    };
    let agreed = entries.iter().zip(known).take_while(|(new, old)| agrees(new, old)).count();
    (agreed < entries.len()).then(|| (prev + 1 + agreed as Index, &entries[agreed..]))
}

/// The highest position that may still match a leader whose entry at `prev_log` was refused: all
/// entries above it have a higher term than the leader's log has there (paper 5.3, end).
pub(super) fn best_hint(log: &Log, prev_log: Position) -> Position {
    let mut index = prev_log.index.min(log.last_index());
    while log.term_at(index) > prev_log.term {
        index -= 1;
    }
    log.position(index)
}

/// raft.tla `HandleAppendEntriesResponse(i, j, m)`.
pub(super) fn handle_response<N: Network>(state: &mut State, m: &Message, net: &mut N) -> Result<(), Disabled> {
    let (i, j) = (m.to, m.from);
    let Body::AppendEntriesResponse { success, match_index, rejected, hint, request, .. } = m.body else {
        unreachable!("called for append responses alone")
    };
    net.took(ActionName::HandleAppendEntriesResponse, i);
    net.discard(m);
    if N::ATOMIC || state.server(i).role == Role::Leader {
        state.server_mut(i).active.insert(j);
        let success = holds(success, ActionName::HandleAppendEntriesResponse, "the append succeeded");
        match (success, request) {
            (true, _) => acknowledge(state, i, j, match_index),
            (false, 0) => refuse(state, i, j, rejected, hint, net)?,
            (false, request) => snapshot::requested(state, i, j, rejected, request),
        }
    }
    Ok(())
}

/// Peer `j` has the log up to `index`. *Must*: send it what it lacks, as far as its pace allows.
fn acknowledge(state: &mut State, i: NodeId, j: NodeId, index: Index) {
    let (dialect, max_inflight) = (state.settings.dialect, state.settings.max_inflight);
    let progress = &state.server(i).progress[j.slot()];
    let (was_paused, waited) = (progress.is_paused(max_inflight), progress.pace == Pace::Snapshot);
    snapshot::arrived(state, i, j, index);
    let server = state.server_mut(i);
    let slot = j.slot();
    let resumed = waited && server.progress[slot].pace != Pace::Snapshot;
    if dialect.has(Switch::MonotonicMatch) && index <= server.match_index[slot] && !resumed {
        if server.next_index[slot] <= index {
            server.next_index[slot] = index + 1;
            server.progress[slot].below_match &= index < server.match_index[slot];
        }
        return;
    }
    server.match_index[slot] = match dialect.has(Switch::MonotonicMatch) {
        true => index.max(server.match_index[slot]),
        false => index,
    };
    if !dialect.has(Switch::Pipelining) {
        server.next_index[slot] = index + 1;
        return;
    }
    server.next_index[slot] = server.next_index[slot].max(index + 1);
    let progress = &mut server.progress[slot];
    progress.below_match = false;
    match progress.pace {
        // After a snapshot the leader probes once more.
        Pace::Probe if waited => {}
        Pace::Probe => {
            progress.become_pace(Pace::Replicate);
            server.next_index[slot] = index + 1;
        }
        Pace::Replicate => progress.answered(index),
        Pace::Snapshot => {}
    }
    if was_paused {
        owe_append(state, i, j);
    }
    state.server_mut(i).owed.drains.insert(j);
    super::transfer::acknowledged(state, i, j);
}

/// Peer `j` refused an append after index `rejected`. *Must*: go on at once, lower.
fn refuse<N: Network>(
    state: &mut State,
    i: NodeId,
    j: NodeId,
    rejected: Index,
    hint: Position,
    net: &mut N,
) -> Result<(), Disabled> {
    let slot = j.slot();
    let known = state.settings.known;
    let hinted = state.settings.dialect.has(Switch::RejectionHint);
    let server = state.server_mut(i);
    if !hinted {
        server.next_index[slot] = (server.next_index[slot] - 1).max(1);
        return Ok(());
    }
    let (matched, next) = (server.match_index[slot], server.next_index[slot]);
    match server.progress[slot].pace {
        // A streaming leader knows that everything up to match is there: the refusal is old.
        Pace::Replicate if rejected <= matched => return Ok(()),
        Pace::Replicate => {
            server.next_index[slot] = matched + 1;
            server.progress[slot].become_pace(Pace::Probe);
        }
        // A probing leader has one append on its way: any other refusal is old.
        Pace::Probe | Pace::Snapshot if rejected != next - 1 => return Ok(()),
        Pace::Probe | Pace::Snapshot => {
            let hint = best_hint_of_leader(&server.log, hint);
            let lower = rejected.min(hint + 1).max(1);
            let chosen = net.choose_next(lower.max(matched + 1));
            let follows_finding = known.has(Known::NextBelowMatch) && chosen <= matched && chosen == lower;
            guard!(
                chosen > matched || follows_finding,
                HandleAppendEntriesResponse,
                "next index stays above match index",
                "paper figure 2: matchIndex is known to be replicated; raft-rs pull request 557"
            );
            guard!(
                chosen <= lower.max(matched + 1),
                HandleAppendEntriesResponse,
                "next index goes down after a refusal as far as the two logs say",
                "paper 5.3, end: the leader bypasses all conflicting entries of a term; raft-rs pull request 367"
            );
            server.next_index[slot] = chosen;
            server.progress[slot].probing = false;
            server.progress[slot].below_match = follows_finding;
        }
    }
    owe_append(state, i, j);
    Ok(())
}

/// Where the leader's own log says that a follower with `hint` as its best position may match.
fn best_hint_of_leader(log: &Log, hint: Position) -> Index {
    match hint.term {
        0 => hint.index,
        _ => best_hint(log, hint).index,
    }
}

/// Switch `heartbeats`: the heartbeat that `i` may send `j` now.
pub(super) fn heartbeat(state: &State, i: NodeId, j: NodeId) -> Result<Message, Disabled> {
    let server = state.server(i);
    guard!(state.settings.dialect; Heartbeats, Heartbeat);
    guard!(server.role == Role::Leader, Heartbeat, "the sender is the leader", "thesis 3.5");
    let commit_index = server.commit_index.min(server.match_index[j.slot()]);
    Ok(Message {
        from: i,
        to: j,
        term: server.current_term,
        body: Body::Heartbeat { commit_index, context: reads::context(state, i) },
    })
}

/// A heartbeat of the current term: *must* be answered; the commit index is taken unchecked,
/// since the leader says no more than it knows to match.
pub(super) fn handle_heartbeat<N: Network>(
    state: &mut State,
    m: &Message,
    commit_index: Index,
    context: Context,
    net: &mut N,
) -> Result<(), Disabled> {
    let (i, j) = (m.to, m.from);
    let server = state.server_mut(i);
    guard!(
        server.role != Role::Leader,
        HandleHeartbeat,
        "a leader hears of no other leader in its term",
        "paper figure 3, election safety"
    );
    guard!(
        commit_index <= server.log.last_index(),
        HandleHeartbeat,
        "the log has what the leader says is committed here",
        "thesis 3.6: a match is never lost"
    );
    net.took(ActionName::HandleHeartbeat, i);
    election::follow(server, j);
    server.commit_index = server.commit_index.max(commit_index);
    if snapshot::is_awaited(state, i) {
        net.took(ActionName::AskForSnapshot, i);
        net.discard(m);
        snapshot::ask(state, i, net);
        return Ok(());
    }
    let server = state.server(i);
    let body = Body::HeartbeatResponse { commit_index: server.commit_index, context };
    net.discard(m);
    net.send(Message { from: i, to: j, term: server.current_term, body });
    Ok(())
}

/// A peer answered a heartbeat: it is there, so a probe may be repeated and a full stream goes on
/// by one. *Must*: an append for a peer that lags.
pub(super) fn handle_heartbeat_response<N: Network>(state: &mut State, m: &Message, context: Context, net: &mut N) {
    let (i, j) = (m.to, m.from);
    net.took(ActionName::HandleHeartbeatResponse, i);
    net.discard(m);
    let max_inflight = state.settings.max_inflight;
    let server = state.server_mut(i);
    if server.role != Role::Leader {
        return;
    }
    server.active.insert(j);
    let progress = &mut server.progress[j.slot()];
    progress.probing = false;
    if progress.pace == Pace::Replicate && progress.is_paused(max_inflight) {
        let freed = progress.inflight.len().min(1);
        progress.inflight.drain(..freed);
    }
    let asks = server.progress[j.slot()].requested > 0;
    if asks || server.match_index[j.slot()] < server.log.last_index() {
        owe_append(state, i, j);
    }
    if context != 0 {
        reads::acknowledged(state, i, j, context, net);
    }
}

/// The application asks for heartbeats: a leader *must* send them at once.
pub(super) fn ping<N: Network>(state: &mut State, i: NodeId, net: &mut N) {
    let peers = state.peers(i);
    let server = state.server_mut(i);
    if server.role == Role::Leader {
        net.took(ActionName::Ping, i);
        server.owed.heartbeats = peers;
    }
}

/// The application says that a message to `j` was lost: a leader *must* stop streaming to it and
/// probe (etcd raft design.md, Progress).
pub(super) fn unreachable<N: Network>(state: &mut State, i: NodeId, j: NodeId, net: &mut N) {
    let server = state.server_mut(i);
    let slot = j.slot();
    if i != j && server.role == Role::Leader && server.progress[slot].pace == Pace::Replicate {
        net.took(ActionName::Unreachable, i);
        server.progress[slot].become_pace(Pace::Probe);
        server.next_index[slot] = server.match_index[slot] + 1;
    }
}

/// The application sets how many appends may be in flight to `j`; it holds until `i` restarts.
pub(super) fn set_window<N: Network>(state: &mut State, i: NodeId, j: NodeId, window: usize, net: &mut N) {
    net.took(ActionName::SetMaxInflightMsgs, i);
    state.server_mut(i).progress[j.slot()].window = Some(window);
}

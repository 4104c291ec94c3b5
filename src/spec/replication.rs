//! Log replication (thesis 3.5): appends, their answers, heartbeats and proposals.

use super::prelude::*;
use super::{owed, snapshot, transfer};

/// Switch `free-next`: `i` sends `j` what follows `prev`. Below match it would send what it knows to be there.
pub(super) fn choose_next(state: &mut State, i: NodeId, j: NodeId, prev: Index) -> Guarded {
    if !state.settings.dialect.has(Switch::FreeNext) {
        return Ok(());
    }
    free!(NextOfAppend);
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
pub(super) fn append_entries_header(state: &State, i: NodeId, j: NodeId, count: usize) -> Guarded<(Position, Index)> {
    let server = state.server(i);
    guard!(i != j, AppendEntries, "the receiver is another server", "raft.tla AppendEntries");
    guard!(server.role == Role::Leader, AppendEntries, "the sender is the leader", "raft.tla AppendEntries");
    if state.settings.dialect.has(Switch::Pipelining) {
        guard!(
            !server.progress[j.slot()].is_paused(state.settings.max_inflight_msgs),
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
    free!(TimeOfAppend);
    let prev = server.next_index[j.slot()] - 1;
    let last = server.log.last_index().min(prev + count as Index);
    let passes = server.commit_index <= last;
    let told = holds(passes, ActionName::AppendEntries, "the commit index that is told does not pass what is sent");
    Ok((server.log.position(prev), if told { server.commit_index } else { last }))
}

/// raft.tla `AppendEntries(i, j)`: the message with that header, and as many of `count` entries as there are.
pub(super) fn append_entries(state: &State, i: NodeId, j: NodeId, header: (Position, Index), count: usize) -> Message {
    let (server, (prev_log, commit_index)) = (state.server(i), header);
    let rest = server.log.from(prev_log.index + 1);
    let entries = Entries::from(&rest[..count.min(rest.len())]);
    let body = Body::AppendEntriesRequest { prev_log, entries, commit_index };
    Message { from: i, to: j, term: server.current_term, body }
}

/// Notes that `i` sent `j` an append with `count` entries.
pub(super) fn append_entries_sent(state: &mut State, i: NodeId, j: NodeId, count: usize, net: &mut impl Network) {
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
    match progress.state {
        ProgressState::Probe => progress.probing = true,
        ProgressState::Replicate => {
            progress.inflight.push(last);
            server.next_index[j.slot()] = last + 1;
        }
        ProgressState::Snapshot => unreachable!("a peer that waits for a snapshot is paused"),
    }
}

/// raft.tla `HandleAppendEntriesResponse(i, j, m)`.
pub(super) fn handle_response<N: Network>(state: &mut State, m: &Message, net: &mut N) -> Guarded {
    let (i, j) = (m.to, m.from);
    let Body::AppendEntriesResponse { success, match_index, rejected, hint, commit_index, request } = m.body else {
        unreachable!("called for append responses alone")
    };
    net.took(ActionName::HandleAppendEntriesResponse, i);
    net.discard(m);
    if N::ATOMIC || state.server(i).role == Role::Leader {
        let server = state.server_mut(i);
        server.active.insert(j);
        server.progress[j.slot()].reported_commit(commit_index);
        let success = holds(success, ActionName::HandleAppendEntriesResponse, "the append succeeded");
        match (success, request) {
            (true, _) => acknowledge(state, i, j, match_index),
            (false, 0) => refuse(state, i, j, rejected, hint, net)?,
            (false, request) => snapshot::requested(state, i, j, rejected, request),
        }
    }
    Ok(())
}

/// Peer `j` has the log up to `index`. *Must*: send it what it lacks, as far as its progress allows.
fn acknowledge(state: &mut State, i: NodeId, j: NodeId, index: Index) {
    let (dialect, max_inflight_msgs) = (state.settings.dialect, state.settings.max_inflight_msgs);
    let progress = &state.server(i).progress[j.slot()];
    let (was_paused, waited) = (progress.is_paused(max_inflight_msgs), progress.state == ProgressState::Snapshot);
    snapshot::arrived(state, i, j, index);
    let server = state.server_mut(i);
    let slot = j.slot();
    let resumed = waited && server.progress[slot].state != ProgressState::Snapshot;
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
    match progress.state {
        // After a snapshot the leader probes once more.
        ProgressState::Probe if waited => {}
        ProgressState::Probe => {
            progress.become_state(ProgressState::Replicate);
            server.next_index[slot] = index + 1;
        }
        ProgressState::Replicate => progress.answered(index),
        ProgressState::Snapshot => {}
    }
    if was_paused {
        owed::owe_append(state, i, j);
    }
    state.server_mut(i).owed.drains.insert(j);
    transfer::acknowledged(state, i, j);
}

/// Peer `j` refused an append after index `rejected`. *Must*: go on at once, lower.
fn refuse(state: &mut State, i: NodeId, j: NodeId, rejected: Index, hint: Position, net: &mut impl Network) -> Guarded {
    let slot = j.slot();
    let permissions = state.settings.permissions;
    let hinted = state.settings.dialect.has(Switch::RejectionHint);
    let server = state.server_mut(i);
    if !hinted {
        server.next_index[slot] = (server.next_index[slot] - 1).max(1);
        return Ok(());
    }
    let (matched, next) = (server.match_index[slot], server.next_index[slot]);
    match server.progress[slot].state {
        // A streaming leader knows that everything up to match is there: the refusal is old.
        ProgressState::Replicate if rejected <= matched => return Ok(()),
        ProgressState::Replicate => {
            server.next_index[slot] = matched + 1;
            server.progress[slot].become_state(ProgressState::Probe);
        }
        // A probing leader has one append on its way: any other refusal is old.
        ProgressState::Probe | ProgressState::Snapshot if rejected != next - 1 => return Ok(()),
        ProgressState::Probe | ProgressState::Snapshot => {
            let hint = best_hint_of_leader(&server.log, hint);
            let lower = rejected.min(hint + 1).max(1);
            let chosen = net.choose_next(Choice::NextAfterRefusal, lower.max(matched + 1));
            let permitted = permissions.has(Permission::NextAtOrBelowMatch) && chosen <= matched && chosen == lower;
            guard!(
                chosen > matched || permitted,
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
            server.progress[slot].below_match = permitted;
        }
    }
    owed::owe_append(state, i, j);
    Ok(())
}

/// The highest index at which a follower with the hint `hint` may match the leader's log.
fn best_hint_of_leader(log: &Log, hint: Position) -> Index {
    match hint.term {
        0 => hint.index,
        _ => log.find_conflict_by_term(hint).index,
    }
}

/// The application says that a message to `j` was lost: a leader *must* stop streaming to it and
/// probe (etcd raft design.md, Progress).
pub(super) fn unreachable(state: &mut State, i: NodeId, j: NodeId, net: &mut impl Network) {
    let server = state.server_mut(i);
    let slot = j.slot();
    if i != j && server.role == Role::Leader && server.progress[slot].state == ProgressState::Replicate {
        net.took(ActionName::Unreachable, i);
        server.progress[slot].become_state(ProgressState::Probe);
        server.next_index[slot] = server.match_index[slot] + 1;
    }
}

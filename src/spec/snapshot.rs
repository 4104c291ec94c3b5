//! Snapshots (thesis 5): a server drops the beginning of its log once its application has applied
//! it, and a follower that still needs it is sent what was applied instead.

use super::configuration::Configuration;
use super::owed;
use super::prelude::*;

/// The application of `i` drops its log up to `index`, and can start from there for ever after.
pub(super) fn compact(state: &mut State, i: NodeId, index: Index, net: &mut impl Network) -> Guarded {
    guard!(state.settings.dialect; Snapshots, Compact);
    let server = state.server_mut(i);
    guard!(
        index <= server.disk.applied,
        Compact,
        "only what was applied is dropped",
        "thesis 5.1: each server discards a prefix of its log once it has a snapshot of it"
    );
    net.took(ActionName::Compact, i);
    // A log that begins after a newer snapshot has nothing to drop; what is on the disk may.
    server.log.compact(index);
    server.disk.compact(index);
    Ok(())
}

/// The application of `i` says whether it has a snapshot to give (raft-rs
/// `StorageError::SnapshotTemporarilyUnavailable`).
pub(super) fn set_unavailable(state: &mut State, i: NodeId, unavailable: bool, net: &mut impl Network) {
    net.took(ActionName::SetSnapshots, i);
    let server = state.server_mut(i);
    server.snapshots_unavailable = unavailable;
    server.snapshots_withheld = NodeSet::EMPTY;
}

/// The application of `i` says whether it has a snapshot to give `j` (raft-rs `Storage::snapshot`: it is told which peer
/// asks).
pub(super) fn set_given(state: &mut State, i: NodeId, j: NodeId, given: bool, net: &mut impl Network) {
    net.took(ActionName::SetSnapshots, i);
    let withheld = &mut state.server_mut(i).snapshots_withheld;
    match given {
        true => withheld.remove(j),
        false => withheld.insert(j),
    }
}

/// The snapshot up to `position` that `i` may send `j` now.
pub(super) fn snapshot(state: &State, i: NodeId, j: NodeId, position: Position) -> Guarded<Message> {
    guard!(state.settings.dialect; Snapshots, SendSnapshot);
    let server = state.server(i);
    guard!(server.role == Role::Leader, SendSnapshot, "the sender is the leader", "thesis 5.3");
    let progress = &server.progress[j.slot()];
    guard!(
        !progress.is_paused(state.settings.max_inflight_msgs),
        SendSnapshot,
        "the peer is not paused",
        "etcd raft design.md, Progress"
    );
    guard!(
        owed::is_needed(state, i, j),
        SendSnapshot,
        "the log no longer has what the peer needs, or the peer asked for a snapshot",
        "thesis 5.3: a snapshot is sent when the next entry has been discarded"
    );
    guard!(
        server.active.contains(j),
        SendSnapshot,
        "the peer was heard from lately",
        "etcd pull request 3976: a snapshot takes resources, so it is sent when the member is known to be online"
    );
    guard!(
        position.index <= server.disk.applied && position.index >= progress.requested,
        SendSnapshot,
        "a snapshot holds what was applied, and what was asked for",
        "thesis 5.1; raft-rs doc of Storage::snapshot: its index is not less than the request's"
    );
    let body =
        Body::Snapshot { position: server.log.position(position.index), configuration: server.disk.configuration };
    Ok(Message { from: i, to: j, term: server.current_term, body })
}

/// Notes that `i` sent `j` a snapshot: the leader waits for what becomes of it.
pub(super) fn sent(state: &mut State, i: NodeId, j: NodeId, index: Index, net: &mut impl Network) {
    net.took(ActionName::SendSnapshot, i);
    let server = state.server_mut(i);
    server.owed.appends.remove(j);
    let progress = &mut server.progress[j.slot()];
    progress.become_state(ProgressState::Snapshot);
    progress.snapshot = index;
}

/// A snapshot of the current term reaches a follower. *Must*: it takes the place of the whole log,
/// unless the follower has all of that already, or is none of its members; and it is answered.
pub(super) fn handle(
    state: &mut State,
    m: &Message,
    position: Position,
    configuration: &Configuration,
    net: &mut impl Network,
) -> Guarded {
    let i = m.to;
    let server = state.server_mut(i);
    guard!(
        server.role != Role::Leader,
        HandleSnapshot,
        "a leader hears of no other leader in its term",
        "paper figure 3, election safety"
    );
    server.follow(m.from);
    let has_it = server.log.term_at(position.index) == position.term && position.index <= server.log.last_index();
    let stale = position.index < server.commit_index || !configuration.members().contains(i);
    let match_index = if stale {
        net.took(ActionName::IgnoreSnapshot, i);
        server.commit_index
    } else if has_it && !is_asked_for(server, position) {
        net.took(ActionName::FastForward, i);
        server.commit_index = position.index;
        position.index
    } else {
        net.took(ActionName::RestoreSnapshot, i);
        server.restore_log(position);
        server.commit_index = position.index;
        server.configuration = *configuration;
        // As a leader of the new configuration it would start with fresh progress.
        server.progress = Default::default();
        server.groups = server.groups.cleared();
        server.requested = 0;
        position.index
    };
    let body = Body::accepted(match_index, 0);
    net.discard(m);
    net.send(Message { from: i, to: m.from, term: server.current_term, body });
    Ok(())
}

/// A snapshot that was asked for replaces what the application cannot use, whatever the log has. An
/// older one does not: the entries above it were acknowledged (paper figure 2: what is acknowledged is kept).
fn is_asked_for(server: &Server, position: Position) -> bool {
    server.requested > 0 && position.index >= server.requested
}

/// True if a snapshot that `i` asks for now is one that it may ask for: of the leader of its term,
/// whose log it has, once at a time.
pub fn may_request(state: &State, i: NodeId) -> bool {
    let server = state.server(i);
    server.role != Role::Leader
        && server.leader.is_some()
        && !server.disk.snapshot_unwritten
        && server.requested == 0
        && server.log.last_term() == server.current_term
}

/// The application of `i` wants a snapshot as new as its log. *Must*: the leader is asked at once.
pub(super) fn request(state: &mut State, i: NodeId, net: &mut impl Network) -> Guarded {
    guard!(state.settings.dialect; Snapshots, RequestSnapshot);
    if may_request(state, i) {
        net.took(ActionName::RequestSnapshot, i);
        let server = state.server_mut(i);
        server.requested = server.log.last_index();
        ask(state, i, net);
    }
    Ok(())
}

/// Asks the leader for a snapshot by a refusal: the answer of a waiting follower to every request.
pub(super) fn ask(state: &State, i: NodeId, net: &mut impl Network) {
    let server = state.server(i);
    let Some(leader) = server.leader else { return };
    let body = Body::AppendEntriesResponse {
        success: false,
        match_index: 0,
        rejected: server.commit_index,
        hint: server.log.last(),
        commit_index: 0,
        request: server.requested,
    };
    net.send(Message { from: i, to: leader, term: server.current_term, body });
}

/// Peer `j` asks leader `i` for a snapshot up to `request`. *Must*: it is sent one as soon as there is one.
pub(super) fn requested(state: &mut State, i: NodeId, j: NodeId, rejected: Index, request: Index) {
    let server = state.server_mut(i);
    let (progress, matched) = (&mut server.progress[j.slot()], server.match_index[j.slot()]);
    match progress.state {
        // The peer has acknowledged more since.
        ProgressState::Replicate if rejected < matched => return,
        ProgressState::Replicate => {
            progress.become_state(ProgressState::Probe);
            progress.requested = request;
            server.next_index[j.slot()] = matched + 1;
        }
        ProgressState::Probe | ProgressState::Snapshot => {
            progress.probing = false;
            if progress.requested == 0 {
                progress.requested = request;
            }
        }
    }
    owed::owe_append(state, i, j);
}

/// Peer `j` has the log up to `index`: a snapshot that reached it is behind it.
pub(super) fn arrived(state: &mut State, i: NodeId, j: NodeId, index: Index) {
    let unreported = state.settings.permits(Permission::AwaitSnapshotReport);
    let server = state.server_mut(i);
    let slot = j.slot();
    let progress = &mut server.progress[slot];
    let news = index > server.match_index[slot];
    if progress.state != ProgressState::Snapshot || index < progress.snapshot || (unreported && !news) {
        return;
    }
    if !unreported {
        progress.requested = 0;
    }
    let next = progress.snapshot + 1;
    progress.become_state(ProgressState::Probe);
    server.next_index[slot] = next.max(index + 1);
}

/// The application of `i` says what became of the snapshot that was sent to `j`: the leader probes
/// again, once it hears of the peer (etcd raft design.md, Progress: snapshot).
pub(super) fn report(state: &mut State, i: NodeId, j: NodeId, arrived: bool, net: &mut impl Network) {
    let server = state.server_mut(i);
    let slot = j.slot();
    if server.role != Role::Leader || server.progress[slot].state != ProgressState::Snapshot || i == j {
        return;
    }
    net.took(ActionName::ReportSnapshot, i);
    let matched = server.match_index[slot];
    let progress = &mut server.progress[slot];
    let sent = if arrived { progress.snapshot } else { 0 };
    progress.become_state(ProgressState::Probe);
    progress.probing = true;
    progress.requested = 0;
    server.next_index[slot] = matched.max(sent) + 1;
}

/// Switch `snapshots`, and nothing of it in `ongaro`: whether `i` waits for one and takes nothing else.
pub(super) fn is_awaited(state: &State, i: NodeId) -> bool {
    state.settings.dialect.has(Switch::Snapshots) && state.server(i).requested > 0
}

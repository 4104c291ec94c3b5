//! Heartbeats (switch `heartbeats`): messages of their own, with the commit index that is safe to take.

use super::prelude::*;
use super::{owed, reads, snapshot};

/// Switch `heartbeats`: the heartbeat that `i` may send `j` now.
pub(super) fn heartbeat(state: &State, i: NodeId, j: NodeId) -> Guarded<Message> {
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
pub(super) fn handle_heartbeat(
    state: &mut State,
    m: &Message,
    commit_index: Index,
    context: Context,
    net: &mut impl Network,
) -> Guarded {
    let (i, j) = (m.to, m.from);
    let wiped_disks = state.settings.wiped_disks;
    let server = state.server_mut(i);
    guard!(
        server.role != Role::Leader,
        HandleHeartbeat,
        "a leader hears of no other leader in its term",
        "paper figure 3, election safety"
    );
    // A server that has lost its disk is told of what it had, and takes no more than it has.
    let commit_index = if wiped_disks { commit_index.min(server.log.last_index()) } else { commit_index };
    guard!(
        commit_index <= server.log.last_index(),
        HandleHeartbeat,
        "the log has what the leader says is committed here",
        "thesis 3.6: a match is never lost"
    );
    net.took(ActionName::HandleHeartbeat, i);
    server.follow(j);
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
pub(super) fn handle_heartbeat_response(
    state: &mut State,
    m: &Message,
    commit_index: Index,
    context: Context,
    net: &mut impl Network,
) {
    let (i, j) = (m.to, m.from);
    net.took(ActionName::HandleHeartbeatResponse, i);
    net.discard(m);
    let max_inflight_msgs = state.settings.max_inflight_msgs;
    let server = state.server_mut(i);
    if server.role != Role::Leader {
        return;
    }
    server.active.insert(j);
    let progress = &mut server.progress[j.slot()];
    progress.reported_commit(commit_index);
    progress.probing = false;
    if progress.state == ProgressState::Replicate && progress.is_paused(max_inflight_msgs) {
        let freed = progress.inflight.len().min(1);
        progress.inflight.drain(..freed);
    }
    let asks = server.progress[j.slot()].requested > 0;
    if asks || server.match_index[j.slot()] < server.log.last_index() {
        owed::owe_append(state, i, j);
    }
    if context != 0 {
        reads::acknowledged(state, i, j, context, net);
    }
}

/// The application asks for heartbeats: a leader *must* send them at once.
pub(super) fn ping(state: &mut State, i: NodeId, net: &mut impl Network) {
    let peers = state.peers(i);
    let server = state.server_mut(i);
    if server.role == Role::Leader {
        net.took(ActionName::Ping, i);
        server.owed.heartbeats = peers;
    }
}

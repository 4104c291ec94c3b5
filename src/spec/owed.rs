//! Obligations of a leader: the appends and snapshots that it must send in the call under way.

use super::prelude::*;

/// Appends an entry of the leader's own term, and makes it due to the peers.
pub(super) fn append_own(state: &mut State, i: NodeId, value: Value) {
    let server = state.server_mut(i);
    let entry = Entry { term: server.current_term, value };
    server.append_to_log(&[entry]);
    owe_appends(state, i);
}

/// Makes an append due to every peer that is not paused.
pub(super) fn owe_appends(state: &mut State, i: NodeId) {
    for j in state.peers(i).iter() {
        owe_append(state, i, j);
    }
}

/// Makes an append due to `j` unless it is paused, or a snapshot if it needs one and one is at hand.
pub(super) fn owe_append(state: &mut State, i: NodeId, j: NodeId) {
    let paused = state.server(i).progress[j.slot()].is_paused(state.settings.max_inflight_msgs);
    if !paused && (!is_needed(state, i, j) || is_at_hand(state, i, j)) {
        state.server_mut(i).owed.appends.insert(j);
    }
}

/// True if leader `i` has no entries for `j` to go on with, or was asked by it for a snapshot.
pub(super) fn is_needed(state: &State, i: NodeId, j: NodeId) -> bool {
    let (server, slot) = (state.server(i), j.slot());
    server.progress[slot].requested > 0 || server.next_index[slot] <= server.log.base().index
}

/// True if `i` *must* send one where it is needed: to a peer that is there, if the application has
/// what is asked for.
pub(super) fn is_at_hand(state: &State, i: NodeId, j: NodeId) -> bool {
    let server = state.server(i);
    // A snapshot that was received and not applied yet is nothing to give, nor is what came before it.
    let applied = !server.disk.changing && server.disk.applied >= server.log.base().index.max(1);
    let given = applied && !server.snapshots_unavailable && !server.snapshots_withheld.contains(j);
    given && server.active.contains(j) && server.disk.applied >= server.progress[j.slot()].requested
}

//! Changes of the configuration (thesis 4): proposed like any value, one at a time, and taken when
//! they are applied.
//!
//! The thesis has a server act on the newest configuration in its log; raft-rs, like etcd, on the
//! newest that its application applied. So a leader lets no change be appended while another may be
//! unapplied, and no server campaigns over a committed change that it has not applied.

use super::change::Change;
use super::prelude::*;

/// The value that a leader appends for a proposed `value`: a change that may not be made now becomes an empty
/// entry, and the proposal is answered `Ok` (etcd raft, Node.ProposeConfChange: a change is dropped, with or without an
/// error, while a prior one may be unapplied).
pub(super) fn admissible(state: &State, i: NodeId, value: Value) -> Value {
    let Some(change) = Change::from_value(value) else { return value };
    let server = state.server(i);
    let pending = server.pending_change > server.disk.applied;
    match pending || server.configuration.is_joint() != change.is_empty() {
        true => NO_OP,
        false => value,
    }
}

/// The same, and a change that is made is the one that is pending from now on.
pub(super) fn admit(state: &mut State, i: NodeId, value: Value) -> Value {
    let value = admissible(state, i, value);
    if Change::is_value(value) {
        let server = state.server_mut(i);
        server.pending_change = server.log.last_index() + 1;
    }
    value
}

/// True if `i` has a committed change that its application has not applied: it does not campaign.
pub(super) fn is_change_unapplied(server: &Server) -> bool {
    let committed = server.log.between(server.disk.applied.max(server.log.base().index) + 1, server.commit_index);
    committed.iter().any(|entry| Change::is_value(entry.value))
}

/// True if the log of a server has a change that its application has not applied, committed or not.
pub(super) fn is_change_pending(server: &Server) -> bool {
    let unapplied = server.log.from(server.disk.applied.max(server.log.base().index) + 1);
    unapplied.iter().any(|entry| Change::is_value(entry.value))
}

/// True if `i` has a vote in its own configuration (thesis 4.2.1: learners have none).
pub fn has_vote(state: &State, i: NodeId) -> bool {
    state.server(i).configuration.electors().contains(i)
}

/// True if `i` may start an election: it has a vote of its own, and acts on the newest configuration
/// that it knows to be committed.
pub(super) fn may_campaign(state: &State, i: NodeId) -> bool {
    has_vote(state, i) && !is_change_unapplied(state.server(i))
}

/// True if `i` leads and has no vote. Such a leader should have stepped down (thesis 4.2.2), unless permission
/// `LeadWithoutVote` is granted.
pub fn leads_without_vote(state: &State, i: NodeId) -> bool {
    state.server(i).role == Role::Leader && !has_vote(state, i)
}

/// True if `i` leads, and has the only vote that counts.
pub fn leads_alone(state: &State, i: NodeId) -> bool {
    let server = state.server(i);
    server.role == Role::Leader && server.configuration.is_quorum(NodeSet::only(i))
}

/// Switch `outsiders-unheard`: whether `i` hears no answers from `j`.
pub(super) fn is_outsider(state: &State, i: NodeId, j: NodeId) -> bool {
    state.settings.dialect.has(Switch::OutsidersUnheard) && !state.server(i).configuration.members().contains(j)
}

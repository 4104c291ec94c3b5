//! Changes of the configuration (thesis 4): proposed like any value, one at a time, and taken when
//! they are applied.
//!
//! The thesis has a server act on the newest configuration in its log; raft-rs, like etcd, on the
//! newest that its application applied. So a leader lets no change be appended while another may be
//! unapplied, and no server campaigns over a committed change that it has not applied.

use super::action::{guard, ActionName, Disabled};
use super::configuration::{Change, Changed};
use super::dialect::Switch;
use super::ids::{Index, NodeId, NodeSet, Value, NO_OP};
use super::network::Network;
use super::permission::Permission;
use super::progress::Progress;
use super::reads;
use super::replication;
use super::state::{Role, Server, State};

/// What a leader appends for a proposed `value`: a change that may not be made now becomes an empty
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

/// Whether `i` has a committed change that its application has not applied: it does not campaign.
pub(super) fn is_change_unapplied(server: &Server) -> bool {
    let committed = server.log.between(server.disk.applied.max(server.log.base().index) + 1, server.commit_index);
    committed.iter().any(|entry| Change::is_value(entry.value))
}

/// Whether `i` has a vote in its own configuration (thesis 4.2.1: learners have none).
pub fn has_vote(state: &State, i: NodeId) -> bool {
    state.server(i).configuration.electors().contains(i)
}

/// Whether `i` may start an election: it has a vote of its own, and acts on the newest configuration
/// that it knows to be committed.
pub(super) fn may_campaign(state: &State, i: NodeId) -> bool {
    has_vote(state, i) && !is_change_unapplied(state.server(i))
}

/// True if `i` leads and has no vote. It should have stepped down (thesis 4.2.2), unless `LeadWithoutVote` is granted.
pub fn leads_without_vote(state: &State, i: NodeId) -> bool {
    state.server(i).role == Role::Leader && !has_vote(state, i)
}

/// Whether `i` leads, and has the only vote that counts.
pub fn leads_alone(state: &State, i: NodeId) -> bool {
    let server = state.server(i);
    server.role == Role::Leader && server.configuration.is_quorum(NodeSet::only(i))
}

/// What `change` makes of the configuration that `i`'s application has. One that may not be applied
/// leaves it as it is.
fn changed(state: &State, i: NodeId, change: &Change) -> Changed {
    let configuration = state.server(i).disk.configuration;
    configuration.changed(change).unwrap_or(Changed { configuration, fresh: NodeSet::EMPTY })
}

/// The application of `i` applies the change at `index`. *Must*: a leader that has no vote any more
/// steps down; one that goes on sends new members what it has, commits what the new configuration
/// decides, and answers the reads that it allows.
pub(super) fn apply_change<N: Network>(
    state: &mut State,
    i: NodeId,
    index: Index,
    change: &Change,
    net: &mut N,
) -> Result<(), Disabled> {
    guard!(state.settings.dialect; AppliedConfiguration, ApplyChange);
    guard!(
        index > state.server(i).disk.applied && index <= state.server(i).disk.delivered,
        ApplyChange,
        "only what was handed over is applied",
        "raft-rs RawNode::apply_conf_change"
    );
    let Changed { configuration, fresh } = changed(state, i, change);
    if configuration.is_joint() {
        guard!(state.settings.dialect; Joint, ApplyChange);
    }
    if !configuration.learners.is_empty() {
        guard!(state.settings.dialect; Learners, ApplyChange);
    }
    net.took(ActionName::ApplyChange, i);
    let same = state.server(i).configuration == configuration && fresh.is_empty();
    let server = state.server_mut(i);
    server.disk.changing = true;
    server.disk.configuration = configuration;
    // A newer snapshot has brought a newer configuration already.
    if index <= server.log.base().index {
        return Ok(());
    }
    let gone = server.configuration.members().minus(configuration.members());
    server.configuration = configuration;
    server.owed.forgotten = gone.or(fresh);
    server.owed.forgotten.iter().for_each(|j| forget(server, j));
    if same || server.role != Role::Leader {
        return Ok(());
    }
    if fresh.contains(i) && state.settings.permits(Permission::ForgetOwnLog) {
        let server = state.server_mut(i);
        server.own_forgotten = server.disk.persisted;
    }
    let fresh = fresh.without(i);
    for j in fresh.iter() {
        meet(state, i, j, net)?;
    }
    if !configuration.electors().contains(i) {
        step_down(state, i, net);
        return Ok(());
    }
    let server = state.server_mut(i);
    server.transferee = server.transferee.filter(|target| configuration.electors().contains(*target));
    server.owed.drains = server.owed.drains.or(fresh);
    reads::reconsider(state, i, net);
    Ok(())
}

/// What leader `server` knew of `j` says nothing any more.
fn forget(server: &mut Server, j: NodeId) {
    let slot = j.slot();
    (server.next_index[slot], server.match_index[slot]) = (1, 0);
    server.progress[slot] = Progress::default();
    server.groups.forget(j);
    server.active.remove(j);
}

/// Leader `i` gets a new member. Where it starts to probe is its own choice (raft.tla: at the end);
/// for its quorum the member counts as heard of, so that it has time to answer (etcd raft,
/// confchange: a peer that was just added is marked as recently active).
fn meet<N: Network>(state: &mut State, i: NodeId, j: NodeId, net: &mut N) -> Result<(), Disabled> {
    let server = state.server_mut(i);
    let next = net.choose_next(server.log.last_index() + 1);
    guard!(
        (1..=server.log.last_index() + 1).contains(&next),
        ApplyChange,
        "next index lies in the log or right after it",
        "paper figure 2: nextIndex, initialized to leader last log index + 1"
    );
    server.next_index[j.slot()] = next;
    server.active.insert(j);
    Ok(())
}

fn step_down<N: Network>(state: &mut State, i: NodeId, net: &mut N) {
    if state.settings.permits(Permission::LeadWithoutVote) {
        return;
    }
    net.took(ActionName::StepDown, i);
    let server = state.server_mut(i);
    server.clear_leader_state();
    server.role = Role::Follower;
    server.leader = None;
    server.clock.reset();
}

/// Leader `i` has applied up to where a change may be pending. *Must*: a joint configuration that is
/// to be left by itself is left by an entry of the leader (etcd raft, ConfChangeTransitionJointImplicit).
pub(super) fn leave_when_due<N: Network>(state: &mut State, i: NodeId, net: &mut N) {
    let server = state.server_mut(i);
    let due = server.role == Role::Leader && server.configuration.auto_leave;
    if !due || server.disk.applied < server.pending_change {
        return;
    }
    net.took(ActionName::LeaveJoint, i);
    server.pending_change = server.log.last_index() + 1;
    replication::append_own(state, i, Change::LEAVE.value());
    if state.settings.permits(Permission::LeaveJointUnsent) {
        state.server_mut(i).owed.appends = NodeSet::EMPTY;
    }
}

/// Switch `outsiders-unheard`: whether `i` hears no answers from `j`.
pub(super) fn is_outsider(state: &State, i: NodeId, j: NodeId) -> bool {
    state.settings.dialect.has(Switch::OutsidersUnheard) && !state.server(i).configuration.members().contains(j)
}

//! Reconfiguration (thesis 4): a change of the configuration takes effect when it is applied.

use super::change::Change;
use super::configuration::Changed;
use super::prelude::*;
use super::progress::Progress;
use super::{owed, reads};

/// The outcome of `change` for the configuration that `i`'s application has. A change that may not be applied
/// leaves it as it is.
fn changed(state: &State, i: NodeId, change: &Change) -> Changed {
    let configuration = state.server(i).disk.configuration;
    configuration.changed(change).unwrap_or(Changed { configuration, fresh: NodeSet::EMPTY })
}

/// The application of `i` applies the change at `index`. *Must*: a leader that has no vote any more
/// steps down; one that goes on sends new members what it has, commits what the new configuration
/// decides, and answers the reads that it allows.
pub(super) fn apply_change(
    state: &mut State,
    i: NodeId,
    index: Index,
    change: &Change,
    net: &mut impl Network,
) -> Guarded {
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
    if fresh.contains(i) {
        let forgets = state.settings.permits(Permission::ForgetOwnLog);
        let server = state.server_mut(i);
        match forgets {
            true => server.own_log_uncounted_to = server.disk.persisted,
            false => server.progress[i.slot()].committed = server.commit_index,
        }
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

/// Resets all that leader `server` knew of `j`.
fn forget(server: &mut Server, j: NodeId) {
    let slot = j.slot();
    (server.next_index[slot], server.match_index[slot]) = (1, 0);
    server.progress[slot] = Progress::default();
    server.groups.forget(j);
    server.active.remove(j);
}

/// Leader `i` gets a new member. It probes at its last entry, or right after it; for its quorum the member counts as heard of, so that it has time to answer (etcd raft,
/// confchange: a peer that was just added is marked as recently active).
fn meet(state: &mut State, i: NodeId, j: NodeId, net: &mut impl Network) -> Guarded {
    let server = state.server_mut(i);
    let last = server.log.last_index();
    let next = net.choose_next(Choice::ProbeOfNewMember, last + 1);
    guard!(
        (last.max(1)..=last + 1).contains(&next),
        ApplyChange,
        "the leader probes a new member at its last entry or right after it",
        "paper figure 2: nextIndex, initialized to leader last log index + 1; etcd-io/raft pull request 165: the last index, so that an append goes out at once"
    );
    server.next_index[j.slot()] = next;
    server.active.insert(j);
    Ok(())
}

fn step_down(state: &mut State, i: NodeId, net: &mut impl Network) {
    if state.settings.permits(Permission::LeadWithoutVote) {
        return;
    }
    net.took(ActionName::StepDown, i);
    state.server_mut(i).step_down();
}

/// Leader `i` has applied up to where a change may be pending. *Must*: a joint configuration that is
/// to be left by itself is left by an entry of the leader (etcd raft, ConfChangeTransitionJointImplicit).
pub(super) fn leave_when_due(state: &mut State, i: NodeId, net: &mut impl Network) {
    let server = state.server_mut(i);
    let due = server.role == Role::Leader && server.configuration.auto_leave;
    if !due || server.disk.applied < server.pending_change {
        return;
    }
    net.took(ActionName::LeaveJoint, i);
    server.pending_change = server.log.last_index() + 1;
    owed::append_own(state, i, Change::LEAVE.value());
    if state.settings.permits(Permission::LeaveJointUnsent) {
        state.server_mut(i).owed.appends = NodeSet::EMPTY;
    }
}

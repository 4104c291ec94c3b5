//! raft-rs's configurations and their changes in the specification's form, and back.

use crate::spec::{Change, Configuration, NodeId, NodeSet, Step, Transition};
use protobuf::Message as _;
use raft::eraftpb::{ConfChange, ConfChangeSingle, ConfChangeTransition, ConfChangeType, ConfChangeV2, ConfState};
use raft::eraftpb::{Entry, EntryType};
use raft::INVALID_ID;

/// The value of an entry that changes the configuration; [`u32::MAX`] for one that no client proposed.
pub(super) fn change_value(entry: &Entry) -> u32 {
    let step = |node_id: u64, change_type| {
        if node_id == INVALID_ID {
            return Change::NOBODY;
        }
        let step = match change_type {
            ConfChangeType::AddNode => Step::Voter,
            ConfChangeType::AddLearnerNode => Step::Learner,
            ConfChangeType::RemoveNode => Step::Remove,
        };
        (step, NodeId::new(node_id as u8))
    };
    if entry.get_entry_type() == EntryType::EntryConfChange {
        let Ok(first) = ConfChange::parse_from_bytes(&entry.data) else { return u32::MAX };
        let steps = [Some(step(first.node_id, first.get_change_type())), None];
        return Change { transition: Transition::First, steps }.value();
    }
    let Ok(change) = ConfChangeV2::parse_from_bytes(&entry.data) else { return u32::MAX };
    let mut steps = change.changes.iter().map(|single| step(single.node_id, single.get_change_type()));
    let transition = match change.get_transition() {
        ConfChangeTransition::Auto => Transition::Auto,
        ConfChangeTransition::Implicit => Transition::Implicit,
        ConfChangeTransition::Explicit => Transition::Explicit,
    };
    Change { transition, steps: [steps.next(), steps.next()] }.value()
}

/// The change in raft-rs's form: version 1 if the change asks for it, and version 2.
pub(super) fn conf_change(change: &Change) -> (Option<ConfChange>, ConfChangeV2) {
    let single = |(step, node): (Step, NodeId)| {
        let node_id = if step == Step::Nobody { INVALID_ID } else { node.number().into() };
        let mut single = ConfChangeSingle { node_id, ..Default::default() };
        single.set_change_type(match step {
            Step::Voter | Step::Nobody => ConfChangeType::AddNode,
            Step::Learner => ConfChangeType::AddLearnerNode,
            Step::Remove => ConfChangeType::RemoveNode,
        });
        single
    };
    let mut second = ConfChangeV2::default();
    second.set_changes(change.steps().map(single).collect::<Vec<_>>().into());
    second.set_transition(match change.transition {
        Transition::First | Transition::Auto => ConfChangeTransition::Auto,
        Transition::Implicit => ConfChangeTransition::Implicit,
        Transition::Explicit => ConfChangeTransition::Explicit,
    });
    let first = (change.transition == Transition::First).then(|| {
        let mut first = ConfChange::default();
        for single in second.get_changes() {
            first.node_id = single.node_id;
            first.set_change_type(single.get_change_type());
        }
        first
    });
    (first, second)
}

pub(super) fn conf_state(configuration: &Configuration) -> ConfState {
    let ids = |set: NodeSet| set.iter().map(|node| node.number().into()).collect::<Vec<u64>>();
    let mut state = ConfState::from((ids(configuration.voters), ids(configuration.learners)));
    state.set_voters_outgoing(ids(configuration.outgoing));
    state.set_learners_next(ids(configuration.learners_next));
    state.set_auto_leave(configuration.auto_leave);
    state
}

pub(super) fn configuration_of(state: &ConfState) -> Configuration {
    let set = |ids: &[u64]| ids.iter().map(|id| NodeId::new(*id as u8)).collect();
    Configuration {
        voters: set(state.get_voters()),
        outgoing: set(state.get_voters_outgoing()),
        learners: set(state.get_learners()),
        learners_next: set(state.get_learners_next()),
        auto_leave: state.get_auto_leave(),
    }
}

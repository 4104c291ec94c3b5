//! Schedules that are simpler in one respect: a node less, a setting at its default, or a smaller operand.

use crate::schedule::settings::{SettingRow, SETTINGS};
use crate::schedule::{Schedule, Setup};
use crate::spec::NodeId;

/// The schedule without one of its nodes and the events that name it. Later nodes are renumbered.
pub fn nodes(schedule: &Schedule) -> Vec<Schedule> {
    let setup = schedule.setup;
    let without = |gone: NodeId| {
        let mut setup = setup;
        let count = match gone.number() {
            number if number <= setup.voters => &mut setup.voters,
            number if number <= setup.voters + setup.learners => &mut setup.learners,
            _ => &mut setup.spares,
        };
        *count -= 1;
        let name = |node: NodeId| match node.number() {
            number if number == gone.number() => None,
            number => Some(NodeId::new(number - u8::from(number > gone.number()))),
        };
        let events = schedule.events.iter().filter_map(|event| event.renamed(name)).collect();
        (setup.voters > 0).then_some(Schedule { setup, events })
    };
    // The last nodes come first, because removing them renumbers no other.
    let mut nodes: Vec<NodeId> = setup.nodes().collect();
    nodes.reverse();
    nodes.into_iter().filter_map(without).collect()
}

/// The schedule with one setting at its default, but for those that say which nodes there are.
pub fn setups(schedule: &Schedule) -> Vec<Schedule> {
    let nodes = |setup: &Setup| (setup.voters, setup.learners, setup.spares);
    let with_default = |row: &SettingRow| {
        let mut setup = schedule.setup;
        row.set(&mut setup, row.default);
        Schedule { setup: setup.clamped(), events: schedule.events.clone() }
    };
    let simpler =
        |candidate: &Schedule| candidate.setup != schedule.setup && nodes(&candidate.setup) == nodes(&schedule.setup);
    SETTINGS.iter().map(with_default).filter(simpler).collect()
}

/// The schedule with a smaller operand in one event, or with an event of one node instead of all.
pub fn events(schedule: &Schedule) -> Vec<Schedule> {
    let nodes: Vec<NodeId> = schedule.setup.nodes().collect();
    let mut candidates = Vec::new();
    for (place, event) in schedule.events.iter().enumerate() {
        for smaller in event.smaller(&nodes) {
            let mut candidate = schedule.clone();
            candidate.events[place] = smaller;
            candidates.push(candidate);
        }
    }
    candidates
}

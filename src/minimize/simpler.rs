//! Schedules that are simpler in one respect: a node less, a setting at its default, or a smaller operand.

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

/// The schedule with one setting at its default.
pub fn setups(schedule: &Schedule) -> Vec<Schedule> {
    let plain = Setup::default();
    let steps: &[fn(&mut Setup, &Setup)] = &[
        |setup, plain| setup.seed = plain.seed,
        |setup, plain| setup.election_tick = plain.election_tick,
        |setup, plain| setup.heartbeat_tick = plain.heartbeat_tick,
        |setup, plain| setup.max_inflight_msgs = plain.max_inflight_msgs,
        |setup, plain| setup.max_size_per_msg = plain.max_size_per_msg,
        |setup, plain| setup.first_index = plain.first_index,
        |setup, plain| setup.first_term = plain.first_term,
        |setup, plain| setup.lazy_sync = plain.lazy_sync,
        |setup, plain| setup.durable_apply = plain.durable_apply,
        |setup, plain| setup.lossy_changes = plain.lossy_changes,
        |setup, plain| setup.late_notice = plain.late_notice,
        |setup, plain| setup.pre_vote = plain.pre_vote,
        |setup, plain| setup.lease_reads = plain.lease_reads,
        |setup, plain| setup.check_quorum = plain.check_quorum,
        |setup, plain| setup.heal = plain.heal,
        |setup, plain| setup.skip_bcast_commit = plain.skip_bcast_commit,
        |setup, plain| setup.stray_campaigns = plain.stray_campaigns,
        |setup, plain| setup.keep_removed = plain.keep_removed,
        |setup, plain| setup.max_committed_size_per_ready = plain.max_committed_size_per_ready,
        |setup, plain| setup.max_uncommitted_size = plain.max_uncommitted_size,
        |setup, plain| setup.batch_append = plain.batch_append,
        |setup, plain| setup.reuse_contexts = plain.reuse_contexts,
        |setup, plain| setup.async_fetch = plain.async_fetch,
        |setup, plain| setup.first_priority = plain.first_priority,
    ];
    let candidates = steps.iter().map(|step| {
        let mut setup = schedule.setup;
        step(&mut setup, &plain);
        Schedule { setup: setup.clamped(), events: schedule.events.clone() }
    });
    candidates.filter(|candidate| candidate.setup != schedule.setup).collect()
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

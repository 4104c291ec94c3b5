//! The event alphabet: each event that can happen to a cluster, with the few arguments that make a difference.

use super::{Event, Link, Setup};
use crate::spec::{Change, NodeId, NodeSet, Step, Transition};

/// The alphabet of a cluster of that shape.
pub fn alphabet(setup: &Setup) -> Vec<Event> {
    let nodes: Vec<NodeId> = setup.nodes().collect();
    let mut events = vec![Event::TickAll, Event::Round, Event::Heal];
    nodes.iter().for_each(|node| of_node(*node, &mut events));
    for (from, to) in nodes.iter().flat_map(|from| nodes.iter().map(move |to| (*from, *to))) {
        of_link(Link { from, to }, &mut events);
        of_change(from, to, &mut events);
    }
    // A side and the rest are one partition.
    let sides = 1..1_u16 << (nodes.len() - 1);
    events.extend(sides.map(|bits| Event::Partition(NodeSet::from_bits(bits))));
    events
}

fn of_node(node: NodeId, events: &mut Vec<Event>) {
    events.extend([
        Event::Tick(node),
        Event::Campaign(node),
        Event::Read(node),
        Event::Ping(node),
        Event::Propose(node, 0),
        Event::Propose(node, 20),
        Event::Crash(node),
        Event::Restart(node),
        Event::Stall(node),
        Event::Sync(node, 1),
        Event::Notice(node, 1),
        Event::Resume(node),
        Event::Busy(node),
        Event::Process(node),
        Event::Hold(node),
        Event::Apply(node, 1),
        Event::ApplyAll(node),
        Event::Compact(node, 0),
        Event::Compact(node, 1),
        Event::RequestSnapshot(node),
        Event::Fetched(node, 1),
        Event::FreeBuffers(node),
        Event::ClearGroups(node),
        Event::Ask(node),
        Event::Change(node, Change::LEAVE),
    ]);
    for set in [false, true] {
        events.extend([
            Event::QuietCommit(node, set),
            Event::BatchAppend(node, set),
            Event::CheckQuorum(node, set),
            Event::GroupCommit(node, set),
            Event::Snapshots(node, set),
        ]);
    }
    events.extend((0..=3).map(|priority| Event::Priority(node, priority)));
    events.extend((0..Setup::MESSAGE_SIZES.len()).map(|place| Event::CommittedSize(node, place as u8)));
}

fn of_link(link: Link, events: &mut Vec<Event>) {
    events.push(Event::Transfer(link));
    if link.from == link.to {
        return;
    }
    for place in 0..=1 {
        events.extend([Event::Deliver(link, place), Event::Drop(link, place)]);
    }
    events.extend([Event::Duplicate(link, 0), Event::Unreachable(link)]);
    events.extend([false, true].map(|arrived| Event::ReportSnapshot(link, arrived)));
    events.extend((0..=3).map(|window| Event::Window(link, window)));
    events.extend((1..=2).map(|group| Event::Group(link, group)));
}

fn of_change(at: NodeId, node: NodeId, events: &mut Vec<Event>) {
    for step in [Step::Voter, Step::Learner, Step::Remove] {
        for transition in [Transition::First, Transition::Implicit, Transition::Explicit] {
            events.push(Event::Change(at, Change { transition, steps: [Some((step, node)), None] }));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn an_event_of_each_kind_is_in_it_once() {
        let setup = Setup::default();
        let alphabet = alphabet(&setup);
        assert_eq!(alphabet.iter().collect::<BTreeSet<_>>().len(), alphabet.len());
        let kinds = |events: &[Event]| {
            let kind =
                |event: &Event| super::super::text::line(event).split(' ').next().unwrap_or_default().to_string();
            events.iter().map(kind).collect::<BTreeSet<_>>()
        };
        let generated: Vec<Event> =
            (0..200).flat_map(|seed| super::super::generate::schedule(seed, 80).events).collect();
        assert_eq!(kinds(&generated), kinds(&alphabet));
    }
}

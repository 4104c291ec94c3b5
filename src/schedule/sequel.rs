//! Sequels: schedules that begin like a given one and go on otherwise.
//!
//! The mutations for fuzzers change a schedule anywhere, and half of them replace nearly all of it. A sequel keeps the events up to
//! a given place, or changes them little. The end is made of phases: short runs of events with which faults, elections, writes
//! and reads follow each other.

use super::generate::{self, Random};
use super::{mutate, Event, Schedule, Setup};
use crate::spec::{NodeId, NodeSet};

/// The most events of a sequel.
const LONGEST: usize = 400;

/// A phase at the end of a schedule.
struct Phase<'a> {
    setup: &'a Setup,
    random: &'a mut Random,
    events: Vec<Event>,
}

type Make = fn(&mut Phase);

/// The phases, each with its weight.
const PHASES: &[(usize, Make)] = &[
    // An election, of which the others hear or not.
    (4, |phase| {
        let node = phase.node();
        phase.events.push(Event::Campaign(node));
        phase.rounds(4);
    }),
    (3, |phase| {
        let proposal = Event::Propose(phase.node(), 0);
        phase.events.push(proposal);
        phase.rounds(3);
    }),
    (2, |phase| {
        let read = Event::Read(phase.node());
        phase.events.push(read);
        phase.rounds(3);
    }),
    (2, |phase| {
        let side = NodeSet::only(phase.node());
        phase.events.push(Event::Partition(side));
    }),
    (2, |phase| {
        let side = NodeSet::from_bits(phase.random.below(1 << phase.setup.count()) as u16);
        phase.events.push(Event::Partition(side));
    }),
    (2, |phase| phase.events.push(Event::Heal)),
    (2, |phase| {
        let node = phase.node();
        phase.events.extend([Event::Crash(node), Event::Restart(node)]);
    }),
    (1, |phase| {
        let crash = Event::Crash(phase.node());
        phase.events.push(crash);
    }),
    (1, |phase| {
        let restart = Event::Restart(phase.node());
        phase.events.push(restart);
    }),
    (2, |phase| phase.rounds(3)),
    (1, |phase| {
        let ticks = 1 + phase.random.below(2 * usize::from(phase.setup.election_tick));
        phase.events.extend(vec![Event::TickAll; ticks]);
    }),
    (4, |phase| {
        let faults = phase.random.below(4);
        for _ in 0..=phase.random.below(4) {
            phase.events.push(generate::event(phase.random, phase.setup, faults));
        }
    }),
];

impl Phase<'_> {
    fn node(&mut self) -> NodeId {
        NodeId::from_slot(self.random.below(self.setup.count().into()))
    }

    fn rounds(&mut self, most: usize) {
        let rounds = 1 + self.random.below(most);
        self.events.extend(vec![Event::Round; rounds]);
    }
}

/// Up to `most` phases.
fn phases(setup: &Setup, most: usize, random: &mut Random) -> Vec<Event> {
    let count = 1 + random.below(most);
    let mut phase = Phase { setup, random, events: Vec::new() };
    for _ in 0..count {
        let (_, make) = phase.random.weighted(PHASES, |(often, _)| *often);
        make(&mut phase);
    }
    phase.events
}

/// A random schedule that begins like `kept`, mostly with all events before `place`.
pub fn sequel(kept: &Schedule, place: usize, random: &mut Random) -> Schedule {
    let mut schedule = kept.clone();
    if random.chance(40) {
        mutate::nudge(&mut schedule, random);
    }
    let place = place.min(schedule.events.len());
    let after = place + random.below(schedule.events.len() - place + 1);
    match random.below(10) {
        0..6 => {
            schedule.events.truncate(after);
            schedule.events.extend(phases(&schedule.setup, 10, random));
        }
        6..8 => insert(&mut schedule, after, random),
        8 => {
            let before = random.below(place + 1);
            insert(&mut schedule, before, random);
        }
        _ => {}
    }
    schedule.events.truncate(LONGEST);
    schedule.setup.heal |= random.chance(60);
    schedule
}

fn insert(schedule: &mut Schedule, place: usize, random: &mut Random) {
    let events = phases(&schedule.setup, 4, random);
    schedule.events.splice(place..place, events);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sequel_is_the_same_for_the_same_seed_and_often_keeps_the_beginning() {
        let kept = generate::schedule(1, 40);
        let made = |seed| sequel(&kept, 20, &mut Random::new(seed));
        let keeps = |seed: &u64| made(*seed).events.get(..20) == Some(&kept.events[..20]);
        assert!((0..200).all(|seed| made(seed) == made(seed)));
        assert!((0..200).filter(keeps).count() > 100);
        assert!((0..200).all(|seed| made(seed).events.len() <= LONGEST));
    }
}

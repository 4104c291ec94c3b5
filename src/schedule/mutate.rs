//! Structure-aware mutation and crossover of schedules, for libFuzzer's hooks.
//!
//! libFuzzer's own mutations change bytes. These change events: they repeat a phase, end a partition with its healing,
//! or splice two schedules where their clusters are alike. Each is a function and a row of [`MUTATIONS`].

use super::aim::Aim;
use super::codec::{self, EVENT};
use super::generate::{self, Random};
use super::settings::SETTINGS;
use super::{Event, Link, Schedule, Setup};
use crate::spec::{NodeId, NodeSet, MAX_NODES};
use std::ops::Range;

/// Events of a random schedule. Among 1.6 million events, schedules of 80 events met none of the deep findings; those
/// of 160 met four, of 400 fourteen, and of 1,000 six.
const LENGTH: usize = 400;

/// A change of a schedule at random places. It may leave the schedule as it is.
type Mutation = fn(&mut Schedule, &mut Random);

/// Every mutation: its name and its weight. Far-reaching mutations pay most: the same events in another cluster, and
/// another end for the same beginning.
pub const MUTATIONS: &[(&str, usize, Mutation)] = &[
    ("insert", 1, insert),
    ("insert-same", 1, insert_same),
    ("delete", 1, delete),
    ("delete-one", 1, delete_one),
    ("duplicate", 1, duplicate),
    ("move", 1, move_phase),
    ("swap", 1, swap),
    ("retarget", 1, |schedule, random| redraw(schedule, random, true)),
    ("change-argument", 1, |schedule, random| redraw(schedule, random, false)),
    ("replace", 1, replace),
    ("repeat-phase", 1, repeat_phase),
    ("wrap-phase", 1, wrap_phase),
    ("regrow", 6, regrow),
    ("change-setup", 1, change_setup),
    ("another-setup", 6, another_setup),
];

/// Mutates the schedule that the first `size` bytes of `data` mean, in place, and gives it the settings of `aim`; returns
/// its new size, at most `max_size`, which may be below `size`.
pub fn mutate(data: &mut [u8], size: usize, max_size: usize, seed: u32, aim: &Aim) -> usize {
    let mut random = Random::new(seed.into());
    let Ok(mut schedule) = codec::decode(&data[..size]) else {
        return fresh(&mut data[..max_size], seed, aim);
    };
    for _ in 0..=random.below(3) {
        draw(&mut random)(&mut schedule, &mut random);
    }
    write_aimed(&mut schedule, aim, &mut data[..max_size])
}

/// Changes a schedule in one to four places by mutations that keep most of it: those of the least weight.
pub fn nudge(schedule: &mut Schedule, random: &mut Random) {
    let near: Vec<Mutation> = MUTATIONS.iter().filter(|(_, often, _)| *often == 1).map(|(.., it)| *it).collect();
    for _ in 0..=random.below(4) {
        near[random.below(near.len())](schedule, random);
    }
}

fn draw(random: &mut Random) -> Mutation {
    random.weighted(MUTATIONS, |(_, often, _)| *often).2
}

/// Splices two schedules into `out`; returns the size. The beginning is the first's. The end is the second's, from a
/// point at which its cluster has the same faults: the same nodes down or stalled, the same partition.
pub fn crossover(first: &[u8], second: &[u8], out: &mut [u8], seed: u32, aim: &Aim) -> usize {
    let mut random = Random::new(seed.into());
    let (Ok(mut first), Ok(mut second)) = (codec::decode(first), codec::decode(second)) else {
        return fresh(out, seed, aim);
    };
    refit(&mut second.events, &first.setup);
    let place = random.below(first.events.len() + 1);
    let there = conditions(&first.events[..place]).last().unwrap_or_default();
    let alike = |(from, conditions): (usize, Conditions)| (conditions == there).then_some(from);
    let points: Vec<usize> = std::iter::once(Conditions::default())
        .chain(conditions(&second.events))
        .enumerate()
        .filter_map(alike)
        .collect();
    let from = match points.is_empty() {
        true => random.below(second.events.len() + 1),
        false => points[random.below(points.len())],
    };
    match random.chance(50) {
        true => first.events.truncate(place),
        // A part of the second goes between.
        false => second.events.truncate(from + 1 + random.below(32)),
    }
    first.events.splice(place..place, second.events.drain(from.min(second.events.len())..));
    write_aimed(&mut first, aim, out)
}

/// Gives the schedule in the first `size` bytes of `data` the settings of `aim`, in place; returns its new size, at most
/// `max_size`. Bytes stay as they are without an aim, or if they are of a version that is not read.
pub fn aim(data: &mut [u8], size: usize, max_size: usize, aim: &Aim) -> usize {
    match codec::decode(&data[..size]) {
        Ok(mut schedule) if !aim.is_empty() => write_aimed(&mut schedule, aim, &mut data[..max_size]),
        _ => size,
    }
}

/// Writes a random schedule of the generator with the settings of `aim`; returns its size.
pub fn fresh(out: &mut [u8], seed: u32, aim: &Aim) -> usize {
    write(&generate::aimed(seed.into(), LENGTH, aim), out)
}

/// Writes a schedule with the settings of `aim`. Its events then name nodes of the new cluster.
fn write_aimed(schedule: &mut Schedule, aim: &Aim, out: &mut [u8]) -> usize {
    if !aim.is_empty() {
        schedule.setup = aim.applied(schedule.setup);
        refit(&mut schedule.events, &schedule.setup);
    }
    write(schedule, out)
}

/// Writes the canonical bytes, with as many whole events as there is room for; returns their size.
fn write(schedule: &Schedule, out: &mut [u8]) -> usize {
    let bytes = codec::encode(schedule);
    let header = codec::header();
    // Without room for the header there is no version.
    let Some(room) = out.len().checked_sub(header) else { return 0 };
    let size = bytes.len().min(header + room / EVENT * EVENT);
    out[..size].copy_from_slice(&bytes[..size]);
    size
}

/// The faults of a cluster, as far as the events alone tell.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
struct Conditions {
    down: NodeSet,
    stalled: NodeSet,
    busy: NodeSet,
    held: NodeSet,
    side: NodeSet,
    cuts: [NodeSet; MAX_NODES],
}

/// The faults after each of the events.
fn conditions(events: &[Event]) -> impl Iterator<Item = Conditions> + '_ {
    events.iter().scan(Conditions::default(), |now, event| {
        match *event {
            Event::Crash(node) | Event::Wipe(node) => now.down.insert(node),
            Event::Restart(node) => now.down.remove(node),
            Event::Stall(node) => now.stalled.insert(node),
            Event::Resume(node) => now.stalled.remove(node),
            Event::Busy(node) => now.busy.insert(node),
            Event::Process(node) => now.busy.remove(node),
            Event::Hold(node) => now.held.insert(node),
            Event::ApplyAll(node) => now.held.remove(node),
            Event::Partition(side) => now.side = side,
            Event::Cut(link) => now.cuts[link.from.slot()].insert(link.to),
            Event::Mend(link) => now.cuts[link.from.slot()].remove(link.to),
            Event::Heal => (now.side, now.cuts) = Default::default(),
            _ => {}
        }
        Some(*now)
    })
}

/// Makes the events name nodes of another cluster.
fn refit(events: &mut [Event], setup: &Setup) {
    for event in events {
        *event = codec::decode_event(setup, &codec::encode_event(event));
    }
}

/// A run of events, mostly short.
fn phase(schedule: &Schedule, random: &mut Random) -> Range<usize> {
    let start = random.below(schedule.events.len() + 1);
    let most = 1 << random.below(7);
    let length = 1 + random.below(most);
    start..schedule.events.len().min(start + length)
}

/// A random event of the schedule, if there is any.
fn one<'a>(schedule: &'a mut Schedule, random: &mut Random) -> Option<&'a mut Event> {
    match schedule.events.len() {
        0 => None,
        count => schedule.events.get_mut(random.below(count)),
    }
}

fn any(setup: &Setup, random: &mut Random) -> Event {
    let faults = random.below(4);
    generate::event(random, setup, faults)
}

fn insert(schedule: &mut Schedule, random: &mut Random) {
    let place = random.below(schedule.events.len() + 1);
    let events: Vec<Event> = (0..=random.below(4)).map(|_| any(&schedule.setup, random)).collect();
    schedule.events.splice(place..place, events);
}

/// Inserts one event a few times: time passes, or messages arrive.
fn insert_same(schedule: &mut Schedule, random: &mut Random) {
    let place = random.below(schedule.events.len() + 1);
    let event = match random.below(3) {
        0 => Event::TickAll,
        1 => Event::Round,
        _ => any(&schedule.setup, random),
    };
    let times = 1 + random.below(usize::from(schedule.setup.election_tick) + 2);
    schedule.events.splice(place..place, std::iter::repeat_n(event, times));
}

fn delete(schedule: &mut Schedule, random: &mut Random) {
    let phase = phase(schedule, random);
    schedule.events.drain(phase);
}

fn delete_one(schedule: &mut Schedule, random: &mut Random) {
    if !schedule.events.is_empty() {
        schedule.events.remove(random.below(schedule.events.len()));
    }
}

fn duplicate(schedule: &mut Schedule, random: &mut Random) {
    if let Some(event) = one(schedule, random).copied() {
        let place = random.below(schedule.events.len() + 1);
        schedule.events.insert(place, event);
    }
}

fn move_phase(schedule: &mut Schedule, random: &mut Random) {
    let phase = phase(schedule, random);
    let moved: Vec<Event> = schedule.events.drain(phase).collect();
    let place = random.below(schedule.events.len() + 1);
    schedule.events.splice(place..place, moved);
}

fn swap(schedule: &mut Schedule, random: &mut Random) {
    if let Some(last) = schedule.events.len().checked_sub(1) {
        let place = random.below(last + 1);
        let other = [last.min(place + 1), random.below(last + 1)][random.below(2)];
        schedule.events.swap(place, other);
    }
}

/// Draws the first byte of an event's operands anew, or one of the rest.
fn redraw(schedule: &mut Schedule, random: &mut Random, is_first: bool) {
    let setup = schedule.setup;
    if let Some(event) = one(schedule, random) {
        let mut bytes = codec::encode_event(event);
        let last = event.row().operands.iter().map(|(_, kind)| kind.bytes()).sum::<usize>();
        let byte = if is_first { 1 } else { 2 + random.below(last.saturating_sub(1).max(1)) };
        bytes[byte] = random.below(256) as u8;
        *event = codec::decode_event(&setup, &bytes);
    }
}

fn replace(schedule: &mut Schedule, random: &mut Random) {
    let event = any(&schedule.setup, random);
    if let Some(old) = one(schedule, random) {
        *old = event;
    }
}

fn repeat_phase(schedule: &mut Schedule, random: &mut Random) {
    let phase = phase(schedule, random);
    let repeated = schedule.events[phase.clone()].to_vec();
    schedule.events.splice(phase.end..phase.end, repeated);
}

/// Inserts the begin of a fault before a phase, and its end after it.
fn wrap_phase(schedule: &mut Schedule, random: &mut Random) {
    let phase = phase(schedule, random);
    let node = NodeId::from_slot(random.below(schedule.setup.count().into()));
    let link = Link { from: node, to: NodeId::from_slot(random.below(schedule.setup.count().into())) };
    let side = NodeSet::from_bits(random.below(1 << schedule.setup.count()) as u16);
    let (begin, end) = match random.below(8) {
        0 => (Event::Partition(NodeSet::only(node)), Event::Heal),
        1 => (Event::Partition(side), Event::Heal),
        2 => (Event::Stall(node), Event::Resume(node)),
        3 => (Event::Busy(node), Event::Process(node)),
        4 => (Event::Hold(node), Event::ApplyAll(node)),
        5 => (Event::SnapshotAvailable(node, false), Event::SnapshotAvailable(node, true)),
        6 => (Event::Cut(link), Event::Mend(link)),
        _ => (Event::Crash(node), Event::Restart(node)),
    };
    schedule.events.insert(phase.end, end);
    schedule.events.insert(phase.start, begin);
}

/// Replaces all events from some point on by random ones.
fn regrow(schedule: &mut Schedule, random: &mut Random) {
    schedule.events.truncate(random.below(schedule.events.len() + 1));
    let faults = random.below(4);
    while schedule.events.len() < LENGTH {
        schedule.events.push(generate::event(random, &schedule.setup, faults));
    }
}

/// Gives one setting another value.
fn change_setup(schedule: &mut Schedule, random: &mut Random) {
    let row = &SETTINGS[random.below(SETTINGS.len())];
    let count = row.values.count();
    let place = row.values.place(row.get(&schedule.setup)) + 1 + random.below(count as usize - 1) as u32;
    row.set(&mut schedule.setup, row.values.at(place % count));
    schedule.setup = schedule.setup.clamped();
    refit(&mut schedule.events, &schedule.setup);
}

/// Replaces all settings: the same events in another cluster.
fn another_setup(schedule: &mut Schedule, random: &mut Random) {
    schedule.setup = generate::setup(random);
    refit(&mut schedule.events, &schedule.setup);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    /// True if bytes are the canonical form of a schedule.
    fn is_canonical(bytes: &[u8]) -> bool {
        codec::encode(&codec::decode(bytes).unwrap()) == bytes
    }

    proptest! {
        #[test]
        fn a_mutant_is_canonical_and_fits(bytes: Vec<u8>, max_size in 0..400usize, seed: u32) {
            let mut data = bytes.clone();
            data.resize(bytes.len().max(max_size), 0);
            let size = mutate(&mut data, bytes.len(), max_size, seed, &Aim::default());
            prop_assert!(size <= max_size);
            prop_assert!(size == 0 || is_canonical(&data[..size]));
            let mut again = bytes.clone();
            again.resize(bytes.len().max(max_size), 0);
            prop_assert_eq!(mutate(&mut again, bytes.len(), max_size, seed, &Aim::default()), size);
            prop_assert_eq!(&data[..size], &again[..size]);
        }

        #[test]
        fn a_splice_is_canonical_and_fits(first: Vec<u8>, second: Vec<u8>, room in 0..400usize, seed: u32) {
            let mut out = vec![0; room];
            let size = crossover(&first, &second, &mut out, seed, &Aim::default());
            prop_assert!(size <= room);
            prop_assert!(size == 0 || is_canonical(&out[..size]));
        }
    }

    #[test]
    fn a_mutant_fits_a_size_below_its_own() {
        let bytes = codec::encode(&generate::schedule(1, 100));
        let header = codec::header();
        for max_size in [0, 1, header - 1, header, header + EVENT - 1, header + EVENT, 200] {
            for seed in 0..200 {
                let mut data = bytes.clone();
                let size = mutate(&mut data, bytes.len(), max_size, seed, &Aim::default());
                assert!(size <= max_size);
                assert_eq!(
                    size > header,
                    max_size >= header + EVENT && !codec::decode(&data[..size]).unwrap().events.is_empty()
                );
            }
        }
    }

    #[test]
    fn every_mutation_changes_schedules_and_suffers_empty_ones() {
        for (name, _, mutation) in MUTATIONS {
            let changed = (0..100).filter(|seed| {
                let before = generate::schedule(*seed, 30);
                let mut after = before.clone();
                mutation(&mut after, &mut Random::new(1_000 + *seed));
                assert_eq!(codec::decode(&codec::encode(&after)), Ok(after.clone()), "{name}");
                before != after
            });
            assert!(changed.count() > 50, "{name} mostly does nothing");
            for seed in 0..20 {
                let mut empty = Schedule { setup: Setup::default(), events: Vec::new() };
                mutation(&mut empty, &mut Random::new(seed));
            }
        }
    }

    #[test]
    fn mutation_makes_longer_and_shorter_schedules_alike() {
        let bytes = codec::encode(&generate::schedule(1, LENGTH));
        let sizes = (0..4_000).map(|seed| {
            let mut data = bytes.clone();
            data.resize(4_096, 0);
            mutate(&mut data, bytes.len(), 4_096, seed, &Aim::default())
        });
        let (mean, events) = (sizes.sum::<usize>() / 4_000 - codec::header(), LENGTH * EVENT);
        assert!((events * 9 / 10..events * 11 / 10).contains(&mean), "{events} bytes of events become {mean}");
    }

    /// A node that is down at the end of the first part is down where the second part begins.
    #[test]
    fn a_splice_joins_clusters_that_are_alike() {
        let node = NodeId::new(2);
        let of = |events: Vec<Event>| codec::encode(&Schedule { setup: Setup::default(), events });
        let first = of(vec![Event::Crash(node); 4]);
        let second = of(vec![Event::TickAll, Event::Crash(node), Event::Round, Event::Restart(node), Event::Heal]);
        let mut ends = BTreeSet::new();
        for seed in 0..200 {
            let mut out = vec![0; 400];
            let size = crossover(&first, &second, &mut out, seed, &Aim::default());
            let events = codec::decode(&out[..size]).unwrap().events;
            // Nothing ticks after the crash: the end with the tick begins before it.
            let tick = events.iter().position(|event| *event == Event::TickAll);
            assert!(tick.is_none_or(|tick| tick == 0), "{events:?}");
            ends.insert(events.last().copied());
        }
        assert!(ends.len() > 1);
    }
}

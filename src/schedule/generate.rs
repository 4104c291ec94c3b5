//! Random schedules: a seeded, weighted generator for tests, benchmarks and first hunts.

use super::aim::Aim;
use super::events::EVENTS;
use super::forged::{Forged, FORGED};
use super::knobs::KNOBS;
use super::settings::SETTINGS;
use super::{Event, Knob, Link, Schedule, Setup};
use crate::spec::{Change, NodeId, NodeSet, Step, Transition};
use std::sync::LazyLock;

/// xorshift64* (Vigna 2016): small, fast and the same on every machine.
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    /// A sequence for each seed.
    pub fn new(seed: u64) -> Self {
        Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// A sequence of its own for each `number`. Its draws leave all later ones here as they are, so that a setting that is
    /// appended keeps the schedules of all seeds that draw its default.
    pub fn aside(&self, number: u64) -> Self {
        Random::new(self.0 ^ number << 32)
    }

    /// The next number below `bound`.
    pub fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % bound
    }

    /// A row of a table, drawn by its weight.
    pub(super) fn weighted<'t, T>(&mut self, rows: &'t [T], weight: impl Fn(&T) -> usize) -> &'t T {
        let mut number = self.below(rows.iter().map(&weight).sum());
        for row in rows {
            match number.checked_sub(weight(row)) {
                Some(rest) => number = rest,
                None => return row,
            }
        }
        unreachable!("the number is below the sum")
    }

    /// True in so many of a hundred cases.
    pub(crate) fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    /// True in one of eight cases, drawn aside: a rare event takes the place of another, and all later draws stay as they
    /// were.
    pub(super) fn rarely(&self, number: u64) -> bool {
        self.aside(number).below(8) == 0
    }

    /// [`chance`](Self::chance) as a flag of a setting.
    pub(super) fn percent(&mut self, percent: usize) -> u32 {
        self.chance(percent).into()
    }
}

/// A random setup.
pub fn setup(random: &mut Random) -> Setup {
    let mut setup = Setup::default();
    for row in SETTINGS {
        row.set(&mut setup, (row.drawn)(random));
    }
    setup.clamped()
}

/// A random schedule of `length` events; the same for the same seed.
pub fn schedule(seed: u64, length: usize) -> Schedule {
    aimed(seed, length, &Aim::default())
}

/// A random schedule with fixed settings. Events that need them are drawn, too.
pub fn aimed(seed: u64, length: usize, aim: &Aim) -> Schedule {
    let mut random = Random::new(seed);
    let setup = aim.applied(setup(&mut random));
    let faults = random.below(4);
    let events = (0..length).map(|_| event(&mut random, &setup, faults)).collect();
    Schedule { setup, events }
}

/// A draw of the generator: the operands that an event may take, and the place that was drawn among those of a table.
pub struct Draw<'a> {
    pub(super) random: &'a mut Random,
    pub(super) setup: &'a Setup,
    pub(super) node: NodeId,
    /// From `node`.
    pub(super) link: Link,
    pub(super) place: u8,
    /// 0 to 2.
    pub(super) few: u8,
    slot: usize,
}

impl Draw<'_> {
    /// A random change of the configuration.
    pub(super) fn change(&mut self) -> Change {
        let (random, count) = (&mut *self.random, usize::from(self.setup.count()));
        if random.chance(20) {
            return Change::LEAVE;
        }
        let step = |random: &mut Random| {
            let step = [Step::Voter, Step::Voter, Step::Learner, Step::Remove][random.below(4)];
            Some((step, NodeId::from_slot(random.below(count))))
        };
        let transitions = [Transition::First, Transition::Auto, Transition::Implicit, Transition::Explicit];
        let transition = transitions[random.below(4)];
        let one = step(random);
        let two = if transition != Transition::First && random.chance(50) { step(random) } else { None };
        Change { transition, steps: [one, two] }
    }

    /// A forged message, drawn aside.
    pub(super) fn forged(&self) -> Forged {
        let known = FORGED.iter().filter(|row| self.setup.hostile_messages || !row.forged.is_hostile());
        let known: Vec<Forged> = known.map(|row| row.forged).collect();
        known[self.random.aside(44).below(known.len())]
    }

    /// A random set of nodes.
    pub(super) fn side(&mut self) -> NodeSet {
        NodeSet::from_bits(self.random.below(1 << self.setup.count()) as u16)
    }

    /// The knob of the place that was drawn.
    pub(super) fn knob(&self) -> Knob {
        let (_, knob) = KNOBS.iter().map(|row| row.drawn).find(|(slot, _)| *slot == self.slot).expect("it has a knob");
        knob(self)
    }
}

/// The places of an event in one of the two draws.
#[derive(Clone, Copy, Debug)]
pub struct Drawn {
    faulty: bool,
    slots: &'static [usize],
    when: Option<fn(&mut Draw) -> bool>,
    event: fn(&mut Draw) -> Event,
}

/// An event of a cluster in which nothing breaks, at these of [`CALM`] places.
pub(super) const fn calm(slots: &'static [usize], event: fn(&mut Draw) -> Event) -> Drawn {
    Drawn { faulty: false, slots, when: None, event }
}

/// An event among faults, at these of [`FAULTY`] places.
pub(super) const fn faulty(slots: &'static [usize], event: fn(&mut Draw) -> Event) -> Drawn {
    Drawn { faulty: true, slots, when: None, event }
}

impl Drawn {
    /// The same under a condition. Events with a condition go before one without at the same place.
    pub(super) const fn when(self, condition: fn(&mut Draw) -> bool) -> Drawn {
        Drawn { when: Some(condition), ..self }
    }
}

/// The number of places among events of a calm cluster.
const CALM: usize = 30;
/// The number of places among faults.
const FAULTY: usize = 37;

/// The events at each place, calm places first, in the order in which they are asked; with the place of their row.
static PLACES: LazyLock<Vec<Vec<(usize, Drawn)>>> = LazyLock::new(|| {
    let mut places = vec![Vec::new(); CALM + FAULTY];
    let draws =
        || EVENTS.iter().enumerate().flat_map(|(row, event)| event.drawn.iter().map(move |drawn| (row, *drawn)));
    for conditional in [true, false] {
        for (row, drawn) in draws().filter(|(_, drawn)| drawn.when.is_some() == conditional) {
            drawn.slots.iter().for_each(|slot| places[slot + if drawn.faulty { CALM } else { 0 }].push((row, drawn)));
        }
    }
    places
});

/// A random event; `faults` of 0 to 3 says how likely a fault is.
pub(super) fn event(random: &mut Random, setup: &Setup, faults: usize) -> Event {
    let count = usize::from(setup.count());
    let node = NodeId::from_slot(random.below(count));
    let link = Link { from: node, to: NodeId::from_slot(random.below(count)) };
    let place = [0, 0, 0, 1, 1, 2, 3][random.below(7)];
    let few = random.below(3) as u8;
    let (slot, first) = match random.below(100) >= faults * 12 {
        true => (random.below(CALM), 0),
        false => (random.below(FAULTY), CALM),
    };
    let mut draw = Draw { random, setup, node, link, place, few, slot };
    let here = &PLACES[first + slot];
    let drawn = here.iter().find(|(_, drawn)| drawn.when.is_none_or(|condition| condition(&mut draw)));
    let (_, drawn) = drawn.expect("every place has an event without a condition");
    (drawn.event)(&mut draw)
}

/// The rows of the events that stand at the places of the draws without a condition, calm places thrice: the weights
/// of events among random bytes. Events that came after the first `rows` are left out.
pub(super) fn weights(rows: usize) -> Vec<u8> {
    let (calm, faulty) = PLACES.split_at(CALM);
    let places = [calm, calm, calm, faulty].into_iter().flatten();
    let rows = places.filter_map(|place| place.last()).map(|(row, _)| *row).filter(|row| *row < rows);
    rows.map(|row| row as u8).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_ends_in_an_event_without_a_condition() {
        assert!(PLACES.iter().all(|place| place.last().is_some_and(|(_, drawn)| drawn.when.is_none())));
        assert!(PLACES.iter().all(|place| place.iter().filter(|(_, drawn)| drawn.when.is_none()).count() == 1));
    }
}

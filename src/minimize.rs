//! Minimisation: a shorter schedule with the same cause.
//!
//! Delta debugging (Zeller and Hildebrandt 2002) removes ever shorter chunks of events until no single event can be
//! removed. Then it simplifies nodes, settings, and the operands of events. In a short schedule, it also replaces two
//! events by one of the whole [`alphabet`]. The passes repeat until none succeeds.
//!
//! Candidates run on all cores. The first candidate in order that has the cause is accepted, not the first in time, so
//! that the result is the same on any machine.

pub mod simpler;

use crate::lockstep::verdict::Cause;
use crate::schedule::alphabet;
use crate::schedule::{Event, Schedule};
use rayon::prelude::*;

/// The longest schedule in which two events are replaced by one: the candidates are all pairs times the alphabet.
const SHORT: usize = 24;

/// The number of candidates made at a time.
const BATCH: usize = 1024;

/// The smallest schedule found that has the same cause as `schedule`; a schedule without a cause is returned unchanged.
///
/// `cause_of` returns a schedule's cause and the event of its divergence. The result is one-minimal: no event, node or
/// setting can be removed. `watch` is called with the best schedule and the number of candidates tried since the last
/// call; once it returns false, the best schedule so far is returned.
pub fn minimize(
    schedule: &Schedule,
    cause_of: impl Fn(&Schedule) -> Option<(Cause, usize)> + Sync,
    watch: impl FnMut(&Schedule, usize) -> bool,
) -> Schedule {
    let Some((cause, _)) = cause_of(schedule) else { return schedule.clone() };
    let at = |candidate: &Schedule| cause_of(candidate).filter(|(found, _)| *found == cause).map(|(_, at)| at);
    let mut search = Search { best: schedule.clone(), at, watch, stopped: false };
    search.cut();
    loop {
        let before = search.best.clone();
        search.fewer_events();
        search.first(simpler::nodes);
        search.first(simpler::setups);
        search.first(simpler::events);
        // The most expensive pass comes last.
        if search.stopped || search.best == before && !(before.events.len() <= SHORT && search.two_for_one()) {
            return search.best;
        }
    }
}

/// The shortest schedule found that has the same cause, with some of the events of `schedule` and nothing else changed.
pub fn shortest_part(schedule: &Schedule, cause_of: impl Fn(&Schedule) -> Option<(Cause, usize)> + Sync) -> Schedule {
    let Some((cause, _)) = cause_of(schedule) else { return schedule.clone() };
    let at = |candidate: &Schedule| cause_of(candidate).filter(|(found, _)| *found == cause).map(|(_, at)| at);
    let mut search = Search { best: schedule.clone(), at, watch: |_: &Schedule, _| true, stopped: false };
    search.cut();
    search.fewer_events();
    search.best
}

struct Search<A, W> {
    best: Schedule,
    /// The event at which a schedule diverges with the cause, if it does.
    at: A,
    watch: W,
    /// True once `watch` has returned false.
    stopped: bool,
}

impl<A: Fn(&Schedule) -> Option<usize> + Sync, W: FnMut(&Schedule, usize) -> bool> Search<A, W> {
    /// Accepts the first candidate that has the cause, and returns its place.
    fn take(&mut self, candidates: Vec<Schedule>) -> Option<usize> {
        let tried = candidates.len();
        let at = &self.at;
        let found = candidates.par_iter().position_first(|candidate| at(candidate).is_some());
        if let Some(place) = found {
            self.best = candidates.into_iter().nth(place).expect("the place is one of the candidates'");
        }
        self.stopped |= !(self.watch)(&self.best, tried);
        found
    }

    /// Removes the events after the divergence.
    fn cut(&mut self) {
        let Some(at) = (self.at)(&self.best) else { return };
        if at + 1 < self.best.events.len() {
            let mut cut = self.best.clone();
            cut.events.truncate(at + 1);
            self.take(vec![cut]);
        }
    }

    /// Removes chunks of events, each size until none can be removed; sizes are halved down to 1.
    fn fewer_events(&mut self) {
        let mut chunk = self.best.events.len().div_ceil(2).max(1);
        loop {
            let shrunk = self.without_chunks(chunk);
            if self.stopped || (chunk == 1 && !shrunk) {
                return;
            }
            chunk = (chunk / 2).max(1);
        }
    }

    /// Removes chunks of one size, from the end: later events need earlier ones. True if any was removed.
    fn without_chunks(&mut self, chunk: usize) -> bool {
        let (mut shrunk, mut end) = (false, self.best.events.len());
        while end > 0 && !self.stopped {
            let ends: Vec<usize> = (1..=end).rev().step_by(chunk).take(rayon::current_num_threads()).collect();
            let chunks = ends.iter().map(|end| end.saturating_sub(chunk)..*end);
            match self.take(chunks.map(|events| self.without(events)).collect()) {
                Some(place) => {
                    shrunk = true;
                    self.cut();
                    end = ends[place].saturating_sub(chunk).min(self.best.events.len());
                }
                None => end = ends[ends.len() - 1].saturating_sub(chunk),
            }
        }
        shrunk
    }

    fn without(&self, events: std::ops::Range<usize>) -> Schedule {
        let mut candidate = self.best.clone();
        candidate.events.drain(events);
        candidate
    }

    /// Accepts simpler schedules as long as one has the cause.
    fn first(&mut self, simpler: fn(&Schedule) -> Vec<Schedule>) {
        while !self.stopped && self.take(simpler(&self.best)).is_some() {
            self.cut();
        }
    }

    /// Replaces two events by one; true on success.
    fn two_for_one(&mut self) -> bool {
        let alphabet = alphabet(&self.best.setup);
        let best = self.best.clone();
        let places = 0..best.events.len();
        let pairs = places.clone().flat_map(|last| (0..last).map(move |first| (first, last)));
        let mut candidates = pairs.flat_map(|pair| alphabet.iter().map(move |event| (pair, *event)));
        loop {
            let batch: Vec<((usize, usize), Event)> = candidates.by_ref().take(BATCH).collect();
            if batch.is_empty() || self.stopped {
                return false;
            }
            let instead = |((first, last), event): ((usize, usize), Event)| {
                // The event takes the place of either.
                [(first, last), (last, first)].map(|(at, gone)| {
                    let mut candidate = best.clone();
                    candidate.events[at] = event;
                    candidate.events.remove(gone);
                    candidate
                })
            };
            if self.take(batch.into_iter().flat_map(instead).collect()).is_some() {
                self.cut();
                return true;
            }
        }
    }
}

//! Minimisation: the shortest schedule, by taking away, that still has the same cause.
//!
//! Delta debugging (Zeller and Hildebrandt 2002) over events: runs of events are taken away, ever shorter, until no
//! single one can go. Then over what a schedule is besides: nodes, settings, and the numbers in its events. Once it is
//! short, two events are taken for one, of the whole [`alphabet`](crate::schedule::alphabet). All of it goes on until
//! nothing helps any more.
//!
//! Candidates run on all cores. Of those that have the cause the first in order is taken, not the first in time, so
//! that the result is the same on any machine.

pub mod simpler;

use crate::schedule::alphabet;
use crate::schedule::{Event, Schedule};
use crate::verdict::Cause;
use rayon::prelude::*;

/// Up to so many events, two are taken for one: there are as many candidates as pairs, times the alphabet.
const SHORT: usize = 24;

/// So many candidates are made at a time.
const BATCH: usize = 1024;

/// The smallest schedule found for which `cause_of` is still what it is for `schedule`; as it was when it has none.
///
/// It is one-minimal: no event, no node and no setting can go. `watch` sees each schedule that is taken, and how many
/// were tried since; where it returns false, the best schedule so far is returned at once.
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
        // What is left to try is dear.
        if search.stopped || search.best == before && !(before.events.len() <= SHORT && search.two_for_one()) {
            return search.best;
        }
    }
}

struct Search<A, W> {
    best: Schedule,
    /// The event at which a schedule has the cause, if it has.
    at: A,
    watch: W,
    /// Whether it is to end as it is.
    stopped: bool,
}

impl<A: Fn(&Schedule) -> Option<usize> + Sync, W: FnMut(&Schedule, usize) -> bool> Search<A, W> {
    /// Takes the first of the candidates that has the cause; its place.
    fn take(&mut self, candidates: Vec<Schedule>) -> Option<usize> {
        let tried = candidates.len();
        let at = &self.at;
        let found = candidates.par_iter().position_first(|candidate| at(candidate).is_some());
        if let Some(place) = found {
            self.best = candidates.into_iter().nth(place).expect("it is the place of one");
        }
        self.stopped |= !(self.watch)(&self.best, tried);
        found
    }

    /// Leaves out what comes after the event that has the cause.
    fn cut(&mut self) {
        let Some(at) = (self.at)(&self.best) else { return };
        if at + 1 < self.best.events.len() {
            let mut cut = self.best.clone();
            cut.events.truncate(at + 1);
            self.take(vec![cut]);
        }
    }

    fn fewer_events(&mut self) {
        let mut chunk = self.best.events.len().div_ceil(2).max(1);
        loop {
            let mut shrunk = false;
            // From the end: what was done first is what most of the rest needs.
            let mut end = self.best.events.len();
            while end > 0 && !self.stopped {
                let ends: Vec<usize> = (1..=end).rev().step_by(chunk).take(rayon::current_num_threads()).collect();
                let runs = ends.iter().map(|end| end.saturating_sub(chunk)..*end);
                match self.take(runs.map(|run| self.without(run)).collect()) {
                    Some(place) => {
                        shrunk = true;
                        self.cut();
                        end = ends[place].saturating_sub(chunk).min(self.best.events.len());
                    }
                    None => end = ends[ends.len() - 1].saturating_sub(chunk),
                }
            }
            if self.stopped || (chunk == 1 && !shrunk) {
                return;
            }
            chunk = (chunk / 2).max(1);
        }
    }

    fn without(&self, events: std::ops::Range<usize>) -> Schedule {
        let mut candidate = self.best.clone();
        candidate.events.drain(events);
        candidate
    }

    /// Takes what has the cause and is simpler, as long as there is anything.
    fn first(&mut self, simpler: fn(&Schedule) -> Vec<Schedule>) {
        while !self.stopped && self.take(simpler(&self.best)).is_some() {
            self.cut();
        }
    }

    /// Whether two events could be left out, one of them for another.
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
                // It comes in the place of either.
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

//! The consequence of a finding: the gravest harm that users see after its condition has held.
//!
//! The search makes [sequels](crate::schedule::sequel) of the finding's kept schedules. [Clients](crate::clients) judge each run.
//! Only where their harm is graver than the best so far, the lockstep tells whether the finding shows before it ([`fired`]).
//! It counts if the harm needs the finding: the least part of the events that leads to the harm still shows the finding. The
//! schedule is then minimised.
//!
//! A schedule in which no other known finding shows goes before one in which some other does, however grave its harm.

mod fired;

pub use fired::{fired, Fired};

use crate::clients::consequences::Consequence;
use crate::findings::{Finding, FindingSet};
use crate::lockstep::divergence::Failed;
use crate::lockstep::observe::Silent;
use crate::lockstep::verdict::{Cause, Phase};
use crate::lockstep::{self, JudgeName, Options};
use crate::minimize::{minimize, shortest_part};
use crate::schedule::generate::Random;
use crate::schedule::sequel::sequel;
use crate::schedule::Schedule;
use crate::sut::Node;
use std::collections::BTreeMap;
use std::marker::PhantomData;

/// The most schedules beside the kept ones of which sequels are made.
const WALKERS: usize = 64;

/// One in so many schedules without harm is kept for sequels, if the finding shows in it.
const WALKS: u64 = 8;

/// The most schedules with one cause that are minimised and turn out not to need the finding.
const REJECTED: usize = 12;

/// A place in a run.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Moment {
    /// The part of the run.
    pub phase: Phase,
    /// The event, counted from 0.
    pub event: usize,
}

/// The gravity of a harm, the gravest first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Gravity {
    /// Clients see a consequence.
    Seen(Consequence),
    /// The healed cluster serves its client, after a long time.
    Slow,
}

impl Gravity {
    /// The gravest of all.
    const GRAVEST: Gravity = Gravity::Seen(Consequence::EntryLost);

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Gravity::Seen(consequence) => consequence.row().name,
            Gravity::Slow => "slow",
        }
    }

    /// The harm, in a sentence.
    pub fn sentence(self) -> &'static str {
        match self {
            Gravity::Seen(consequence) => consequence.row().sentence,
            Gravity::Slow => "All faults are over and a quorum runs, and a client is served only after a long time.",
        }
    }
}

/// A harm in a run.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Harmed {
    /// Its gravity.
    pub gravity: Gravity,
    /// The moment at which it is seen.
    pub at: Moment,
    /// The values that show it.
    pub words: String,
    cause: Cause,
}

/// The harm that clients see in the run of a schedule.
pub fn harm<N: Node>(schedule: &Schedule) -> Option<Harmed> {
    let options = Options { judge: JudgeName::Clients, ..Options::of::<N>() };
    let run = lockstep::run::<N>(schedule, options, &mut Silent);
    if let Some(slow) = run.slow {
        let at = Moment { phase: Phase::Epilogue, event: run.events };
        let cause = Cause::of(&Failed::Runaway("slow"), None);
        return Some(Harmed { gravity: Gravity::Slow, at, words: slow.to_string().replace("slow: ", ""), cause });
    }
    let divergence = run.verdict.divergence()?;
    Some(Harmed {
        gravity: Gravity::Seen(divergence.consequence()?),
        at: Moment { phase: divergence.phase, event: divergence.event },
        words: divergence.failed.words().implementation.into_owned(),
        cause: divergence.cause.clone(),
    })
}

/// A schedule with its harm.
#[derive(Clone, Debug)]
pub struct Found {
    /// The schedule.
    pub schedule: Schedule,
    /// The harm.
    pub harm: Harmed,
    /// The finding before it.
    pub fired: Fired,
}

impl Found {
    /// The rank among what is found: the lowest is kept.
    fn rank(&self) -> (bool, Gravity) {
        (!self.fired.alone, self.harm.gravity)
    }
}

/// A search for the consequence of a finding.
pub struct Search<N> {
    finding: Finding,
    known: FindingSet,
    seed: u64,
    kept: Vec<(Schedule, Moment)>,
    walkers: Vec<(Schedule, Moment)>,
    rejected: BTreeMap<Cause, usize>,
    /// The number of schedules made so far.
    pub runs: u64,
    /// The gravest that was found.
    pub best: Option<Found>,
    node: PhantomData<fn() -> N>,
}

const END: Moment = Moment { phase: Phase::End, event: usize::MAX };

impl<N: Node> Search<N> {
    /// A search from those of the schedules in which the finding shows; `known` are the findings of `N`.
    pub fn new(finding: Finding, known: FindingSet, seed: u64, schedules: &[Schedule]) -> Self {
        let at = |schedule: &Schedule| fired::<N>(schedule, finding, known, END).map(|fired| fired.at);
        let healed = schedules.iter().cloned().map(|mut schedule| {
            schedule.setup.heal = true;
            schedule
        });
        let shows = |schedule: Schedule| at(&schedule).map(|at| (schedule, at));
        let kept = schedules.iter().cloned().chain(healed).filter_map(shows).collect();
        let (walkers, rejected) = (Vec::new(), BTreeMap::new());
        Search { finding, known, seed, kept, walkers, rejected, runs: 0, best: None, node: PhantomData }
    }

    /// True if the finding shows in none of the schedules.
    pub fn is_vain(&self) -> bool {
        self.kept.is_empty()
    }

    /// Searches until nothing graver can be found or `goes_on` returns false. A minimisation ends early, with the shortest schedule
    /// so far, once `is_patient` returns false.
    pub fn run(&mut self, goes_on: &(impl Fn(&Self) -> bool + Sync), is_patient: &(impl Fn() -> bool + Sync)) {
        for (schedule, _) in self.kept.clone() {
            self.consider(schedule, is_patient);
        }
        while !self.is_over() && goes_on(self) {
            let mut random = Random::new(self.seed << 32 ^ self.runs);
            let bases = if self.walkers.is_empty() || random.below(100) < 60 { &self.kept } else { &self.walkers };
            let (base, at) = &bases[random.below(bases.len())];
            let schedule = sequel(base, at.event + 1, &mut random);
            self.consider(schedule, is_patient);
        }
    }

    fn is_over(&self) -> bool {
        self.best.as_ref().is_some_and(|best| best.rank() == (false, Gravity::GRAVEST))
    }

    /// Runs a schedule, and keeps it if it is graver than the best.
    fn consider(&mut self, schedule: Schedule, is_patient: &(impl Fn() -> bool + Sync)) {
        self.runs += 1;
        let Some(harm) = harm::<N>(&schedule) else {
            if self.runs % WALKS == 0 {
                self.walk(schedule);
            }
            return;
        };
        let best = self.best.as_ref().map(Found::rank);
        let hopeful = best.is_none_or(|best| (false, harm.gravity) < best);
        if !hopeful || self.rejected.get(&harm.cause).is_some_and(|count| *count >= REJECTED) {
            return;
        }
        let Some(fired) = fired::<N>(&schedule, self.finding, self.known, harm.at) else { return };
        if best.is_some_and(|best| (!fired.alone, harm.gravity) >= best) {
            return;
        }
        let cause = harm.cause;
        let small = self.part(&schedule).map(|part| self.minimized(&part, is_patient));
        // A shorter schedule may have come upon a harm of its own.
        match small.filter(|small| !is_patient() || self.part(&small.schedule).is_some()) {
            Some(found) if best.is_none_or(|best| found.rank() < best) => {
                self.walkers.push((found.schedule.clone(), found.fired.at));
                self.best = Some(found);
            }
            Some(_) => {}
            None => *self.rejected.entry(cause).or_default() += 1,
        }
    }

    /// Makes sequels of this schedule, too, if the finding shows in it alone.
    fn walk(&mut self, schedule: Schedule) {
        if let Some(Fired { at, alone: true }) = fired::<N>(&schedule, self.finding, self.known, END) {
            if self.walkers.len() < WALKERS {
                self.walkers.push((schedule, at));
            } else {
                let place = Random::new(self.runs).below(WALKERS);
                self.walkers[place] = (schedule, at);
            }
        }
    }

    /// The shortest schedule with the same harm after the finding.
    fn minimized(&self, found: &Found, is_patient: &(impl Fn() -> bool + Sync)) -> Found {
        let cause_of = |schedule: &Schedule| {
            let asked = is_patient() || *schedule == found.schedule;
            let harm = asked.then(|| harm::<N>(schedule)).flatten()?;
            let same = harm.cause == found.harm.cause;
            let fired = same.then(|| fired::<N>(schedule, self.finding, self.known, harm.at)).flatten()?;
            (fired.alone || !found.fired.alone).then_some((harm.cause, harm.at.event))
        };
        let schedule = minimize(&found.schedule, cause_of, |_, _| is_patient());
        let harm = harm::<N>(&schedule).expect("the minimiser keeps the harm");
        let fired = fired::<N>(&schedule, self.finding, self.known, harm.at).expect("and the finding");
        Found { schedule, harm, fired }
    }

    /// The least part of the events that leads to the harm; `None` if the finding does not show in it.
    fn part(&self, schedule: &Schedule) -> Option<Found> {
        let schedule = shortest_part(schedule, |part| harm::<N>(part).map(|harm| (harm.cause, harm.at.event)));
        let harm = harm::<N>(&schedule)?;
        let fired = fired::<N>(&schedule, self.finding, self.known, harm.at)?;
        Some(Found { schedule, harm, fired })
    }
}

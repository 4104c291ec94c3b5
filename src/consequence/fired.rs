//! The moment of a run at which the condition of a finding holds.
//!
//! A run records no deviation of a known finding. The finding shows in the difference of two runs: with all findings stepped
//! around, and with all but this one.

use super::Moment;
use crate::findings::{Finding, FindingSet};
use crate::lockstep::observe::Silent;
use crate::lockstep::verdict::Phase;
use crate::lockstep::{self, Options};
use crate::schedule::Schedule;
use crate::sut::Node;

/// A finding in a run.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Fired {
    /// The first event at which its condition holds.
    pub at: Moment,
    /// True if no other known finding shows before it, nor after it up to the harm, as far as the lockstep goes on.
    pub alone: bool,
}

/// The words of a run that is slow.
const SLOW: &str = "slow";

/// The place and the words of a divergence.
type Seen = Option<(Moment, String)>;

fn seen<N: Node>(schedule: &Schedule, known: FindingSet) -> Seen {
    let run = lockstep::run::<N>(schedule, Options { known, ..Options::of::<N>() }, &mut Silent);
    match run.verdict.divergence() {
        Some(it) => Some((Moment { phase: it.phase, event: it.event }, it.cause.to_string())),
        None => run.slow.map(|_| (Moment { phase: Phase::Epilogue, event: run.events }, SLOW.into())),
    }
}

/// The finding in the run of `schedule` up to the moment `until`, if its condition holds there; `known` are the findings of `N`.
pub fn fired<N: Node>(schedule: &Schedule, finding: Finding, known: FindingSet, until: Moment) -> Option<Fired> {
    let (at, words) = seen::<N>(schedule, known.without(finding)).filter(|(at, _)| *at <= until)?;
    let is_slowness = words == SLOW && !finding.row().has_condition();
    let shown = Some((at, words));
    let unknown = seen::<N>(schedule, known);
    if unknown == shown && !is_slowness {
        return None;
    }
    let first = seen::<N>(schedule, FindingSet::NONE) == shown;
    let alone = first && {
        let later = seen::<N>(schedule, FindingSet::NONE.with(finding));
        later == unknown || later.is_none_or(|(later, _)| later > until)
    };
    Some(Fired { at, alone })
}

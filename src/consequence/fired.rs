//! The moment of a run at which the condition of a finding holds.
//!
//! A run records no deviation of a known finding. The finding shows in the difference of two runs: with all findings stepped
//! around, and with all but this one.

use super::Moment;
use crate::findings::{Finding, FindingSet};
use crate::lockstep::observe::Silent;
use crate::lockstep::verdict::{Phase, Skip, Verdict};
use crate::lockstep::{self, Options, Run};
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

fn run<N: Node>(schedule: &Schedule, known: FindingSet) -> Run {
    lockstep::run::<N>(schedule, Options { known, ..Options::of::<N>() }, &mut Silent)
}

fn seen(run: &Run) -> Seen {
    match run.verdict.divergence() {
        Some(it) => Some((Moment { phase: it.phase, event: it.event }, it.cause.to_string())),
        None => run.slow.map(|_| (Moment { phase: Phase::Epilogue, event: run.events }, SLOW.into())),
    }
}

/// The finding in the run of `schedule` up to the harm at `until`; `known` are the findings of `N`. `None` if its condition does not
/// hold there, or if another finding ends the run before: the harm is that one's.
pub fn fired<N: Node>(schedule: &Schedule, finding: Finding, known: FindingSet, until: Moment) -> Option<Fired> {
    let shown = seen(&run::<N>(schedule, known.without(finding))).filter(|(at, _)| *at <= until)?;
    let around = run::<N>(schedule, known);
    let ended = Moment { phase: around.phase, event: around.events };
    let by_another = matches!(around.verdict, Verdict::Skipped(Skip::Finding(other)) if other != finding);
    if by_another && ended <= until {
        return None;
    }
    let (at, unknown) = (shown.0, seen(&around));
    let is_slowness = shown.1 == SLOW && !finding.row().has_condition();
    let shown = Some(shown);
    if unknown == shown && !is_slowness {
        return None;
    }
    let first = seen(&run::<N>(schedule, FindingSet::NONE)) == shown;
    let alone = first && {
        let later = seen(&run::<N>(schedule, FindingSet::NONE.with(finding)));
        later == unknown || later.is_none_or(|(later, _)| later > until)
    };
    Some(Fired { at, alone })
}

//! The known finding that explains a divergence, and the known finding that hides one.

use super::linked;
use super::minimize::cause_of;
use crate::findings::{every, FindingRow};
use crate::lockstep::verdict::Cause;
use crate::lockstep::{JudgeName, Options};
use crate::schedule::Schedule;
use crate::sut::Node;

/// The findings of `N` that the judge can step around. Clients step around none.
fn of<N: Node>(options: Options) -> impl Iterator<Item = &'static FindingRow> {
    let compares = options.judge == JudgeName::Specification;
    every().filter(move |row| compares && N::KNOWN.and(*linked::STANDING).has(row.finding))
}

/// The known finding that explains a divergence: the minimal schedule loses its cause once the judge steps around
/// that finding.
pub fn finding<N: Node>(minimal: &Schedule, cause: &Cause, options: Options) -> Option<&'static FindingRow> {
    let explains = |row: &&FindingRow| {
        let wider = Options { known: options.known.with(row.finding), ..options };
        cause_of::<N>(minimal, wider).is_none_or(|(found, _)| found != *cause)
    };
    of::<N>(options).filter(|row| !options.known.has(row.finding)).find(explains)
}

/// The known finding that hides the schedule's earliest divergence.
pub fn hiding<N: Node>(schedule: &Schedule, options: Options) -> Option<&'static FindingRow> {
    let at = |row: &'static FindingRow| {
        let narrower = Options { known: options.known.without(row.finding), ..options };
        cause_of::<N>(schedule, narrower).map(|(_, at)| (at, row))
    };
    let hidden = of::<N>(options).filter(|row| options.known.has(row.finding)).filter_map(at);
    hidden.min_by_key(|(at, _)| *at).map(|(_, row)| row)
}

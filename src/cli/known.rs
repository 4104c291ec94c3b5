//! The known finding that explains a divergence, and the known finding that hides one.

use super::linked;
use super::minimize::cause_of;
use crate::lockstep::Options;
use crate::schedule::Schedule;
use crate::spec::known::{every, KnownRow};
use crate::sut::Node;
use crate::verdict::Cause;

/// The findings of `N` that the judge can step around.
fn of<N: Node>() -> impl Iterator<Item = &'static KnownRow> {
    every().filter(|row| N::KNOWN.and(*linked::STANDING).has(row.known))
}

/// The known finding that explains a divergence: the minimal schedule loses its cause once the judge steps around
/// that finding.
pub fn finding<N: Node>(minimal: &Schedule, cause: &Cause, options: Options) -> Option<&'static KnownRow> {
    let explains = |row: &&KnownRow| {
        let wider = Options { known: options.known.with(row.known), ..options };
        cause_of::<N>(minimal, wider).is_none_or(|(found, _)| found != *cause)
    };
    of::<N>().filter(|row| !options.known.has(row.known)).find(explains)
}

/// The known finding that hides the schedule's earliest divergence.
pub fn hiding<N: Node>(schedule: &Schedule, options: Options) -> Option<&'static KnownRow> {
    let at = |row: &'static KnownRow| {
        let narrower = Options { known: options.known.without(row.known), ..options };
        cause_of::<N>(schedule, narrower).map(|(_, at)| (at, row))
    };
    let hidden = of::<N>().filter(|row| options.known.has(row.known)).filter_map(at);
    hidden.min_by_key(|(at, _)| *at).map(|(_, row)| row)
}

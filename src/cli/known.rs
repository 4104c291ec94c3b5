//! The known finding that explains a divergence, and the one that hides a divergence.

use super::linked;
use super::minimize::cause_of;
use crate::lockstep::verdict::Cause;
use crate::lockstep::Options;
use crate::schedule::Schedule;
use crate::spec::known::{every, KnownRow};
use crate::sut::Node;

/// The findings of `N` that can be stepped around.
fn of<N: Node>() -> impl Iterator<Item = &'static KnownRow> {
    every().filter(|row| N::KNOWN.and(*linked::STANDING).has(row.known))
}

/// The known finding that a divergence is: a minimal schedule loses its cause where the specification steps around
/// that finding as well.
pub fn finding<N: Node>(minimal: &Schedule, cause: &Cause, options: Options) -> Option<&'static KnownRow> {
    let explains = |row: &&KnownRow| {
        let wider = Options { known: options.known.with(row.known), ..options };
        cause_of::<N>(minimal, wider).is_none_or(|(found, _)| found != *cause)
    };
    of::<N>().filter(|row| !options.known.has(row.known)).find(explains)
}

/// The known finding that is stepped around where the schedule would diverge first otherwise.
pub fn hiding<N: Node>(schedule: &Schedule, options: Options) -> Option<&'static KnownRow> {
    let at = |row: &'static KnownRow| {
        let narrower = Options { known: options.known.without(row.known), ..options };
        cause_of::<N>(schedule, narrower).map(|(_, at)| (at, row))
    };
    let hidden = of::<N>().filter(|row| options.known.has(row.known)).filter_map(at);
    hidden.min_by_key(|(at, _)| *at).map(|(_, row)| row)
}

//! The documented deviations of an implementation that explain a divergence.

use crate::lockstep::observe::Silent;
use crate::lockstep::verdict::Verdict;
use crate::lockstep::{self, JudgeName, Options, Run};
use crate::schedule::Schedule;
use crate::spec::dialect::{SwitchRow, SWITCHES};
use crate::sut::Node;

/// The switches each of which alone lets the run pass the event at which it diverged.
pub fn explaining<N: Node>(schedule: &Schedule, options: Options, run: &Run) -> Vec<&'static SwitchRow> {
    let compared = run.verdict.divergence().filter(|_| run.judge == JudgeName::Specification);
    let Some(divergence) = compared else { return Vec::new() };
    let helps = |row: &&SwitchRow| {
        let wider = Options { dialect: options.dialect.with(row.switch), ..options };
        let retried = lockstep::run::<N>(schedule, wider, &mut Silent);
        retried.verdict == Verdict::Agreed || (retried.events, retried.phase) > (divergence.event, divergence.phase)
    };
    let others = |row: &&SwitchRow| N::DIALECT.has(row.switch) && !options.dialect.has(row.switch);
    SWITCHES.iter().filter(others).filter(helps).collect()
}

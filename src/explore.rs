//! Exhaustive search of the specification's bounded state space, breadth first.
//!
//! raft.tla has no bounds of its own: terms, logs and the bag of messages grow for ever. [`Bounds`]
//! cut out a finite part, as a TLC state constraint does: a successor outside them counts as
//! *generated* and is checked, but it is neither *distinct* nor expanded. In the `ongaro` dialect
//! the counts are TLC's own for raft.tla. Every step is checked against every invariant of the
//! dialect; the first that one breaks ends the search, with a trace that no other is shorter than.
//!
//! The search is stateright's, in one thread, because only then are depths and traces exact. The search asks
//! a model for the actions of a state, and then for the state that each leads to. To know whether an
//! action is enabled is to take it, so here a [`Step`] carries the state that it leads to; states are
//! kept [`Packed`], and every step is taken in the one unpacked state that [`Model`] holds. Stateright
//! never sees a successor outside the bounds, so what TLC calls generated is counted here.

mod bounds;
mod model;

pub use bounds::{Bounds, Faults};
pub use model::{Broken, Model, Node, Step};

use crate::spec::guards::Guard;
use crate::spec::packed::Packed;
use stateright::{Checker, HasDiscoveries, Model as _};
use std::net::SocketAddr;
use std::sync::Arc;

/// The outcome of a search.
#[derive(Debug)]
pub struct Found {
    /// States within the bounds, the initial one included.
    pub distinct: usize,
    /// The initial state, and one for each enabled action of each distinct state.
    pub generated: u64,
    /// Levels, the initial state's being 1.
    pub depth: usize,
    /// The shortest way to a broken invariant, if there is one.
    pub violation: Option<Violation>,
    /// True if everything was explored, or a violation found.
    pub finished: bool,
}

/// A broken invariant.
#[derive(Debug)]
pub struct Violation {
    /// Its name.
    pub invariant: &'static str,
    /// The reason, in words.
    pub why: String,
    /// The initial state.
    pub start: Packed,
    /// Each action with the state that it led to.
    pub trace: Vec<(String, Packed)>,
}

/// A search under way, in a thread of its own.
pub struct Search<C> {
    checker: C,
    control: Arc<model::Control>,
}

/// The progress of a search.
#[derive(Clone, Copy, Debug)]
pub struct Progress {
    /// States within the bounds so far.
    pub distinct: usize,
    /// Steps taken so far.
    pub generated: u64,
    /// The level that it is at.
    pub depth: usize,
}

/// Begins a search.
pub fn start(model: Model) -> Search<impl Checker<Model>> {
    let control = model.control();
    let checker = model.checker().threads(1).finish_when(HasDiscoveries::Any).spawn_bfs();
    Search { checker, control }
}

/// Searches everything within the bounds, from raft.tla's `Init`, with a guard left out if one is named.
pub fn explore(bounds: Bounds, dropped: Option<&'static Guard>) -> Found {
    start(Model::new(bounds, dropped)).finish()
}

/// Opens stateright's explorer, for a browser, and never returns.
pub fn serve(model: Model, address: SocketAddr) {
    model.without_end().checker().serve(address);
}

impl<C: Checker<Model>> Search<C> {
    /// The progress so far.
    pub fn progress(&self) -> Progress {
        Progress {
            distinct: self.checker.unique_state_count(),
            generated: self.control.generated(),
            depth: self.checker.max_depth(),
        }
    }

    /// True if it is over.
    pub fn is_done(&self) -> bool {
        self.checker.is_done()
    }

    /// Ends it where it is.
    pub fn stop(&self) {
        self.control.interrupt();
    }

    /// Waits for its end.
    pub fn finish(self) -> Found {
        let checker = self.checker.join();
        let (finished, generated) = (!self.control.is_interrupted(), self.control.generated());
        let (depth, mut distinct) = (checker.max_depth(), checker.unique_state_count());
        self.control.resume();
        let path = checker.discovery(model::INVARIANTS_HOLD);
        let violation = path.map(|path| violation(path.into_vec()));
        // Only the step itself leads to the state that is marked as broken.
        distinct -= usize::from(violation.is_some());
        Found { distinct, generated, depth, violation, finished }
    }
}

/// The violation that a path to a broken invariant shows.
fn violation(path: Vec<(Node, Option<Step>)>) -> Violation {
    let last = path.last().and_then(|(node, _)| node.broken.clone());
    let broken = last.expect("a discovery ends in a broken invariant");
    let (start, why) = (path[0].0.packed.clone(), broken.why.clone());
    let steps = path.into_iter().filter_map(|(_, step)| step);
    let trace = steps.map(|step| (step.action.to_string(), step.next.packed)).collect();
    Violation { invariant: broken.invariant, why, start, trace }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOUNDS: Bounds = Bounds {
        servers: 3,
        max_term: 9,
        max_log: 9,
        max_copies: 9,
        max_messages: 9,
        values: 1,
        faults: Faults { restart: true, duplicate: true, drop: true },
    };

    #[test]
    fn a_search_that_is_stopped_has_not_finished() {
        let search = start(Model::new(BOUNDS, None));
        while search.progress().depth < 3 {
            std::thread::yield_now();
        }
        search.stop();
        let found = search.finish();
        assert!(!found.finished && found.violation.is_none() && found.distinct > 10, "{found:?}");
    }

    #[test]
    fn the_trace_of_a_violation_is_one_step_after_the_other() {
        let guard = Guard::named("become-leader-quorum");
        let violation = explore(BOUNDS, guard).violation.unwrap();
        let model = Model::new(BOUNDS, guard).without_end();
        let mut at = violation.start;
        for (action, state) in violation.trace {
            let steps = model.next_steps(&Node::from(at));
            assert!(steps.iter().any(|(step, node)| step.action.to_string() == action && node.packed == state));
            at = state;
        }
    }
}

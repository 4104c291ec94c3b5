//! Whether a cluster that nothing disturbs goes round in circles (Brent 1980: one state is kept, and another one after
//! twice as many ticks).

use crate::spec::{NodeSet, State};

/// Looks for a state that was there before.
#[derive(Default)]
pub(super) struct Cycle {
    kept: Option<(NodeSet, State)>,
    /// How many ticks ago it was kept.
    age: usize,
    /// The age at which another one is.
    limit: usize,
}

impl Cycle {
    /// Notes the state after a tick. If it is the one that is kept, the number of ticks from that one to this.
    pub fn note(&mut self, running: NodeSet, state: &State) -> Option<usize> {
        self.age += 1;
        match &self.kept {
            Some((then, kept)) if *then == running && state.goes_on_like(kept) => return Some(self.age),
            Some(_) if self.age < self.limit => {}
            _ => {
                self.kept = Some((running, state.clone()));
                (self.age, self.limit) = (0, (2 * self.limit).max(8));
            }
        }
        None
    }
}

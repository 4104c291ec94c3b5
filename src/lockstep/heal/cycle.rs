//! Detection of cycles in an undisturbed cluster (Brent 1980: one state is kept, and another one after twice as many
//! ticks).

use crate::spec::{NodeSet, State};

/// Detects a state that recurs.
#[derive(Default)]
pub(super) struct Cycle {
    kept: Option<(NodeSet, State)>,
    /// Number of ticks since it was kept.
    age: usize,
    /// The age at which another one is kept.
    limit: usize,
}

impl Cycle {
    /// Notes the state after a tick. Returns true if it is the one that is kept.
    pub fn recurs(&mut self, running: NodeSet, state: &State) -> bool {
        self.age += 1;
        match &self.kept {
            Some((then, kept)) if *then == running && state.goes_on_like(kept) => return true,
            Some(_) if self.age < self.limit => {}
            _ => {
                self.kept = Some((running, state.clone()));
                (self.age, self.limit) = (0, (2 * self.limit).max(8));
            }
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::{NodeId, Settings};

    /// The first of 200 ticks, each of which sets the state, at which a state recurs.
    fn found(set: impl Fn(&mut State, u32)) -> Option<u32> {
        let (mut state, mut cycle) = (State::init(Settings::ongaro(2)), Cycle::default());
        (0..200).find(|tick| {
            set(&mut state, *tick);
            cycle.recurs(NodeSet::first(2), &state)
        })
    }

    #[test]
    fn a_state_that_comes_back_recurs() {
        for length in [1, 3, 20] {
            let tick =
                found(|state, tick| state.server_mut(NodeId::new(2)).clock.heartbeat_elapsed = tick % length).unwrap();
            assert!(tick >= length && tick <= 4 * length + 8);
        }
    }

    #[test]
    fn a_late_cycle_is_found() {
        let late = |state: &mut State, tick: u32| state.server_mut(NodeId::new(1)).current_term = tick.min(50);
        assert!(found(late).is_some_and(|tick| tick > 50));
    }

    #[test]
    fn a_growing_term_is_no_cycle() {
        assert_eq!(found(|state, tick| state.server_mut(NodeId::new(1)).current_term = tick), None);
    }
}

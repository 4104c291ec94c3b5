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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::{NodeId, Settings};

    /// The first length that is found in 200 ticks, each of which sets the state.
    fn found(set: impl Fn(&mut State, u32)) -> Option<(u32, usize)> {
        let (mut state, mut cycle) = (State::init(Settings::ongaro(2)), Cycle::default());
        (0..200).find_map(|tick| {
            set(&mut state, tick);
            cycle.note(NodeSet::first(2), &state).map(|length| (tick, length))
        })
    }

    #[test]
    fn a_state_that_comes_back_tells_the_length_of_the_circle() {
        for length in [1, 3, 20] {
            let (tick, found) =
                found(|state, tick| state.server_mut(NodeId::new(2)).clock.heartbeat_elapsed = tick % length).unwrap();
            assert_eq!(found, length as usize);
            assert!(tick <= 4 * length + 8);
        }
    }

    #[test]
    fn a_circle_is_found_that_begins_late() {
        let late = |state: &mut State, tick: u32| state.server_mut(NodeId::new(1)).current_term = tick.min(50);
        assert_eq!(found(late).map(|(_, length)| length), Some(1));
    }

    #[test]
    fn what_goes_on_is_no_circle() {
        assert_eq!(found(|state, tick| state.server_mut(NodeId::new(1)).current_term = tick), None);
    }
}

//! Linearizable reads: a read sees everything that was committed when it was asked (thesis 6.4).

use super::property::{always, Invariant, Verdict, HISTORY};
use crate::spec::ghost::{Ghost, StaleRead};

/// The invariant.
pub const INVARIANT: Invariant = Invariant {
    name: "linearizable-reads",
    tla: "LinearizableReads",
    sentence: "A read sees everything that was committed when it was asked.",
    reference: "thesis 6.4: a read-only query returns a result that is no older than when it was asked",
    holds_in: always,
    looks_at: HISTORY,
    whole: |whole| check(whole.ghost),
    touched: |touched| check(touched.ghost),
};

/// True if no read that was answered was stale: the history keeps the first that is.
pub fn check(ghost: &Ghost) -> Verdict {
    match ghost.stale_read {
        None => Ok(()),
        Some(StaleRead { node, context, committed, index }) => Err(format!(
            "read {context} at {node} is answered with index {index}, but {committed} was committed when it was asked"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::entries::Entry;
    use crate::spec::invariants::property::testing::*;

    #[test]
    fn fires_on_an_index_below_what_was_committed_and_stays_silent_on_one_that_is_not() {
        let state = three();
        let ghost = |index| {
            let mut ghost = Ghost { committed: vec![Entry { term: 2, value: 1 }; 2], ..Ghost::default() };
            ghost.asked(node(1), 7);
            ghost.committed.push(Entry { term: 2, value: 2 });
            ghost.answered(node(1), 7, index);
            ghost
        };
        assert!(!both(&INVARIANT, &state, &state, &ghost(1), 1));
        assert!(both(&INVARIANT, &state, &state, &ghost(2), 1));
    }

    #[test]
    fn a_retry_is_answered_as_of_the_first_request_and_the_next_read_as_of_its_own() {
        let mut ghost = Ghost::default();
        let entry = Entry { term: 2, value: 1 };
        ghost.asked(node(1), 7);
        ghost.committed.push(entry);
        ghost.asked(node(1), 7);
        ghost.asked(node(2), 7);
        assert_eq!((ghost.least_index(node(1), 7), ghost.least_index(node(2), 7)), (0, 1));
        ghost.answered(node(1), 7, 0);
        assert_eq!(check(&ghost), Ok(()));
        ghost.asked(node(1), 7);
        ghost.answered(node(1), 7, 0);
        assert!(check(&ghost).is_err());
    }
}

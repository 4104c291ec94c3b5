//! One vote: no server gives two candidates its vote in a term, not even across a crash (thesis 3.4).
//!
//! What counts is the vote that left the voter: one that a crash took back before it left was none.

use super::{always, Invariant, Verdict, HISTORY};
use crate::spec::ghost::{Ghost, SecondVote};

/// The invariant.
pub const INVARIANT: Invariant = Invariant {
    name: "vote-once",
    tla: "VotesAtMostOncePerTerm",
    reference: "paper 5.2: each server votes for at most one candidate in a term",
    holds_in: always,
    looks_at: HISTORY,
    whole: |whole| check(whole.ghost),
    touched: |touched| check(touched.ghost),
};

/// Whether no vote that left its voter contradicts an earlier one: the history keeps the first that does.
pub fn check(ghost: &Ghost) -> Verdict {
    match ghost.second_vote {
        None => Ok(()),
        Some(SecondVote { voter, term, candidates: [first, second] }) => {
            Err(format!("{voter} gave both {first} and {second} its vote in term {term}"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    #[test]
    fn fires_on_a_second_candidate_and_stays_silent_in_the_next_term() {
        let state = three();
        let ghost = |votes: &[(u8, u32, u8)]| {
            let mut ghost = Ghost::default();
            votes.iter().for_each(|(voter, term, candidate)| ghost.vote(node(*voter), *term, node(*candidate)));
            ghost
        };
        assert!(!both(&INVARIANT, &state, &state, &ghost(&[(3, 2, 1), (3, 2, 2)]), 3));
        assert!(both(&INVARIANT, &state, &state, &ghost(&[(3, 2, 1), (3, 3, 2), (2, 2, 2), (3, 2, 1)]), 3));
    }
}

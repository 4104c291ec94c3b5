//! One vote: no server gives two candidates its vote in a term, not even across a crash (thesis 3.4).
//!
//! What counts is the vote that left the voter: one that a crash took back before it left was none.

use super::{always, Invariant, Touched, Verdict};
use crate::spec::{ghost::Ghost, NodeId, Term};

/// The invariant.
pub const INVARIANT: Invariant = Invariant {
    name: "vote-once",
    tla: "VotesAtMostOncePerTerm",
    reference: "paper 5.2: each server votes for at most one candidate in a term",
    holds_in: always,
    whole: |whole| check(whole.ghost),
    touched,
};

fn touched(touched: &Touched) -> Verdict {
    check_last(touched.ghost)
}

fn check(ghost: &Ghost) -> Verdict {
    (0..ghost.votes.len()).try_for_each(|last| given_twice(&ghost.votes[..=last]))
}

/// Whether the newest vote that left its voter contradicts an earlier one.
pub fn check_last(ghost: &Ghost) -> Verdict {
    given_twice(&ghost.votes)
}

/// Whether the newest vote contradicts an earlier one.
fn given_twice(votes: &[(NodeId, Term, NodeId)]) -> Verdict {
    let Some(((voter, term, candidate), earlier)) = votes.split_last() else { return Ok(()) };
    let contradicts = |vote: &&(NodeId, Term, NodeId)| vote.0 == *voter && vote.1 == *term && vote.2 != *candidate;
    // Votes come with ever newer terms: only the latest few can be of this one.
    match earlier.iter().rev().take(64).find(contradicts) {
        Some((_, _, other)) => Err(format!("{voter} gave both {other} and {candidate} its vote in term {term}")),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    #[test]
    fn fires_on_a_second_candidate_and_stays_silent_in_the_next_term() {
        let state = three();
        let ghost = |votes: &[(u8, Term, u8)]| Ghost {
            votes: votes.iter().map(|(a, term, b)| (node(*a), *term, node(*b))).collect(),
            ..Ghost::default()
        };
        assert!(!both(&INVARIANT, &state, &state, &ghost(&[(3, 2, 1), (3, 2, 2)]), 3));
        assert!(both(&INVARIANT, &state, &state, &ghost(&[(3, 2, 1), (3, 3, 2), (2, 2, 2)]), 3));
    }
}

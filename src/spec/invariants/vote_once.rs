//! One vote: no server gives two candidates its vote in a term, not even across a crash (thesis 3.4).
//!
//! Only votes that left the voter count: a crash takes back a vote that has not left.

use super::property::{always, Invariant, Verdict, Whole, HISTORY, VOTE};
use crate::spec::dialect::Switch;
use crate::spec::ghost::{Ghost, SecondVote};

/// The invariant.
pub const INVARIANT: Invariant = Invariant {
    name: "vote-once",
    tla: "VotesAtMostOncePerTerm",
    sentence: "No server gives two candidates its vote in a term, not even across a crash.",
    reference: "paper 5.2: each server votes for at most one candidate in a term",
    holds_in: always,
    looks_at: HISTORY | VOTE,
    whole,
    touched: |touched| check(touched.ghost),
};

/// A vote that was given is not another one before the next term. Where votes may leave late
/// (switch `durability`) the history alone can tell.
fn whole(whole: &Whole) -> Verdict {
    check(whole.ghost)?;
    let Some(before) = whole.before.filter(|before| !before.settings.dialect.has(Switch::Durability)) else {
        return Ok(());
    };
    for voter in before.nodes() {
        let (old, new) = (before.server(voter), whole.after.server(voter));
        let Some(first) = old.voted_for else { continue };
        if old.current_term == new.current_term && new.voted_for != Some(first) {
            let now = new.voted_for.map_or("nobody".into(), |second| second.to_string());
            return Err(format!("{voter} gave {first} its vote in term {}, and now {now}", new.current_term));
        }
    }
    Ok(())
}

/// True if no vote that left its voter contradicts an earlier one: the history keeps the first that does.
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
    use super::*;
    use crate::spec::invariants::property::testing::*;
    use crate::spec::settings::Settings;
    use crate::spec::state::State;

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

    #[test]
    fn fires_when_a_voter_changes_its_mind_and_stays_silent_in_the_next_term() {
        let mut before = State::init(Settings::ongaro(3));
        before.server_mut(node(3)).voted_for = Some(node(1));
        let mut after = before.clone();
        after.server_mut(node(3)).voted_for = Some(node(2));
        let holds = |after: &State| {
            let ghost = Ghost::default();
            (INVARIANT.whole)(&Whole { before: Some(&before), after, ghost: &ghost, restarted: None }).is_ok()
        };
        assert!(!holds(&after));
        after.server_mut(node(3)).current_term += 1;
        assert!(holds(&after));
    }
}

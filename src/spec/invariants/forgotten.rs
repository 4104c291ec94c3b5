//! The invariants that are left when a server has lost its disk.
//!
//! Such a server cannot safely keep its identity (thesis 3.8). The votes and acknowledgements that it gave in terms up to
//! the one on its disk are forgotten, and other servers still count on them. In a later term it has promised nothing before: votes and acknowledgements of such a term are as
//! good as any. So the properties of terms up to that one may break, and those of later terms must hold.

use super::property::Invariant;
use crate::spec::ghost::Ghost;
use crate::spec::ids::NodeId;
use crate::spec::server::Role;
use crate::spec::state::State;

/// True if `i` acts in a term in which a server that has lost its disk may have made promises.
pub fn is_early(state: &State, ghost: &Ghost, i: NodeId) -> bool {
    state.server(i).current_term <= ghost.forgotten_term
}

/// True if the first committed entry that `i` lacks, or has another in its place, was committed in such a term.
fn lacks_early_entry(state: &State, ghost: &Ghost, i: NodeId) -> bool {
    let log = &state.server(i).log;
    let known = (1..).zip(&ghost.committed).zip(&ghost.committed_in).skip(log.base().index as usize);
    let mut missing = known.filter(|((index, entry), _)| log.get(*index) != Some(**entry));
    let base_differs = ghost.committed_at(log.base().index).is_some_and(|entry| entry.term != log.base().term);
    base_differs || missing.next().is_some_and(|(_, term)| *term <= ghost.forgotten_term)
}

/// True if `i` and another server have different entries of such a term at one index.
fn shares_early_term(state: &State, ghost: &Ghost, i: NodeId) -> bool {
    let ours = &state.server(i).log;
    state.nodes().map(|j| &state.server(j).log).any(|theirs| {
        let last = ours.last_index().min(theirs.last_index());
        let Some(first) = ours.first_difference(theirs) else { return false };
        (first..=last).any(|index| {
            let term = ours.term_at(index);
            term == theirs.term_at(index) && term <= ghost.forgotten_term
        })
    })
}

/// True if a lost disk explains that the invariant is broken at `i`.
pub fn explains(invariant: &Invariant, state: &State, ghost: &Ghost, i: NodeId) -> bool {
    if ghost.forgotten_term == 0 {
        return false;
    }
    let leads = |j: &NodeId| state.server(*j).role == Role::Leader;
    let misses = |j: NodeId| is_early(state, ghost, j) || lacks_early_entry(state, ghost, j);
    match invariant.name {
        "election-safety" => is_early(state, ghost, i),
        "log-matching" => shares_early_term(state, ghost, i),
        "leader-completeness" | "state-machine-safety" => misses(i),
        "linearizable-reads" => state.nodes().filter(leads).any(misses),
        _ => false,
    }
}

//! Applied within commit: no application applies an entry that its server does not know to be committed (paper figure 2).

use super::property::{always, Invariant, Touched, Verdict, Whole, COMMIT};
use crate::spec::ids::NodeId;
use crate::spec::state::State;

pub const INVARIANT: Invariant = Invariant {
    name: "applied-within-commit",
    tla: "LastAppliedWithinCommitIndex",
    sentence: "No application applies an entry that its server does not know to be committed.",
    reference: "paper figure 2, rules for all servers: if commitIndex > lastApplied, apply log[lastApplied]",
    holds_in: always,
    looks_at: COMMIT,
    whole: |whole: &Whole| whole.after.nodes().try_for_each(|node| check(whole.after, node)),
    touched: |touched: &Touched| check(touched.after, touched.node),
};

fn check(state: &State, node: NodeId) -> Verdict {
    let server = state.server(node);
    match server.disk.applied > server.commit_index {
        true => {
            Err(format!("{node} has applied up to {} with commit index {}", server.disk.applied, server.commit_index))
        }
        false => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::ghost::Ghost;
    use crate::spec::invariants::property::testing::*;

    #[test]
    fn fires_when_applied_passes_commit_and_stays_silent_at_it() {
        let mut state = three();
        set_log(&mut state, 1, &[2]);
        state.server_mut(node(1)).disk.applied = 1;
        assert!(!both(&INVARIANT, &state, &state, &Ghost::default(), 1));
        state.server_mut(node(1)).commit_index = 1;
        assert!(both(&INVARIANT, &state, &state, &Ghost::default(), 1));
    }
}

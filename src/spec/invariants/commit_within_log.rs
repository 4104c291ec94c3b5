//! Commit within the log: no server takes as committed what it does not have (thesis 3.6).

use super::property::{always, Invariant, Touched, Verdict, Whole, COMMIT, LOG};
use crate::spec::ids::NodeId;
use crate::spec::state::State;

pub const INVARIANT: Invariant = Invariant {
    name: "commit-within-log",
    tla: "CommitIndexWithinLog",
    sentence: "No server takes as committed what it does not have.",
    reference: "paper figure 2: commitIndex = min(leaderCommit, index of last new entry)",
    holds_in: always,
    looks_at: LOG | COMMIT,
    whole: |whole: &Whole| whole.after.nodes().try_for_each(|node| check(whole.after, node)),
    touched: |touched: &Touched| check(touched.after, touched.node),
};

fn check(state: &State, node: NodeId) -> Verdict {
    let server = state.server(node);
    match server.commit_index > server.log.last_index() {
        true => {
            Err(format!("{node} has commit index {} and a log of {}", server.commit_index, server.log.last_index()))
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
    fn fires_when_commit_passes_the_log_and_stays_silent_at_its_end() {
        let mut state = three();
        set_log(&mut state, 1, &[2]);
        state.server_mut(node(1)).commit_index = 2;
        assert!(!both(&INVARIANT, &state, &state, &Ghost::default(), 1));
        state.server_mut(node(1)).commit_index = 1;
        assert!(both(&INVARIANT, &state, &state, &Ghost::default(), 1));
    }
}

//! Monotonic commit: a server's commit index never goes down while it lives (paper figure 2).
//!
//! raft.tla lets an old request lower it, so this holds where the switch is on.

use super::property::{each_server, Invariant, Touched, Verdict, COMMIT};
use crate::spec::dialect::Switch;

pub const INVARIANT: Invariant = Invariant {
    name: "monotonic-commit",
    tla: "MonotonicCommitIndex",
    sentence: "A server's commit index never goes down while it lives.",
    reference: "paper figure 2: commitIndex increases monotonically",
    holds_in: |dialect| dialect.has(Switch::MonotonicCommit),
    looks_at: COMMIT,
    whole: |whole| each_server(whole, touched),
    touched,
};

fn touched(touched: &Touched) -> Verdict {
    let (old, new) = (touched.before.commit_index, touched.after.server(touched.node).commit_index);
    match new < old && !touched.restarted {
        true => Err(format!("the commit index of {} went from {old} down to {new}", touched.node)),
        false => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::ghost::Ghost;
    use crate::spec::invariants::property::testing::*;

    #[test]
    fn fires_when_commit_goes_down_and_stays_silent_when_it_goes_up() {
        let mut before = three();
        set_log(&mut before, 1, &[2, 2]);
        before.server_mut(node(1)).commit_index = 1;
        let mut after = before.clone();
        after.server_mut(node(1)).commit_index = 0;
        assert!(!both(&INVARIANT, &before, &after, &Ghost::default(), 1));
        after.server_mut(node(1)).commit_index = 2;
        assert!(both(&INVARIANT, &before, &after, &Ghost::default(), 1));
    }
}

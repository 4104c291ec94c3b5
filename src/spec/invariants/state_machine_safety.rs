//! State machine safety: no two servers commit different entries at an index (thesis figure 3.2).

use super::property::{always, Invariant, Touched, Verdict, Whole, COMMIT, LOG};
use crate::spec::ghost::Ghost;
use crate::spec::ids::{Index, NodeId};
use crate::spec::server::Server;

pub const INVARIANT: Invariant = Invariant {
    name: "state-machine-safety",
    tla: "StateMachineSafety",
    sentence: "No two servers commit different entries at an index.",
    reference: "paper figure 3; thesis 3.6.3",
    holds_in: always,
    looks_at: LOG | COMMIT,
    whole,
    touched,
};

fn whole(whole: &Whole) -> Verdict {
    let state = whole.after;
    for one in state.nodes() {
        let server = state.server(one);
        let (log, base) = (&server.log, server.log.base());
        for index in base.index + 1..=server.commit_index.min(log.last_index()) {
            let others = state.nodes().map(|other| state.server(other)).filter(|other| index <= other.commit_index);
            let known = others.map(|other| other.log.get(index)).chain([whole.ghost.committed_at(index)]);
            if known.flatten().any(|entry| Some(entry) != log.get(index)) {
                return Err(differs(one, index));
            }
        }
        snapshot_is_committed(one, server, whole.ghost)?;
    }
    Ok(())
}

fn touched(touched: &Touched) -> Verdict {
    let server = touched.after.server(touched.node);
    // A commit index that stands still guards the entries below it, too.
    let first = (touched.before.commit_index + 1).min(server.changed_from).max(server.log.base().index + 1);
    for index in first..=server.commit_index.min(server.log.last_index()) {
        let known = touched.ghost.committed_at(index);
        if known.is_some() && known != server.log.get(index) {
            return Err(differs(touched.node, index));
        }
    }
    snapshot_is_committed(touched.node, server, touched.ghost)
}

/// A snapshot stands for what was committed up to its index, by the term that the entry there had.
fn snapshot_is_committed(node: NodeId, server: &Server, ghost: &Ghost) -> Verdict {
    let base = server.log.base();
    match ghost.committed_at(base.index) {
        Some(entry) if entry.term != base.term => Err(differs(node, base.index)),
        _ => Ok(()),
    }
}

fn differs(node: NodeId, index: Index) -> String {
    format!("{node} has another entry committed at index {index}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::entries::Entry;
    use crate::spec::invariants::property::testing::*;

    #[test]
    fn fires_on_another_committed_entry_and_stays_silent_on_the_same() {
        let before = three();
        let ghost = Ghost { committed: vec![Entry { term: 2, value: 2 }], committed_in: vec![2], ..Ghost::default() };
        let mut after = before.clone();
        set_log(&mut after, 3, &[3]);
        after.server_mut(node(3)).commit_index = 1;
        assert!(!both(&INVARIANT, &before, &after, &ghost, 3));
        set_log(&mut after, 3, &[2]);
        assert!(both(&INVARIANT, &before, &after, &ghost, 3));
    }
}

//! State machine safety: no two servers commit different entries at an index (thesis figure 3.2).

use super::{always, Invariant, Touched, Verdict, Whole};

pub const INVARIANT: Invariant = Invariant {
    name: "state-machine-safety",
    tla: "StateMachineSafety",
    reference: "paper figure 3; thesis 3.6.3",
    holds_in: always,
    whole,
    touched,
};

fn whole(whole: &Whole) -> Verdict {
    let state = whole.after;
    let committed = |node| {
        let server = state.server(node);
        &server.log.0[..(server.commit_index as usize).min(server.log.0.len())]
    };
    for one in state.nodes() {
        let differs = |theirs: &[_]| committed(one).iter().zip(theirs).position(|(a, b)| a != b);
        let others = state.nodes().filter_map(|other| differs(committed(other)));
        if let Some(place) = others.chain(differs(&whole.ghost.committed)).next() {
            return Err(format!("{one} has another entry committed at index {}", place + 1));
        }
    }
    Ok(())
}

fn touched(touched: &Touched) -> Verdict {
    let server = touched.after.server(touched.node);
    // A commit index that stands still guards the entries below it, too.
    let first = (touched.before.commit_index + 1).min(server.changed_from);
    for index in first..=server.commit_index.min(server.log.last_index()) {
        let known = touched.ghost.committed_at(index);
        if known.is_some() && known != server.log.get(index) {
            return Err(format!("{} has another entry committed at index {index}", touched.node));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;
    use crate::spec::{ghost::Ghost, Entry};

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

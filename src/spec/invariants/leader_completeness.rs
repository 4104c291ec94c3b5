//! Leader completeness: what is committed in a term is in the log of every later leader (thesis figure 3.2).

use super::property::{always, Invariant, Touched, Verdict, Whole, ROLE};
use crate::spec::server::{Role, Server};

pub const INVARIANT: Invariant = Invariant {
    name: "leader-completeness",
    tla: "LeaderCompleteness",
    sentence: "An entry that is committed in a term is in the log of every later leader.",
    reference: "paper figure 3, 5.4.3; thesis 3.6.3",
    holds_in: always,
    looks_at: ROLE,
    whole,
    touched,
};

fn whole(whole: &Whole) -> Verdict {
    let state = whole.after;
    for node in state.nodes().filter(|node| state.server(*node).role == Role::Leader) {
        let leader = state.server(node);
        let upto = whole.ghost.committed_by(leader.current_term);
        let has = |index, entry| index <= leader.log.base().index || leader.log.get(index) == entry;
        if !(1..=upto).all(|index| has(index, whole.ghost.committed_at(index))) {
            return Err(lacks(leader, node.number(), upto as usize));
        }
        // Without a history: what a server of no later term has committed.
        for other in state.nodes().map(|other| state.server(other)) {
            let committed = other.log.base().index + 1..=other.commit_index.min(other.log.last_index());
            let mut all = committed.clone();
            if other.current_term <= leader.current_term && !all.all(|index| has(index, other.log.get(index))) {
                return Err(lacks(leader, node.number(), *committed.end() as usize));
            }
        }
    }
    Ok(())
}

fn touched(touched: &Touched) -> Verdict {
    let server = touched.after.server(touched.node);
    if server.role != Role::Leader || touched.before.role == Role::Leader {
        return Ok(());
    }
    // By log matching it is enough that the last of them is there.
    let upto = touched.ghost.committed_by(server.current_term);
    match upto <= server.log.base().index || touched.ghost.committed_at(upto) == server.log.get(upto) {
        true => Ok(()),
        false => Err(lacks(server, touched.node.number(), upto as usize)),
    }
}

fn lacks(leader: &Server, node: u8, upto: usize) -> String {
    format!(
        "leader {node} of term {} with {} entries lacks what is committed up to {upto}",
        leader.current_term,
        leader.log.last_index()
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::entries::Entry;
    use crate::spec::ghost::Ghost;
    use crate::spec::invariants::property::testing::*;

    #[test]
    fn fires_on_a_leader_without_a_committed_entry_and_stays_silent_on_one_with_it() {
        let mut before = three();
        set_log(&mut before, 1, &[2, 3]);
        let committed = vec![Entry { term: 2, value: 2 }, Entry { term: 3, value: 3 }];
        let ghost = Ghost { committed, committed_in: vec![3, 3], ..Ghost::default() };
        let mut after = before.clone();
        set_log(&mut after, 2, &[2]);
        lead(&mut after, 2, 4);
        assert!(!both(&INVARIANT, &before, &after, &ghost, 2));
        set_log(&mut after, 2, &[2, 3]);
        assert!(both(&INVARIANT, &before, &after, &ghost, 2));
        // A leader of an older term may be behind.
        set_log(&mut after, 2, &[2]);
        lead(&mut after, 2, 2);
        assert!(both(&INVARIANT, &before, &after, &ghost, 2));
    }
}

//! Election safety: at most one leader in a term (thesis 3.2, figure 3.2).

use super::property::{always, Invariant, Touched, Verdict, Whole, ROLE};
use crate::spec::ghost::Leader;
use crate::spec::server::Role;

pub const INVARIANT: Invariant = Invariant {
    name: "election-safety",
    tla: "OneLeaderPerTerm",
    sentence: "A term has at most one leader.",
    reference: "paper figure 3; thesis 3.2",
    holds_in: always,
    looks_at: ROLE,
    whole,
    touched,
};

fn whole(whole: &Whole) -> Verdict {
    let leaders = || whole.after.nodes().filter(|node| whole.after.server(*node).role == Role::Leader);
    for one in leaders() {
        let term = whole.after.server(one).current_term;
        let mut others = leaders().filter(|other| *other != one && whole.after.server(*other).current_term == term);
        let other = others.next().map(|node| Leader { node, disk_lost: false });
        if let Some(other) = other.or(whole.ghost.other_leader(term, one)) {
            return Err(format!("{one} and {other} are both leaders of term {term}"));
        }
    }
    Ok(())
}

fn touched(touched: &Touched) -> Verdict {
    let server = touched.after.server(touched.node);
    let elected = server.role == Role::Leader
        && (touched.before.role != Role::Leader || touched.before.term != server.current_term);
    match touched.ghost.other_leader(server.current_term, touched.node) {
        Some(other) if elected => {
            Err(format!("{} and {other} are both leaders of term {}", touched.node, server.current_term))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::ghost::Ghost;
    use crate::spec::invariants::property::testing::*;

    #[test]
    fn fires_on_a_second_leader_of_the_term_and_stays_silent_on_one_of_the_next() {
        let mut before = three();
        lead(&mut before, 1, 2);
        let one = Leader { node: node(1), disk_lost: false };
        let mut ghost = Ghost { leaders: vec![None, None, Some(one)], ..Ghost::default() };
        let mut after = before.clone();
        lead(&mut after, 2, 2);
        assert!(!both(&INVARIANT, &before, &after, &ghost, 2));
        lead(&mut after, 2, 3);
        assert!(both(&INVARIANT, &before, &after, &ghost, 2));

        // A server that leads its old term again after its disk was lost is a second leader.
        let (before, mut after) = (three(), three());
        lead(&mut after, 1, 2);
        assert!(both(&INVARIANT, &before, &after, &ghost, 1));
        ghost.leaders[2] = Some(Leader { disk_lost: true, ..one });
        assert!(!both(&INVARIANT, &before, &after, &ghost, 1));
    }
}

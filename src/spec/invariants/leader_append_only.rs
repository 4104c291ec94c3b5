//! Leader append-only: a leader never changes or deletes an entry of its log (thesis figure 3.2).

use super::property::{always, Invariant, Touched, Verdict, Whole, LOG};
use crate::spec::server::Role;

pub const INVARIANT: Invariant = Invariant {
    name: "leader-append-only",
    tla: "LeaderAppendOnly",
    sentence: "A leader never changes or deletes an entry of its own log.",
    reference: "paper figure 3; thesis 3.5",
    holds_in: always,
    looks_at: LOG,
    whole,
    touched,
};

fn whole(whole: &Whole) -> Verdict {
    let Some(before) = whole.before else { return Ok(()) };
    for node in whole.after.nodes() {
        let (old, new) = (before.server(node), whole.after.server(node));
        let leads = old.role == Role::Leader && new.role == Role::Leader && old.current_term == new.current_term;
        let kept = || new.log.last_index() >= old.log.last_index() && new.log.first_difference(&old.log).is_none();
        if leads && !kept() {
            return Err(format!("leader {node} changed its log of {} entries", old.log.last_index()));
        }
    }
    Ok(())
}

fn touched(touched: &Touched) -> Verdict {
    let server = touched.after.server(touched.node);
    match touched.leads_on() && server.changed_from <= touched.before.last_index {
        true => Err(format!("leader {} changed its log at index {}", touched.node, server.changed_from)),
        false => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::ghost::Ghost;
    use crate::spec::invariants::property::testing::*;

    #[test]
    fn fires_when_a_leader_cuts_its_log_and_stays_silent_when_it_appends() {
        let mut before = three();
        set_log(&mut before, 1, &[2, 2]);
        lead(&mut before, 1, 3);
        let mut after = before.clone();
        set_log(&mut after, 1, &[2]);
        after.server_mut(node(1)).changed_from = 2;
        assert!(!both(&INVARIANT, &before, &after, &Ghost::default(), 1));
        set_log(&mut after, 1, &[2, 2, 3]);
        after.server_mut(node(1)).changed_from = 3;
        assert!(both(&INVARIANT, &before, &after, &Ghost::default(), 1));
    }
}

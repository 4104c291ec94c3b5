//! Monotonic match: a leader's match index of a peer never goes down in its term (paper figure 2).
//!
//! raft.tla lets a late response lower it, so this holds where the switch is on.

use super::property::{each_server, Invariant, Touched, Verdict, PEERS};
use crate::spec::dialect::Switch;
use crate::spec::ids::{NodeId, MAX_NODES};

pub const INVARIANT: Invariant = Invariant {
    name: "monotonic-match",
    tla: "MonotonicMatchIndex",
    sentence: "A leader's match index of a peer never goes down in its term.",
    reference: "paper figure 2: matchIndex increases monotonically",
    holds_in: |dialect| dialect.has(Switch::MonotonicMatch),
    looks_at: PEERS,
    whole: |whole| each_server(whole, touched),
    touched,
};

fn touched(touched: &Touched) -> Verdict {
    let server = touched.after.server(touched.node);
    // A peer that was a member before is a new one when it comes back.
    let forgotten = server.owed.forgotten;
    let lowers = |slot: &usize| {
        server.match_index[*slot] < touched.before.match_index[*slot] && !forgotten.contains(NodeId::from_slot(*slot))
    };
    let lowered = || (0..MAX_NODES).find(lowers);
    match touched.leads_on().then(lowered).flatten() {
        Some(slot) => Err(format!("leader {} lowered its match index of {}", touched.node, slot + 1)),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::ghost::Ghost;
    use crate::spec::invariants::property::testing::*;

    #[test]
    fn fires_when_match_goes_down_and_stays_silent_in_a_new_term() {
        let mut before = three();
        lead(&mut before, 1, 2);
        before.server_mut(node(1)).match_index[1] = 3;
        let mut after = before.clone();
        after.server_mut(node(1)).match_index[1] = 2;
        assert!(!both(&INVARIANT, &before, &after, &Ghost::default(), 1));
        lead(&mut after, 1, 3);
        assert!(both(&INVARIANT, &before, &after, &Ghost::default(), 1));
    }
}

//! Next above match: a leader never sends a peer what it knows the peer to have (paper figure 2).
//!
//! raft.tla's `nextIndex` goes down with every refusal, old ones included, so this holds where
//! next is moved by the rules of etcd's Progress.

use super::property::{Invariant, Touched, Verdict, Whole, PEERS, ROLE};
use crate::spec::dialect::Switch;
use crate::spec::ids::NodeId;
use crate::spec::server::Role;
use crate::spec::state::State;

pub const INVARIANT: Invariant = Invariant {
    name: "next-above-match",
    tla: "NextIndexAboveMatchIndex",
    sentence: "A leader never sends a peer what it knows the peer to have.",
    reference: "paper figure 2: nextIndex, matchIndex; raft-rs pull request 557",
    holds_in: |dialect| dialect.has(Switch::Pipelining) && dialect.has(Switch::MonotonicMatch),
    looks_at: PEERS | ROLE,
    whole: |whole: &Whole| whole.after.nodes().try_for_each(|node| check(whole.after, node)),
    touched: |touched: &Touched| check(touched.after, touched.node),
};

fn check(state: &State, node: NodeId) -> Verdict {
    let server = state.server(node);
    if server.role != Role::Leader {
        return Ok(());
    }
    for peer in state.peers(node).iter() {
        let (next, matched) = (server.next_index[peer.slot()], server.match_index[peer.slot()]);
        if next <= matched && !server.progress[peer.slot()].below_match {
            return Err(format!("leader {node} would send {peer} index {next}, which matches up to {matched}"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::ghost::Ghost;
    use crate::spec::invariants::property::testing::*;

    #[test]
    fn fires_when_next_is_not_above_match_and_stays_silent_when_it_is() {
        let mut state = three();
        lead(&mut state, 1, 2);
        state.server_mut(node(1)).match_index[2] = 1;
        assert!(!both(&INVARIANT, &state, &state, &Ghost::default(), 1));
        state.server_mut(node(1)).next_index[2] = 2;
        assert!(both(&INVARIANT, &state, &state, &Ghost::default(), 1));
    }
}

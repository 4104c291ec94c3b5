//! Leases (thesis 6.4.1): a leader that a quorum has answered within an election timeout is the only
//! one, if clocks run alike, and reads need no messages.
//!
//! raft-rs documents that its lease reads "can be affected by clock drift". So a stale one is judged
//! exactly where there was none: since the leader's election all running servers have ticked equally
//! often, none a tick ahead of another's next, none of them has restarted (it would have forgotten
//! its leader), every one checks its quorum, as raft-rs's `Config::validate` asks, and no voter's election timeout is
//! shorter than the leader's.

use super::ids::{NodeId, NodeSet, MAX_NODES};
use super::server::Role;
use super::state::State;

/// The ticks of all clocks since each leader was elected.
#[derive(Clone, Debug, Default)]
pub struct Clocks {
    ticks: [u32; MAX_NODES],
    /// The ticks at each server's last election.
    since: [[u32; MAX_NODES]; MAX_NODES],
    /// Leaders in whose time clocks ran apart.
    apart: NodeSet,
    stopped: NodeSet,
    void: bool,
}

impl Clocks {
    /// `i` was elected.
    pub fn elected(&mut self, i: NodeId) {
        self.since[i.slot()] = self.ticks;
        self.apart.remove(i);
    }

    /// The clock of `i` ticked.
    pub fn ticked(&mut self, i: NodeId, state: &State) {
        self.ticks[i.slot()] += 1;
        for leader in state.nodes().filter(|leader| state.server(*leader).role == Role::Leader) {
            if self.spread(leader, state.server(leader).configuration.electors()) > 1 {
                self.apart.insert(leader);
            }
        }
    }

    /// `i` stopped, and ticks no more.
    pub fn stopped(&mut self, i: NodeId) {
        self.stopped.insert(i);
    }

    /// `i` runs again, and has forgotten its leader.
    pub fn restarted(&mut self, i: NodeId) {
        self.stopped.remove(i);
        self.apart = NodeSet::first(MAX_NODES);
    }

    /// A server checks its quorum no more: from now on no lease is worth anything.
    pub fn void(&mut self) {
        self.void = true;
    }

    /// True if the clocks ran as leader `i`'s lease asks, and are level now.
    pub fn are_even(&self, i: NodeId, voters: NodeSet) -> bool {
        !self.void && !self.apart.contains(i) && self.spread(i, voters) == 0
    }

    fn spread(&self, leader: NodeId, voters: NodeSet) -> u32 {
        let running = voters.iter().filter(|node| !self.stopped.contains(*node));
        let ticks = running.map(|node| self.ticks[node.slot()] - self.since[leader.slot()][node.slot()]);
        let (least, most) = ticks.fold((u32::MAX, 0), |(least, most), ticks| (least.min(ticks), most.max(ticks)));
        most.saturating_sub(least)
    }
}

/// True if a voter holds to leader `i` for a shorter time than the lease of `i` lasts: then no lease is worth anything
/// (thesis 6.4.1: the lease lasts no longer than the election timeout after which another leader may be elected).
pub fn is_too_long(state: &State, i: NodeId) -> bool {
    let timeout = |j: NodeId| state.server(j).options.election_timeout;
    state.server(i).configuration.electors().iter().any(|j| timeout(j) < timeout(i))
}

/// True if a quorum holds to leader `i` by its own clocks: then nobody else has been elected.
pub fn is_held(state: &State, i: NodeId) -> bool {
    let holding = state.peers(i).iter().filter(|j| holds_to(state, *j, i)).chain([i]).collect();
    state.server(i).configuration.is_quorum(holding)
}

/// True if `j` is leader `i`, or has heard of it within its election timeout.
pub fn holds_to(state: &State, j: NodeId, i: NodeId) -> bool {
    let (server, leader) = (state.server(j), state.server(i));
    let hears = server.clock.elapsed < server.options.election_timeout;
    j == i || ((server.leader, server.current_term) == (Some(i), leader.current_term) && hears)
}

//! Ticks: elections after the election timeout, heartbeats in their interval (thesis 3.4).

use super::{node_id, Fault, Reference};
use crate::spec::NodeSet;

impl Reference {
    pub(super) fn on_tick(&mut self) {
        match self.leads() {
            true => self.tick_leader(),
            false => self.tick_follower(),
        }
    }

    fn tick_follower(&mut self) {
        self.elapsed += 1;
        let early = u64::from(self.has(Fault::CampaignsEarly));
        if self.elapsed + early >= self.timeout && self.is_elector() {
            self.elapsed = 0;
            if !self.has(Fault::NeverCampaigns) {
                self.start_election();
            }
        }
    }

    fn tick_leader(&mut self) {
        self.heartbeat_elapsed += 1;
        self.elapsed += 1;
        if self.elapsed >= self.config.setup.election_tick.into() {
            self.elapsed = 0;
            self.check_quorum();
            // A transfer ends after an election timeout (thesis 3.10).
            self.transferee = 0;
        }
        if self.leads() && self.heartbeat_elapsed >= self.config.setup.heartbeat_tick.into() {
            self.heartbeat_elapsed = 0;
            self.send_heartbeats(self.newest_read());
        }
    }

    /// Steps down if no quorum was active during an election timeout (thesis 6.2).
    fn check_quorum(&mut self) {
        if !self.flow.check_quorum_on || self.has(Fault::LeadsAlone) {
            return;
        }
        let active = self.peers.iter().filter(|(_, peer)| peer.active).map(|(id, _)| node_id(*id));
        let mut active: NodeSet = active.collect();
        active.insert(self.me());
        self.peers.values_mut().for_each(|peer| peer.active = false);
        if !self.is_quorum(active) {
            self.become_follower(self.hard_state.term, 0);
        }
    }

    /// True while the last message of the leader is so recent that no other leader can have been elected (thesis 4.2.3).
    pub(super) fn in_lease(&self) -> bool {
        self.flow.check_quorum_on && self.hears_leader() && !self.has(Fault::VotesInLease)
    }

    /// True if it leads, or heard of its leader within the least election timeout.
    pub(super) fn hears_leader(&self) -> bool {
        self.leader != 0 && self.elapsed < self.config.setup.election_tick.into()
    }
}

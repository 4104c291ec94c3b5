//! Ticks: elections when the timeout has passed, heartbeats in their interval (thesis 3.4).

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
            // A transfer that takes longer is given up (thesis 3.10).
            self.transferee = 0;
        }
        if self.leads() && self.heartbeat_elapsed >= self.config.setup.heartbeat_tick.into() {
            self.heartbeat_elapsed = 0;
            self.send_heartbeats(self.newest_read());
        }
    }

    /// A leader that has not heard of a quorum for an election timeout steps down (thesis 6.2).
    fn check_quorum(&mut self) {
        if !self.flow.checks_quorum || self.has(Fault::LeadsAlone) {
            return;
        }
        let heard = self.peers.iter().filter(|(_, peer)| peer.active).map(|(id, _)| node_id(*id));
        let mut heard: NodeSet = heard.collect();
        heard.insert(self.me());
        self.peers.values_mut().for_each(|peer| peer.active = false);
        if !self.is_quorum(heard) {
            self.become_follower(self.hard_state.term, 0);
        }
    }

    /// Whether the leader was heard of so lately that no other can have been elected (thesis 4.2.3).
    pub(super) fn in_lease(&self) -> bool {
        self.flow.checks_quorum
            && self.leader != 0
            && self.elapsed < self.config.setup.election_tick.into()
            && !self.has(Fault::VotesInLease)
    }
}

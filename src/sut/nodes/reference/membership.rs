//! Changes of the configuration (thesis 4): one at a time, effective when applied.

use super::{Fault, Peer, Reference};
use crate::spec::{Change, Changed, Configuration, NodeSet, Step, NO_OP};

impl Reference {
    /// The nodes that are asked for votes.
    pub(super) fn electors(&self) -> NodeSet {
        match self.has(Fault::LearnersVote) {
            true => self.configuration.members(),
            false => self.configuration.electors(),
        }
    }

    /// The sets of voters of which each needs a majority.
    pub(super) fn majorities(&self) -> [NodeSet; 2] {
        let Configuration { voters, outgoing, learners, .. } = self.configuration;
        match self.fault {
            Some(Fault::IncomingMajorityAlone) => [voters, NodeSet::EMPTY],
            Some(Fault::LearnersAcknowledge) => [voters.or(learners), outgoing],
            _ => [voters, outgoing],
        }
    }

    pub(super) fn is_quorum(&self, nodes: NodeSet) -> bool {
        match self.has(Fault::IncomingMajorityAlone) {
            true => nodes.is_quorum_of(self.configuration.voters),
            false => self.configuration.is_quorum(nodes),
        }
    }

    /// True if the granted votes elect a leader.
    pub(super) fn is_elected(&self, granted: NodeSet) -> bool {
        let Configuration { voters, learners, .. } = self.configuration;
        match self.fault {
            Some(Fault::QuorumTooSmall) => granted.and(voters).len() * 2 >= voters.len(),
            Some(Fault::LearnersVote) => granted.is_quorum_of(voters.or(learners)),
            _ => self.is_quorum(granted),
        }
    }

    pub(super) fn is_elector(&self) -> bool {
        let learns = self.configuration.learners.contains(self.me());
        self.configuration.electors().contains(self.me()) || (learns && self.has(Fault::CampaignsAsLearner))
    }

    /// True if the node has a vote, and no committed change of the configuration waits to be applied.
    pub(super) fn may_campaign(&self) -> bool {
        let unapplied = self.log.has_change_between(self.applied, self.hard_state.commit);
        self.is_elector() && (!unapplied || self.has(Fault::CampaignsOverChange))
    }

    /// The value that is appended for a proposed one: an empty entry for a change that is not allowed now.
    pub(super) fn admissible(&self, value: u32) -> u32 {
        let Some(change) = Change::from_value(value) else { return value };
        let pending = self.pending_change > self.applied && !self.has(Fault::SecondChange);
        match pending || self.configuration.is_joint() != change.is_empty() {
            true => NO_OP,
            false => value,
        }
    }

    /// The application applies a change; the configuration then, unless the change may not be applied.
    pub(super) fn on_change_applied(&mut self, change: &Change) -> Option<Configuration> {
        let names_nobody = change.steps().any(|(step, _)| step == Step::Nobody);
        if names_nobody && self.has(Fault::RefusesNobody) {
            return None;
        }
        let changed = self.application_configuration.changed(change).ok()?;
        self.application_configuration = changed.configuration;
        // A snapshot that it has not applied yet has brought a newer configuration already.
        if self.log.base().index <= self.applied {
            self.reconfigure(changed);
        }
        Some(changed.configuration)
    }

    fn reconfigure(&mut self, Changed { configuration, fresh }: Changed) {
        let gone = self.configuration.members().minus(configuration.members());
        self.configuration = configuration;
        // Their progress is outdated.
        for id in gone.or(fresh).iter().map(|node| node.number().into()) {
            self.peers.remove(&id);
            self.max_inflight_msgs.remove(&id);
            self.reported.remove(&id);
            self.flow.groups.remove(&id);
        }
        if !self.leads() {
            return;
        }
        match configuration.electors().contains(self.me()) || self.has(Fault::LeadsAfterRemoval) {
            true => self.adopt_members(fresh.without(self.me())),
            // Thesis 4.2.2: a leader that is removed steps down.
            false => self.become_follower(self.hard_state.term, 0),
        }
    }

    /// Adds new members as peers, and recounts the reads and entries that wait for a quorum.
    fn adopt_members(&mut self, fresh: NodeSet) {
        let next = match self.fault {
            Some(Fault::ProbesFromStart) => 1,
            Some(Fault::ProbesPastEnd) => self.log.last_index() + 100,
            _ => self.log.last_index() + 1,
        };
        for id in fresh.iter().map(|node| node.number().into()) {
            self.peers.insert(id, Peer::added(next));
        }
        self.abort_transfer_without_vote();
        if !self.has(Fault::NeverRecounts) {
            self.recount_reads();
            self.advance_commit();
        }
        fresh.iter().for_each(|node| self.update(node.number().into()));
    }

    /// Leaves a joint configuration with auto-leave, once no change is pending.
    pub(super) fn leave_joint_when_due(&mut self) {
        let due = self.leads() && self.configuration.auto_leave && self.applied >= self.pending_change;
        if due && !self.has(Fault::NeverLeavesJoint) {
            self.pending_change = self.log.last_index() + 1;
            self.append_own(Change::LEAVE.value(), 0);
        }
    }
}

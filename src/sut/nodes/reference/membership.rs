//! Changes of the configuration (thesis 4): one at a time, taken when they are applied.

use super::{Fault, Peer, Reference};
use crate::spec::{Change, Changed, Configuration, NodeSet, NO_OP};

impl Reference {
    /// Whose votes count.
    pub(super) fn electors(&self) -> NodeSet {
        match self.has(Fault::LearnersVote) {
            true => self.configuration.members(),
            false => self.configuration.electors(),
        }
    }

    /// The sets of which each must agree by majority.
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

    /// Whether those who granted their vote decide an election.
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

    /// Nobody campaigns without a vote, or over a committed change that the application has not applied.
    pub(super) fn may_campaign(&self) -> bool {
        let unapplied = self.log.has_change_between(self.applied, self.hard_state.commit);
        self.is_elector() && (!unapplied || self.has(Fault::CampaignsOverChange))
    }

    /// What is appended for a proposed `value`: nothing in place of a change that may not be made now.
    pub(super) fn admissible(&self, value: u32) -> u32 {
        let Some(change) = Change::from_value(value) else { return value };
        let pending = self.pending_change > self.applied && !self.has(Fault::SecondChange);
        match pending || self.configuration.is_joint() != change.is_empty() {
            true => NO_OP,
            false => value,
        }
    }

    /// The application applies a change; the configuration that it has then, unless it may not be applied.
    pub(super) fn take_change(&mut self, change: &Change) -> Option<Configuration> {
        let changed = self.application.changed(change).ok()?;
        self.application = changed.configuration;
        // A snapshot that it has not applied yet has brought a newer configuration already.
        if self.log.base().index <= self.applied {
            self.reconfigure(changed);
        }
        Some(changed.configuration)
    }

    fn reconfigure(&mut self, Changed { configuration, fresh }: Changed) {
        let gone = self.configuration.members().minus(configuration.members());
        self.configuration = configuration;
        // What was known of them says nothing any more.
        for id in gone.or(fresh).iter().map(|node| node.number().into()) {
            self.peers.remove(&id);
            self.windows.remove(&id);
            self.flow.groups.remove(&id);
        }
        if !self.leads() {
            return;
        }
        match configuration.electors().contains(self.me()) || self.has(Fault::LeadsAfterRemoval) {
            true => self.lead_on(fresh.without(self.me())),
            // Thesis 4.2.2: a leader that is removed steps down.
            false => self.become_follower(self.hard_state.term, 0),
        }
    }

    /// A leader meets its new members, and looks again at what waited for the old ones.
    fn lead_on(&mut self, fresh: NodeSet) {
        let next = self.log.last_index() + 1;
        for id in fresh.iter().map(|node| node.number().into()) {
            self.peers.insert(id, Peer::newly_met(next));
        }
        self.keep_successor_with_vote();
        if !self.has(Fault::NeverRecounts) {
            self.reconsider_reads();
            self.advance_commit();
        }
        fresh.iter().for_each(|node| self.update(node.number().into()));
    }

    /// Leaves a joint configuration that is to be left by itself, once nothing is pending any more.
    pub(super) fn leave_joint_when_due(&mut self) {
        let due = self.leads() && self.configuration.auto_leave && self.applied >= self.pending_change;
        if due && !self.has(Fault::NeverLeavesJoint) {
            self.pending_change = self.log.last_index() + 1;
            self.append_own(Change::LEAVE.value(), 0);
        }
    }
}

//! Leadership transfer (thesis 3.10).

use super::{node_id, Fault, Reference};
use crate::sut::{MessageKind, MessageView, RoleView};

impl Reference {
    /// A request for a transfer to `target`; a follower forwards it to its leader.
    pub(super) fn transfer_to(&mut self, target: u64) {
        match self.leads() {
            true => self.start_transfer(target),
            false if self.leader == 0 => {}
            false => {
                let head = self.head(MessageKind::TransferLeader, self.leader);
                self.send(MessageView { from: target, ..head });
            }
        }
    }

    /// Begins a transfer to a voter; it replaces the pending one.
    fn start_transfer(&mut self, target: u64) {
        if !self.configuration.electors().contains(node_id(target)) || self.transferee == target {
            return;
        }
        if target == self.config.id {
            self.transferee = 0;
            return;
        }
        self.transferee = target;
        self.elapsed = 0;
        match self.is_up_to_date(target) || self.has(Fault::TransfersTooSoon) {
            true => self.send(self.head(MessageKind::TimeoutNow, target)),
            false => self.update(target),
        }
    }

    /// Sends TimeoutNow to the target of the transfer, if it is `id` and has the whole log.
    pub(super) fn send_timeout_now_if_caught_up(&mut self, id: u64) {
        if self.transferee == id && self.is_up_to_date(id) {
            self.send(self.head(MessageKind::TimeoutNow, id));
        }
    }

    /// Aborts a transfer to a node that has lost its vote.
    pub(super) fn abort_transfer_without_vote(&mut self) {
        let target = (self.transferee != 0).then(|| node_id(self.transferee));
        let votes = target.is_some_and(|node| self.configuration.electors().contains(node));
        if !votes && !self.has(Fault::KeepsTransferee) {
            self.transferee = 0;
        }
    }

    /// Starts an election without a pre-vote: the leader transfers leadership to this node.
    pub(super) fn on_timeout_now(&mut self) {
        if self.role == RoleView::Follower && self.may_campaign() {
            self.campaign_transfer = true;
            self.become_candidate();
        }
    }
}

//! Leader transfer (thesis 3.10).

use super::{node_id, Fault, Reference};
use crate::sut::view::{MessageKind, RoleView};

impl Reference {
    /// Somebody wants `target` to lead: a follower tells its leader.
    pub(super) fn transfer_to(&mut self, target: u64) {
        match (self.role, self.leader) {
            (RoleView::Leader, _) => self.give_way_to(target),
            (RoleView::Candidate | RoleView::PreCandidate, _) | (RoleView::Follower, 0) => {}
            (RoleView::Follower, leader) => {
                let mut head = self.head(MessageKind::TransferLeader, leader);
                head.from = target;
                self.send(head);
            }
        }
    }

    /// Only a voter can lead, and another wish takes the place of the one before.
    fn give_way_to(&mut self, target: u64) {
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
    /// Peer `id` has acknowledged more: a successor that has all is told.
    pub(super) fn tell_successor(&mut self, id: u64) {
        if self.transferee == id && self.is_up_to_date(id) {
            self.send(self.head(MessageKind::TimeoutNow, id));
        }
    }

    /// A successor that has no vote any more is none.
    pub(super) fn keep_successor_with_vote(&mut self) {
        let successor = (self.transferee != 0).then(|| node_id(self.transferee));
        let votes = successor.is_some_and(|node| self.configuration.electors().contains(node));
        if !votes && !self.has(Fault::KeepsTransferee) {
            self.transferee = 0;
        }
    }

    /// The leader wants this node for its successor: it starts an election, whatever others would vote.
    pub(super) fn on_timeout_now(&mut self) {
        if self.role == RoleView::Follower && self.may_campaign() {
            self.chosen = true;
            self.run_for_leader();
        }
    }
}

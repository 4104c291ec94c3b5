//! Elections (thesis 3.4, and 9.6 for pre-votes).

use super::{node_id, Fault, Peer, Reference};
use crate::spec::{NodeSet, NO_OP};
use crate::sut::{MessageKind, MessageView, RoleView};

impl Reference {
    pub(super) fn start_election(&mut self) {
        if self.leads() || !self.may_campaign() {
            return;
        }
        self.campaign_transfer = false;
        match self.config.setup.pre_vote {
            false => self.become_candidate(),
            true => {
                self.role = RoleView::PreCandidate;
                self.leader = 0;
                self.request_votes(MessageKind::RequestPreVote, self.hard_state.term + 1);
            }
        }
    }

    pub(super) fn become_candidate(&mut self) {
        self.become_follower(self.hard_state.term + 1, 0);
        self.role = RoleView::Candidate;
        self.requested = 0;
        self.hard_state.vote = self.config.id;
        self.request_votes(MessageKind::RequestVote, self.hard_state.term);
    }

    fn request_votes(&mut self, kind: MessageKind, term: u64) {
        let asking = self.role;
        (self.granted, self.rejected) = (NodeSet::only(self.me()), NodeSet::EMPTY);
        self.count_votes();
        if self.role != asking {
            return;
        }
        for to in self.electors().without(self.me()).iter() {
            let mut head = self.head(kind, to.number().into());
            head.term = term;
            head.priority = self.priority.into();
            head.transfer = self.campaign_transfer;
            (head.index, head.log_term) = (self.log.last_index(), self.log.last_term());
            self.attach_commit(&mut head);
            self.send(head);
        }
    }

    fn count_votes(&mut self) {
        let possible = self.electors().minus(self.rejected);
        if self.is_elected(self.granted) {
            match self.role {
                RoleView::PreCandidate => self.become_candidate(),
                RoleView::Follower | RoleView::Candidate | RoleView::Leader => self.become_leader(),
            }
        } else if !self.is_elected(possible) {
            self.become_follower(self.hard_state.term, 0);
        }
    }

    fn become_leader(&mut self) {
        self.become_follower(self.hard_state.term, self.config.id);
        self.role = RoleView::Leader;
        let (last, members) = (self.log.last_index(), self.configuration.members().without(self.me()));
        self.peers = members.iter().map(|node| (node.number().into(), Peer::new(last + 1))).collect();
        // A change may be pending anywhere in the log.
        self.pending_change = last;
        if !self.has(Fault::NoNoOp) {
            self.append_own(NO_OP, 0);
        }
    }

    pub(super) fn on_vote_request(&mut self, head: &MessageView) {
        let pre = head.kind == MessageKind::RequestPreVote;
        if pre && !self.config.setup.pre_vote && self.has(Fault::IgnoresPreVotes) {
            return;
        }
        let granted = self.can_vote(head, pre);
        let kind = if pre { MessageKind::RequestPreVoteResponse } else { MessageKind::RequestVoteResponse };
        let mut answer = self.head(kind, head.from);
        answer.reject = !granted;
        if granted && pre {
            answer.term = head.term;
        } else if granted {
            self.elapsed = 0;
            self.hard_state.vote = head.from;
        } else {
            self.attach_commit(&mut answer);
        }
        self.send(answer);
        if !granted {
            self.commit_by_vote(head);
        }
    }

    /// True if a request for a vote is granted (paper 5.2, 5.4.1), or for a pre-vote (thesis 9.6).
    fn can_vote(&self, head: &MessageView, pre: bool) -> bool {
        let (last, term) = (self.log.last_index(), self.log.last_term());
        let free = match self.hard_state.vote {
            0 => self.leader == 0,
            vote => vote == head.from || self.has(Fault::VotesTwice),
        };
        let free = free || (pre && head.term > self.hard_state.term);
        let silent = !pre || !self.hears_leader() || self.has(Fault::PreVotesUnderLeader);
        let newer = (head.log_term, head.index) >= (term, last) || self.has(Fault::VotesForStaleLogs);
        let preferred = head.index > last || i64::from(self.priority) <= head.priority;
        free && silent && newer && (preferred || self.has(Fault::IgnoresPriority))
    }

    pub(super) fn on_vote_response(&mut self, head: &MessageView) {
        let asked = match head.kind {
            MessageKind::RequestPreVoteResponse => {
                self.role == RoleView::PreCandidate && (head.reject || head.term == self.hard_state.term + 1)
            }
            _ => self.role == RoleView::Candidate,
        };
        if !asked {
            return;
        }
        let voter = node_id(head.from);
        // The first answer counts.
        match (self.granted.or(self.rejected).contains(voter), head.reject) {
            (true, _) => {}
            (false, true) => self.rejected.insert(voter),
            (false, false) => self.granted.insert(voter),
        }
        self.count_votes();
        if head.reject {
            self.commit_by_vote(head);
        }
    }

    /// Attaches the sender's commit index and its term to a vote.
    fn attach_commit(&self, head: &mut MessageView) {
        head.commit = self.hard_state.commit;
        head.commit_term = self.log.term_at(head.commit).unwrap_or(0);
    }

    /// Commits up to the index that a vote carries, if the logs agree there.
    fn commit_by_vote(&mut self, head: &MessageView) {
        let before = self.hard_state.commit;
        if head.commit <= before || self.log.term_at(head.commit) != Some(head.commit_term) || self.leads() {
            return;
        }
        self.hard_state.commit = head.commit;
        // The voters may change during the election, so it ends.
        if self.role != RoleView::Follower && self.log.has_change_between(before, head.commit) {
            self.become_follower(self.hard_state.term, 0);
        }
    }
}

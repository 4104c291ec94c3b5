//! Messages, and the rules for their terms.

use super::{node_id, Fault, Reference};
use crate::sut::{EntryView, MessageKind, MessageView, RoleView};

/// A message.
#[derive(Clone, Debug)]
pub struct Wire {
    pub(super) head: MessageView,
    pub(super) entries: Vec<EntryView>,
}

impl Reference {
    /// The head of a message of this term with all other fields empty.
    pub(super) fn head(&self, kind: MessageKind, to: u64) -> MessageView {
        MessageView { kind, from: self.config.id, to, term: self.hard_state.term, ..MessageView::default() }
    }

    pub(super) fn send(&mut self, head: MessageView) {
        self.messages.push(Wire { head, entries: Vec::new() });
    }

    /// Forwards a client's value, or a read's context, to the leader; false if none is known.
    pub(super) fn forward(&mut self, kind: MessageKind, from: u64, value: u32, size: u32) -> bool {
        let knows_leader = self.leader != 0;
        if knows_leader {
            let head = MessageView { from, term: 0, ..self.head(kind, self.leader) };
            self.send_value(head, value, size);
        }
        knows_leader
    }

    /// Sends a message with a client's value, or with a read's context.
    pub(super) fn send_value(&mut self, head: MessageView, value: u32, size: u32) {
        self.messages.push(Wire { head, entries: vec![EntryView { index: 0, term: 0, value, size }] });
    }

    /// Handles a message: first requests of clients, then ignored senders, then terms, then its content.
    pub(super) fn receive(&mut self, Wire { head, entries }: Wire) {
        match head.kind {
            MessageKind::ReadIndex => entries.iter().for_each(|entry| self.on_read(head.from, entry.value)),
            MessageKind::Propose => _ = self.on_proposals(head.from, entries),
            _ if self.is_ignored(&head) => {}
            _ if head.term > self.hard_state.term && !self.enter_term(&head) => {}
            _ if head.term < self.hard_state.term => self.on_stale(&head),
            _ => self.on_message(&head, &entries),
        }
    }

    /// True for a response from outside the configuration, and for a candidate during the leader's lease.
    fn is_ignored(&self, head: &MessageView) -> bool {
        let member = self.configuration.members().contains(node_id(head.from)) || self.has(Fault::HearsOutsiders);
        match head.kind {
            MessageKind::RequestVote | MessageKind::RequestPreVote => {
                !head.transfer && head.term > self.hard_state.term && self.in_lease()
            }
            MessageKind::RequestVoteResponse | MessageKind::RequestPreVoteResponse => !member,
            MessageKind::AppendResponse | MessageKind::HeartbeatResponse => !member,
            _ => false,
        }
    }

    /// Enters the newer term of a message; true if its content is to be handled. The term of a pre-vote is only asked about.
    fn enter_term(&mut self, head: &MessageView) -> bool {
        let asks = head.kind == MessageKind::RequestPreVote && !self.has(Fault::PreVoteRaisesTerm);
        if asks || (head.kind == MessageKind::RequestPreVoteResponse && !head.reject) {
            return true;
        }
        if self.leads() && self.has(Fault::KeepsLeading) {
            return false;
        }
        let leads = matches!(head.kind, MessageKind::Append | MessageKind::Heartbeat | MessageKind::Snapshot);
        self.become_follower(head.term, if leads { head.from } else { 0 });
        true
    }

    /// Answers a message of an older term: a deposed leader learns of the newer term, and so does a pre-candidate.
    fn on_stale(&mut self, head: &MessageView) {
        let told = (self.config.setup.pre_vote || self.flow.check_quorum_on) && !self.has(Fault::IgnoresStaleLeaders);
        match head.kind {
            MessageKind::RequestPreVote => {
                let mut answer = self.head(MessageKind::RequestPreVoteResponse, head.from);
                answer.reject = true;
                self.send(answer);
            }
            MessageKind::Append | MessageKind::Heartbeat if told => {
                self.send(self.head(MessageKind::AppendResponse, head.from));
            }
            _ => {}
        }
    }

    fn on_message(&mut self, head: &MessageView, entries: &[EntryView]) {
        match head.kind {
            MessageKind::RequestVote | MessageKind::RequestPreVote => self.on_vote_request(head),
            MessageKind::RequestVoteResponse | MessageKind::RequestPreVoteResponse => self.on_vote_response(head),
            MessageKind::TransferLeader => self.transfer_to(head.from),
            MessageKind::TimeoutNow => self.on_timeout_now(),
            MessageKind::Append => self.on_append(head, entries),
            MessageKind::Snapshot => self.on_snapshot(head),
            MessageKind::Heartbeat => self.on_heartbeat(head),
            MessageKind::ReadIndexResponse => self.on_read_response(head, entries),
            MessageKind::AppendResponse if self.role == RoleView::Leader => self.on_append_response(head),
            MessageKind::HeartbeatResponse if self.role == RoleView::Leader => self.on_heartbeat_response(head),
            MessageKind::AppendResponse | MessageKind::HeartbeatResponse => {}
            MessageKind::Propose | MessageKind::ReadIndex | MessageKind::Other => {}
        }
    }
}

//! Reads whose contexts are used again: the request that an acknowledgement or an answer belongs to.
//!
//! A context is all that raft-rs tells reads apart by, in heartbeats as in answers. A client that gets no answer may ask again
//! under the same context, and so may the next client after an answer. The judge notes with each message its request.

use super::in_flight::{MessageId, Sent};
use super::Lockstep;
use crate::findings;
use crate::spec::{self, Body, Index, Message, NodeId, Role};

/// A read that waits at its leader, or waited last under its context.
#[derive(Clone, Copy, Default, Debug)]
pub(super) struct Queued {
    /// The number of messages made before: a heartbeat that was made before says nothing of it.
    made: u32,
    /// The commit index when its client asked first: an answer names no less.
    committed: Index,
}

impl Lockstep<'_> {
    /// The note of a message that `i` makes: in an answer, the term of the request. Where contexts are used again, in a heartbeat
    /// and its answer the number of the heartbeat; in a read that is handed on and its answer, how much was committed
    /// when its client asked first.
    #[inline]
    pub(super) fn note(&self, i: NodeId, message: &Message) -> u32 {
        if !self.setup.reuse_contexts {
            return self.received.term;
        }
        match message.body {
            Body::Heartbeat { .. } => self.in_flight.made() + 1,
            Body::ReadIndex { context } if message.from == i => self.ghost.least_index(i, context),
            Body::ReadIndexResponse { context, .. } => self.queued[i.slot()][context as usize].committed,
            Body::HeartbeatResponse { .. } | Body::ReadIndex { .. } => self.received.note,
            _ => self.received.term,
        }
    }

    /// A client of `i` asks to read.
    pub(super) fn asks(&mut self, i: NodeId, context: u32) {
        let before = self.ghost.least_index(i, context);
        self.ghost.asked(i, context);
        // An answer that is to be handed over yet is one to an earlier request.
        if self.state.server(i).read_results.iter().any(|(answered, _)| *answered == context) {
            self.ghost.may_answer_earlier(i, context, before);
        }
        // So is the answer to a read that waits already: a retry, whose client took the answer to the first request.
        if let (true, Some(queued)) = (self.waits(i, context), self.queued.get(i.slot())) {
            self.ghost.may_answer_earlier(i, context, queued[context as usize].committed);
        }
        self.queues(i, context, self.ghost.least_index(i, context));
    }

    /// `i` hears of a read; one that waits already under its context stays the one that is answered.
    pub(super) fn queues(&mut self, i: NodeId, context: u32, committed: Index) {
        if let (false, Some(queued)) = (self.waits(i, context), self.queued.get_mut(i.slot())) {
            queued[context as usize] = Queued { made: self.in_flight.made(), committed };
        }
    }

    /// True if a read waits at leader `i` under that context.
    fn waits(&self, i: NodeId, context: u32) -> bool {
        let server = self.state.server(i);
        server.reads.iter().any(|read| read.context == context)
            || server.early_reads.iter().any(|(_, early)| *early == context)
    }

    /// The reads that a leader answers by its lease once it has committed in its term.
    #[inline]
    pub(super) fn early_lease_reads(&self, i: NodeId) -> Vec<(NodeId, u32)> {
        match spec::answers_by_lease(&self.state, i) {
            true => self.state.server(i).early_reads.clone(),
            false => Vec::new(),
        }
    }

    /// A message arrives where contexts are used again.
    #[cold]
    pub(super) fn reads_arrive(&mut self, i: NodeId, id: MessageId) {
        let Sent { message, note, .. } = &self.in_flight[id];
        let (from, note, server) = (message.from, *note, self.state.server(i));
        // A newer term makes it one.
        let is_follower = server.role == Role::Follower || message.term > server.current_term;
        match message.body {
            Body::ReadIndex { context } => self.queues(i, context, note),
            // The caller tells answers apart (raft-rs `ReadState`): one to an earlier request is judged as that.
            Body::ReadIndexResponse { context, .. } if is_follower => self.ghost.may_answer_earlier(i, context, note),
            Body::HeartbeatResponse { context, .. } if message.term == server.current_term => {
                self.acknowledged(i, from, context, note);
            }
            _ => {}
        }
    }

    /// `from` acknowledges to leader `i` the heartbeat `number`, which carried `context`.
    fn acknowledged(&mut self, i: NodeId, from: NodeId, context: u32, number: u32) {
        let reads = &self.state.server(i).reads;
        let Some(place) = reads.iter().position(|read| read.context == context) else { return };
        let late = number <= self.queued[i.slot()][context as usize].made && !reads[place].acks.contains(from);
        if late && findings::acknowledges_late(self.known, &self.context(i)) {
            // With it all older reads may be answered.
            let reads: Vec<_> = reads.range(..=place).map(|read| (read.from, read.context)).collect();
            reads.into_iter().for_each(|(from, context)| self.excuse(i, from, context));
        }
    }

    /// The read of a client of `from`, which leader `i` answers, is not judged.
    pub(super) fn excuse(&mut self, i: NodeId, from: NodeId, context: u32) {
        match self.queued.get_mut(i.slot()).filter(|_| from != i) {
            Some(queued) => queued[context as usize].committed = 0,
            None => self.ghost.excuse(from, context),
        }
    }
}

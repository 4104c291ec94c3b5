//! Reads without a log entry (thesis 6.4).

use super::{node_id, Fault, Reference};
use crate::spec::NodeSet;
use crate::sut::{EntryView, MessageKind, MessageView, RoleView};

/// A read that waits for a quorum.
#[derive(Debug)]
pub(super) struct Read {
    context: u32,
    /// The node whose client reads.
    from: u64,
    index: u64,
    acks: NodeSet,
}

impl Reference {
    /// A client of `from` reads; a follower forwards the read to its leader.
    pub(super) fn on_read(&mut self, from: u64, context: u32) {
        match self.leads() {
            true => self.start_read(from, context),
            false => drop(self.forward(MessageKind::ReadIndex, from, context, 0)),
        }
    }

    /// True if a faulty node has seen the context before.
    fn is_repeated(&mut self, context: u32) -> bool {
        let taken = self.has(Fault::TakesContextsOnce) && self.flow.contexts.contains(&context);
        self.flow.contexts.extend(self.has(Fault::TakesContextsOnce).then_some(context));
        taken
    }

    fn start_read(&mut self, from: u64, context: u32) {
        let early = self.log.term_at(self.hard_state.commit) != Some(self.hard_state.term);
        // A leader does not know the commit index before it has committed an entry of its term.
        if early && !self.has(Fault::ReadsTooSoon) {
            self.early_reads.extend((!self.has(Fault::DropsEarlyReads)).then_some((from, context)));
            return;
        }
        if self.is_repeated(context) {
            return;
        }
        if self.queue_read(from, context) {
            match self.has(Fault::ReadsAlone) {
                true => self.confirm_reads(context),
                false => self.send_heartbeats(context),
            }
        }
    }

    /// Asks for the reads that came before a commit in this term, all at once.
    pub(super) fn resume_reads(&mut self) {
        let early = std::mem::take(&mut self.early_reads);
        let asked: Vec<u32> = early.into_iter().filter(|read| self.queue_read(read.0, read.1)).map(|it| it.1).collect();
        asked.last().into_iter().for_each(|context| self.send_heartbeats(*context));
    }

    /// Queues a read; false if it is answered at once.
    fn queue_read(&mut self, from: u64, context: u32) -> bool {
        let (index, acks) = (self.index_for(context), NodeSet::only(self.me()));
        if self.config.setup.lease_reads || self.is_quorum(acks) {
            let applied = self.has(Fault::ReadsWhatIsApplied);
            self.answer_read(Read { context, from, index: if applied { self.applied } else { index }, acks });
            return false;
        }
        if self.reads.iter().all(|read| read.context != context) {
            self.reads.push_back(Read { context, from, index, acks });
        }
        true
    }

    /// The index of a read that is asked now.
    fn index_for(&mut self, context: u32) -> u64 {
        let index = self.hard_state.commit;
        match self.has(Fault::AnswersAsAskedFirst) {
            true => *self.flow.first_indexes.entry(context).or_insert(index),
            false => index,
        }
    }

    pub(super) fn newest_read(&self) -> u32 {
        self.reads.back().map_or(0, |read| read.context)
    }

    /// Answers the reads up to the one of context `upto`.
    fn confirm_reads(&mut self, upto: u32) {
        while let Some(read) = self.reads.pop_front() {
            let context = read.context;
            self.answer_read(read);
            if context == upto {
                return;
            }
        }
    }

    fn answer_read(&mut self, Read { context, from, index, .. }: Read) {
        match from == self.config.id {
            true => self.read_results.push((context, index)),
            false => {
                let head = MessageView { index, ..self.head(MessageKind::ReadIndexResponse, from) };
                self.send_value(head, context, 0);
            }
        }
    }

    pub(super) fn on_read_response(&mut self, head: &MessageView, entries: &[EntryView]) {
        if self.role != RoleView::Follower {
            return;
        }
        self.read_results.extend(entries.iter().map(|entry| (entry.value, head.index)));
        if head.index > self.hard_state.commit && self.log.term_at(head.index) == Some(head.term) {
            self.hard_state.commit = head.index;
        }
    }

    pub(super) fn on_read_ack(&mut self, from: u64, context: u32) {
        let waits = |read: &&mut Read| read.context == context && context != 0;
        let Some(read) = self.reads.iter_mut().find(waits) else { return };
        read.acks.insert(node_id(from));
        let acks = read.acks;
        if self.is_quorum(acks) {
            self.confirm_reads(context);
        }
    }

    /// Counts the acknowledgements of the newest read again: a new configuration may need fewer of them.
    pub(super) fn recount_reads(&mut self) {
        let newest = self.reads.back().filter(|read| self.is_quorum(read.acks)).map(|read| read.context);
        if let Some(context) = newest {
            self.confirm_reads(context);
        }
    }
}

//! The messages of a call: each one is judged once, against its sender's state when it is made.

use super::in_flight::{MessageId, Sent};
use super::judge::{CallOf, Judged, Stop};
use super::Lockstep;
use crate::refine::{translation, Field, Value};
use crate::spec::{self, durability, Body, NodeId, Refusal};
use crate::sut::{Abilities, Ability, Call, Node, Shows};

impl Lockstep<'_> {
    /// Judges the messages that a call made, and gives each its handle; then what a Ready hands over besides.
    #[inline(always)]
    pub(super) fn judge_messages<N: Node>(
        &mut self,
        i: NodeId,
        call: &CallOf<N>,
        node: &N,
        ids: &mut Vec<MessageId>,
    ) -> Judged {
        if let Call::Advanced { ready, applied } = *call {
            self.judge_unsent::<N>(i, &ready.messages, 0, ids)?;
            self.delivered(i, ready)?;
            // The node hands over first, and takes for applied what was handed over before.
            applied.map_or(Ok(()), |index| self.advanced(i, index))?;
            self.judge_unsent::<N>(i, node.messages(), ready.messages.len(), ids)?;
        } else {
            self.judge_unsent::<N>(i, node.messages(), 0, ids)?;
        }
        match self.state.settings.async_fetch {
            true => self.fetching(i, node),
            false => Ok(()),
        }
    }

    /// Judges the messages that have no handle yet: those after the first `others` handles are of `unsent`.
    #[inline]
    fn judge_unsent<N: Node>(
        &mut self,
        i: NodeId,
        unsent: &[N::Message],
        others: usize,
        ids: &mut Vec<MessageId>,
    ) -> Judged {
        let waiting = ids.len() - others;
        // Those that waited for a Ready come first, and were judged when they were made.
        let Some(made) = unsent.get(waiting..) else {
            return Err(self.differs(i, Field::MessagesInReady, waiting, unsent.len()));
        };
        let batches = self.state.server(i).batch_append;
        for message in made {
            let id = match if batches { self.batched::<N>(i, message, None)? } else { None } {
                Some(sent) => self.in_flight.add(sent),
                None => self.sent::<N>(i, message)?,
            };
            ids.push(id);
            self.observer.sent(&self.in_flight[id].message, id.number());
        }
        match batches {
            true => self.judge_waiting::<N>(i, unsent, &ids[others..others + waiting]),
            false => Ok(()),
        }
    }

    /// Judges a message that `i` made, and gives it its handle.
    fn sent<N: Node>(&mut self, i: NodeId, message: &N::Message) -> Judged<MessageId> {
        self.entries.clear();
        let described = N::describe(message, &mut self.entries);
        let Some(sent) = translation::message(self.align, &described, &self.entries) else {
            return Err(self.unknown_message::<N>(i, message));
        };
        if matches!(sent.body, Body::AppendEntriesRequest { .. }) {
            self.fits_size::<N>(i, message)?;
        }
        match spec::sent(&mut self.state, i, &sent, &mut self.outbox) {
            Ok(()) => {
                let write_before = durability::write_before(&self.state, i, &sent);
                let note = self.note(i, &sent);
                Ok(self.in_flight.add(Sent { message: sent, write_before, misplaced: false, note }))
            }
            Err(refusal) => Err(self.refused(i, &sent, refusal)),
        }
    }

    /// An append has no more entries than its limit in bytes allows (raft-rs `Config::max_size_per_msg`: of each append
    /// message).
    #[inline]
    fn fits_size<N: Node>(&self, i: NodeId, message: &N::Message) -> Judged {
        let (limit, count) = (self.setup.max_size_per_msg, self.entries.len());
        let sizes = Abilities::of::<N>().has(Ability::Flow);
        if limit == u32::MAX || count < 2 || !sizes {
            return Ok(());
        }
        let most = N::piece(message, 0, limit).min(count);
        self.same(i, Field::EntriesOfAppend, most, count)
    }

    /// The divergence of a message that the specification has no counterpart of.
    #[cold]
    #[inline(never)]
    pub(super) fn unknown_message<N: Node>(&self, i: NodeId, message: &N::Message) -> Stop {
        let mut entries = Vec::new();
        let described = N::describe(message, &mut entries);
        let entries = entries.iter().map(|entry| translation::entry(self.align, entry)).collect();
        self.differs(i, Field::Message, Value::NoSuchMessage, Value::Unknown(Box::new(described), entries))
    }

    #[cold]
    pub(super) fn refused(&self, i: NodeId, message: &spec::Message, refusal: Refusal) -> Stop {
        let field = Field::of_message(&message.body);
        match refusal {
            Refusal::Disabled(disabled) => self.disabled(i, disabled),
            Refusal::Differs(expected) => self.differs(i, field, Value::Message(expected), message.clone()),
            Refusal::Unasked => self.differs(i, field, Value::NothingToAnswer, message.clone()),
        }
    }
}

//! The messages of a call: each one is judged against its sender's state when it is made.

use super::in_flight::{MessageId, Sent};
use super::judge::{CallOf, Judged, Stop};
use super::observe::Observer;
use super::Lockstep;
use crate::refine::{translation, Field, Value};
use crate::spec::{self, durability, NodeId, Refusal};
use crate::sut::{Call, Node};

impl<O: Observer> Lockstep<'_, O> {
    /// Judges the messages that a call made, and gives each its handle.
    #[inline(always)]
    pub(super) fn judge_messages<N: Node>(
        &mut self,
        i: NodeId,
        call: &CallOf<N>,
        node: &N,
        ids: &mut Vec<MessageId>,
    ) -> Judged {
        let waiting = ids.len();
        let made = match *call {
            Call::Advanced(ready) => &ready.messages,
            _ => &node.messages()[waiting..],
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
        if batches {
            self.judge_waiting(i, node, &ids[..waiting])?;
        }
        if self.state.settings.async_fetch {
            self.fetching(i, node)?;
        }
        Ok(())
    }

    /// Judges a message that `i` made, and gives it its handle.
    fn sent<N: Node>(&mut self, i: NodeId, message: &N::Message) -> Judged<MessageId> {
        self.entries.clear();
        let described = N::describe(message, &mut self.entries);
        let Some(sent) = translation::message(self.align, &described, &self.entries) else {
            return Err(self.unknown_message::<N>(i, message));
        };
        match spec::sent(&mut self.state, i, &sent, &mut self.outbox) {
            Ok(()) => {
                let write_before = durability::write_before(&self.state, i, &sent);
                let note = self.note(i, &sent);
                Ok(self.in_flight.add(Sent { message: sent, write_before, misplaced: false, note }))
            }
            Err(refusal) => Err(self.refused(i, &sent, refusal)),
        }
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

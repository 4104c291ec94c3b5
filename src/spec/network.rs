//! Networks: a bag of messages for exploration, an outbox for lockstep.
//!
//! raft.tla's `messages` is a bag that any action may take from. In lockstep the messages travel
//! beside the implementation's own, so an action only has to say what it sends: the [`Outbox`]
//! holds the answers that the implementation now owes.

use super::action::ActionName;
use super::choice::Choice;
use super::ids::{Index, NodeId};
use super::message::Message;
use std::collections::VecDeque;

/// A network, as the handlers use it.
pub trait Network {
    /// True if one `Receive` takes one disjunct of raft.tla, as exploration wants it. Otherwise it
    /// goes on until the message is consumed, which is a sequence of raft.tla's steps.
    const ATOMIC: bool;

    /// raft.tla `Send`. In lockstep the message joins [`Outbox::expected`], and the judge demands it of the implementation.
    fn send(&mut self, message: Message);

    /// raft.tla `Discard`.
    fn discard(&mut self, message: &Message);

    /// A next index that is a free choice: the specification's `proposal`, or the one that the implementation chose. The
    /// caller checks the bounds.
    fn choose_next(&self, choice: Choice, proposal: Index) -> Index;

    /// Notes that a disjunct of raft.tla's `Next` was taken.
    fn took(&mut self, name: ActionName, node: NodeId);
}

/// raft.tla `messages`: each message with its number of copies. In order, so that equal bags are equal lists.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct Bag(Vec<(Message, u32)>);

impl Bag {
    /// The distinct messages, with their copies, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&Message, u32)> {
        self.0.iter().map(|(message, copies)| (message, *copies))
    }

    /// The number of distinct messages.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// True if there is no message.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// True if a copy of `message` is on its way (raft.tla: `m \in DOMAIN messages`).
    pub fn contains(&self, message: &Message) -> bool {
        self.place(message).is_ok()
    }

    /// The number of copies of `message` in flight.
    pub fn copies(&self, message: &Message) -> u32 {
        self.place(message).map_or(0, |place| self.0[place].1)
    }

    /// The first message of which there are more copies than in `other`.
    pub fn more_than(&self, other: &Bag) -> Option<&Message> {
        self.iter().find(|(message, copies)| *copies > other.copies(message)).map(|(message, _)| message)
    }

    /// All copies, counted.
    pub fn total(&self) -> u32 {
        self.0.iter().map(|(_, copies)| copies).sum()
    }

    /// The bag without its messages, and the room that they took.
    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    /// Adds copies of a message that comes after all others.
    pub(super) fn push(&mut self, message: Message, copies: u32) {
        debug_assert!(self.0.last().is_none_or(|(last, _)| *last < message));
        self.0.push((message, copies));
    }

    /// The same messages as in `other`, in the memory of this one.
    pub fn copy_from(&mut self, other: &Bag) {
        self.0.clone_from(&other.0);
    }

    /// The message's place, or the place where it would be. Bags are small: a search from the front is the fastest.
    fn place(&self, message: &Message) -> Result<usize, usize> {
        match self.0.iter().position(|(other, _)| other >= message) {
            Some(place) if self.0[place].0 == *message => Ok(place),
            Some(place) => Err(place),
            None => Err(self.0.len()),
        }
    }
}

impl Network for Bag {
    const ATOMIC: bool = true;

    fn send(&mut self, message: Message) {
        match self.place(&message) {
            Ok(place) => self.0[place].1 += 1,
            Err(place) => self.0.insert(place, (message, 1)),
        }
    }

    fn discard(&mut self, message: &Message) {
        if let Ok(place) = self.place(message) {
            self.0[place].1 -= 1;
            if self.0[place].1 == 0 {
                self.0.remove(place);
            }
        }
    }

    fn choose_next(&self, _: Choice, proposal: Index) -> Index {
        proposal
    }

    fn took(&mut self, _name: ActionName, _node: NodeId) {}
}

/// The messages that one call of one node must send, and the actions that it took.
#[derive(Clone, Debug, Default)]
pub struct Outbox {
    /// Answers that the implementation owes, in order.
    pub expected: VecDeque<Message>,
    /// The disjuncts taken so far, in order.
    pub taken: Vec<(ActionName, NodeId)>,
    /// The next index that the implementation chose.
    pub chosen_next: Option<Index>,
    /// The number of actions taken in the whole run.
    pub steps: u64,
}

impl Outbox {
    /// Begins another call.
    #[inline]
    pub fn clear(&mut self) {
        if !self.expected.is_empty() {
            self.expected.clear();
        }
        self.taken.clear();
        self.chosen_next = None;
    }
}

impl Network for Outbox {
    const ATOMIC: bool = false;

    fn send(&mut self, message: Message) {
        self.expected.push_back(message);
    }

    fn discard(&mut self, _message: &Message) {}

    fn choose_next(&self, _: Choice, proposal: Index) -> Index {
        self.chosen_next.unwrap_or(proposal)
    }

    #[inline]
    fn took(&mut self, name: ActionName, node: NodeId) {
        self.steps += 1;
        self.taken.push((name, node));
    }
}

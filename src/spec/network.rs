//! Where the specification's messages go: a bag for exploration, an outbox for lockstep.
//!
//! raft.tla's `messages` is a bag that any action may take from. In lockstep the messages travel
//! beside the implementation's own, so an action only has to say what it sends: the [`Outbox`]
//! holds the answers that the implementation now owes.

use super::action::ActionName;
use super::ids::{Index, NodeId};
use super::message::Message;
use std::collections::{BTreeMap, VecDeque};

/// What the handlers need of a network.
pub trait Network {
    /// Whether one `Receive` takes one disjunct of raft.tla, as exploration wants it. Otherwise it
    /// goes on until the message is consumed, which is a sequence of raft.tla's steps.
    const ATOMIC: bool;

    /// raft.tla `Send`.
    fn send(&mut self, message: Message);

    /// raft.tla `Discard`.
    fn discard(&mut self, message: &Message);

    /// Where the leader goes on after a refusal: the specification's `proposal`, or what the
    /// implementation chose. The caller checks the bounds.
    fn choose_next(&self, proposal: Index) -> Index;

    /// Notes that a disjunct of raft.tla's `Next` was taken.
    fn took(&mut self, name: ActionName, node: NodeId);
}

/// raft.tla `messages`: each message with its number of copies.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct Bag(BTreeMap<Message, u32>);

impl Bag {
    /// The distinct messages, with their copies, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&Message, u32)> {
        self.0.iter().map(|(message, copies)| (message, *copies))
    }

    /// The number of distinct messages.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is no message.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether a copy of `message` is on its way (raft.tla: `m \in DOMAIN messages`).
    pub fn contains(&self, message: &Message) -> bool {
        self.0.contains_key(message)
    }

    /// How many copies of `message` are on their way.
    pub fn copies(&self, message: &Message) -> u32 {
        self.0.get(message).copied().unwrap_or(0)
    }

    /// All copies, counted.
    pub fn total(&self) -> u32 {
        self.0.values().sum()
    }
}

impl Network for Bag {
    const ATOMIC: bool = true;

    fn send(&mut self, message: Message) {
        *self.0.entry(message).or_default() += 1;
    }

    fn discard(&mut self, message: &Message) {
        if let Some(copies) = self.0.get_mut(message) {
            *copies -= 1;
            if *copies == 0 {
                self.0.remove(message);
            }
        }
    }

    fn choose_next(&self, proposal: Index) -> Index {
        proposal
    }

    fn took(&mut self, _name: ActionName, _node: NodeId) {}
}

/// What one call of one node must send and has done.
#[derive(Clone, Debug, Default)]
pub struct Outbox {
    /// Answers that the implementation owes, in order.
    pub expected: VecDeque<Message>,
    /// The disjuncts taken so far, in order.
    pub taken: Vec<(ActionName, NodeId)>,
    /// The next index that the implementation chose after a refusal.
    pub chosen_next: Option<Index>,
    /// How many actions were taken in the whole run.
    pub steps: u64,
}

impl Outbox {
    /// Begins another call.
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

    fn choose_next(&self, proposal: Index) -> Index {
        self.chosen_next.unwrap_or(proposal)
    }

    #[inline]
    fn took(&mut self, name: ActionName, node: NodeId) {
        self.steps += 1;
        self.taken.push((name, node));
    }
}

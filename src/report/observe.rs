//! Observers look on while a run happens; the silent one costs nothing.

use crate::schedule::Event;
use crate::spec::{ActionName, Message, NodeId, State};
use crate::sut::{log, Call, Node, Passage};

/// Looks on. Every method does nothing by default.
pub trait Observer {
    /// Whether the implementation's log lines are wanted.
    fn records(&self) -> bool {
        false
    }
    /// An event is about to happen.
    fn event(&mut self, _place: usize, _event: &Event) {}
    /// When all faults are over, an event of the epilogue is about to happen.
    fn healing(&mut self, _event: &Event) {}
    /// From now on the epilogue favours the election timer of this node.
    fn favoured(&mut self, _node: NodeId) {}
    /// What a node is, at the beginning and after each call.
    fn shown<N: Node>(&mut self, _node: NodeId, _shown: &N) {}
    /// A node was called.
    fn called<M, T>(&mut self, _node: NodeId, _call: &Call<M, T>) {}
    /// What the call delivers.
    fn received(&mut self, _message: &Message) {}
    /// It made a message, which has that number; once more when a message that waits has grown.
    fn sent(&mut self, _message: &Message, _number: u32) {}
    /// What becomes of a message.
    fn travels(&mut self, _number: u32, _passage: Passage) {}
    /// A node stopped.
    fn stopped(&mut self, _node: NodeId) {}
    /// The call was judged and found good.
    fn judged(&mut self, _node: NodeId, _taken: &[(ActionName, NodeId)], _state: &State) {}
}

/// Nobody looks on.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Observer for Silent {}

/// Hands everything on until the epilogue favours a node, and from then on who is favoured alone: the continuations are
/// many, and a cluster that stands still shows nothing new in them.
pub struct Folded<'o, O> {
    observer: &'o mut O,
    folded: bool,
}

impl<'o, O: Observer> Folded<'o, O> {
    /// An observer that sees the run of `observer`, folded.
    pub fn of(observer: &'o mut O) -> Self {
        Folded { observer, folded: false }
    }

    fn unfolded(&mut self, tell: impl FnOnce(&mut O)) {
        match self.folded {
            false => tell(self.observer),
            true => drop(log::take()),
        }
    }
}

impl<O: Observer> Observer for Folded<'_, O> {
    fn records(&self) -> bool {
        self.observer.records()
    }
    fn event(&mut self, place: usize, event: &Event) {
        self.unfolded(|observer| observer.event(place, event));
    }
    fn healing(&mut self, event: &Event) {
        self.unfolded(|observer| observer.healing(event));
    }
    fn favoured(&mut self, node: NodeId) {
        self.folded = true;
        self.observer.favoured(node);
    }
    fn shown<N: Node>(&mut self, node: NodeId, shown: &N) {
        self.unfolded(|observer| observer.shown(node, shown));
    }
    fn called<M, T>(&mut self, node: NodeId, call: &Call<M, T>) {
        self.unfolded(|observer| observer.called(node, call));
    }
    fn received(&mut self, message: &Message) {
        self.unfolded(|observer| observer.received(message));
    }
    fn sent(&mut self, message: &Message, number: u32) {
        self.unfolded(|observer| observer.sent(message, number));
    }
    fn travels(&mut self, number: u32, passage: Passage) {
        self.unfolded(|observer| observer.travels(number, passage));
    }
    fn stopped(&mut self, node: NodeId) {
        self.unfolded(|observer| observer.stopped(node));
    }
    fn judged(&mut self, node: NodeId, taken: &[(ActionName, NodeId)], state: &State) {
        self.unfolded(|observer| observer.judged(node, taken, state));
    }
}

//! Observers look on while a run happens; the silent one costs nothing.

use crate::schedule::Event;
use crate::spec::{ActionName, Message, NodeId, State};
use crate::sut::{Call, Node, Transit};

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
    fn travels(&mut self, _number: u32, _passage: Transit) {}
    /// A node stopped.
    fn stopped(&mut self, _node: NodeId) {}
    /// The call was judged and found good.
    fn judged(&mut self, _node: NodeId, _taken: &[(ActionName, NodeId)], _state: &State) {}
}

/// Nobody looks on.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Observer for Silent {}

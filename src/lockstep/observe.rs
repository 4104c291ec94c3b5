//! Observers of a run. The silent one costs nothing.

use crate::schedule::{Event, Setup};
use crate::spec::{ActionName, Message, NodeId, State};
use crate::sut::{Call, Node, Transit};

/// Observes a run. Every method does nothing by default.
pub trait Observer {
    /// True if the implementation's log lines are wanted.
    fn records(&self) -> bool {
        false
    }
    /// The event at a place of the schedule is about to be applied.
    fn event(&mut self, _place: usize, _event: &Event) {}
    /// An event of the healing epilogue is about to be applied.
    fn healing(&mut self, _event: &Event) {}
    /// The epilogue favours the election timer of this node from now on.
    fn favoured(&mut self, _node: NodeId) {}
    /// The state of a node, at the beginning and after each call.
    fn shown<N: Node>(&mut self, _node: NodeId, _shown: &N) {}
    /// A node was called.
    fn called<M, T>(&mut self, _node: NodeId, _call: &Call<M, T>) {}
    /// The call delivers this message.
    fn received(&mut self, _message: &Message) {}
    /// The node made the message of that number; once more when a message that waits to leave has grown.
    fn sent(&mut self, _message: &Message, _number: u32) {}
    /// The message of that number leaves, arrives, is copied or is lost.
    fn travels(&mut self, _number: u32, _passage: Transit) {}
    /// A node stopped.
    fn stopped(&mut self, _node: NodeId) {}
    /// A node has these settings of its own from its next start on, or from its first, which is now.
    fn configured(&mut self, _node: NodeId, _own: &Setup, _starts: bool) {}
    /// A node stopped and lost its disk.
    fn wiped(&mut self, _node: NodeId) {}
    /// The call was judged, and the two agree.
    fn judged(&mut self, _node: NodeId, _taken: &[(ActionName, NodeId)], _state: &State) {}
}

/// The observer that records nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Observer for Silent {}

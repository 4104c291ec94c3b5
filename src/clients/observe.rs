//! Observers of a run that clients judge.

use crate::schedule::{Event, Setup};
use crate::spec::NodeId;
use crate::sut::{Call, Node, Transit};

/// Observes a run. Every method does nothing by default.
pub trait Observer {
    /// True if calls and the implementation's log lines are wanted.
    fn records(&self) -> bool {
        false
    }
    /// A node as it starts.
    fn started<N: Node>(&mut self, _node: NodeId, _shown: &N) {}
    /// The event at a place of the schedule is about to be applied.
    fn event(&mut self, _place: usize, _event: &Event) {}
    /// An event of the healing epilogue is about to be applied.
    fn healing(&mut self, _event: &Event) {}
    /// The epilogue favours the election timer of this node from now on.
    fn favoured(&mut self, _node: NodeId) {}
    /// A node was called; `waiting` are the numbers of the messages that it has not sent yet.
    fn called<N: Node>(&mut self, _node: NodeId, _call: &Call<N::Message, u32>, _shown: &N, _waiting: &[u32]) {}
    /// The message of that number leaves, arrives, is duplicated or is lost.
    fn travels(&mut self, _number: u32, _transit: Transit) {}
    /// A node has these settings of its own from its next start on, or from its first, which is now.
    fn configured(&mut self, _node: NodeId, _own: &Setup, _starts: bool) {}
    /// A node that is down lost its disk.
    fn wiped(&mut self, _node: NodeId) {}
    /// A node stopped.
    fn stopped(&mut self, _node: NodeId) {}
}

/// The observer that records nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Observer for Silent {}

//! Observers look on while a run happens; the silent one costs nothing.

use crate::schedule::Event;
use crate::spec::{ActionName, Message, NodeId, State};
use crate::sut::Call;

/// Looks on. Every method does nothing by default.
pub trait Observer {
    /// Whether the implementation's log lines are wanted.
    fn records(&self) -> bool {
        false
    }
    /// An event is about to happen.
    fn event(&mut self, _place: usize, _event: &Event) {}
    /// A node was called.
    fn called<M, T>(&mut self, _node: NodeId, _call: &Call<M, T>) {}
    /// What the call delivers.
    fn received(&mut self, _message: &Message) {}
    /// It made a message.
    fn sent(&mut self, _message: &Message) {}
    /// The call was judged and found good.
    fn judged(&mut self, _node: NodeId, _taken: &[(ActionName, NodeId)], _state: &State) {}
}

/// Nobody looks on.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Observer for Silent {}

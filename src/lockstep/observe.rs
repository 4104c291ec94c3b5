//! Observers of a run. The silent one costs next to nothing.

use crate::schedule::{Event, Setup};
use crate::spec::{ActionName, Configuration, Message, NodeId, State};
use crate::sut::{Abilities, Call, EntryView, Node, PeerView, Shows, Transit, View};

/// Observes a run. Every method does nothing by default.
///
/// Nothing here is generic, so that the judge is compiled once for each implementation and not for each observer.
pub trait Observer {
    /// True if the implementation's log lines are wanted.
    fn records(&self) -> bool {
        false
    }
    /// True if calls and nodes are wanted.
    fn sees_calls(&self) -> bool {
        true
    }
    /// The event at a place of the schedule is about to be applied.
    fn event(&mut self, _place: usize, _event: &Event) {}
    /// An event of the healing epilogue is about to be applied.
    fn healing(&mut self, _event: &Event) {}
    /// The epilogue favours the election timer of this node from now on.
    fn favoured(&mut self, _node: NodeId) {}
    /// The state of a node, at the beginning and after each call.
    fn shown(&mut self, _node: NodeId, _shown: &dyn Visible) {}
    /// A node was called. The call has the number of its messages, and not the messages.
    fn called(&mut self, _node: NodeId, _call: &Call<(), ()>) {}
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

impl dyn Observer + '_ {
    /// Shows the observer a call, and the node after it, unless it wants neither.
    #[inline]
    pub(super) fn sees<N: Node, I>(&mut self, i: NodeId, call: &Call<N::Message, I>, node: &N) {
        if self.sees_calls() {
            call.seen(|call| self.called(i, call));
            self.shown(i, node);
        }
    }
}

/// The observer that records nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Observer for Silent {
    fn sees_calls(&self) -> bool {
        false
    }
}

/// The part of a [`Node`] that observers see.
pub trait Visible {
    /// See [`Node::view`].
    fn view(&self) -> View;
    /// See [`Node::entries`].
    fn entries(&self, from: u64, each: &mut dyn FnMut(EntryView));
    /// See [`Shows::votes`].
    fn votes(&self, each: &mut dyn FnMut(u64, bool));
    /// See [`Node::peers`].
    fn peers(&self, each: &mut dyn FnMut(u64, PeerView));
    /// See [`Shows::configuration`].
    fn configuration(&self) -> Configuration;
    /// See [`Abilities::of`].
    fn abilities(&self) -> Abilities;
    /// The number of messages that no Ready has taken yet.
    fn waiting_messages(&self) -> usize;
}

impl<N: Node> Visible for N {
    fn view(&self) -> View {
        Node::view(self)
    }
    fn entries(&self, from: u64, each: &mut dyn FnMut(EntryView)) {
        Node::entries(self, from, each);
    }
    fn votes(&self, each: &mut dyn FnMut(u64, bool)) {
        Shows::votes(self, each);
    }
    fn peers(&self, each: &mut dyn FnMut(u64, PeerView)) {
        Node::peers(self, each);
    }
    fn configuration(&self) -> Configuration {
        Shows::configuration(self)
    }
    fn abilities(&self) -> Abilities {
        Abilities::of::<N>()
    }
    fn waiting_messages(&self) -> usize {
        self.messages().len()
    }
}

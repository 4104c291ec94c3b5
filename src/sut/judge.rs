//! A judge: the observer of a cluster that may end its run.

use super::{Call, Node, Transit};
use crate::schedule::{Forged, Setup};
use crate::spec::NodeId;

/// An observer of every call of every replica, and of every message in flight.
pub trait Judge<N: Node> {
    /// The handle that the judge gives a message; it accompanies the message through the network.
    type MessageId: Clone;
    /// The reason why a run ends early.
    type Stop;

    /// A node is about to be called. A panic from here on is the node's.
    fn before_call(&mut self, _id: NodeId) {}

    /// A message that no correct peer sends is about to arrive at the node that is called next.
    fn before_forged(&mut self, _forged: Forged) {}

    /// The node has handled the message, and handed over what it made of it.
    fn after_forged(&mut self) {}

    /// `node` was called; `message_ids` gets a handle for each of its new messages.
    fn after_call(
        &mut self,
        id: NodeId,
        call: &Call<N::Message, Self::MessageId>,
        node: &N,
        message_ids: &mut Vec<Self::MessageId>,
    ) -> Result<(), Self::Stop>;

    /// The application of `id` sends a message.
    fn on_send(&mut self, id: NodeId, message_id: &Self::MessageId) -> Result<(), Self::Stop>;

    /// True if the network loses the message. A cluster without a judge loses contradictory messages (known findings
    /// `joined-gap` and `joined-term`).
    #[inline]
    fn loses(&self, message: &N::Message, _message_id: &Self::MessageId) -> bool {
        N::is_contradictory(message)
    }

    /// The network sends, duplicates, delivers or loses a message.
    #[inline]
    fn on_transit(&mut self, _message_id: &Self::MessageId, _transit: Transit) {}

    /// `id` stopped: it crashed, or its application removed it.
    #[inline]
    fn on_stop(&mut self, _id: NodeId) {}

    /// `id` is down and lost its disk.
    fn on_wiped(&mut self, _id: NodeId) -> Result<(), Self::Stop> {
        Ok(())
    }

    /// `id` has these settings from its next start on; or from its first, which is now.
    fn on_configured(&mut self, _id: NodeId, _own: &Setup, _starts: bool) -> Result<(), Self::Stop> {
        Ok(())
    }

    /// From now on `id` draws the shortest election timeouts, and all other nodes the longest.
    fn on_first_timeout(&mut self, _id: NodeId) {}

    /// A replica goes on without end; the reason why the run ends.
    fn on_livelock(&mut self, id: NodeId, what: &'static str) -> Self::Stop;
}

/// The judge that agrees with everything: that of a bare cluster.
#[derive(Debug)]
pub struct Unjudged;

impl<N: Node> Judge<N> for Unjudged {
    type MessageId = ();
    type Stop = &'static str;

    #[inline]
    fn after_call(
        &mut self,
        _: NodeId,
        call: &Call<N::Message, ()>,
        node: &N,
        message_ids: &mut Vec<()>,
    ) -> Result<(), &'static str> {
        match call {
            // The messages of a Ready have their handles already, and a sync makes no messages.
            Call::Ready(_) | Call::Synced(_) => {}
            Call::Advanced { ready, .. } => message_ids.resize(ready.messages.len() + node.messages().len(), ()),
            _ => message_ids.resize(node.messages().len(), ()),
        }
        Ok(())
    }

    #[inline]
    fn on_send(&mut self, _: NodeId, _: &()) -> Result<(), &'static str> {
        Ok(())
    }

    fn on_livelock(&mut self, _: NodeId, what: &'static str) -> &'static str {
        what
    }
}

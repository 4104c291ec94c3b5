//! The read-only views that a finding's condition gets.

use crate::schedule::Setup;
use crate::spec::{Index, Message, NodeId, Server, State};

/// One node of a run, and all that the specification knows.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// The setup of the schedule.
    pub setup: &'a Setup,
    /// The specification's state.
    pub state: &'a State,
    /// The node that is called.
    pub node: NodeId,
}

impl<'a> Context<'a> {
    /// The specification's server of the node.
    pub fn server(&self) -> &'a Server {
        self.state.server(self.node)
    }

    /// True if the node is no member of its own configuration.
    pub fn is_stranger(&self) -> bool {
        !self.server().configuration.members().contains(self.node)
    }
}

/// An append that waits to leave its node.
pub struct Waiting<'a> {
    /// Its contents when it was judged last.
    pub message: &'a Message,
    /// True if it names another place or term than its entries have.
    pub misplaced: bool,
}

/// A node's view after a call.
pub struct Shown {
    /// The commit index, in the specification's terms.
    pub commit: Index,
    /// If the call delivered an append: its last index, and the commit index that it carried.
    pub append: Option<(Index, Index)>,
}

//! What can happen to a cluster.

use crate::spec::{Change, NodeId, NodeSet};

/// The way from one node to another. Messages are addressed by link and position in it, so that
/// taking an event away mostly leaves the meaning of the others alone.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Link {
    /// The node whose Ready released the messages.
    pub from: NodeId,
    /// The node that they are for.
    pub to: NodeId,
}

/// One event. An event that cannot happen (a message that is not there, a tick of a node that is
/// down) is a no-op.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Event {
    /// The clock of one node ticks.
    Tick(NodeId),
    /// All clocks tick, in the order of the nodes.
    TickAll,
    /// The application asks the node to start an election.
    Campaign(NodeId),
    /// A client reads at the node.
    Read(NodeId),
    /// The application asks the node for heartbeats.
    Ping(NodeId),
    /// The application sets whether the node tells its followers of a commit by itself.
    QuietCommit(NodeId, bool),
    /// The application sets how many appends the first node may have in flight to the second, 0 to 3.
    Window(Link, u8),
    /// The application sets whether the node joins appends to one peer that wait for the same Ready.
    BatchAppend(NodeId, bool),
    /// The application sets whether the node checks that it hears of a quorum.
    CheckQuorum(NodeId, bool),
    /// The oldest so many entries that the node's storage was asked to fetch are there.
    Fetched(NodeId, u8),
    /// The application sets how many bytes of committed entries a Ready of the node has: one of
    /// [`Setup::MESSAGE_SIZES`](super::Setup::MESSAGE_SIZES), by its place.
    CommittedSize(NodeId, u8),
    /// The application has the node free buffers that it does not need.
    FreeBuffers(NodeId),
    /// The application sets whether the node commits only what is in two groups.
    GroupCommit(NodeId, bool),
    /// The application tells the first node the group of the second one, 1 to 3.
    Group(Link, u8),
    /// The application takes back all groups.
    ClearGroups(NodeId),
    /// The application asks the node whether what is committed is in two groups.
    CheckGroups(NodeId),
    /// The application tells the first node that a message to the second one was lost.
    Unreachable(Link),
    /// The application drops the node's log, but for so many entries of those that it has applied.
    Compact(NodeId, u8),
    /// From now on the node's application has a snapshot to give, or has none.
    Snapshots(NodeId, bool),
    /// The application tells the first node whether the snapshot that it sent the second one arrived.
    ReportSnapshot(Link, bool),
    /// The application of the node wants a snapshot.
    RequestSnapshot(NodeId),
    /// A client proposes a change of the configuration to the node.
    Change(NodeId, Change),
    /// The application asks the first node to make the second one leader.
    Transfer(Link),
    /// The application sets the node's election priority, 0 to 3. A restart takes it back to 0.
    Priority(NodeId, u8),
    /// The message at that position of a link arrives.
    Deliver(Link, u8),
    /// It is lost.
    Drop(Link, u8),
    /// It is duplicated; the copy goes to the end of the link.
    Duplicate(Link, u8),
    /// All messages that are on their way arrive, link by link.
    Round,
    /// From now on nothing is released between these nodes and the others.
    Partition(NodeSet),
    /// The partition ends.
    Heal,
    /// A client proposes a value of so many bytes to the node.
    Propose(NodeId, u8),
    /// The node loses what is not durable, and is down.
    Crash(NodeId),
    /// The node comes up again from its disk.
    Restart(NodeId),
    /// The node's disk no longer syncs.
    Stall(NodeId),
    /// The oldest so many writes of the node become durable.
    Sync(NodeId, u8),
    /// The node is told of the oldest so many syncs that it was not told of.
    Notice(NodeId, u8),
    /// All writes become durable, and the disk syncs again.
    Resume(NodeId),
    /// The node's application no longer looks for a Ready: inputs pile up.
    Busy(NodeId),
    /// It does again.
    Process(NodeId),
    /// The node's application no longer applies.
    Hold(NodeId),
    /// It applies up to so many entries that were handed to it.
    Apply(NodeId, u8),
    /// It applies all of them, and those to come.
    ApplyAll(NodeId),
}

/// Where an event happens.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Site {
    /// At all nodes, or on all links.
    Everywhere,
    /// Between these nodes and the others.
    Border(NodeSet),
    /// On a link, or at its first node, which is asked about the second.
    Link(Link),
    /// At a node.
    Node(NodeId),
}

impl Event {
    /// Where it happens.
    pub fn site(&self) -> Site {
        match *self {
            Event::TickAll | Event::Round | Event::Heal => Site::Everywhere,
            Event::Partition(side) => Site::Border(side),
            Event::Deliver(link, _)
            | Event::Drop(link, _)
            | Event::Duplicate(link, _)
            | Event::Transfer(link)
            | Event::Window(link, _)
            | Event::ReportSnapshot(link, _)
            | Event::Group(link, _)
            | Event::Unreachable(link) => Site::Link(link),
            Event::Tick(node)
            | Event::Change(node, _)
            | Event::Campaign(node)
            | Event::Priority(node, _)
            | Event::Read(node)
            | Event::Ping(node)
            | Event::QuietCommit(node, _)
            | Event::Compact(node, _)
            | Event::Snapshots(node, _)
            | Event::RequestSnapshot(node)
            | Event::BatchAppend(node, _)
            | Event::CommittedSize(node, _)
            | Event::FreeBuffers(node)
            | Event::GroupCommit(node, _)
            | Event::ClearGroups(node)
            | Event::CheckGroups(node)
            | Event::Fetched(node, _)
            | Event::CheckQuorum(node, _)
            | Event::Propose(node, _)
            | Event::Crash(node)
            | Event::Restart(node)
            | Event::Stall(node)
            | Event::Sync(node, _)
            | Event::Notice(node, _)
            | Event::Resume(node)
            | Event::Busy(node)
            | Event::Process(node)
            | Event::Hold(node)
            | Event::Apply(node, _)
            | Event::ApplyAll(node) => Site::Node(node),
        }
    }

    /// Whether all nodes that the event names are in `nodes`.
    pub fn fits(&self, has: impl Fn(NodeId) -> bool) -> bool {
        if let Event::Change(_, change) = self {
            if !change.steps().all(|(_, node)| has(node)) {
                return false;
            }
        }
        match self.site() {
            Site::Everywhere => true,
            Site::Border(side) => side.iter().all(has),
            Site::Link(link) => has(link.from) && has(link.to),
            Site::Node(node) => has(node),
        }
    }
}

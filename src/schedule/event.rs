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
    /// The application asks the node what its state does not show: whether it may be elected, its timeouts, its groups.
    Ask(NodeId),
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
    /// True if the event changes the world for later events, whether or not a node is called now.
    pub fn lasts(&self) -> bool {
        matches!(
            self,
            Event::Partition(_)
                | Event::Heal
                | Event::Stall(_)
                | Event::Resume(_)
                | Event::Busy(_)
                | Event::Process(_)
                | Event::Hold(_)
                | Event::ApplyAll(_)
        )
    }

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
            | Event::Ask(node)
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

    /// The event with its nodes called otherwise; `None` if it is about one that is called nothing.
    pub fn renamed(&self, name: impl Fn(NodeId) -> Option<NodeId>) -> Option<Event> {
        let link = |link: Link| Some(Link { from: name(link.from)?, to: name(link.to)? });
        Some(match *self {
            Event::TickAll | Event::Round | Event::Heal => *self,
            Event::Partition(side) => Event::Partition(side.iter().filter_map(name).collect()),
            Event::Deliver(l, place) => Event::Deliver(link(l)?, place),
            Event::Drop(l, place) => Event::Drop(link(l)?, place),
            Event::Duplicate(l, place) => Event::Duplicate(link(l)?, place),
            Event::Transfer(l) => Event::Transfer(link(l)?),
            Event::Window(l, window) => Event::Window(link(l)?, window),
            Event::ReportSnapshot(l, arrived) => Event::ReportSnapshot(link(l)?, arrived),
            Event::Group(l, group) => Event::Group(link(l)?, group),
            Event::Unreachable(l) => Event::Unreachable(link(l)?),
            Event::Change(node, change) => {
                let mut steps = [None, None];
                for (place, (step, of)) in change.steps().enumerate() {
                    steps[place] = Some((step, name(of)?));
                }
                Event::Change(name(node)?, Change { steps, ..change })
            }
            Event::Tick(node) => Event::Tick(name(node)?),
            Event::Campaign(node) => Event::Campaign(name(node)?),
            Event::Priority(node, priority) => Event::Priority(name(node)?, priority),
            Event::Read(node) => Event::Read(name(node)?),
            Event::Ping(node) => Event::Ping(name(node)?),
            Event::QuietCommit(node, quiet) => Event::QuietCommit(name(node)?, quiet),
            Event::Compact(node, kept) => Event::Compact(name(node)?, kept),
            Event::Snapshots(node, given) => Event::Snapshots(name(node)?, given),
            Event::RequestSnapshot(node) => Event::RequestSnapshot(name(node)?),
            Event::BatchAppend(node, batch) => Event::BatchAppend(name(node)?, batch),
            Event::CommittedSize(node, place) => Event::CommittedSize(name(node)?, place),
            Event::FreeBuffers(node) => Event::FreeBuffers(name(node)?),
            Event::GroupCommit(node, group) => Event::GroupCommit(name(node)?, group),
            Event::ClearGroups(node) => Event::ClearGroups(name(node)?),
            Event::Ask(node) => Event::Ask(name(node)?),
            Event::Fetched(node, count) => Event::Fetched(name(node)?, count),
            Event::CheckQuorum(node, check) => Event::CheckQuorum(name(node)?, check),
            Event::Propose(node, size) => Event::Propose(name(node)?, size),
            Event::Crash(node) => Event::Crash(name(node)?),
            Event::Restart(node) => Event::Restart(name(node)?),
            Event::Stall(node) => Event::Stall(name(node)?),
            Event::Sync(node, count) => Event::Sync(name(node)?, count),
            Event::Notice(node, count) => Event::Notice(name(node)?, count),
            Event::Resume(node) => Event::Resume(name(node)?),
            Event::Busy(node) => Event::Busy(name(node)?),
            Event::Process(node) => Event::Process(name(node)?),
            Event::Hold(node) => Event::Hold(name(node)?),
            Event::Apply(node, count) => Event::Apply(name(node)?, count),
            Event::ApplyAll(node) => Event::ApplyAll(name(node)?),
        })
    }

    /// The same with a smaller number, place or size, the smallest first; for what happens to all, what happens
    /// to one of `nodes` alone.
    pub fn smaller(&self, nodes: &[NodeId]) -> Vec<Event> {
        let below = |number: u8, event: &dyn Fn(u8) -> Event| (0..number).map(event).collect();
        match *self {
            Event::TickAll => nodes.iter().map(|node| Event::Tick(*node)).collect(),
            Event::Round => {
                let links = nodes.iter().flat_map(|from| nodes.iter().map(|to| Link { from: *from, to: *to }));
                links.map(|link| Event::Deliver(link, 0)).collect()
            }
            Event::Deliver(link, place) => below(place, &|place| Event::Deliver(link, place)),
            Event::Drop(link, place) => below(place, &|place| Event::Drop(link, place)),
            Event::Duplicate(link, place) => below(place, &|place| Event::Duplicate(link, place)),
            Event::Window(link, window) => below(window, &|window| Event::Window(link, window)),
            Event::Group(link, group) => below(group - 1, &|less| Event::Group(link, less + 1)),
            Event::Priority(node, priority) => below(priority, &|priority| Event::Priority(node, priority)),
            Event::Compact(node, kept) => below(kept, &|kept| Event::Compact(node, kept)),
            Event::CommittedSize(node, place) => below(place, &|place| Event::CommittedSize(node, place)),
            Event::Fetched(node, count) => below(count, &|count| Event::Fetched(node, count)),
            Event::Propose(node, size) => below(size, &|size| Event::Propose(node, size)),
            Event::Sync(node, count) => below(count, &|count| Event::Sync(node, count)),
            Event::Notice(node, count) => below(count, &|count| Event::Notice(node, count)),
            Event::Apply(node, count) => below(count, &|count| Event::Apply(node, count)),
            Event::ApplyAll(node) => vec![Event::Apply(node, 1)],
            Event::Partition(side) => {
                side.iter().map(|node| Event::Partition(side.minus([node].into_iter().collect()))).collect()
            }
            Event::Change(node, change) => fewer_steps(change).map(|change| Event::Change(node, change)).collect(),
            Event::Heal
            | Event::Tick(_)
            | Event::Campaign(_)
            | Event::Read(_)
            | Event::Ping(_)
            | Event::QuietCommit(..)
            | Event::Snapshots(..)
            | Event::RequestSnapshot(_)
            | Event::BatchAppend(..)
            | Event::FreeBuffers(_)
            | Event::GroupCommit(..)
            | Event::ClearGroups(_)
            | Event::Ask(_)
            | Event::CheckQuorum(..)
            | Event::Crash(_)
            | Event::Restart(_)
            | Event::Stall(_)
            | Event::Resume(_)
            | Event::Busy(_)
            | Event::Process(_)
            | Event::Hold(_)
            | Event::Transfer(_)
            | Event::ReportSnapshot(..)
            | Event::Unreachable(_) => Vec::new(),
        }
    }
}

/// A change of two steps as one of either.
fn fewer_steps(change: Change) -> impl Iterator<Item = Change> {
    let both = change.steps[1].is_some();
    change.steps.into_iter().filter(move |_| both).map(move |step| Change { steps: [step, None], ..change })
}

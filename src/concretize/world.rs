//! A cluster whose packets have ids, which duplicates share.

use crate::refine::{translation, Alignment};
use crate::schedule::{codec::MAX_EVENTS, Event, Link, Setup};
use crate::spec::{Body, Dialect, Message, NodeId};
use crate::sut::{Call, Cluster, Judge, Node, RoleView};
use crate::trace::Flows;

/// The cluster on which a trace is followed: one of its own, or one in lockstep with the specification.
pub trait Stage {
    /// The implementation.
    type Node: Node;

    /// Applies an event; true if it is a proposal that was taken.
    ///
    /// # Errors
    /// The run is over, for this reason.
    fn apply(&mut self, event: &Event) -> Result<bool, &'static str>;

    /// The node, unless it is down.
    fn node(&self, i: NodeId) -> Option<&Self::Node>;

    /// The id of each packet on a link, in order, and its message; `None` for a message that the specification does not
    /// have.
    fn packets(&self, link: Link) -> impl Iterator<Item = (u32, Option<&Message>)>;

    /// True if any packet had a message that the specification does not have.
    fn is_obscure(&self) -> bool;

    /// Does work in which the implementation may panic; `None` after a panic.
    fn contained<T>(work: impl FnOnce() -> T) -> Option<T>;
}

/// A message in flight.
#[derive(Clone, Debug)]
pub struct Sent {
    /// Its id.
    pub id: u32,
    /// Its message; `None` for one that the specification does not have.
    pub message: Option<Message>,
}

/// A judge that numbers the messages and accepts everything.
pub struct Watcher {
    align: Alignment,
    next: u32,
    /// True if the last proposal was taken.
    taken: bool,
    /// True if a packet had a message that the specification does not have.
    obscure: bool,
}

impl<N: Node> Judge<N> for Watcher {
    type MessageId = Sent;
    type Stop = &'static str;

    fn after_call(
        &mut self,
        _: NodeId,
        call: &Call<N::Message, Sent>,
        node: &N,
        tags: &mut Vec<Sent>,
    ) -> Result<(), &'static str> {
        let (made, rest) = match call {
            Call::Ready(_) | Call::Synced(_) => return Ok(()),
            Call::Advanced { ready, .. } => (&ready.messages[tags.len()..], node.messages()),
            _ => (&node.messages()[tags.len()..], &[][..]),
        };
        if let Call::Propose { taken, .. } = call {
            self.taken = *taken;
        }
        let mut entries = Vec::new();
        for message in made.iter().chain(rest) {
            entries.clear();
            let described = N::describe(message, &mut entries);
            self.next += 1;
            let message = translation::message(self.align, &described, &entries);
            self.obscure |= message.is_none();
            tags.push(Sent { id: self.next, message });
        }
        Ok(())
    }

    fn on_send(&mut self, _: NodeId, _: &Sent) -> Result<(), &'static str> {
        Ok(())
    }

    fn on_livelock(&mut self, _: NodeId, what: &'static str) -> &'static str {
        what
    }
}

/// A cluster without lockstep.
pub struct Unjudged<N: Node> {
    cluster: Cluster<N, Watcher>,
    watcher: Watcher,
}

impl<N: Node> Unjudged<N> {
    /// A new cluster.
    pub fn new(setup: Setup) -> Self {
        let align = Alignment::of(&setup, Dialect::RAFT_RS);
        let watcher = Watcher { align, next: 0, taken: false, obscure: false };
        Unjudged { cluster: Cluster::new(setup, false), watcher }
    }
}

impl<N: Node> Stage for Unjudged<N> {
    type Node = N;

    fn apply(&mut self, event: &Event) -> Result<bool, &'static str> {
        self.watcher.taken = false;
        self.cluster.apply(event, &mut self.watcher)?;
        Ok(self.watcher.taken)
    }

    fn node(&self, i: NodeId) -> Option<&N> {
        self.cluster.node(i)
    }

    fn packets(&self, link: Link) -> impl Iterator<Item = (u32, Option<&Message>)> {
        self.cluster.in_flight(link).map(|packet| (packet.id, packet.message.as_ref()))
    }

    fn is_obscure(&self) -> bool {
        self.watcher.obscure
    }

    fn contained<T>(work: impl FnOnce() -> T) -> Option<T> {
        crate::lockstep::contained(work)
    }
}

/// A stage, and the events applied to it.
pub struct World<S: Stage> {
    stage: S,
    align: Alignment,
    setup: Setup,
    /// The number of proposals so far, which is the last client's value.
    pub proposals: u32,
    /// The events applied so far.
    pub events: Vec<Event>,
}

impl<S: Stage> World<S> {
    /// A world before the first event.
    pub fn new(stage: S, setup: Setup) -> Self {
        let align = Alignment::of(&setup, Dialect::RAFT_RS);
        World { stage, align, setup, proposals: 0, events: Vec::new() }
    }

    /// Applies an event; true if it is a proposal that was taken.
    ///
    /// # Errors
    /// The schedule is full, or a replica does not terminate.
    pub fn apply(&mut self, event: Event) -> Result<bool, &'static str> {
        if self.events.len() >= MAX_EVENTS {
            return Err("the schedule is full");
        }
        self.events.push(event);
        self.proposals += u32::from(matches!(event, Event::Propose(..)));
        self.stage.apply(&event)
    }

    /// The role and the term of a running node.
    pub fn role(&self, i: NodeId) -> Option<(RoleView, u32)> {
        let view = self.stage.node(i)?.view();
        Some((view.role, self.align.term(view.term)))
    }

    /// The last index of the node's log, in the implementation's indexes.
    pub fn last_index(&self, i: NodeId) -> u64 {
        self.stage.node(i).map_or(0, |node| node.view().last_index)
    }

    /// The value of the node's entry at an index.
    pub fn value(&self, i: NodeId, index: u64) -> Option<u32> {
        let mut found = None;
        self.stage.node(i)?.entries(index, |entry| found = found.or((entry.index == index).then_some(entry.value)));
        found
    }

    /// The ids of the packets on a link, in order.
    pub fn packets(&self, link: Link) -> impl Iterator<Item = u32> + use<'_, S> {
        self.stage.packets(link).map(|(id, _)| id)
    }

    /// The place of a packet on a link.
    pub fn place(&self, link: Link, id: u32) -> Option<u8> {
        u8::try_from(self.packets(link).position(|packet| packet == id)?).ok()
    }

    /// The first packet on a link that `fits`.
    pub fn find(&self, link: Link, fits: impl Fn(u32, &Message) -> bool) -> Option<u32> {
        let fits = |(id, message): &(u32, Option<&Message>)| message.is_some_and(|message| fits(*id, message));
        self.stage.packets(link).find(fits).map(|(id, _)| id)
    }

    /// Delivers all messages for which `flows` is true, and those that the specification does not have, until none is left.
    ///
    /// # Errors
    /// As [`World::apply`].
    pub fn flow(&mut self, flows: impl Fn(&Body) -> bool) -> Result<(), &'static str> {
        let nodes: Vec<NodeId> = self.setup.nodes().collect();
        loop {
            let mut quiet = true;
            for link in nodes.iter().flat_map(|from| nodes.iter().map(|to| Link { from: *from, to: *to })) {
                let fits = |(_, message): (u32, Option<&Message>)| message.is_none_or(|message| flows(&message.body));
                loop {
                    let Some(place) = self.stage.packets(link).position(fits) else { break };
                    quiet = false;
                    self.apply(Event::Deliver(link, place as u8))?;
                }
            }
            if quiet {
                return Ok(());
            }
        }
    }

    /// True if packets may be delivered that the trace does not deliver.
    pub fn may_flow(&self, flows: Flows) -> bool {
        flows.votes || flows.appends || self.stage.is_obscure()
    }
}

//! A cluster whose messages can be told apart: each packet has a number, and its copies share it.

use crate::refine::{translation, Alignment};
use crate::schedule::{codec::MAX_EVENTS, Event, Link, Setup};
use crate::spec::{Body, Dialect, Message, NodeId};
use crate::sut::{Call, Cluster, Judge, Node, RoleView};
use crate::trace::Flows;

/// Where a trace is followed: a cluster of its own, or one in lockstep with the specification.
pub trait Stage {
    /// What its servers are.
    type Node: Node;

    /// Lets an event happen. Whether a proposal was taken, if it was one.
    ///
    /// # Errors
    /// Nothing happens any more, and why.
    fn apply(&mut self, event: &Event) -> Result<bool, &'static str>;

    /// The node, unless it is down.
    fn node(&self, i: NodeId) -> Option<&Self::Node>;

    /// The number of each packet on a link, in order, and what it says; `None` for what the specification has no
    /// words for.
    fn packets(&self, link: Link) -> impl Iterator<Item = (u32, Option<&Message>)>;

    /// Whether there ever was a packet that the specification has no words for.
    fn is_obscure(&self) -> bool;

    /// Does what the implementation may panic in; `None` when it did.
    fn contained<T>(work: impl FnOnce() -> T) -> Option<T>;
}

/// A message on its way.
#[derive(Clone, Debug)]
pub struct Packet {
    /// Its number.
    pub id: u32,
    /// What it says; `None` for what the specification has no words for.
    pub message: Option<Message>,
}

/// Numbers the messages, and judges nothing.
pub struct Watcher {
    align: Alignment,
    next: u32,
    /// Whether the last proposal was taken.
    taken: bool,
    /// Whether a packet had no words.
    obscure: bool,
}

impl<N: Node> Judge<N> for Watcher {
    type MessageId = Packet;
    type Stop = &'static str;

    fn after_call(
        &mut self,
        _: NodeId,
        call: &Call<N::Message, Packet>,
        node: &N,
        tags: &mut Vec<Packet>,
    ) -> Result<(), &'static str> {
        let made = match call {
            Call::Ready(_) | Call::Synced(_) => return Ok(()),
            Call::Advanced(ready) => &ready.messages[..],
            Call::Propose { taken, .. } => {
                self.taken = *taken;
                &node.messages()[tags.len()..]
            }
            _ => &node.messages()[tags.len()..],
        };
        let mut entries = Vec::new();
        for message in made {
            entries.clear();
            let described = N::describe(message, &mut entries);
            self.next += 1;
            let message = translation::message(self.align, &described, &entries);
            self.obscure |= message.is_none();
            tags.push(Packet { id: self.next, message });
        }
        Ok(())
    }

    fn on_send(&mut self, _: NodeId, _: &Packet) -> Result<(), &'static str> {
        Ok(())
    }

    fn on_livelock(&mut self, _: NodeId, what: &'static str) -> &'static str {
        what
    }
}

/// A cluster that nobody judges.
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

/// The stage, and the events that have happened on it.
pub struct World<S: Stage> {
    stage: S,
    align: Alignment,
    setup: Setup,
    /// Proposals so far, which are the clients' values.
    pub proposals: u32,
    /// The events so far.
    pub events: Vec<Event>,
}

impl<S: Stage> World<S> {
    /// Nothing has happened yet.
    pub fn new(stage: S, setup: Setup) -> Self {
        let align = Alignment::of(&setup, Dialect::RAFT_RS);
        World { stage, align, setup, proposals: 0, events: Vec::new() }
    }

    /// Lets an event happen. Whether a proposal was taken, if it was one.
    ///
    /// # Errors
    /// The schedule is full, or a replica does not come to an end.
    pub fn apply(&mut self, event: Event) -> Result<bool, &'static str> {
        if self.events.len() >= MAX_EVENTS {
            return Err("the schedule is full");
        }
        self.events.push(event);
        self.proposals += u32::from(matches!(event, Event::Propose(..)));
        self.stage.apply(&event)
    }

    /// Whether the node runs and leads, and its term.
    pub fn role(&self, i: NodeId) -> Option<(RoleView, u32)> {
        let view = self.stage.node(i)?.view();
        Some((view.role, self.align.term(view.term)))
    }

    /// Where the node's log ends, in its own indexes.
    pub fn last_index(&self, i: NodeId) -> u64 {
        self.stage.node(i).map_or(0, |node| node.view().last_index)
    }

    /// The value of the node's entry at an index.
    pub fn value(&self, i: NodeId, index: u64) -> Option<u32> {
        let mut found = None;
        self.stage.node(i)?.entries(index, |entry| found = found.or((entry.index == index).then_some(entry.value)));
        found
    }

    /// The numbers of the packets on a link, in order.
    pub fn packets(&self, link: Link) -> impl Iterator<Item = u32> + use<'_, S> {
        self.stage.packets(link).map(|(id, _)| id)
    }

    /// Where a packet is on a link.
    pub fn place(&self, link: Link, id: u32) -> Option<u8> {
        u8::try_from(self.packets(link).position(|packet| packet == id)?).ok()
    }

    /// The first packet on a link that fits.
    pub fn find(&self, link: Link, fits: impl Fn(u32, &Message) -> bool) -> Option<u32> {
        let fits = |(id, message): &(u32, Option<&Message>)| message.is_some_and(|message| fits(*id, message));
        self.stage.packets(link).find(fits).map(|(id, _)| id)
    }

    /// Delivers everything that `flows`, and what that gives rise to; what there are no words for does always.
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

    /// Whether a packet may flow that the trace does not deliver.
    pub fn may_flow(&self, flows: Flows) -> bool {
        flows.votes || flows.appends || self.stage.is_obscure()
    }
}

//! A cluster whose packets have ids, which duplicates share.

use crate::refine::{translation, Alignment};
use crate::schedule::{codec::MAX_EVENTS, Event, Link, Setup};
use crate::spec::{Body, Dialect, Message, NodeId};
use crate::sut::{Call, Cluster, Judge, Node, RoleView};
use crate::trace::Flows;

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
    /// The ids of all messages that were sent, in order.
    sent: Vec<u32>,
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

    fn on_send(&mut self, _: NodeId, sent: &Sent) -> Result<(), &'static str> {
        self.sent.push(sent.id);
        Ok(())
    }

    fn on_livelock(&mut self, _: NodeId, what: &'static str) -> &'static str {
        what
    }
}

/// A cluster, and the events applied to it.
pub struct World<N: Node> {
    cluster: Cluster<N, Watcher>,
    watcher: Watcher,
    setup: Setup,
    /// The number of proposals so far, which is the last client's value.
    pub proposals: u32,
    /// The events applied so far.
    pub events: Vec<Event>,
}

impl<N: Node> World<N> {
    /// A world before the first event.
    pub fn new(setup: Setup) -> Self {
        let align = Alignment::of(&setup, Dialect::RAFT_RS);
        let watcher = Watcher { align, next: 0, taken: false, sent: Vec::new(), obscure: false };
        World { cluster: Cluster::new(setup, false), watcher, setup, proposals: 0, events: Vec::new() }
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
        self.watcher.taken = false;
        self.cluster.apply(&event, &mut self.watcher)?;
        Ok(self.watcher.taken)
    }

    /// The node, unless it is down.
    pub fn node(&self, i: NodeId) -> Option<&N> {
        self.cluster.node(i)
    }

    /// The link and the place of the message to a node that was sent first, of those that `fit`.
    pub fn first_to(&self, to: NodeId, fits: impl Fn(&Sent) -> bool) -> Option<(Link, u8)> {
        let links = self.setup.nodes().map(|from| Link { from, to });
        let found = links.filter_map(|link| {
            let (place, packet) = self.cluster.in_flight(link).enumerate().find(|(_, packet)| fits(packet))?;
            let sent = self.watcher.sent.iter().position(|id| *id == packet.id);
            Some((sent, link, u8::try_from(place).ok()?))
        });
        found.min_by_key(|(sent, ..)| *sent).map(|(_, link, place)| (link, place))
    }

    /// The role and the term of a running node.
    pub fn role(&self, i: NodeId) -> Option<(RoleView, u32)> {
        let view = self.cluster.node(i)?.view();
        Some((view.role, self.watcher.align.term(view.term)))
    }

    /// The last index of the node's log, in the implementation's indexes.
    pub fn last_index(&self, i: NodeId) -> u64 {
        self.cluster.node(i).map_or(0, |node| node.view().last_index)
    }

    /// The value of the node's entry at an index.
    pub fn value(&self, i: NodeId, index: u64) -> Option<u32> {
        let mut found = None;
        self.cluster.node(i)?.entries(index, |entry| found = found.or((entry.index == index).then_some(entry.value)));
        found
    }

    /// The ids of the packets on a link, in order.
    pub fn packets(&self, link: Link) -> impl Iterator<Item = u32> + use<'_, N> {
        self.cluster.in_flight(link).map(|packet| packet.id)
    }

    /// The place of a packet on a link.
    pub fn place(&self, link: Link, id: u32) -> Option<u8> {
        u8::try_from(self.packets(link).position(|packet| packet == id)?).ok()
    }

    /// The first packet on a link that `fits`.
    pub fn find(&self, link: Link, fits: impl Fn(u32, &Message) -> bool) -> Option<u32> {
        let fits = |packet: &&Sent| packet.message.as_ref().is_some_and(|message| fits(packet.id, message));
        self.cluster.in_flight(link).find(fits).map(|packet| packet.id)
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
                let fits = |packet: &Sent| packet.message.as_ref().is_none_or(|message| flows(&message.body));
                loop {
                    let Some(place) = self.cluster.in_flight(link).position(fits) else { break };
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
        flows.votes || flows.appends || self.watcher.obscure
    }
}

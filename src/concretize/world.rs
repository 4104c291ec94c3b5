//! A cluster whose messages can be told apart: each packet has a number, and its copies share it.

use crate::refine::{abstraction, Alignment};
use crate::schedule::{codec::MAX_EVENTS, Event, Link, Setup};
use crate::spec::{Body, Dialect, Message, NodeId};
use crate::sut::{Call, Cluster, Judge, Node, RoleView};

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
}

impl<N: Node> Judge<N> for Watcher {
    type Tag = Packet;
    type Stop = &'static str;

    fn called(
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
        for message in made {
            let mut entries = Vec::new();
            let described = N::describe(message, &mut entries);
            self.next += 1;
            tags.push(Packet { id: self.next, message: abstraction::message(self.align, &described, &entries) });
        }
        Ok(())
    }

    fn released(&mut self, _: NodeId, _: &Packet) -> Result<(), &'static str> {
        Ok(())
    }

    fn runaway(&mut self, _: NodeId, what: &'static str) -> &'static str {
        what
    }
}

/// The cluster, and the events that have happened to it.
pub struct World<N: Node> {
    cluster: Cluster<N, Watcher>,
    watcher: Watcher,
    align: Alignment,
    setup: Setup,
    /// Proposals so far, which are the clients' values.
    pub proposals: u32,
    /// The events so far.
    pub events: Vec<Event>,
}

impl<N: Node> World<N> {
    /// A new cluster.
    pub fn new(setup: Setup) -> Self {
        let align = Alignment::of(&setup, Dialect::RAFT_RS);
        let watcher = Watcher { align, next: 0, taken: false };
        World { cluster: Cluster::new(setup, false), watcher, align, setup, proposals: 0, events: Vec::new() }
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
        self.watcher.taken = false;
        self.cluster.apply(&event, &mut self.watcher)?;
        Ok(self.watcher.taken)
    }

    /// Whether the node runs and leads, and its term.
    pub fn role(&self, i: NodeId) -> Option<(RoleView, u32)> {
        let view = self.cluster.node(i)?.view();
        Some((view.role, self.align.term(view.term)))
    }

    /// What is on a link, in order.
    pub fn packets(&self, link: Link) -> impl Iterator<Item = &Packet> {
        self.cluster.tags(link)
    }

    /// Where a packet is on a link.
    pub fn place(&self, link: Link, id: u32) -> Option<u8> {
        u8::try_from(self.packets(link).position(|packet| packet.id == id)?).ok()
    }

    /// The first packet on a link that fits.
    pub fn find(&self, link: Link, fits: impl Fn(u32, &Message) -> bool) -> Option<u32> {
        let fits = |packet: &&Packet| packet.message.as_ref().is_some_and(|message| fits(packet.id, message));
        self.packets(link).find(fits).map(|packet| packet.id)
    }

    /// Delivers everything that `flows`, and what that gives rise to.
    ///
    /// # Errors
    /// As [`World::apply`].
    pub fn flow(&mut self, flows: impl Fn(&Body) -> bool) -> Result<(), &'static str> {
        let nodes: Vec<NodeId> = self.setup.nodes().collect();
        loop {
            let mut quiet = true;
            for link in nodes.iter().flat_map(|from| nodes.iter().map(|to| Link { from: *from, to: *to })) {
                let fits = |packet: &Packet| packet.message.as_ref().is_none_or(|message| flows(&message.body));
                loop {
                    let Some(place) = self.packets(link).position(fits) else { break };
                    quiet = false;
                    self.apply(Event::Deliver(link, place as u8))?;
                }
            }
            if quiet {
                return Ok(());
            }
        }
    }
}

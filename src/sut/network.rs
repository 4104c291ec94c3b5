//! A network of links, each a queue from one node to another.
//!
//! Survivable faults, all of which Raft tolerates: messages are lost, duplicated, late, reordered
//! within a link and between links. Nothing is corrupted and nobody forges a sender.

use crate::schedule::Link;
use crate::spec::NodeSet;
use std::collections::VecDeque;

/// How many messages a link holds; more are lost, as in any switch.
pub const LINK_CAPACITY: usize = 128;

/// All links.
#[derive(Debug)]
pub struct Network<P> {
    nodes: usize,
    links: Vec<VecDeque<P>>,
    side: NodeSet,
}

impl<P> Network<P> {
    /// No messages between `nodes` nodes.
    pub fn new(nodes: usize) -> Self {
        Network { nodes, links: (0..nodes * nodes).map(|_| VecDeque::new()).collect(), side: NodeSet::EMPTY }
    }

    /// How many nodes there are.
    pub fn nodes(&self) -> usize {
        self.nodes
    }

    fn link(&mut self, link: Link) -> &mut VecDeque<P> {
        &mut self.links[link.from.slot() * self.nodes + link.to.slot()]
    }

    /// Cuts `side` off from the rest.
    pub fn partition(&mut self, side: NodeSet) {
        self.side = side;
    }

    /// A packet enters the link, unless it is cut or full.
    pub fn send(&mut self, link: Link, packet: P) {
        let cut = self.side.contains(link.from) != self.side.contains(link.to);
        let queue = self.link(link);
        if !cut && queue.len() < LINK_CAPACITY {
            queue.push_back(packet);
        }
    }

    /// Takes out the packet at that position.
    pub fn take(&mut self, link: Link, position: usize) -> Option<P> {
        match position {
            0 => self.link(link).pop_front(),
            _ => self.link(link).remove(position),
        }
    }

    /// Whether no packet is on its way.
    pub fn is_quiet(&self) -> bool {
        self.links.iter().all(VecDeque::is_empty)
    }

    /// How many packets are on the link.
    pub fn len(&mut self, link: Link) -> usize {
        self.link(link).len()
    }
}

impl<P: Clone> Network<P> {
    /// Copies the packet at that position to the end of its link.
    pub fn duplicate(&mut self, link: Link, position: usize) {
        let queue = self.link(link);
        if queue.len() < LINK_CAPACITY {
            queue.extend(queue.get(position).cloned());
        }
    }
}

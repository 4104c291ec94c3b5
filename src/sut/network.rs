//! A network of links, each a queue from one node to another.
//!
//! Survivable faults, all of which Raft tolerates: messages are lost, duplicated, late, reordered
//! within a link and between links. Nothing is corrupted and nobody forges a sender.

use crate::schedule::Link;
use crate::spec::{NodeSet, MAX_NODES};
use std::collections::VecDeque;

/// How many messages a link holds; more are lost, as in any switch.
pub const LINK_CAPACITY: usize = 128;

/// What becomes of a message.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Passage {
    /// It enters the network.
    Leaves,
    /// A copy of it does.
    Copied,
    /// It is taken out, and its receiver gets it if it runs.
    Arrives,
    /// It never arrives.
    Lost,
}

/// All links.
#[derive(Debug)]
pub struct Network<P> {
    nodes: usize,
    links: Vec<VecDeque<P>>,
    side: NodeSet,
    /// How many packets are on all links.
    packets: usize,
}

impl<P> Network<P> {
    /// No messages between `nodes` nodes.
    pub fn new(nodes: usize) -> Self {
        let links = (0..nodes * nodes).map(|_| VecDeque::new()).collect();
        Network { nodes, links, side: NodeSet::EMPTY, packets: 0 }
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

    /// A packet enters the link, unless it is cut or full: then it comes back.
    pub fn send(&mut self, link: Link, packet: P) -> Option<P> {
        let cut = self.side.contains(link.from) != self.side.contains(link.to);
        let queue = self.link(link);
        if cut || queue.len() >= LINK_CAPACITY {
            return Some(packet);
        }
        queue.push_back(packet);
        self.packets += 1;
        None
    }

    /// Takes out the packet at that position.
    pub fn take(&mut self, link: Link, position: usize) -> Option<P> {
        let packet = match position {
            0 => self.link(link).pop_front(),
            _ => self.link(link).remove(position),
        };
        self.packets -= usize::from(packet.is_some());
        packet
    }

    /// What is on the link, in order.
    pub fn packets(&self, link: Link) -> impl Iterator<Item = &P> {
        self.links[link.from.slot() * self.nodes + link.to.slot()].iter()
    }

    /// Whether no packet is on its way.
    pub fn is_quiet(&self) -> bool {
        self.packets == 0
    }

    /// How many packets are on each link; links in the order of their senders, then receivers.
    pub fn lengths(&self) -> [usize; MAX_NODES * MAX_NODES] {
        let mut lengths = [0; MAX_NODES * MAX_NODES];
        lengths.iter_mut().zip(&self.links).for_each(|(length, link)| *length = link.len());
        lengths
    }
}

impl<P: Clone> Network<P> {
    /// Copies the packet at that position to the end of its link; the copy, if there is room for it.
    pub fn duplicate(&mut self, link: Link, position: usize) -> Option<&P> {
        let queue = self.link(link);
        if queue.len() >= LINK_CAPACITY {
            return None;
        }
        let copy = queue.get(position).cloned()?;
        queue.push_back(copy);
        self.packets += 1;
        self.link(link).back()
    }
}

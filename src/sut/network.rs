//! A network of links, each a queue from one node to another.
//!
//! Survivable faults, all of which Raft tolerates: messages are lost, duplicated, late, reordered
//! within a link and between links. Nothing is corrupted and nobody forges a sender.

use crate::schedule::Link;
use crate::spec::{NodeSet, Open, MAX_NODES};
use std::collections::VecDeque;

/// The number of messages that a link holds. More are lost, as in any switch.
pub const LINK_CAPACITY: usize = 128;

/// A change of a message in flight.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Transit {
    /// The message enters the network.
    Sent,
    /// A copy of the message enters the network.
    Duplicated,
    /// The message leaves the network for its receiver, which takes it if it runs.
    Delivered,
    /// The message never arrives.
    Lost,
}

/// The links between all nodes, each a queue of packets.
#[derive(Debug)]
pub struct Network<P> {
    nodes: usize,
    links: Vec<VecDeque<P>>,
    /// The nodes that are cut off from the rest.
    side: NodeSet,
    /// The receivers that each sender is cut off from.
    cuts: [NodeSet; MAX_NODES],
    /// The number of packets on all links.
    in_flight: usize,
}

impl<P> Network<P> {
    /// A network of `nodes` nodes without messages.
    pub fn new(nodes: usize) -> Self {
        let links = (0..nodes * nodes).map(|_| VecDeque::new()).collect();
        Network { nodes, links, side: NodeSet::EMPTY, cuts: [NodeSet::EMPTY; MAX_NODES], in_flight: 0 }
    }

    /// The number of nodes.
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

    /// Ends the partition and all cuts.
    pub fn heal(&mut self) {
        (self.side, self.cuts) = (NodeSet::EMPTY, [NodeSet::EMPTY; MAX_NODES]);
    }

    /// Cuts one direction of a link.
    pub fn cut(&mut self, link: Link) {
        self.cuts[link.from.slot()].insert(link.to);
    }

    /// Ends the cut of one direction of a link.
    pub fn mend(&mut self, link: Link) {
        self.cuts[link.from.slot()].remove(link.to);
    }

    fn is_cut(&self, link: Link) -> bool {
        let parted = self.side.contains(link.from) != self.side.contains(link.to);
        parted || self.cuts[link.from.slot()].contains(link.to)
    }

    /// The links that are neither cut nor parted.
    pub fn open(&self) -> Open {
        Open::new(self.nodes, |from, to| !self.is_cut(Link { from, to }))
    }

    /// Puts a packet on the link. Returns it if the link is cut or full.
    pub fn send(&mut self, link: Link, packet: P) -> Option<P> {
        let cut = self.is_cut(link);
        let queue = self.link(link);
        if cut || queue.len() >= LINK_CAPACITY {
            return Some(packet);
        }
        queue.push_back(packet);
        self.in_flight += 1;
        None
    }

    /// Takes out the packet at a position.
    pub fn take(&mut self, link: Link, position: usize) -> Option<P> {
        let packet = match position {
            0 => self.link(link).pop_front(),
            _ => self.link(link).remove(position),
        };
        self.in_flight -= usize::from(packet.is_some());
        packet
    }

    /// The packets on the link, in order.
    pub fn packets(&self, link: Link) -> impl Iterator<Item = &P> {
        self.links[link.from.slot() * self.nodes + link.to.slot()].iter()
    }

    /// True if no packet is in flight.
    pub fn is_empty(&self) -> bool {
        self.in_flight == 0
    }

    /// The number of packets on each link, in the order of senders, then receivers.
    pub fn lengths(&self) -> [usize; MAX_NODES * MAX_NODES] {
        let mut lengths = [0; MAX_NODES * MAX_NODES];
        lengths.iter_mut().zip(&self.links).for_each(|(length, link)| *length = link.len());
        lengths
    }
}

impl<P: Clone> Network<P> {
    /// Copies the packet at a position to the end of its link. Returns the copy, if there was room for it.
    pub fn duplicate(&mut self, link: Link, position: usize) -> Option<&P> {
        let queue = self.link(link);
        if queue.len() >= LINK_CAPACITY {
            return None;
        }
        let copy = queue.get(position).cloned()?;
        queue.push_back(copy);
        self.in_flight += 1;
        self.link(link).back()
    }
}

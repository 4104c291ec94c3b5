//! The small values that everything else is made of: node ids, sets of nodes, terms,
//! indexes and log entries.
//!
//! All of them are plain `Copy` words. Node ids count from 1 everywhere, in code as in text,
//! as they do in raft-rs.

use std::fmt;

/// An election term, aligned with raft.tla: every server starts in term 1.
pub type Term = u32;

/// A position in the log. The first entry after the bootstrap has index 1; 0 is "before all".
pub type Index = u32;

/// The value of an entry. [`NO_OP`] marks the entry that a new leader appends itself, and a
/// value with its highest bit set is a [`Change`](super::Change) of the configuration.
pub type Value = u32;

/// The value of the entry that a leader appends on its election (thesis 6.4).
pub const NO_OP: Value = 0;

/// The most nodes that a cluster has: 7 voters and 2 learners.
pub const MAX_NODES: usize = 9;

/// One server, numbered from 1.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(u8);

impl NodeId {
    /// The node with this number.
    ///
    /// # Panics
    /// When `number` is not in `1..=MAX_NODES`: callers check what comes from outside.
    #[inline]
    pub const fn new(number: u8) -> Self {
        assert!(number >= 1 && number as usize <= MAX_NODES);
        NodeId(number)
    }

    /// The node's number, from 1.
    #[inline]
    pub const fn number(self) -> u8 {
        self.0
    }

    /// The node's place in an array, from 0.
    #[inline]
    pub const fn slot(self) -> usize {
        self.0 as usize - 1
    }

    /// The node whose data lie at `slot`.
    #[inline]
    pub const fn from_slot(slot: usize) -> Self {
        NodeId::new(slot as u8 + 1)
    }
}

impl fmt::Display for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

impl fmt::Debug for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "n{}", self.0)
    }
}

/// A set of nodes, as a bit mask.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct NodeSet(u16);

impl NodeSet {
    /// The empty set.
    pub const EMPTY: NodeSet = NodeSet(0);

    /// The nodes `1..=count`.
    #[inline]
    pub const fn first(count: usize) -> Self {
        NodeSet(((1u32 << count) - 1) as u16)
    }

    /// The set whose bit `k` says whether node `k + 1` is in it.
    #[inline]
    pub const fn from_bits(bits: u16) -> Self {
        NodeSet(bits & NodeSet::first(MAX_NODES).0)
    }

    /// The inverse of [`NodeSet::from_bits`].
    #[inline]
    pub const fn bits(self) -> u16 {
        self.0
    }

    /// The set that holds `node` alone.
    #[inline]
    pub const fn only(node: NodeId) -> Self {
        NodeSet(1 << node.slot())
    }

    /// True if `node` is a member.
    #[inline]
    pub const fn contains(self, node: NodeId) -> bool {
        self.0 & (1 << node.slot()) != 0
    }

    /// Adds `node`.
    #[inline]
    pub fn insert(&mut self, node: NodeId) {
        self.0 |= 1 << node.slot();
    }

    /// Takes `node` out.
    #[inline]
    pub fn remove(&mut self, node: NodeId) {
        self.0 &= !(1 << node.slot());
    }

    /// This set without `node`.
    #[must_use]
    #[inline]
    pub fn without(mut self, node: NodeId) -> Self {
        self.remove(node);
        self
    }

    /// The number of members.
    #[inline]
    pub const fn len(self) -> usize {
        self.0.count_ones() as usize
    }

    /// True if there is no member.
    #[inline]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The members in both sets.
    #[must_use]
    #[inline]
    pub const fn and(self, other: NodeSet) -> NodeSet {
        NodeSet(self.0 & other.0)
    }

    /// The members of either set.
    #[must_use]
    #[inline]
    pub const fn or(self, other: NodeSet) -> NodeSet {
        NodeSet(self.0 | other.0)
    }

    /// The members that are not in `other`.
    #[must_use]
    #[inline]
    pub const fn minus(self, other: NodeSet) -> NodeSet {
        NodeSet(self.0 & !other.0)
    }

    /// True if this set is a majority of `voters` (raft.tla `Quorum`).
    #[inline]
    pub const fn is_quorum_of(self, voters: NodeSet) -> bool {
        self.and(voters).len() * 2 > voters.len()
    }

    /// The members in ascending order.
    #[inline]
    pub fn iter(self) -> impl Iterator<Item = NodeId> {
        let mut rest = self.0;
        std::iter::from_fn(move || {
            (rest != 0).then(|| {
                let slot = rest.trailing_zeros() as usize;
                rest &= rest - 1;
                NodeId(slot as u8 + 1)
            })
        })
    }
}

impl FromIterator<NodeId> for NodeSet {
    fn from_iter<I: IntoIterator<Item = NodeId>>(nodes: I) -> Self {
        let mut set = NodeSet::EMPTY;
        nodes.into_iter().for_each(|node| set.insert(node));
        set
    }
}

impl fmt::Display for NodeSet {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("{")?;
        for (position, node) in self.iter().enumerate() {
            write!(f, "{}{node}", if position == 0 { "" } else { "," })?;
        }
        f.write_str("}")
    }
}

impl fmt::Debug for NodeSet {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A position in the log together with the term of the entry there; (0, 0) before all entries.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Position {
    /// The index.
    pub index: Index,
    /// The term of the entry at `index`.
    pub term: Term,
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{}@{}", self.index, self.term)
    }
}

/// The name of a read; 0 for none.
pub type Context = u32;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_majority_is_more_than_half() {
        let voters = NodeSet::first(4);
        assert!(!NodeSet::from_bits(0b0011).is_quorum_of(voters));
        assert!(NodeSet::from_bits(0b0111).is_quorum_of(voters));
        // Nodes outside the configuration do not count.
        assert!(!NodeSet::from_bits(0b1_1000_0011).is_quorum_of(voters));
    }

    #[test]
    fn sets_list_their_members_in_order() {
        let set = NodeSet::from_bits(0b1_0000_0101);
        assert_eq!(set.to_string(), "{1,3,9}");
        assert_eq!(set.len(), 3);
        assert_eq!(set.without(NodeId::new(3)).to_string(), "{1,9}");
    }
}

//! The links of a network that pass messages.

use super::{NodeId, NodeSet, MAX_NODES};

/// The links that are open. Each node reaches itself.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Open {
    reached: [NodeSet; MAX_NODES],
    linked: [NodeSet; MAX_NODES],
    nodes: usize,
}

impl Open {
    /// The links between `nodes` nodes that are open.
    pub fn new(nodes: usize, is_open: impl Fn(NodeId, NodeId) -> bool) -> Self {
        let all = NodeSet::first(nodes);
        let mut open = Open { reached: [NodeSet::EMPTY; MAX_NODES], linked: [NodeSet::EMPTY; MAX_NODES], nodes };
        for from in all.iter() {
            open.reached[from.slot()] = all.iter().filter(|to| *to == from || is_open(from, *to)).collect();
        }
        for i in all.iter() {
            open.linked[i.slot()] = open.reached[i.slot()].iter().filter(|j| open.reaches(*j, i)).collect();
        }
        open
    }

    /// True if messages of `from` reach `to`.
    pub fn reaches(&self, from: NodeId, to: NodeId) -> bool {
        self.reached[from.slot()].contains(to)
    }

    /// The nodes that are linked with `node` both ways, and itself.
    pub fn linked(&self, node: NodeId) -> NodeSet {
        self.linked[node.slot()]
    }

    /// True if no link is cut.
    pub fn are_all(&self) -> bool {
        self.reached[..self.nodes].iter().all(|reached| *reached == NodeSet::first(self.nodes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nodes_are_linked_if_both_directions_are_open() {
        let [one, two, three] = [1, 2, 3].map(NodeId::new);
        let open = Open::new(3, |from, to| (from, to) != (one, two));
        assert!(!open.reaches(one, two) && open.reaches(two, one) && !open.are_all());
        assert_eq!(open.linked(one), [one, three].into_iter().collect());
        assert_eq!(open.linked(three), NodeSet::first(3));
        assert!(Open::new(3, |_, _| true).are_all());
    }
}

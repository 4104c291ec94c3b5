//! The partial form of the epilogue: the links that the schedule leaves cut stay cut.
//!
#![doc = include_str!("../../docs/partial.md")]

use super::{Epilogue, Judged};
use crate::schedule::Event;
use crate::spec::{NodeId, NodeSet};
use crate::sut::Node;

/// The state of the partial form.
#[derive(Default)]
pub(super) struct Partial {
    /// A quorum of every configuration in force whose members run, have their disks, and are linked with each other.
    core: NodeSet,
}

impl<N: Node> Epilogue<'_, '_, N> {
    /// Restarts servers until a core runs. Returns false, and heals all links, if there is none.
    pub(super) fn restart_core(&mut self) -> Judged<bool> {
        // Servers that have lost their disks may run, but the cluster must not need them.
        let mut gone = self.judge.ghost.wiped;
        while let Some(core) = self.core(gone) {
            let down = core.minus(self.running());
            if let Some(partial) = self.partial.as_mut().filter(|_| down.is_empty()) {
                partial.core = core;
                return Ok(true);
            }
            for i in down.iter() {
                self.apply(Event::Restart(i))?;
            }
            // A removed server may have been destroyed.
            gone = gone.or(down.minus(self.running()));
        }
        self.heal_links()?;
        Ok(false)
    }

    /// The core, or one for which the fewest servers are to be restarted, without those that are `gone`.
    fn core(&mut self, gone: NodeSet) -> Option<NodeSet> {
        let (in_force, running) = (self.in_force(), self.running());
        let is_quorum = |core: NodeSet| in_force.iter().all(|configuration| configuration.is_quorum(core));
        let last = self.partial.as_ref().map_or(NodeSet::EMPTY, |partial| partial.core);
        if is_quorum(last) && last.minus(running).is_empty() {
            return Some(last);
        }
        let is_linked = |core: NodeSet| core.iter().all(|i| core.minus(self.open.linked(i)).is_empty());
        let all = (1..1 << self.setup.count()).map(NodeSet::from_bits);
        let cores = all.filter(|core| core.and(gone).is_empty() && is_linked(*core) && is_quorum(*core));
        cores.min_by_key(|core| core.minus(running).len())
    }

    /// True if a leader may keep a quorum: it is linked with one.
    pub(super) fn may_lead(&self, i: NodeId) -> bool {
        let linked = self.open.linked(i).and(self.running());
        self.partial.is_none() || self.state().server(i).configuration.is_quorum(linked)
    }
}

//! Comparisons: of a node with its specification after a call, of its obligations and the invariants, and of the final
//! states.

use super::divergence::Failed;
use super::judge::{Judged, Received};
use super::Lockstep;
use crate::findings::{self, Shown};
use crate::refine::abstraction;
use crate::spec::invariants::{check_touched, check_whole, explains, Snapshot, Touched, Whole};
use crate::spec::{self, Index, NodeId, Role};
use crate::sut::{Cluster, Judge, Node, View};

impl Lockstep<'_> {
    /// Begins a call; returns the node's past for the invariants.
    #[inline(always)]
    pub(super) fn begin(&mut self, i: NodeId) -> Snapshot {
        let server = self.state.server_mut(i);
        let before = Snapshot::of(server);
        server.owed = spec::Owed::default();
        server.clock.election_due = false;
        server.changed_from = Index::MAX;
        self.received = Received::default();
        self.led_without_vote |= findings::leads_without_vote(self.known, &self.context(i));
        before
    }

    /// Compares the node with its specification.
    #[inline(always)]
    pub(super) fn compare<N: Node>(&self, i: NodeId, view: &View, node: &N, reconfigured: bool) -> Judged {
        let shown = Shown { commit: self.align.index(view.commit), append: self.received.append };
        findings::shows(self.known, &self.context(i), &shown)?;
        let mut compared = abstraction::compare(self.align, &self.state, i, view, node);
        if reconfigured {
            compared = compared.and_then(|()| abstraction::compare_configuration(self.state.server(i), node));
        }
        compared.map_err(|difference| self.diverged(i, Failed::Field(difference)))
    }

    /// The node's obligations in this call are done.
    #[inline]
    pub(super) fn owes_nothing(&mut self, i: NodeId) -> Judged {
        let Some((action, obligation, reference)) = spec::unmet(&self.state, i, &self.outbox) else { return Ok(()) };
        self.outbox.taken.push((action, i));
        Err(self.diverged(i, Failed::Obligation { action, obligation, reference }))
    }

    /// The call broke no invariant.
    #[inline(always)]
    pub(super) fn keeps_invariants(&mut self, i: NodeId, before: Snapshot, restarted: bool) -> Judged {
        let changes = before.changes(self.state.server(i));
        if changes == 0 {
            return Ok(());
        }
        findings::touched(self.known, &self.context(i))?;
        let touched = Touched { before, after: &self.state, ghost: &self.ghost, node: i, restarted };
        check_touched(&touched, changes).map_err(|(invariant, why)| self.broken(i, invariant, why))?;
        if self.state.server(i).role == Role::Leader && before.role != Role::Leader {
            self.clocks.elected(i);
        }
        self.ghost.observe(&before, &self.state, i);
        Ok(())
    }

    /// Compares everything once more, when the events are over.
    pub(super) fn compare_all<N: Node>(&mut self, cluster: &Cluster<N, Self>) -> Judged
    where
        Self: Judge<N>,
    {
        self.outbox.clear();
        for i in self.setup.nodes() {
            let Some(node) = cluster.node(i) else { continue };
            let server = self.state.server(i);
            let log = abstraction::compare_log(self.align, server, server.log.base().index + 1, node);
            log.and_then(|()| abstraction::compare_configuration(server, node))
                .map_err(|difference| self.diverged(i, Failed::Field(difference)))?;
        }
        let whole = Whole { before: None, after: &self.state, ghost: &self.ghost, restarted: None };
        check_whole(&whole).map_err(|(invariant, why)| {
            let explained = |i: &NodeId| explains(invariant, &self.state, &self.ghost, *i);
            self.broken(self.setup.nodes().find(explained).unwrap_or(self.caller), invariant, why)
        })
    }
}

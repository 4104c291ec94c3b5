//! The partial form of the epilogue: the links that the schedule leaves cut stay cut.
//!
#![doc = include_str!("../../docs/partial.md")]

use super::super::verdict::Skip;
use super::{Epilogue, Goal, Judged, Outcome};
use crate::schedule::Event;
use crate::spec::{has_vote, NodeId, NodeSet, Role, Switch};
use crate::sut::Node;

/// Number of timeouts after which a cluster without a promise of a steady leader has had enough elections.
const UNSTEADY: usize = 16;

/// The state of the partial form.
#[derive(Default)]
pub(super) struct Partial {
    /// A quorum of every configuration in force whose members run, have their disks, and are linked with each other.
    core: NodeSet,
    /// True once a leader was settled.
    has_settled: bool,
    /// Number of times that a settled leader's term ended.
    ends: usize,
}

/// Raft's promise to a core while other links stay cut.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Promise {
    /// A leader that keeps its term.
    Steady,
    /// Leaders that commit, and whose terms may end again and again.
    Elects,
    /// Nothing: servers follow a leader that no quorum answers.
    Nothing,
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

    /// Counts the end of a settled leader's term.
    pub(super) fn counts_end(&mut self, last: Option<NodeId>, now: Option<NodeId>) {
        if let Some(partial) = &mut self.partial {
            partial.has_settled |= now.is_some();
            partial.ends += usize::from(last.is_some() && now != last);
        }
    }

    /// The outcome that links which stay cut decide before the bound.
    pub(super) fn is_decided(&self, ticks: usize) -> Option<Outcome> {
        let partial = self.partial.as_ref()?;
        if partial.ends > self.running().len() && self.is_undisturbed() {
            return Some(Outcome::Missed(Goal::KeepsTerm));
        }
        let had_enough = ticks >= UNSTEADY * self.timeout() && partial.has_settled;
        (had_enough && self.promises(Promise::Elects)).then_some(Outcome::Progress)
    }

    /// The outcome, judged by what Raft promises.
    pub(super) fn as_promised(&self, outcome: Outcome) -> Outcome {
        let unsteady = self.promises(Promise::Elects) && self.partial.as_ref().is_some_and(|it| it.has_settled);
        match outcome {
            Outcome::Missed(_) if self.promises(Promise::Nothing) => Outcome::NoVerdict(Skip::NoPromise),
            Outcome::Missed(Goal::Elects) if unsteady => Outcome::Progress,
            outcome => outcome,
        }
    }

    pub(super) fn promises(&self, promise: Promise) -> bool {
        self.promise() == promise
    }

    fn promise(&self) -> Promise {
        if self.partial.is_none() || self.setup.check_quorum {
            Promise::Steady
        } else if self.follows_deaf_leader() {
            Promise::Nothing
        } else if self.is_undisturbed() || self.has_hub() {
            Promise::Steady
        } else {
            Promise::Elects
        }
    }

    /// True if outsiders end the terms of leaders a bounded number of times: the quorum holds to its leader, or has the
    /// leader's first entry, which they lack.
    fn is_undisturbed(&self) -> bool {
        let dialect = self.state().settings.dialect;
        let adds_entry = dialect.has(Switch::NoOpOnElection) && !dialect.has(Switch::NoOpOverTail);
        self.is_leased() || (self.setup.pre_vote && adds_entry)
    }

    /// True if servers that hear a leader give no votes away.
    fn is_leased(&self) -> bool {
        self.setup.check_quorum || self.state().settings.dialect.has(Switch::Sticky)
    }

    /// True if a server follows a leader that no quorum answers.
    fn follows_deaf_leader(&self) -> bool {
        let (state, running) = (self.state(), self.running());
        let is_deaf = |i: &NodeId| state.server(*i).role == Role::Leader && !self.may_lead(*i);
        let follows = |j: NodeId, i: NodeId| {
            let (follower, leader) = (state.server(j), state.server(i));
            j != i && (follower.current_term, follower.leader) == (leader.current_term, Some(i))
        };
        running.iter().filter(is_deaf).any(|i| running.iter().any(|j| follows(j, i)))
    }

    /// True if servers outside may end the term of a steady leader, and another one may keep its own.
    pub(super) fn may_lose_term(&self, leader: NodeId) -> bool {
        let keeps_it = self.is_leased() || (!self.is_undisturbed() && self.hubs().contains(leader));
        self.partial.is_some() && !keeps_it
    }

    fn has_hub(&self) -> bool {
        !self.hubs().and(self.committed.electors()).is_empty()
    }

    /// The voters that are linked with every running server that has a vote, and that none of them outranks: while one
    /// leads, nobody campaigns.
    fn hubs(&self) -> NodeSet {
        let state = self.state();
        let voters: NodeSet = self.running().iter().filter(|i| has_vote(state, *i)).collect();
        let highest = voters.iter().map(|i| state.server(i).priority).max();
        let is_hub =
            |i: &NodeId| voters.minus(self.open.linked(*i)).is_empty() && Some(state.server(*i).priority) == highest;
        voters.iter().filter(is_hub).collect()
    }
}

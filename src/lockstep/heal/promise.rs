//! Raft's promise to a healed cluster, by its links and by the options of its servers.
//!
//! Servers that differ in their options have the promise of the weakest among them.
#![doc = include_str!("../../docs/uneven.md")]

use super::super::verdict::Skip;
use super::{Epilogue, Goal, Outcome};
use crate::schedule::Setup;
use crate::spec::{has_vote, NodeId, NodeSet, Role, Server, Switch};
use crate::sut::Node;

/// Number of timeouts after which a cluster without a promise of a steady leader has had enough elections.
const UNSTEADY: usize = 16;

/// Raft's promise.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Promise {
    /// A leader that keeps its term.
    Steady,
    /// Leaders that commit, and whose terms may end again and again.
    Elects,
    /// Nothing: servers follow a leader that no quorum answers, or restart the timer of a server that alone can win.
    Nothing,
}

impl<N: Node> Epilogue<'_, '_, N> {
    /// Counts the end of a settled leader's term.
    pub(super) fn counts_end(&mut self, last: Option<NodeId>, now: Option<NodeId>) {
        self.terms.has_settled |= now.is_some();
        self.terms.ends += usize::from(last.is_some() && now != last);
    }

    /// The outcome that is decided before the bound, where terms may end.
    pub(super) fn is_decided(&self, ticks: usize) -> Option<Outcome> {
        let too_many = self.terms.ends > self.running().len();
        if self.partial.is_some() && too_many && self.is_undisturbed() && self.has_even_timing() {
            return Some(Outcome::Missed(Goal::KeepsTerm));
        }
        let had_enough = ticks >= UNSTEADY * self.timeout() && self.terms.has_settled;
        (had_enough && self.promises(Promise::Elects)).then_some(Outcome::Progress)
    }

    /// The outcome, judged by what Raft promises.
    pub(super) fn as_promised(&self, outcome: Outcome) -> Outcome {
        match outcome {
            Outcome::Missed(_) if self.promises(Promise::Nothing) => Outcome::NoVerdict(Skip::NoPromise),
            Outcome::Missed(Goal::Elects) if self.terms.has_settled && self.promises(Promise::Elects) => {
                Outcome::Progress
            }
            // A follower whose timer ran out between two heartbeats drops the answer to its read. Its client asks again.
            Outcome::Missed(Goal::AnswersReads) if !self.has_even_timing() => Outcome::Progress,
            outcome => outcome,
        }
    }

    pub(super) fn promises(&self, promise: Promise) -> bool {
        self.promise() == promise
    }

    fn promise(&self) -> Promise {
        if self.may_starve() {
            Promise::Nothing
        } else if !self.has_even_timing() {
            if self.follows_deaf_leader() {
                Promise::Nothing
            } else {
                Promise::Elects
            }
        } else if self.partial.is_none() || self.checks_quorum() {
            Promise::Steady
        } else if self.follows_deaf_leader() {
            Promise::Nothing
        } else if self.is_undisturbed() || self.has_hub() {
            Promise::Steady
        } else {
            Promise::Elects
        }
    }

    /// True if every running server was started with a setting, whether or not the dialect knows of it.
    fn every(&self, has: impl Fn(&Setup) -> bool) -> bool {
        self.running().iter().all(|i| has(self.cluster.setup_of(i)))
    }

    fn checks_quorum(&self) -> bool {
        self.every(|own| own.check_quorum)
    }

    /// The running servers that have a vote or lead.
    fn electors(&self) -> impl Iterator<Item = &Server> {
        let state = self.state();
        let elects = move |i: &NodeId| has_vote(state, *i) || state.server(*i).role == Role::Leader;
        self.running().iter().filter(elects).map(move |i| state.server(i)).collect::<Vec<_>>().into_iter()
    }

    /// True if every leader's heartbeats come before every follower's election timeout (thesis 3.9; raft-rs
    /// `Config::election_tick`).
    fn has_even_timing(&self) -> bool {
        let heartbeat = self.electors().map(|server| server.options.heartbeat_timeout).max();
        let timeout = self.electors().map(|server| server.options.election_timeout).min();
        heartbeat.is_none() || heartbeat < timeout
    }

    /// True if a server may campaign, and restart the timers of others, before any of them times out: election timeouts
    /// are not of one interval, as thesis 3.4 has them. A pre-vote restarts no timer (thesis 9.6).
    fn may_starve(&self) -> bool {
        let timeouts = || self.electors().map(|server| server.options.election_timeout);
        // The shortest draw of the one is no shorter than the longest draw of the other.
        let apart = timeouts().max() >= timeouts().min().map(|least| 2 * least - 1);
        apart && !self.electors().all(|server| server.options.pre_vote)
    }

    /// True if outsiders end the terms of leaders a bounded number of times: the quorum holds to its leader, or has the
    /// leader's first entry, which they lack.
    fn is_undisturbed(&self) -> bool {
        let dialect = self.state().settings.dialect;
        let adds_entry = dialect.has(Switch::NoOpOnElection) && !dialect.has(Switch::NoOpOverTail);
        self.is_leased() || (self.every(|own| own.pre_vote) && adds_entry)
    }

    /// True if servers that hear a leader give no votes away.
    fn is_leased(&self) -> bool {
        self.checks_quorum() || self.state().settings.dialect.has(Switch::Sticky)
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

    /// True if other servers may end the term of a steady leader, and another one may keep its own.
    pub(super) fn may_lose_term(&self, leader: NodeId) -> bool {
        let keeps_it = self.is_leased() || (!self.is_undisturbed() && self.hubs().contains(leader));
        (self.partial.is_some() && !keeps_it) || !self.has_even_timing()
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

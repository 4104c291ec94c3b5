//! Fair continuations: the runs in which a cluster must fail before it is said to stand still.
//!
#![doc = include_str!("../../docs/still.md")]

use super::cycle::Cycle;
use super::{Epilogue, Goal, Judged, Outcome, NO_QUORUM, TERMS};
use crate::schedule::Event;
use crate::spec::{has_vote, NodeId};
use crate::sut::Node;

/// The bound that a healed cluster passed before it made progress with chosen election timeouts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Slow {
    /// The bound, in ticks of every clock with equal chances.
    pub ticks: usize,
    /// The node whose election timer was favoured when the cluster made progress.
    pub favoured: NodeId,
}

impl std::fmt::Display for Slow {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        let Slow { ticks, favoured } = self;
        write!(
            f,
            "slow: after {ticks} ticks with equal chances no leader had brought all members up to date; \
             one did once the election timer of node {favoured} was favoured"
        )
    }
}

/// Number of timeouts without progress after which a stage ends: the favoured server has passed the newest term, or cannot.
const IDLE: usize = 4;

impl<N: Node> Epilogue<'_, '_, N> {
    /// Favours servers in turn until the cluster makes progress, after `ticks` with equal chances. If a server acts on another
    /// configuration afterwards, an earlier turn may succeed now: then all have another turn.
    pub(super) fn continuations(&mut self, ticks: usize) -> Judged<Outcome> {
        loop {
            let acting = self.acting_configurations();
            for favoured in self.turns() {
                match self.stage(favoured)? {
                    // Before the bound, equal chances might have been enough.
                    Outcome::Progress if ticks < TERMS * self.timeout() => return Ok(Outcome::Progress),
                    Outcome::Progress => return Ok(Outcome::Slow(Slow { ticks, favoured })),
                    Outcome::Missed(Goal::Elects | Goal::KeepsTerm) => {}
                    outcome => return Ok(outcome),
                }
            }
            if self.acting_configurations() == acting {
                return Ok(Outcome::Missed(Goal::Elects));
            }
        }
    }

    /// The servers to favour, in order.
    fn turns(&self) -> Vec<NodeId> {
        let nodes: Vec<NodeId> = self.setup.nodes().collect();
        // Where links stay cut, servers hear of different commits, as if their configurations differed.
        if !self.configurations_differ() && self.partial.is_none() {
            return nodes;
        }
        let with_the_rest = |(place, i): (usize, &NodeId)| {
            let rest = nodes[place + 1..].iter().flat_map(|j| [*i, *j]).chain([*i]);
            rest.collect::<Vec<_>>()
        };
        nodes.iter().enumerate().flat_map(with_the_rest).collect()
    }

    /// Favours `i` until there is a steady leader, or nothing has changed for [`IDLE`] timeouts.
    fn stage(&mut self, i: NodeId) -> Judged<Outcome> {
        if !self.may_time_out(i) {
            return Ok(Outcome::Missed(Goal::Elects));
        }
        self.cluster.expire_first(i, self.judge);
        (self.leader, self.steady_ticks) = (None, 0);
        let timeout = self.timeout();
        let own_timeouts = self.has_own_timeouts();
        let (mut cycle, mut reached, mut idle) = (Cycle::default(), self.reached(i), 0);
        for _ in 0..(2 * self.terms_behind(i) + TERMS) * timeout {
            // A node that draws its own timeouts is favoured by its clock instead.
            if own_timeouts {
                self.apply(Event::Tick(i))?;
            }
            if !self.tick()? {
                return Ok(NO_QUORUM);
            }
            if let Some(leader) = self.steady_leader() {
                if let Some(outcome) = self.meets_goals(leader)? {
                    return Ok(outcome);
                }
            }
            // A leader may take long to bring all up to date, and a candidate to pass the newest term.
            let before = std::mem::replace(&mut reached, self.reached(i));
            idle = if reached == before { idle + 1 } else { 0 };
            let repeats = self.cluster.is_quiet() && cycle.recurs(self.running(), &self.judge.state);
            if idle > IDLE * timeout || (repeats && !own_timeouts) || !self.may_time_out(i) {
                break;
            }
        }
        Ok(Outcome::Missed(Goal::Elects))
    }

    /// True if `i` runs and has a vote: no other server starts an election.
    fn may_time_out(&self, i: NodeId) -> bool {
        self.running().contains(i) && has_vote(self.state(), i)
    }

    /// Number of terms by which `i` is behind the newest.
    fn terms_behind(&self, i: NodeId) -> usize {
        let term = |i: NodeId| self.state().server(i).current_term;
        let newest = self.running().iter().map(term).max().unwrap_or(0);
        newest.saturating_sub(term(i)) as usize
    }

    /// The sum of the running servers' commit and applied indexes, and the term of `i` until it has passed the newest.
    fn reached(&self, i: NodeId) -> (u32, Option<u32>) {
        let running = self.running();
        let servers = running.iter().map(|i| self.state().server(i));
        let term = (self.terms_behind(i) > 0).then(|| self.state().server(i).current_term);
        (servers.map(|it| it.commit_index + it.disk.applied).sum(), term)
    }
}

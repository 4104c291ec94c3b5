//! The healing epilogue: after any schedule, a cluster whose faults have ended must make progress.
//!
//! First the application pays its debts: stalls end, notices are given, in-flight limits are above 0, snapshots are
//! available, everything is applied. Then the network heals, and servers restart until a quorum of every configuration in
//! force runs (a minority may stay down). Clocks tick in turn, and all messages are delivered between two ticks. Debts
//! that arise are paid: a lost snapshot is reported as failed, and a removed follower that does not know of its removal is
//! stopped, for it would campaign for ever (thesis 4.2.3).
//!
//! Under that timing the first node whose timeout passes runs alone. Timeouts are drawn anew in each term, so a node that
//! can be elected is soon the first. With at most nine nodes such a node is first with a chance of one in nine or better
//! in each term, and [`TERMS`] terms without it have a chance of less than one in a hundred thousand; a pending
//! configuration change takes one term more. The cluster must then meet every [`Goal`]: one leader, which keeps its term,
//! and a log that every running member of its configuration has, is streamed, and applies (thesis 3.4, 3.9 and 4).
//!
//! With the setting `partial-heal`, links that are cut stay cut (`partial`).
//!
//! A cluster that passes this bound is not yet said to stand still: `continuations` first tries lawful draws that favour
//! one server after the other. A cluster that makes progress in one of them is [`Slow`], which is no divergence.
//!
//! Two shortcuts lead to the continuations before the bound, and decide nothing: a cluster that makes progress after a
//! shortcut is not called slow. One is a state that recurs: timeouts depend on the term alone, so the same ticks follow
//! again. The state is the specification's, without counts of writes. An implementation that draws its own timeouts
//! (switch `own-timeouts`), or is judged without clocks, has a state that the specification does not see, and gets the
//! whole bound. The other is a cluster in which no server seems able to win for two timeouts. A known finding that explains
//! this ends the run without a verdict.

mod configurations;
mod continuations;
mod cycle;
mod debts;
mod goals;
mod partial;
mod promise;

use super::judge::Judged;
use super::verdict::Skip;
use super::Lockstep;
use crate::findings::{self, Finding, Healed};
use crate::schedule::{Event, Setup};
use crate::spec::{Configuration, NodeId, NodeSet, Open, State, Switch};
use crate::sut::{Cluster, Node};
pub use continuations::Slow;
use cycle::Cycle;
pub use goals::Goal;
use partial::Partial;
use promise::Promise;

/// The bound, in election timeouts: so many elections are enough.
const TERMS: usize = 100;
/// Messages that are in flight after so many rounds are left to the next tick.
const ROUNDS: usize = 4_096;

/// The outcome of the epilogue.
pub enum Outcome {
    /// The cluster made progress.
    Progress,
    /// The cluster made progress once the draws of election timeouts were chosen.
    Slow(Slow),
    /// There is no verdict, for this reason.
    NoVerdict(Skip),
    /// The cluster missed a goal.
    Missed(Goal),
}

/// Heals the cluster and lets it run.
///
/// # Errors
/// The judge's verdict on a call of the epilogue.
pub(super) fn heal<'o, N: Node>(cluster: &mut Cluster<N, Lockstep<'o>>, judge: &mut Lockstep<'o>) -> Judged<Outcome> {
    let (setup, committed) = (judge.setup, judge.state.settings.configuration);
    let open = cluster.open_links();
    let is_partial = setup.partial_heal && !open.are_all();
    let partial = is_partial.then(Partial::default);
    let (leader, steady_ticks, terms) = (None, 0, Terms::default());
    let mut epilogue =
        Epilogue { cluster, judge, setup, committed, counted: 0, leader, steady_ticks, terms, open, partial };
    epilogue.pay_debts()?;
    let outcome = epilogue.make_progress()?;
    Ok(epilogue.as_promised(outcome))
}

const NO_QUORUM: Outcome = Outcome::NoVerdict(Skip::NoQuorum);

/// The terms of settled leaders.
#[derive(Default)]
struct Terms {
    /// True once a leader was settled.
    has_settled: bool,
    /// Number of times that a settled leader's term ended.
    ends: usize,
}

struct Epilogue<'a, 'o, N: Node> {
    cluster: &'a mut Cluster<N, Lockstep<'o>>,
    judge: &'a mut Lockstep<'o>,
    setup: Setup,
    /// The configuration after the first `counted` committed entries.
    committed: Configuration,
    counted: usize,
    /// The settled leader of the last tick, and the number of ticks before it in which it was settled.
    leader: Option<NodeId>,
    steady_ticks: u32,
    /// The terms of settled leaders.
    terms: Terms,
    /// The links that are open.
    open: Open,
    /// In the partial form, its state.
    partial: Option<Partial>,
}

impl<N: Node> Epilogue<'_, '_, N> {
    fn state(&self) -> &State {
        &self.judge.state
    }

    fn apply(&mut self, event: Event) -> Judged {
        self.judge.observer.healing(&event);
        self.cluster.apply(&event, self.judge)
    }

    fn running(&self) -> NodeSet {
        self.setup.nodes().filter(|i| self.cluster.node(*i).is_some()).collect()
    }

    /// The configurations that the running servers act on.
    fn acting_configurations(&self) -> Vec<Configuration> {
        self.running().iter().map(|i| self.state().server(i).configuration).collect()
    }

    fn configurations_differ(&self) -> bool {
        self.acting_configurations().windows(2).any(|pair| pair[0] != pair[1])
    }

    /// Ticks until the cluster has a steady leader, the bound is passed, or a shortcut applies.
    fn make_progress(&mut self) -> Judged<Outcome> {
        let timeout = self.timeout();
        let (mut deadlocked, mut cycle) = (0, Cycle::default());
        let own_timeouts = self.has_own_timeouts();
        self.stop_removed()?;
        self.stop_wiped()?;
        if !self.restart_quorum()? {
            return Ok(NO_QUORUM);
        }
        let mut ticks = 0;
        while ticks < TERMS * timeout {
            if !self.tick()? {
                return Ok(NO_QUORUM);
            }
            if let Some(leader) = self.steady_leader() {
                if let Some(outcome) = self.meets_goals(leader)? {
                    return Ok(outcome);
                }
                ticks += timeout;
            }
            ticks += 1;
            if let Some(outcome) = self.is_decided(ticks) {
                return Ok(outcome);
            }
            // No server seems able to win, and every server has campaigned: the continuations decide at once. Where terms
            // race, chance may still elect a server.
            let healed = self.healed();
            let seems_deadlocked = self.leader.is_none() && (healed.is_deadlocked() || healed.is_out_of_reach());
            deadlocked = if seems_deadlocked { deadlocked + 1 } else { 0 };
            if deadlocked > 2 * timeout && (self.finding().is_some() || !self.healed().races()) {
                break;
            }
            // A settled leader and a deadlock are counted above.
            if self.leader.is_some() || deadlocked > 0 || own_timeouts || !self.cluster.is_quiet() {
                cycle = Cycle::default();
            } else if cycle.recurs(self.running(), &self.judge.state) {
                break;
            }
        }
        if let Some(leader) = self.leader {
            if let Some(outcome) = self.meets_goals(leader)? {
                return Ok(outcome);
            }
        }
        match self.finding() {
            Some(finding) => Ok(Outcome::NoVerdict(Skip::Finding(finding))),
            None if self.promises(Promise::Nothing) => Ok(Outcome::Missed(Goal::Elects)),
            None => self.continuations(ticks),
        }
    }

    /// The view that findings have of the cluster.
    fn healed(&self) -> Healed<'_> {
        let (state, running) = (self.state(), self.running());
        let own = |has: &dyn Fn(&Setup) -> bool| running.iter().filter(|i| has(self.cluster.setup_of(*i))).collect();
        let (pre_voting, answering) = (own(&|own| own.pre_vote), own(&|own| own.pre_vote || own.check_quorum));
        let (setup, committed, open) = (&self.setup, self.committed, self.open);
        Healed { setup, state, running, pre_voting, answering, committed, open }
    }

    /// The known finding that explains why the cluster makes no progress.
    fn finding(&self) -> Option<Finding> {
        findings::healed(self.judge.known, &self.healed()).err()
    }

    /// True if timers run that the specification does not see: a recurring state proves nothing then.
    fn has_own_timeouts(&self) -> bool {
        let dialect = self.state().settings.dialect;
        dialect.has(Switch::OwnTimeouts) || !dialect.has(Switch::Clocks)
    }

    /// A bound above every election timeout, in ticks.
    fn timeout(&self) -> usize {
        let servers = self.state().servers.iter();
        let most =
            servers.map(|server| server.options.election_timeout.max(server.next_options.election_timeout)).max();
        2 * most.unwrap_or(0) as usize
    }

    /// Ticks every clock once, and delivers every message between two ticks. Returns true if a quorum runs.
    fn tick(&mut self) -> Judged<bool> {
        for i in self.setup.nodes() {
            self.apply(Event::Tick(i))?;
            for j in self.setup.nodes() {
                if self.cluster.has_unreported_sync(j) {
                    self.apply(Event::Notice(j, u8::MAX))?;
                }
            }
            let mut rounds = 0;
            self.answer_fetches()?;
            while !self.cluster.is_quiet() && rounds < ROUNDS {
                self.apply(Event::Round)?;
                self.answer_fetches()?;
                rounds += 1;
            }
        }
        self.report_lost_snapshots()?;
        self.propose_for_no_op()?;
        self.stop_removed()?;
        self.stop_wiped()?;
        self.restart_quorum()
    }
}

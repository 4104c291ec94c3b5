//! Runs: how one is judged, what drives it event by event, and its outcome.

use super::heal::Slow;
use super::judge::{Lockstep, Stop};
use super::verdict::{Phase, Verdict};
use crate::findings::FindingSet;
use crate::schedule::{Event, Link};
use crate::spec::ghost::Ghost;
use crate::spec::{Dialect, Message, NodeId, State};
use crate::sut::{Cluster, Node};

/// The judge of a run.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum JudgeName {
    /// The specification, call by call.
    #[default]
    Specification,
    /// Clients: the consequences alone ([`crate::clients`]).
    Clients,
}

impl JudgeName {
    /// The names in `RAFT_LOCKSTEP_JUDGE` and on the command line; the first is the default.
    pub const NAMED: [(&'static str, JudgeName); 2] =
        [("specification", JudgeName::Specification), ("clients", JudgeName::Clients)];

    /// The judge's name.
    pub fn name(self) -> &'static str {
        Self::NAMED[self as usize].0
    }

    /// The judge of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::NAMED.iter().find(|(known, _)| *known == name).map(|(_, judge)| *judge)
    }
}

/// The options of the judge.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Options {
    /// The specification's dialect.
    pub dialect: Dialect,
    /// The known findings that are stepped around.
    pub known: FindingSet,
    /// The judge. Clients know neither a dialect nor findings.
    pub judge: JudgeName,
}

impl Default for Options {
    fn default() -> Self {
        Options { dialect: Dialect::RAFT_RS, known: FindingSet::RAFT_RS, judge: JudgeName::Specification }
    }
}

impl Options {
    /// The options that `N` declares.
    pub const fn of<N: Node>() -> Self {
        Options { dialect: N::DIALECT, known: N::KNOWN, judge: JudgeName::Specification }
    }
}

/// The outcome of a run.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Run {
    /// The judge.
    pub judge: JudgeName,
    /// The verdict.
    pub verdict: Verdict,
    /// Number of events applied.
    pub events: usize,
    /// The part of the run in which it ended.
    pub phase: Phase,
    /// Number of actions that the specification took.
    pub steps: u64,
    /// The specification's last state; its first one if clients are the judge.
    pub state: State,
    /// The history.
    pub ghost: Ghost,
    /// The bound that the healed cluster passed, if it needed chosen election timeouts.
    pub slow: Option<Slow>,
}

/// A run whose events are given one by one.
pub struct Driver<'r, 'o, N: Node> {
    pub(super) cluster: &'r mut Cluster<N, Lockstep<'o>>,
    pub(super) judge: &'r mut Lockstep<'o>,
    pub(super) applied: &'r mut usize,
    pub(super) stopped: Option<Stop>,
}

impl<'o, N: Node> Driver<'_, 'o, N> {
    /// Applies an event. Returns true if it was a proposal that was accepted; `None` once the run is over.
    pub fn apply(&mut self, event: &Event) -> Option<bool> {
        if self.stopped.is_some() {
            return None;
        }
        self.judge.observer.event(*self.applied, event);
        if let Event::Crash(node) = event {
            self.judge.clocks.stopped(*node);
        }
        self.judge.proposal_taken = false;
        match self.cluster.apply(event, self.judge) {
            Ok(()) => {
                *self.applied += 1;
                Some(self.judge.proposal_taken)
            }
            Err(stop) => {
                self.stopped = Some(stop);
                None
            }
        }
    }

    /// The node, unless it is down.
    pub fn node(&self, i: NodeId) -> Option<&N> {
        self.cluster.node(i)
    }

    /// The messages in flight on a link, in order, each with its number.
    pub fn in_flight(&self, link: Link) -> impl Iterator<Item = (u32, &Message)> + use<'_, 'o, N> {
        self.cluster.in_flight(link).map(|id| (id.number(), &self.judge.in_flight[*id].message))
    }
}

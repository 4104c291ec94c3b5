//! A divergence as data: the failed check with its values, and its place in the run.
//!
//! `report::divergence` puts it into words.

use super::verdict::{Cause, Check, Phase};
use super::Goal;
use crate::clients::consequences::{Consequence, ConsequenceRow};
use crate::refine::Difference;
use crate::spec::invariants::Invariant;
use crate::spec::{ActionName, Disabled, Index, NodeId, Position, Role, Server, Switch, Term};
pub use crate::sut::panics::Panic;
use std::borrow::Cow;

/// The first point at which the implementation and the specification disagree.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Divergence {
    /// The cause.
    pub cause: Cause,
    /// The failed check.
    pub failed: Failed,
    /// The event, counted from 0; after the schedule, the number of its events.
    pub event: usize,
    /// The part of the run.
    pub phase: Phase,
    /// The node.
    pub node: NodeId,
    /// The specification's actions in that call.
    pub actions: Vec<(ActionName, NodeId)>,
}

/// A failed check, with its values.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Failed {
    /// An action was taken whose guard is false.
    Guard(Disabled),
    /// An obligation was not done.
    Obligation {
        /// The action that the obligation belongs to.
        action: ActionName,
        /// The obligation.
        obligation: &'static str,
        /// The source of the obligation.
        reference: &'static str,
    },
    /// A field differs.
    Field(Box<Difference>),
    /// An invariant is broken; the text names the values that break it.
    Invariant(&'static Invariant, String),
    /// A healed cluster misses a goal.
    Liveness {
        /// The goal.
        goal: Goal,
        /// The servers, as they were before the epilogue favoured election timers.
        servers: Vec<Standing>,
    },
    /// A bound on the steps of one call is passed.
    Runaway(&'static str),
    /// A handler reads its storage without end, and the storage ends it by a panic.
    RunawayHandler(Panic),
    /// The implementation panicked.
    Panic(Panic),
    /// Clients see a consequence; the text names the values that show it.
    Consequence(&'static ConsequenceRow, String),
}

/// A server in outline.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs)]
pub struct Standing {
    pub node: NodeId,
    pub role: Role,
    pub term: Term,
    pub last: Position,
    pub commit: Index,
}

impl Divergence {
    /// The divergence of a call in which the specification took `actions`; its place is not known yet.
    #[cold]
    pub fn new(node: NodeId, failed: Failed, actions: Vec<(ActionName, NodeId)>) -> Self {
        let cause = Cause::of(&failed, last_action(&actions));
        Divergence { cause, failed, event: 0, phase: Phase::Schedule, node, actions }
    }

    /// The kind of check that failed.
    pub fn check(&self) -> Check {
        self.failed.check()
    }

    /// The switch that would allow the implementation's step.
    pub fn switch(&self) -> Option<Switch> {
        match &self.failed {
            Failed::Guard(guard) => guard.switch,
            _ => None,
        }
    }

    /// True if the cluster stands still: no single call is at fault.
    pub fn stands_still(&self) -> bool {
        match &self.failed {
            Failed::Liveness { .. } => true,
            Failed::Consequence(row, _) => row.consequence == Consequence::Standstill,
            _ => false,
        }
    }

    /// The consequence that clients see, if they are the judge.
    pub fn consequence(&self) -> Option<Consequence> {
        match &self.failed {
            Failed::Consequence(row, _) => Some(row.consequence),
            Failed::Panic(_) => Some(Consequence::Panic),
            Failed::Runaway(_) | Failed::RunawayHandler(_) => Some(Consequence::Hang),
            Failed::Guard(_)
            | Failed::Obligation { .. }
            | Failed::Field(_)
            | Failed::Invariant(..)
            | Failed::Liveness { .. } => None,
        }
    }

    /// The specification's last action in the call, but for the appends that follow from others.
    pub fn last_action(&self) -> Option<ActionName> {
        last_action(&self.actions)
    }
}

fn last_action(actions: &[(ActionName, NodeId)]) -> Option<ActionName> {
    actions.iter().rev().map(|(name, _)| *name).find(|name| *name != ActionName::AppendEntries)
}

impl Failed {
    /// The kind of check.
    pub fn check(&self) -> Check {
        match self {
            Failed::Guard(_) => Check::Guard,
            Failed::Obligation { .. } => Check::Obligation,
            Failed::Field(_) => Check::State,
            Failed::Invariant(..) => Check::Invariant,
            Failed::Liveness { .. } => Check::Liveness,
            Failed::Runaway(_) | Failed::RunawayHandler(_) => Check::Runaway,
            Failed::Panic(_) => Check::Panic,
            Failed::Consequence(..) => Check::Consequence,
        }
    }

    /// The guard, obligation, field, invariant, goal, bound or panic, as causes name it.
    pub fn subject(&self) -> Cow<'static, str> {
        match self {
            Failed::Guard(guard) => format!("{}: {}", guard.action, guard.guard).into(),
            Failed::Obligation { obligation, .. } => (*obligation).into(),
            Failed::Field(difference) => difference.field.row().name.into(),
            Failed::Invariant(invariant, _) => invariant.name.into(),
            Failed::Liveness { goal, .. } => goal.sentence().into(),
            Failed::Runaway(bound) => (*bound).into(),
            Failed::RunawayHandler(panic) | Failed::Panic(panic) => panic.place().into(),
            Failed::Consequence(row, _) => row.name.into(),
        }
    }
}

impl Standing {
    /// The outline of a server.
    pub fn of(node: NodeId, server: &Server) -> Self {
        let Server { role, current_term, log, commit_index, .. } = server;
        Standing { node, role: *role, term: *current_term, last: log.last(), commit: *commit_index }
    }
}

//! What runs reach of the specification: its actions, and what its guards come to.
//!
//! In lockstep a guard that decides (whether a vote is granted, say) is true in some runs and false in others. One
//! that forbids is false only where the implementation did what it must not, which is a divergence.

use crate::lockstep::observe::Observer;
use crate::lockstep::{self, Options, Slow};
use crate::schedule::Schedule;
use crate::spec::guards::{outcomes, GUARDS};
use crate::spec::{ActionName, NodeId, State};
use crate::sut::Node;
use serde::Serialize;
use std::collections::HashSet;

const ACTIONS: usize = ActionName::ALL.len();
/// Rows: an action each, then each guard false and true.
pub const ROWS: usize = ACTIONS + 2 * GUARDS.len();

/// Rows that no run on an implementation that agrees reaches, and why.
pub const UNREACHED: &[(&str, &str)] = &[
    ("DuplicateMessage", NETWORK),
    ("DropMessage", NETWORK),
    ("HandleSnapshot", "what becomes of a snapshot is one of four other actions"),
    ("Tick", ASKED),
    ("Campaign", ASKED),
    ("Propose", ASKED),
    ("Release", "what it forbids is a divergence"),
    ("Reply", "what it forbids is a divergence"),
    ("timeout-role is false", FORBIDS),
    ("request-vote-role is false", FORBIDS),
    ("request-vote-once is false", FORBIDS),
    ("become-leader-role is false", FORBIDS),
    ("become-leader-quorum is false", FORBIDS),
    ("client-request-role is false", FORBIDS),
    ("advance-commit-role is false", FORBIDS),
    ("append-entries-peer is false", FORBIDS),
    ("append-entries-role is false", FORBIDS),
    ("append-request-leader is false", FORBIDS),
    ("append-request-term is false", "raft-rs does not answer a request of an older term (switch `stale-unanswered`)"),
    ("append-request-reach is false", FORBIDS),
];
const NETWORK: &str = "the network does it: no server moves";
const ASKED: &str = "what a server is asked for; what it does has names of its own";
const FORBIDS: &str = "an action that the implementation takes without it is a divergence";

/// The rows that one run reaches.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Reached {
    rows: [bool; ROWS],
    /// The abstract state that it ends in.
    pub state: u64,
    /// How its epilogue got on, if equal chances were not enough.
    pub slow: Option<Slow>,
}

impl Reached {
    /// Runs `schedule` on nodes of `N`.
    pub fn by<N: Node>(schedule: &Schedule, options: Options) -> Self {
        let mut reached = Reached { rows: [false; ROWS], state: 0, slow: None };
        outcomes();
        let run = lockstep::run::<N>(schedule, options, &mut reached);
        let noted = outcomes();
        (0..2 * GUARDS.len()).for_each(|outcome| reached.rows[ACTIONS + outcome] = noted & 1 << outcome != 0);
        reached.state = crate::fuzzing::abstract_state(&run.state);
        reached.slow = run.slow;
        reached
    }

    /// The places of the rows.
    pub fn rows(&self) -> impl Iterator<Item = usize> + '_ {
        (0..ROWS).filter(|row| self.rows[*row])
    }
}

impl Observer for Reached {
    fn judged(&mut self, _node: NodeId, taken: &[(ActionName, NodeId)], _state: &State) {
        for (name, _) in taken {
            self.rows[*name as usize] = true;
        }
    }
}

/// What many runs reach.
#[derive(Default)]
pub struct Stats {
    /// Runs.
    pub runs: u64,
    /// Runs whose healed cluster got on only when a node's election timer was favoured.
    pub slow: u64,
    /// The largest bound that one of them passed, in ticks of every clock.
    pub slowest: usize,
    counts: Vec<u64>,
    states: HashSet<u64>,
}

/// A row of the table.
#[derive(Serialize)]
pub struct Row {
    /// What is reached.
    pub name: String,
    /// In so many runs.
    pub runs: u64,
    /// Why it is not, if it is not and that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unreached: Option<&'static str>,
}

impl Stats {
    /// Counts a run.
    pub fn add(&mut self, reached: &Reached) {
        self.runs += 1;
        self.slow += u64::from(reached.slow.is_some());
        self.slowest = self.slowest.max(reached.slow.map_or(0, |slow| slow.ticks));
        self.counts.resize(ROWS, 0);
        reached.rows().for_each(|row| self.counts[row] += 1);
        self.states.insert(reached.state);
    }

    /// Abstract states in which the runs ended.
    pub fn states(&self) -> usize {
        self.states.len()
    }

    /// Every row, in order.
    pub fn rows(&self) -> Vec<Row> {
        let row = |place: usize| {
            let name = name(place);
            let runs = self.counts.get(place).copied().unwrap_or(0);
            let reason = UNREACHED.iter().find(|(unreached, _)| *unreached == name);
            Row { unreached: reason.filter(|_| runs == 0).map(|(_, why)| *why), name, runs }
        };
        (0..ROWS).map(row).collect()
    }
}

fn name(row: usize) -> String {
    match row.checked_sub(ACTIONS) {
        None => ActionName::ALL[row].to_string(),
        Some(guard) => format!("{} is {}", GUARDS[guard / 2].name, guard % 2 == 1),
    }
}

//! The coverage of the specification: actions taken, and outcomes of guards.
//!
//! In lockstep, a guard that decides (such as the one that grants a vote) is true in some runs and false in others. A
//! guard that forbids is false only in a divergence.

use crate::lockstep::observe::Observer;
use crate::lockstep::verdict::{Skip, Verdict};
use crate::lockstep::{self, Options, Slow};
use crate::schedule::Schedule;
use crate::spec::guards::{outcomes, GUARDS};
use crate::spec::{ActionName, NodeId, State};
use crate::sut::Node;
use serde::Serialize;
use std::collections::{BTreeMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};

const ACTIONS: usize = ActionName::ALL.len();
/// The number of rows: one for each action, then two for each guard, false and true.
pub const ROWS: usize = ACTIONS + 2 * GUARDS.len();

/// Rows that no agreed run reaches, and why.
pub const UNREACHED: &[(&str, &str)] = &[
    ("DuplicateMessage", NETWORK),
    ("DropMessage", NETWORK),
    ("HandleSnapshot", "handling a snapshot is one of four other actions"),
    ("Tick", ASKED),
    ("Campaign", ASKED),
    ("Propose", ASKED),
    ("Release", "an action with guards alone: a false guard is a divergence"),
    ("Wipe", "an event of the disk of a server that stops: no call shows it"),
    ("Configure", "an event of the operator: no call shows it"),
    ("Reply", "an action with guards alone: a false guard is a divergence"),
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
const NETWORK: &str = "an action of the network: no server moves";
const ASKED: &str = "an input; the actions that follow have names of their own";
const FORBIDS: &str = "a false guard is a divergence";

/// The rows that one run reaches.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Reached {
    rows: [bool; ROWS],
    /// The hash of its abstract final state.
    pub state: u64,
    /// The stage that its healing epilogue needed, if the cluster was slow.
    pub slow: Option<Slow>,
    /// The promise that a lost disk broke, if that ended the run. It is outside the contract.
    pub wiped: Option<&'static str>,
    /// The effect of a forged message, if that ended the run. It is outside the contract.
    pub forged: Option<&'static str>,
}

impl Reached {
    /// Runs `schedule` on nodes of `N`.
    pub fn by<N: Node>(schedule: &Schedule, options: Options) -> Self {
        let mut reached = Reached { rows: [false; ROWS], state: 0, slow: None, wiped: None, forged: None };
        outcomes();
        let run = lockstep::run::<N>(schedule, options, &mut reached);
        let noted = outcomes();
        (0..2 * GUARDS.len()).for_each(|outcome| reached.rows[ACTIONS + outcome] = noted & 1 << outcome != 0);
        reached.state = abstract_state(&run.state);
        reached.slow = run.slow;
        match run.verdict {
            Verdict::Skipped(Skip::WipedDisk(broken)) => reached.wiped = Some(broken),
            Verdict::Skipped(Skip::ForgedMessage(taken)) => reached.forged = Some(taken),
            Verdict::Skipped(_) | Verdict::Agreed | Verdict::Diverged(_) => {}
        }
        reached
    }

    /// The places of the rows.
    pub fn rows(&self) -> impl Iterator<Item = usize> + '_ {
        (0..ROWS).filter(|row| self.rows[*row])
    }
}

impl Observer for Reached {
    fn sees_calls(&self) -> bool {
        false
    }

    fn judged(&mut self, _node: NodeId, taken: &[(ActionName, NodeId)], _state: &State) {
        for (name, _) in taken {
            self.rows[*name as usize] = true;
        }
    }
}

/// The hash of a state without absolute terms and indexes, which tells final states apart coarsely.
pub fn abstract_state(state: &State) -> u64 {
    let oldest = state.servers.iter().map(|server| server.current_term).min().unwrap_or(0);
    let lowest = state.servers.iter().map(|server| server.commit_index).min().unwrap_or(0);
    let mut hasher = DefaultHasher::new();
    for server in &state.servers {
        (server.role, server.current_term - oldest, server.commit_index - lowest).hash(&mut hasher);
        (server.log.last_index() - server.commit_index, server.votes_granted.len()).hash(&mut hasher);
    }
    hasher.finish()
}

/// The rows that many runs reach.
#[derive(Default)]
pub struct Stats {
    /// The number of runs.
    pub runs: u64,
    /// The number of runs whose healed cluster made progress only when one node's election timer expired first.
    pub slow: u64,
    /// The largest bound that a slow run exceeded, in ticks of every clock.
    pub slowest: usize,
    /// The number of runs that ended because of a lost disk, by what it broke.
    pub wiped: BTreeMap<&'static str, u64>,
    /// The number of runs that ended because of a forged message, by what the server did.
    pub forged: BTreeMap<&'static str, u64>,
    counts: Vec<u64>,
    states: HashSet<u64>,
}

/// A row of the table.
#[derive(Serialize)]
pub struct Row {
    /// The action, or the guard with its outcome.
    pub name: String,
    /// The number of runs that reach it.
    pub runs: u64,
    /// The reason why no run reaches it, if one is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unreached: Option<&'static str>,
}

impl Stats {
    /// Counts a run.
    pub fn add(&mut self, reached: &Reached) {
        self.runs += 1;
        reached.forged.into_iter().for_each(|taken| *self.forged.entry(taken).or_default() += 1);
        reached.wiped.into_iter().for_each(|broken| *self.wiped.entry(broken).or_default() += 1);
        self.slow += u64::from(reached.slow.is_some());
        self.slowest = self.slowest.max(reached.slow.map_or(0, |slow| slow.ticks));
        self.counts.resize(ROWS, 0);
        reached.rows().for_each(|row| self.counts[row] += 1);
        self.states.insert(reached.state);
    }

    /// The number of abstract final states.
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

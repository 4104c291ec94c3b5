//! Generation reaches the deep states, each in a stated share of random runs.

use crate::common::quiet;
use raft_lockstep::lockstep::observe::Observer;
use raft_lockstep::lockstep::{self, Options};
use raft_lockstep::schedule::{generate, Event};
use raft_lockstep::spec::{ActionName, NodeId, State};
use raft_lockstep::sut::nodes::raft_rs::RaftRs;
use std::collections::BTreeSet;

const RUNS: u64 = 2_000;

#[derive(Default)]
struct Reached {
    actions: BTreeSet<ActionName>,
    leaders: BTreeSet<u32>,
    unsynced: BTreeSet<NodeId>,
    lost_entries: bool,
    truncated: bool,
    from_nothing: bool,
    elects_after_change: bool,
}

impl Observer for Reached {
    fn event(&mut self, _: usize, event: &Event) {
        if let Event::Crash(node) = event {
            self.lost_entries |= self.unsynced.contains(node);
        }
    }

    fn judged(&mut self, node: NodeId, taken: &[(ActionName, NodeId)], state: &State) {
        self.actions.extend(taken.iter().map(|(name, _)| *name));
        let server = state.server(node);
        let took = |action| taken.iter().any(|(name, _)| *name == action);
        self.from_nothing |= took(ActionName::RestoreSnapshot) && server.disk.applied == 0;
        let changed = server.configuration != state.settings.configuration;
        self.elects_after_change |= took(ActionName::BecomeLeader) && changed;
        if took(ActionName::BecomeLeader) {
            self.leaders.insert(server.current_term);
        }
        self.truncated |= took(ActionName::ConflictAppendEntriesRequest);
        match server.disk.is_log_durable() {
            true => self.unsynced.remove(&node),
            false => self.unsynced.insert(node),
        };
    }
}

/// A deep state: its name, a test for it in a run, and the least share of runs that reach it, in percent.
type Depth = (&'static str, fn(&Reached) -> bool, u64);

const DEPTHS: &[Depth] = &[
    ("elects", |reached| !reached.leaders.is_empty(), 75),
    ("commits", |reached| reached.actions.contains(&ActionName::AdvanceCommitIndex), 50),
    ("elects again", |reached| reached.leaders.len() > 1, 35),
    ("truncates a conflict", |reached| reached.truncated, 13),
    ("loses unsynced entries", |reached| reached.lost_entries, 5),
    ("wins a pre-election", |reached| reached.has(&[ActionName::PreElection, ActionName::BecomeLeader]), 15),
    ("ignores a vote in a lease", |reached| reached.has(&[ActionName::IgnoreInLease]), 10),
    ("tells a stale leader", |reached| reached.has(&[ActionName::AnswerStale]), 5),
    ("counts its quorum", |reached| reached.has(&[ActionName::CheckQuorum]), 5),
    ("transfers", |reached| reached.has(&[ActionName::Transfer, ActionName::HandleTimeoutNow]), 3),
    ("answers a read", |reached| reached.has(&[ActionName::ConfirmRead]), 10),
    ("answers a follower's read", |reached| reached.has(&[ActionName::HandleReadIndexResponse]), 2),
    ("probes after a lost message", |reached| reached.has(&[ActionName::Unreachable]), 2),
    ("restores a snapshot", |reached| reached.has(&[ActionName::SendSnapshot, ActionName::RestoreSnapshot]), 3),
    ("asks for a snapshot again", |reached| reached.has(&[ActionName::AskForSnapshot]), 2),
    ("applies a change", |reached| reached.has(&[ActionName::ApplyChange]), 15),
    ("leaves a joint configuration by itself", |reached| reached.has(&[ActionName::LeaveJoint]), 5),
    ("hears no outsider", |reached| reached.has(&[ActionName::DropOutsider]), 1),
    ("starts a node from nothing", |reached| reached.from_nothing, 1),
    ("elects in a changed configuration", |reached| reached.elects_after_change, 2),
    ("drops a proposal over the limit", |reached| reached.has(&[ActionName::DropProposal]), 2),
    ("joins appends", |reached| reached.has(&[ActionName::BatchAppend]), 2),
    ("answers a read by its lease", |reached| reached.has(&[ActionName::LeaseRead]), 2),
    ("sends what was fetched", |reached| reached.has(&[ActionName::Fetched]), 2),
    ("waits for a second group", |reached| reached.has(&[ActionName::WaitForGroup]), 1),
    ("steps down without a quorum", |reached| reached.has(&[ActionName::StepDown]), 1),
];

impl Reached {
    fn has(&self, actions: &[ActionName]) -> bool {
        actions.iter().all(|action| self.actions.contains(action))
    }
}

#[test]
fn random_schedules_reach_the_deep_states() {
    quiet();
    let mut counts = vec![0; DEPTHS.len()];
    for seed in 0..RUNS {
        let mut reached = Reached::default();
        lockstep::run::<RaftRs>(&generate::schedule(seed, 160), Options::default(), &mut reached);
        DEPTHS.iter().zip(&mut counts).for_each(|((_, test, _), count)| *count += u64::from(test(&reached)));
    }
    for ((name, _, least), count) in DEPTHS.iter().zip(counts) {
        let share = count * 100 / RUNS;
        println!("{name}: {share} % of runs");
        assert!(share >= *least, "{name}: {share} %, not {least} %");
    }
}

//! Generation still reaches the deep states: each in a stated share of random runs.

use raft_lockstep::lockstep::{self, Options};
use raft_lockstep::report::observe::Observer;
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
        if taken.iter().any(|(name, _)| *name == ActionName::BecomeLeader) {
            self.leaders.insert(server.current_term);
        }
        self.truncated |= taken.iter().any(|(name, _)| *name == ActionName::ConflictAppendEntriesRequest);
        match server.disk.is_log_durable() {
            true => self.unsynced.remove(&node),
            false => self.unsynced.insert(node),
        };
    }
}

#[test]
fn random_schedules_reach_the_deep_states() {
    let mut counts = [0; 5];
    for seed in 0..RUNS {
        let mut reached = Reached::default();
        lockstep::run::<RaftRs>(&generate::schedule(seed, 120), Options::default(), &mut reached);
        let states = [
            !reached.leaders.is_empty(),
            reached.actions.contains(&ActionName::AdvanceCommitIndex),
            reached.leaders.len() > 1,
            reached.truncated,
            reached.lost_entries,
        ];
        states.iter().zip(&mut counts).for_each(|(state, count)| *count += u64::from(*state));
    }
    let shares = counts.map(|count| count * 100 / RUNS);
    println!("percent of runs that elect, commit, re-elect, truncate a conflict, lose unsynced entries: {shares:?}");
    for (share, least) in shares.iter().zip([75, 50, 40, 15, 5]) {
        assert!(*share >= least, "{shares:?}");
    }
}

//! Feedback from the specification to libFuzzer: the abstract states of a run, the steps between them, and the outcomes of
//! actions and messages.
//!
//! Code edges do not distinguish a leader with a lagging follower from one without. An abstract state is a cluster whose
//! terms and indexes are relative to the newest ones, in a few steps each, and whose nodes have no names, so that the same
//! situation is the same feature wherever and whenever it arises. A feature is present or absent; its count is ignored.

use crate::lockstep::observe::{Observer, Silent};
use crate::lockstep::{self, Options, Run};
use crate::schedule::Schedule;
use crate::spec::{ActionName, Body, Message, NodeId, Role, Server, State, MAX_NODES};
use crate::sut::Node;

/// Runs a schedule in lockstep, and marks the features of the run in a table of counters, if there is one.
pub fn run<N: Node>(schedule: &Schedule, options: Options, counters: Option<&mut [u8]>) -> Run {
    match counters {
        Some(counters) => lockstep::run::<N>(schedule, options, &mut Feedback::new(counters)),
        None => lockstep::run::<N>(schedule, options, &mut Silent),
    }
}

/// Marks the features of a run in a table of counters, whose size is a power of two.
pub struct Feedback<'a> {
    counters: &'a mut [u8],
    /// The outline of each node after its last judged call.
    before: [u64; MAX_NODES],
}

impl<'a> Feedback<'a> {
    /// The feedback of one run. The caller clears the table.
    pub fn new(counters: &'a mut [u8]) -> Self {
        debug_assert!(counters.len().is_power_of_two());
        Feedback { counters, before: [0; MAX_NODES] }
    }

    fn mark(&mut self, feature: u64) {
        let place = mix(feature) as usize & (self.counters.len() - 1);
        self.counters[place] = 1;
    }
}

impl Observer for Feedback<'_> {
    fn sees_calls(&self) -> bool {
        false
    }

    fn sent(&mut self, message: &Message, _number: u32) {
        let outcome = match &message.body {
            Body::RequestVoteRequest { pre, transfer, .. } => u64::from(*pre) | u64::from(*transfer) << 1,
            Body::RequestVoteResponse { pre, granted, .. } => 4 | u64::from(*pre) | u64::from(*granted) << 1,
            Body::AppendEntriesRequest { entries, .. } => 8 | few(entries.len() as u32),
            Body::AppendEntriesResponse { success, rejected, hint, request, .. } => {
                12 | u64::from(*success) << 4
                    | few(rejected.saturating_sub(hint.index)) << 5
                    | u64::from(*request > 0) << 7
            }
            Body::Snapshot { .. } => 16,
            Body::Heartbeat { context, .. } => 20 | u64::from(*context > 0) << 4,
            Body::HeartbeatResponse { context, .. } => 24 | u64::from(*context > 0) << 4,
            Body::ReadIndex { .. } => 28,
            Body::ReadIndexResponse { .. } => 32,
            Body::TransferLeader => 36,
            Body::TimeoutNow => 40,
            Body::Proposal { .. } => 44,
        };
        self.mark(1 << 60 | outcome);
    }

    fn judged(&mut self, node: NodeId, taken: &[(ActionName, NodeId)], state: &State) {
        let quiet = |name: &ActionName| {
            matches!(name, ActionName::Write | ActionName::Sync | ActionName::Persist | ActionName::Apply)
        };
        if taken.iter().all(|(name, _)| quiet(name)) {
            return;
        }
        let newest = Newest::of(state);
        let now = newest.outline(state, node);
        let before = std::mem::replace(&mut self.before[node.slot()], now);
        for (name, _) in taken {
            self.mark(2 << 60 | (*name as u64) << 40 | before);
        }
        let last = taken.last().map_or(0, |(name, _)| *name as u64);
        self.mark(3 << 60 | last << 40 | before << 20 | now);
        self.mark(4 << 60 ^ newest.server(state, node));
        // A sum does not depend on the order of the nodes.
        let cluster = state.nodes().map(|i| mix(newest.outline(state, i))).fold(0, u64::wrapping_add);
        self.mark(5 << 60 ^ cluster);
    }
}

/// The newest term and indexes of a cluster, which all others are relative to.
struct Newest {
    term: u32,
    last: u32,
    commit: u32,
}

impl Newest {
    fn of(state: &State) -> Self {
        let most = |of: fn(&Server) -> u32| state.servers.iter().map(of).max().unwrap_or(0);
        Newest { term: most(|s| s.current_term), last: most(|s| s.log.last_index()), commit: most(|s| s.commit_index) }
    }

    /// A node in outline: its role, and a bit for each way in which it lags.
    fn outline(&self, state: &State, i: NodeId) -> u64 {
        let server = state.server(i);
        let (log, configuration) = (&server.log, &server.configuration);
        let mut packed = Packed(0);
        packed.add(role(server.role), 2);
        for behind in [
            self.term > server.current_term,
            self.last > log.last_index(),
            self.commit > server.commit_index,
            log.last_index() > server.commit_index,
            server.commit_index > server.disk.applied,
            server.voted_for.is_some(),
            configuration.is_joint(),
            configuration.electors().contains(i),
        ] {
            packed.add(u64::from(behind), 1);
        }
        packed.0
    }

    /// A node in detail.
    fn server(&self, state: &State, i: NodeId) -> u64 {
        let server = state.server(i);
        let named = |node: Option<NodeId>| node.map_or(0, |node| if node == i { 1 } else { 2 });
        let (log, configuration) = (&server.log, &server.configuration);
        let mut packed = Packed(0);
        packed.add(role(server.role), 2);
        for (value, bits) in [
            (few(self.term - server.current_term), 2),
            (named(server.voted_for), 2),
            (named(server.leader), 2),
            (few(self.last - log.last_index()), 2),
            (few(server.current_term.saturating_sub(log.last_term())), 2),
            (few(self.commit - server.commit_index), 2),
            (few(log.last_index().saturating_sub(server.commit_index)), 2),
            (few(server.votes_granted.len() as u32), 2),
            (u64::from(configuration.is_joint()), 1),
            (u64::from(configuration.electors().contains(i)), 1),
            (u64::from(configuration.members().contains(i)), 1),
            (few(server.commit_index.saturating_sub(server.disk.applied)), 2),
            (few(log.last_index().saturating_sub(server.disk.persisted)), 2),
            (few(log.base().index.saturating_sub(1)), 2),
            (few(server.reads.len() as u32), 2),
            (u64::from(server.transferee.is_some()), 1),
            (u64::from(server.requested > 0), 1),
            (u64::from(server.pending_change > server.disk.applied), 1),
        ] {
            packed.add(value, bits);
        }
        match server.role {
            Role::Leader => packed.0 ^ self.peers(state, i) << 34,
            Role::Follower | Role::PreCandidate | Role::Candidate => packed.0,
        }
    }

    /// A leader's progress with its peers, in any order.
    fn peers(&self, state: &State, i: NodeId) -> u64 {
        let server = state.server(i);
        let peer = |j: NodeId| {
            let progress = &server.progress[j.slot()];
            let lag = few(server.log.last_index().saturating_sub(server.match_index[j.slot()]));
            mix(progress.state as u64
                | lag << 2
                | few(progress.inflight.len() as u32) << 4
                | u64::from(progress.probing) << 6)
        };
        state.peers(i).iter().map(peer).fold(0, u64::wrapping_add)
    }
}

fn role(role: Role) -> u64 {
    match role {
        Role::Follower => 0,
        Role::PreCandidate => 1,
        Role::Candidate => 2,
        Role::Leader => 3,
    }
}

struct Packed(u64);

impl Packed {
    fn add(&mut self, value: u64, bits: u32) {
        self.0 = self.0 << bits | value;
    }
}

/// A count in four classes: none, one, two, more.
fn few(count: u32) -> u64 {
    u64::from(count.min(3))
}

/// Spreads a value over all bits (the finisher of SplitMix64).
fn mix(value: u64) -> u64 {
    let value = (value ^ value >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ value >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ value >> 31
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schedule::{Event, Link, Setup};
    use crate::sut::nodes::raft_rs::RaftRs;

    fn features(schedule: &Schedule) -> Vec<u8> {
        let mut counters = vec![0; 1 << 14];
        run::<RaftRs>(schedule, Options::default(), Some(&mut counters));
        counters
    }

    /// An election: `campaign`, then the first request arrives at `voter`, and its answer at the candidate.
    fn election(candidate: u8, voter: u8) -> Schedule {
        let (candidate, voter) = (NodeId::new(candidate), NodeId::new(voter));
        let events = vec![
            Event::Campaign(candidate),
            Event::Deliver(Link { from: candidate, to: voter }, 0),
            Event::Deliver(Link { from: voter, to: candidate }, 0),
        ];
        Schedule { setup: Setup::default(), events }
    }

    #[test]
    fn the_same_election_of_other_nodes_has_the_same_features() {
        let one = features(&election(1, 2));
        assert!(one.iter().any(|counter| *counter > 0));
        for (candidate, voter) in [(1, 3), (2, 3), (3, 1)] {
            assert_eq!(one, features(&election(candidate, voter)));
        }
    }

    #[test]
    fn the_same_election_in_a_later_term_has_the_same_features() {
        let later = Schedule { setup: Setup { first_term: 9, first_index: 7, ..Setup::default() }, ..election(1, 2) };
        assert_eq!(features(&election(1, 2)), features(&later));
    }

    #[test]
    fn another_outcome_is_another_feature() {
        let mut refused = election(1, 2);
        refused.events.insert(1, Event::Campaign(NodeId::new(2)));
        assert_ne!(features(&election(1, 2)), features(&refused));
    }
}

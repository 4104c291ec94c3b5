//! The cost of the oracle: a plain loop over `RawNode`s with `MemStorage`, the bare cluster, and the
//! lockstep, on the same schedules in the same build. Ends with `lockstep/bare worst: N.NN`.
//!
//! Each figure is the best of several interleaved rounds, so that other work on the machine
//! disturbs all alike. A claim is a ratio of one run.

use raft::eraftpb::Message;
use raft::storage::MemStorage;
use raft::{Config, RawNode};
use raft_lockstep::lockstep::observe::Silent;
use raft_lockstep::lockstep::{run, run_bare, Options};
use raft_lockstep::schedule::generate::Random;
use raft_lockstep::schedule::{Event, Link, Schedule, Setup};
use raft_lockstep::spec::NodeId;
use raft_lockstep::sut::nodes::raft_rs::RaftRs;
use std::collections::VecDeque;
use std::hint::black_box;
use std::time::Instant;

const ROUNDS: usize = 41;
/// Short rounds, many of them: a disturbance spoils one round and not the best.
const EVENTS_A_ROUND: usize = 50_000;

/// The plainest cluster that one would write to measure raft-rs itself.
struct Plain {
    nodes: Vec<RawNode<MemStorage>>,
    links: Vec<VecDeque<Message>>,
    proposals: u32,
}

impl Plain {
    fn new(voters: u8) -> Self {
        let logger = slog::Logger::root(slog::Discard, slog::o!());
        let ids: Vec<u64> = (1..=u64::from(voters)).collect();
        let node = |id: &u64| {
            let config = Config {
                id: *id,
                election_tick: 10,
                heartbeat_tick: 2,
                max_size_per_msg: u64::MAX,
                ..Config::default()
            };
            RawNode::new(&config, MemStorage::new_with_conf_state((ids.clone(), vec![])), &logger).unwrap()
        };
        let links = (0..ids.len() * ids.len()).map(|_| VecDeque::new()).collect();
        Plain { nodes: ids.iter().map(node).collect(), links, proposals: 0 }
    }

    fn ready(&mut self, slot: usize) {
        let count = self.nodes.len();
        let node = &mut self.nodes[slot];
        let links = &mut self.links;
        let mut send = |messages: Vec<Message>| {
            for message in messages {
                let link = &mut links[slot * count + message.to as usize - 1];
                if link.len() < raft_lockstep::sut::network::LINK_CAPACITY {
                    link.push_back(message);
                }
            }
        };
        while node.has_ready() {
            let mut ready = node.ready();
            send(ready.take_messages());
            let storage = node.mut_store().clone();
            storage.wl().append(ready.entries()).unwrap();
            if let Some(hard_state) = ready.hs() {
                storage.wl().set_hardstate(hard_state.clone());
            }
            send(ready.take_persisted_messages());
            let mut light = node.advance(ready);
            send(light.take_messages());
            node.advance_apply();
        }
    }

    fn deliver(&mut self, link: Link) {
        let count = self.nodes.len();
        if let Some(message) = self.links[link.from.slot() * count + link.to.slot()].pop_front() {
            let _ = self.nodes[link.to.slot()].step(message);
            self.ready(link.to.slot());
        }
    }

    fn apply(&mut self, event: &Event) {
        let count = self.nodes.len();
        match *event {
            Event::TickAll => (0..count).for_each(|slot| {
                self.nodes[slot].tick();
                self.ready(slot);
            }),
            Event::Campaign(id) => {
                let _ = self.nodes[id.slot()].campaign();
                self.ready(id.slot());
            }
            Event::Propose(id, size) => {
                self.proposals += 1;
                let mut data = self.proposals.to_le_bytes().to_vec();
                data.resize(4 + usize::from(size), 0);
                let _ = self.nodes[id.slot()].propose(vec![], data);
                self.ready(id.slot());
            }
            Event::Deliver(link, _) => self.deliver(link),
            Event::Round => {
                let waiting: Vec<usize> = self.links.iter().map(VecDeque::len).collect();
                for (place, many) in waiting.into_iter().enumerate() {
                    let (from, to) = (NodeId::from_slot(place / count), NodeId::from_slot(place % count));
                    (0..many).for_each(|_| self.deliver(Link { from, to }));
                }
            }
            _ => unreachable!("the usual business has no faults"),
        }
    }
}

fn plain(schedule: &Schedule) {
    let mut cluster = Plain::new(schedule.setup.voters);
    schedule.events.iter().for_each(|event| cluster.apply(event));
}

fn bare(schedule: &Schedule) {
    run_bare::<RaftRs>(schedule).unwrap();
}

fn lockstep(schedule: &Schedule) {
    let run = run::<RaftRs>(schedule, Options::default(), &mut Silent);
    assert!(run.verdict.divergence().is_none());
    black_box(run);
}

/// Events a second of each, the best of the interleaved rounds.
fn measure(schedules: &[Schedule]) -> [f64; 3] {
    let events: usize = schedules.iter().map(|schedule| schedule.events.len()).sum();
    let mut best = [0.0f64; 3];
    for _ in 0..ROUNDS {
        for (figure, subject) in best.iter_mut().zip([plain, bare, lockstep]) {
            let started = Instant::now();
            schedules.iter().for_each(subject);
            *figure = figure.max(events as f64 / started.elapsed().as_secs_f64());
        }
    }
    best
}

/// A schedule of a healthy cluster's usual business, for benchmarks. It begins with an election and ends when no
/// message is in flight, so that an event costs the same in short schedules and long ones.
fn business(seed: u64, voters: u8, length: usize) -> Schedule {
    let mut random = Random::new(seed);
    let setup = Setup { voters, seed: seed as u16, ..Setup::default() };
    let leader = NodeId::new(1);
    let mut events = vec![Event::Campaign(leader), Event::Round, Event::Round, Event::Round];
    while events.len() + 2 < length {
        events.push(match random.below(8) {
            0 => Event::TickAll,
            1 | 2 => Event::Propose(leader, 8),
            3 => Event::Round,
            _ => {
                let peer = NodeId::new(2 + random.below(usize::from(voters) - 1) as u8);
                let (from, to) = if random.below(100) < 50 { (leader, peer) } else { (peer, leader) };
                Event::Deliver(Link { from, to }, 0)
            }
        });
    }
    events.resize(length, Event::Round);
    Schedule { setup, events }
}

fn main() {
    // `cargo test --benches` and `cargo bench` both come here; tests want no figures.
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    println!("debug assertions {}; events/s, best of {ROUNDS} rounds", cfg!(debug_assertions));
    println!("nodes events      plain       bare   lockstep  plain/bare  bare/lockstep");
    let (mut worst, mut costs) = (0.0f64, Vec::new());
    for voters in [3, 5] {
        for length in [50, 500, 5_000] {
            let count = (EVENTS_A_ROUND / length).max(1) as u64;
            let schedules: Vec<Schedule> = (0..count).map(|seed| business(seed, voters, length)).collect();
            let [plain, bare, lockstep] = measure(&schedules);
            let ratio = bare / lockstep;
            println!(
                "{voters:5} {length:6} {plain:10.0} {bare:10.0} {lockstep:10.0} {:11.2} {ratio:14.2}",
                plain / bare
            );
            worst = worst.max(ratio);
            costs.push((voters, length, 1e9 / lockstep));
        }
    }
    for voters in [3, 5] {
        let of = |length| costs.iter().find(|cost| cost.0 == voters && cost.1 == length).map_or(0.0, |cost| cost.2);
        println!(
            "{voters} nodes: an event costs {:.0} ns in 50, {:.0} ns in 5000: {:.2}",
            of(50),
            of(5_000),
            of(5_000) / of(50)
        );
    }
    println!("lockstep/bare worst: {worst:.2}");
}

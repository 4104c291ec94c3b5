//! Random schedules: a seeded, weighted generator for tests, benchmarks and first hunts.

use super::{Event, Link, Schedule, Setup};
use crate::spec::{Change, NodeId, NodeSet, Step, Transition};

/// xorshift64* (Vigna 2016): small, fast and the same on every machine.
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    /// A sequence for each seed.
    pub fn new(seed: u64) -> Self {
        Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// The next number below `bound`.
    pub fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % bound
    }

    /// Whether it happens, in so many of a hundred cases.
    pub(super) fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }
}

/// A random setup.
pub fn setup(random: &mut Random) -> Setup {
    let election_tick = [10, 3, 5, 3][random.below(4)];
    Setup {
        voters: [3, 3, 3, 5, 3, 5, 1, 2, 4, 7][random.below(10)],
        learners: [0, 0, 0, 0, 1, 2][random.below(6)],
        spares: [0, 0, 1, 2][random.below(4)],
        keep_removed: random.chance(30),
        stray_campaigns: random.chance(5),
        election_tick,
        heartbeat_tick: 1 + random.below(2) as u8,
        seed: random.below(1 << 16) as u16,
        max_inflight: Setup::INFLIGHT[random.below(4)],
        max_message_size: Setup::MESSAGE_SIZES[random.below(4)],
        first_index: 1 + random.below(3) as u8,
        first_term: 1 + random.below(3) as u8,
        lazy_sync: random.chance(30),
        durable_apply: random.chance(70),
        lossy_changes: random.chance(5),
        late_notice: random.chance(20),
        pre_vote: random.chance(30),
        check_quorum: random.chance(30),
        heal: random.chance(20),
        quiet_commit: random.chance(20),
        max_committed_size: Setup::MESSAGE_SIZES[[0, 0, 0, 1, 2, 3][random.below(6)]],
        max_uncommitted_size: Setup::MESSAGE_SIZES[[0, 0, 0, 0, 0, 1, 2, 3][random.below(8)]],
        batch_append: random.chance(20),
        lease_reads: random.chance(15),
        reuse_contexts: random.chance(15),
        late_entries: random.chance(15),
        first_priority: if random.chance(10) { 1 + random.below(3) as u8 } else { 0 },
    }
    .clamped()
}

/// A random schedule of `length` events; the same for the same seed.
pub fn schedule(seed: u64, length: usize) -> Schedule {
    let mut random = Random::new(seed);
    let setup = setup(&mut random);
    let faults = random.below(4);
    let events = (0..length).map(|_| event(&mut random, &setup, faults)).collect();
    Schedule { setup, events }
}

/// A schedule of the usual business of a healthy cluster, for benchmarks. It begins with an election and
/// ends when nothing is on its way, so that short ones do per event what long ones do.
pub fn business(seed: u64, voters: u8, length: usize) -> Schedule {
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
                let (from, to) = if random.chance(50) { (leader, peer) } else { (peer, leader) };
                Event::Deliver(Link { from, to }, 0)
            }
        });
    }
    events.resize(length, Event::Round);
    Schedule { setup, events }
}

fn change(random: &mut Random, count: usize) -> Change {
    if random.chance(20) {
        return Change::LEAVE;
    }
    let step = |random: &mut Random| {
        let step = [Step::Voter, Step::Voter, Step::Learner, Step::Remove][random.below(4)];
        Some((step, NodeId::from_slot(random.below(count))))
    };
    let transition = [Transition::First, Transition::Auto, Transition::Implicit, Transition::Explicit][random.below(4)];
    let one = step(random);
    let two = if transition != Transition::First && random.chance(50) { step(random) } else { None };
    Change { transition, steps: [one, two] }
}

/// A random event; `faults` of 0 to 3 says how likely it is that something breaks.
pub(super) fn event(random: &mut Random, setup: &Setup, faults: usize) -> Event {
    let count = usize::from(setup.count());
    let node = NodeId::from_slot(random.below(count));
    let link = Link { from: node, to: NodeId::from_slot(random.below(count)) };
    let place = [0, 0, 0, 1, 1, 2, 3][random.below(7)];
    let few = random.below(3) as u8;
    if random.below(100) >= faults * 12 {
        return match random.below(30) {
            28 if setup.late_entries => Event::Fetched(node, 1 + few),
            // Only appends that wait can be joined.
            27 if setup.batch_append && random.chance(40) => Event::Busy(node),
            27 if setup.batch_append => Event::Process(node),
            23 | 24 => Event::Change(node, change(random, count)),
            25 => Event::Compact(node, few),
            26 => Event::ReportSnapshot(link, random.chance(50)),
            22 if random.chance(50) => Event::Ping(node),
            22 => Event::Unreachable(link),
            21 => Event::Read(node),
            20 => Event::Transfer(link),
            0 => Event::TickAll,
            1 => Event::Tick(node),
            2 | 3 | 29 => Event::Campaign(node),
            4..=6 => Event::Propose(node, few * 10),
            7..=9 => Event::Round,
            _ => Event::Deliver(link, place),
        };
    }
    match random.below(37) {
        32 => Event::Snapshots(node, random.chance(60)),
        33 => Event::RequestSnapshot(node),
        34 => Event::Compact(node, 0),
        27 => Event::CommittedSize(node, few),
        28 => Event::FreeBuffers(node),
        29 => Event::GroupCommit(node, few != 0),
        30 => Event::Group(link, 1 + few),
        31 if few == 0 => Event::ClearGroups(node),
        31 => Event::Ask(node),
        26 => Event::CheckQuorum(node, few != 0),
        25 => Event::BatchAppend(node, few == 1),
        23 => Event::QuietCommit(node, few == 1),
        24 => Event::Window(link, few),
        22 => Event::Priority(node, few),
        20 | 21 => Event::Notice(node, 1 + few),
        0 | 1 => Event::Drop(link, place),
        2 | 3 => Event::Duplicate(link, place),
        4 => Event::Partition(NodeSet::from_bits(random.below(1 << count) as u16)),
        5 | 6 => Event::Heal,
        7 | 35 => Event::Crash(node),
        8 | 9 => Event::Restart(node),
        10 | 11 | 36 => Event::Stall(node),
        12 | 13 => Event::Sync(node, 1 + few),
        14 => Event::Resume(node),
        15 => Event::Busy(node),
        16 => Event::Process(node),
        17 => Event::Hold(node),
        18 => Event::Apply(node, 1 + few),
        _ => Event::ApplyAll(node),
    }
}

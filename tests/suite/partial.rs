//! The partial form of the healing epilogue: links that stay cut, for each of the four combinations of pre-vote and
//! check-quorum.

use crate::common::{hunted_seeds, quiet, root};
use raft_lockstep::lockstep::observe::{Observer, Silent};
use raft_lockstep::lockstep::verdict::{Check, Skip, Verdict};
use raft_lockstep::lockstep::{self, Options, Run};
use raft_lockstep::schedule::generate::{self, Random};
use raft_lockstep::schedule::{text, Event, Link, Schedule};
use raft_lockstep::spec::{NodeId, Switch};
use raft_lockstep::sut::nodes::faulty::{FaultRow, FAULTS};
use raft_lockstep::sut::nodes::raft_rs::RaftRs;
use raft_lockstep::sut::nodes::reference::Reference;

/// Notes whether all links healed.
#[derive(Default)]
struct Healing {
    is_whole: bool,
}

impl Observer for Healing {
    fn healing(&mut self, event: &Event) {
        self.is_whole |= *event == Event::Heal;
    }
}

fn scenario(name: &str) -> Schedule {
    let path = root().join(format!("corpus/scenarios/{name}.txt"));
    text::read(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn is_partial(schedule: &Schedule) -> bool {
    let mut healing = Healing::default();
    lockstep::run::<RaftRs>(schedule, Options::default(), &mut healing);
    !healing.is_whole
}

/// A random schedule with cuts of one direction or of both, more than it would have by chance.
fn cut_off(seed: u64, pre_vote: bool, check_quorum: bool) -> Schedule {
    let Schedule { mut setup, mut events } = generate::schedule(seed, 60);
    (setup.heal, setup.partial_heal) = (true, true);
    (setup.pre_vote, setup.check_quorum) = (pre_vote, check_quorum);
    // Reads by the lease need check-quorum, and would turn it on.
    setup.lease_reads &= check_quorum;
    let mut random = Random::new(seed ^ 0x5eed);
    if random.below(4) > 0 {
        setup.voters = setup.voters.max(3);
    }
    let setup = setup.clamped();
    let count = usize::from(setup.count());
    for _ in 0..=random.below(2 * count) {
        let mut node = || NodeId::from_slot(random.below(count));
        let (from, to) = (node(), node());
        let place = random.below(events.len() + 1);
        events.insert(place, Event::Cut(Link { from, to }));
        if random.below(2) == 0 {
            events.insert(place, Event::Cut(Link { from: to, to: from }));
        }
    }
    Schedule { setup, events }
}

/// A hunt: raft-rs gives what Raft promises. Set `FIRST` and `SEEDS` for a longer one.
#[test]
fn random_lasting_cuts_agree_in_each_combination() {
    quiet();
    let seeds = hunted_seeds(400);
    let count = seeds.end - seeds.start;
    for (pre_vote, check_quorum) in [(true, true), (false, true), (true, false), (false, false)] {
        let (mut events, mut partial, mut slow, mut without_promise) = (0, 0, 0, 0);
        for seed in seeds.clone() {
            let mut healing = Healing::default();
            let schedule = cut_off(seed, pre_vote, check_quorum);
            let run = lockstep::run::<RaftRs>(&schedule, Options::default(), &mut healing);
            let failed = run.verdict.divergence().map(|divergence| divergence.cause.to_string());
            assert_eq!(failed, None, "seed {seed}\n{}", text::write(&schedule));
            events += run.events;
            partial += u64::from(!healing.is_whole);
            slow += u64::from(run.slow.is_some());
            without_promise += u64::from(run.verdict == Verdict::Skipped(Skip::NoPromise));
        }
        println!(
            "pre-vote {pre_vote} check-quorum {check_quorum}: {events} events, {partial} partial, {slow} slow, \
             {without_promise} without a promise"
        );
        assert!(partial > count / 3 && slow <= count / 100, "{partial} partial, {slow} slow");
        assert!(without_promise == 0 || !check_quorum, "check-quorum deposes a leader that no quorum answers");
    }
}

#[test]
fn links_stay_cut_while_a_quorum_hears_each_other() {
    for (name, expected) in [
        ("lasting-cuts", true),
        ("lasting-cut-one-way", true),
        ("lasting-cut-hub", true),
        ("lasting-cuts-no-core", false),
        ("lasting-cuts-wiped", false),
        ("one-way-cut", false),
    ] {
        assert_eq!(is_partial(&scenario(name)), expected, "{name}");
    }
}

/// Thesis 6.2: without check-quorum a leader that no quorum answers goes on, and nobody campaigns who hears it.
#[test]
fn a_leader_that_no_quorum_answers_stays_without_check_quorum() {
    for pre_vote in [true, false] {
        let mut schedule = scenario("lasting-cut-one-way");
        (schedule.setup.check_quorum, schedule.setup.pre_vote) = (false, pre_vote);
        let run = lockstep::run::<RaftRs>(&schedule, Options::default(), &mut Silent);
        assert_eq!(run.verdict, Verdict::Skipped(Skip::NoPromise));
    }
}

/// A run of a faulty node whose mistake the dialect allows, so that the epilogue alone judges it.
fn run_faulty(name: &str, allowed: Switch, schedule: &Schedule) -> Run {
    quiet();
    let row = FAULTS.iter().find(|row| row.name == name).unwrap();
    let options = Options { dialect: FaultRow::OPTIONS.dialect.without(allowed), ..FaultRow::OPTIONS };
    row.made(|| lockstep::run::<Reference>(schedule, options, &mut Silent))
}

#[test]
fn the_epilogue_alone_catches_nodes_that_break_the_promise() {
    for (name, allowed, at) in [
        ("leads-alone", Switch::CheckQuorum, "lasting-cut-one-way"),
        ("votes-in-lease", Switch::Lease, "lasting-cuts-check-quorum"),
        ("ignores-stale-leaders", Switch::DeposeStale, "lasting-cuts-newer-term"),
    ] {
        let run = run_faulty(name, allowed, &scenario(at));
        let check = run.verdict.divergence().map(|divergence| divergence.check());
        assert_eq!(check, Some(Check::Liveness), "{name}: {:?}", run.verdict);
    }
}

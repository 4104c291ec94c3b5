//! Nodes with options of their own, which restarts change.

use crate::common::{hunted_seeds, quiet, root};
use raft_lockstep::findings::{Finding, FindingSet};
use raft_lockstep::lockstep::observe::Silent;
use raft_lockstep::lockstep::verdict::{Skip, Verdict};
use raft_lockstep::lockstep::{self, Options};
use raft_lockstep::schedule::generate::{self, Random};
use raft_lockstep::schedule::{alphabet, text, Event, Link, Schedule, Setup};
use raft_lockstep::spec::NodeId;
use raft_lockstep::sut::nodes::faulty::FAULTS;
use raft_lockstep::sut::nodes::raft_rs::RaftRs;
use raft_lockstep::sut::nodes::reference::Reference;

/// A random schedule in which nodes start and restart with options of their own, more often than it would by chance.
fn uneven(seed: u64) -> Schedule {
    let Schedule { mut setup, mut events } = generate::schedule(seed, 60);
    let mut random = Random::new(seed ^ 0x5eed);
    setup.heal |= random.below(2) == 0;
    setup.partial_heal |= random.below(3) == 0;
    let setup = setup.clamped();
    let options: Vec<Event> =
        alphabet(&setup).into_iter().filter(|event| matches!(event, Event::Configure(..))).collect();
    let option = |random: &mut Random| options[random.below(options.len())];
    for _ in 0..random.below(6) {
        events.insert(0, option(&mut random));
    }
    for _ in 0..random.below(5) {
        let (place, event) = (random.below(events.len() + 1), option(&mut random));
        let Event::Configure(node, _) = event else { continue };
        events.splice(place..place, [event, option(&mut random), Event::Crash(node), Event::Restart(node)]);
    }
    for _ in 0..random.below(5) * usize::from(setup.partial_heal) {
        let [from, to] = [0, 1].map(|_| NodeId::from_slot(random.below(setup.count().into())));
        let place = random.below(events.len() + 1);
        events.splice(place..place, [Event::Cut(Link { from, to }), Event::Cut(Link { from: to, to: from })]);
    }
    Schedule { setup, events }
}

/// A hunt. Set `FIRST` and `SEEDS` for a longer one.
#[test]
fn random_uneven_clusters_agree() {
    quiet();
    let (mut events, mut slow, mut shut_out, mut known, mut without_promise) = (0, 0, 0, 0, 0);
    let mut failed = Vec::new();
    for seed in hunted_seeds(600) {
        let schedule = uneven(seed);
        let run = lockstep::run::<RaftRs>(&schedule, Options::default(), &mut Silent);
        if let Some(divergence) = run.verdict.divergence() {
            failed.push((seed, divergence.cause.to_string()));
        }
        events += run.events;
        slow += u64::from(run.slow.is_some());
        shut_out += u64::from(run.verdict == Verdict::Skipped(Skip::Finding(Finding::ShutOut)));
        known += u64::from(matches!(run.verdict, Verdict::Skipped(Skip::Finding(_))));
        without_promise += u64::from(run.verdict == Verdict::Skipped(Skip::NoPromise));
    }
    println!(
        "{events} events, {slow} slow, {known} at known findings, {shut_out} of them shut out, {without_promise} without a \
         promise"
    );
    if let Some((seed, _)) = failed.first() {
        println!("seed {seed}\n{}", text::write(&uneven(*seed)));
    }
    assert!(failed.is_empty(), "{failed:?}");
}

#[test]
fn the_reference_agrees_in_uneven_clusters() {
    let known = <Reference as raft_lockstep::sut::Node>::KNOWN;
    for seed in 0..400 {
        let run = lockstep::run::<Reference>(&uneven(seed), Options { known, ..Options::default() }, &mut Silent);
        let cause = run.verdict.divergence().map(|divergence| divergence.cause.to_string());
        assert_eq!(cause, None, "seed {seed}\n{}", text::write(&uneven(seed)));
    }
}

fn read(lines: &str) -> Schedule {
    text::read(&format!("raft-lockstep schedule 2\n{lines}\nend")).unwrap()
}

/// The specification's state after a schedule.
fn after(schedule: &Schedule) -> raft_lockstep::spec::State {
    let run = lockstep::run::<RaftRs>(schedule, Options::default(), &mut Silent);
    assert_eq!(run.verdict, Verdict::Agreed);
    run.state
}

#[test]
fn an_option_holds_from_the_next_start_or_from_the_first() {
    let before_first_call = "voters 3\nevents\nconfigure 1 pre-vote true\ncampaign 1";
    let options = |lines: &str| after(&read(lines)).server(NodeId::new(1)).options;
    assert!(options(before_first_call).pre_vote);
    assert!(!options("voters 3\nevents\ntick 1\nconfigure 1 pre-vote true\ncampaign 1").pre_vote);
    assert!(options("voters 3\nevents\ntick 1\nconfigure 1 pre-vote true\ncrash 1\nrestart 1").pre_vote);
    let back =
        "voters 3\nevents\nconfigure 1 pre-vote true\ncampaign 1\nconfigure 1 pre-vote false\ncrash 1\nrestart 1";
    assert!(!options(back).pre_vote);
}

#[test]
fn an_option_of_one_node_leaves_the_others_and_heartbeats_stay_frequent() {
    let state = after(&read("voters 3\nevents\nconfigure 2 election-tick 2\nconfigure 2 priority 3\nround"));
    let [one, two] = [1, 2].map(|node| state.server(NodeId::new(node)).options);
    assert_eq!((one.election_timeout, one.heartbeat_timeout, one.priority), (10, 2, 0));
    assert_eq!((two.election_timeout, two.heartbeat_timeout, two.priority), (2, 1, 3));
    let own = Setup { lease_reads: true, check_quorum: false, ..Setup::default() }.started();
    assert!(!own.lease_reads && !own.check_quorum);
}

/// Thesis 3.4 and 9.6: a server that cannot win restarts the timers of the others by its elections, not by pre-votes.
#[test]
fn election_timeouts_that_are_far_apart_have_no_promise_without_pre_vote() {
    let path = root().join("corpus/scenarios/uneven-election-ticks.txt");
    let mut schedule = text::read(&std::fs::read_to_string(path).unwrap()).unwrap();
    let verdict = |schedule: &Schedule| lockstep::run::<RaftRs>(schedule, Options::default(), &mut Silent).verdict;
    assert_eq!(verdict(&schedule), Verdict::Agreed);
    schedule.setup.pre_vote = false;
    assert_eq!(verdict(&schedule), Verdict::Skipped(Skip::NoPromise));
}

/// In a cluster with equal options the fault makes no mistake.
#[test]
fn a_node_that_expects_equal_options_is_caught_in_an_uneven_cluster_alone() {
    let fault = FAULTS.iter().find(|row| row.name == "ignores-pre-votes").unwrap();
    let diverges = |schedule: &Schedule| fault.run(schedule, None).verdict.divergence().is_some();
    let is_uneven = |schedule: &Schedule| schedule.events.iter().any(|event| matches!(event, Event::Configure(..)));
    let even = (0..1_000).map(|seed| generate::schedule(seed, 60)).filter(|schedule| !is_uneven(schedule));
    assert_eq!(even.filter(|schedule| diverges(schedule)).count(), 0);
    assert!((0..400).any(|seed| diverges(&uneven(seed))));
}

#[test]
fn a_plain_node_is_shut_out_until_it_has_the_options_of_the_others() {
    let path = root().join("artifacts/shut-out/schedule.txt");
    let mut schedule = text::read(&std::fs::read_to_string(path).unwrap()).unwrap();
    let known = FindingSet::NONE;
    let run = |schedule: &Schedule| {
        lockstep::run::<Reference>(schedule, Options { known, ..Options::default() }, &mut Silent).verdict
    };
    assert!(run(&schedule).divergence().is_some(), "the dialect itself leaves it out");
    let rest = read("voters 3\nevents\nconfigure 3 check-quorum true\ncrash 3\nrestart 3").events;
    schedule.events.extend(rest);
    assert_eq!(run(&schedule), Verdict::Agreed);
}

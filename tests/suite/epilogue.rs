//! The healing epilogue: a cluster that makes progress, one that is slow, and one that stands still.

use crate::common::{quiet, root};
use raft_lockstep::findings::{Finding, FindingSet};
use raft_lockstep::lockstep::observe::Silent;
use raft_lockstep::lockstep::verdict::{Check, Verdict};
use raft_lockstep::lockstep::{self, Options, Run};
use raft_lockstep::report::stats::{Reached, Stats};
use raft_lockstep::schedule::{text, Schedule};
use raft_lockstep::spec::Switch;
use raft_lockstep::sut::nodes::faulty::{FaultRow, FAULTS};
use raft_lockstep::sut::nodes::raft_rs::RaftRs;
use raft_lockstep::sut::nodes::reference::Reference;
use raft_lockstep::sut::Node;

fn read(path: &str) -> Schedule {
    text::read(&std::fs::read_to_string(root().join(path)).unwrap()).unwrap()
}

fn run<N: Node>(schedule: &Schedule, options: Options) -> Run {
    quiet();
    lockstep::run::<N>(schedule, options, &mut Silent)
}

#[test]
fn a_cluster_that_random_timers_resolve_is_not_slow() {
    let run = run::<RaftRs>(&read("corpus/scenarios/stale-candidate.txt"), Options::default());
    assert_eq!((run.verdict, run.slow), (Verdict::Agreed, None));
}

#[test]
fn a_race_of_terms_exceeds_the_bound_and_counts_as_slow() {
    let (mut stats, schedule) = (Stats::default(), read("artifacts/voter-ahead/schedule.txt"));
    let run = run::<RaftRs>(&schedule, Options::default());
    assert_eq!(run.verdict, Verdict::Agreed);
    // A hundred times the longest timeout.
    let slow = run.slow.unwrap();
    assert_eq!((slow.ticks, slow.favoured.number()), (100 * 2 * 2, 4));
    stats.add(&Reached::by::<RaftRs>(&schedule, Options::default()));
    stats.add(&Reached::by::<RaftRs>(&read("corpus/scenarios/election.txt"), Options::default()));
    assert_eq!((stats.runs, stats.slow, stats.slowest), (2, 1, slow.ticks));
}

#[test]
fn a_cluster_without_progress_under_any_favour_stands_still() {
    for (known, name) in [
        (Finding::PriorityDeadlock, "priority-deadlock"),
        (Finding::PreVoteUnheard, "pre-vote-unheard"),
        (Finding::RequestDeadlock, "request-deadlock"),
        (Finding::LearnerAhead, "learner-ahead"),
        (Finding::LeaderBehind, "leader-behind"),
        (Finding::ShutOut, "shut-out"),
    ] {
        let without = Options { known: FindingSet::RAFT_RS.without(known), ..Options::default() };
        let run = run::<RaftRs>(&read(&format!("artifacts/{name}/schedule.txt")), without);
        assert_eq!(run.verdict.divergence().map(|it| it.check()), Some(Check::Liveness), "{name}");
        assert_eq!(run.slow, None, "{name}");
    }
}

/// Paper 5.4.2: a leader commits entries of earlier terms only with one of its own.
#[test]
fn a_raft_without_a_no_op_commits_with_a_proposal() {
    let schedule = text::read(
        "raft-lockstep schedule 2\nvoters 3\nheal true\nevents\ncampaign 1\nround\nround\nround\n\
         propose 1 1\ndeliver 1->2\ncrash 1\nend\n",
    );
    let row = FAULTS.iter().find(|row| row.name == "no-no-op").unwrap();
    let options = Options { dialect: FaultRow::OPTIONS.dialect.without(Switch::NoOpOnElection), ..FaultRow::OPTIONS };
    let run = row.made(|| run::<Reference>(&schedule.unwrap(), options));
    assert_eq!(run.verdict, Verdict::Agreed);
    // A proposal of term 3 commits the entry of term 2.
    let terms: Vec<u32> = run.ghost.committed.iter().map(|entry| entry.term).collect();
    assert!(terms.starts_with(&[1, 2, 3]), "{terms:?}");
}

/// Without the switch `clocks` the specification has no timers, so a recurring state proves nothing.
#[cfg(feature = "raft-io")]
#[test]
fn a_raft_that_is_judged_without_clocks_elects_a_leader() {
    use raft_lockstep::spec::Dialect;
    use raft_lockstep::sut::nodes::raft_io::RaftIo;
    let schedule = text::read("raft-lockstep schedule 2\nvoters 3\nheal true\nevents\nend\n").unwrap();
    let options = Options { dialect: Dialect::ONGARO, known: FindingSet::NONE, ..Options::default() };
    let run = run::<RaftIo>(&schedule, options);
    let liveness = run.verdict.divergence().is_some_and(|divergence| divergence.check() == Check::Liveness);
    assert!(!liveness, "{:?}", run.verdict);
}

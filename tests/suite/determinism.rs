//! Determinism: the same bytes give the same run, in this process and in another.

use crate::common::{quiet, root};
use raft_lockstep::lockstep::observe::Silent;
use raft_lockstep::lockstep::verdict::Verdict;
use raft_lockstep::lockstep::{self, Options};
use raft_lockstep::schedule::{generate, Schedule};
use raft_lockstep::sut::nodes::raft_rs::RaftRs;
use std::process::Command;

fn corpus() -> Vec<Schedule> {
    let mut schedules: Vec<Schedule> = (0..300).map(|seed| generate::schedule(seed, 100)).collect();
    let kept = crate::common::corpus().into_iter().chain(crate::common::counterexamples());
    schedules.extend(kept.map(|(_, schedule)| schedule));
    schedules
}

#[test]
fn every_corpus_entry_run_twice_is_the_same_run() {
    quiet();
    for schedule in corpus() {
        let run = || lockstep::run::<RaftRs>(&schedule, Options::default(), &mut Silent);
        let (first, second) = (run(), run());
        assert_eq!(format!("{first:?}"), format!("{second:?}"));
    }
}

#[test]
fn the_bare_cluster_runs_every_schedule_of_the_lockstep() {
    quiet();
    for schedule in corpus() {
        // A known panic of raft-rs also ends a run without a judge.
        if lockstep::run::<RaftRs>(&schedule, Options::default(), &mut Silent).verdict == Verdict::Agreed {
            assert_eq!(lockstep::run_bare::<RaftRs>(&schedule), Ok(()));
        }
    }
}

#[cfg(feature = "cli")]
#[test]
fn two_processes_print_the_same_transcripts() {
    for name in ["figure-8", "conflict", "busy", "lazy-commit"] {
        let replay = || {
            let path = root().join(format!("corpus/scenarios/{name}.txt"));
            let output = Command::new(env!("CARGO_BIN_EXE_raft-lockstep")).args(["replay", "--log"]).arg(path).output();
            output.unwrap().stdout
        };
        let first = replay();
        assert!(!first.is_empty());
        assert!(first == replay(), "{name}");
    }
}

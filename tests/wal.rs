//! Storage: a run is the same in memory and on a write-ahead log in files.
#![cfg(feature = "wal")]

mod common;

use common::quiet;
use raft_lockstep::findings::FindingSet;
use raft_lockstep::lockstep::observe::Silent;
use raft_lockstep::lockstep::{self, Options};
use raft_lockstep::schedule::{generate, Schedule};
use raft_lockstep::sut::nodes::raft_rs::{RaftRs, RaftRsOnWal};
use raft_lockstep::sut::Failure;
use std::path::Path;

/// Puts the files in a file system in memory, if there is one: a busy disk takes minutes to flush them, and the test is
/// about their content.
fn prepare() {
    quiet();
    let memory = Path::new("/dev/shm");
    if memory.is_dir() {
        // An error means that another test has done this.
        let _ = tempfile::env::override_temp_dir(memory);
    }
}

fn assert_same(name: &str, schedule: &Schedule, options: Options) {
    let memory = lockstep::run::<RaftRs>(schedule, options, &mut Silent);
    let wal = Failure::catch(|| lockstep::run::<RaftRsOnWal>(schedule, options, &mut Silent));
    let wal = wal.unwrap_or_else(|failure| panic!("{name}: {failure}"));
    assert_eq!(memory, wal, "{name}");
}

#[test]
fn each_schedule_of_the_corpus() {
    prepare();
    for (name, schedule) in common::corpus() {
        assert_same(&name, &schedule, Options::default());
    }
}

#[test]
fn each_finding_reported_and_stepped_around() {
    prepare();
    for (name, schedule) in common::counterexamples() {
        assert_same(&name, &schedule, Options::default());
        assert_same(&name, &schedule, Options { known: FindingSet::NONE, ..Options::default() });
    }
}

#[test]
fn random_schedules() {
    prepare();
    for seed in 0..600 {
        assert_same(&format!("seed {seed}"), &generate::schedule(seed, 120), Options::default());
    }
}

//! A fuzz target holds a cause: what libFuzzer's minimiser needs, which takes any crash for the same.
#![cfg(feature = "cli")]

mod common;

use common::quiet;
use raft_lockstep::fuzzing;
use raft_lockstep::lockstep::verdict::Cause;
use raft_lockstep::minimize::minimize;
use raft_lockstep::schedule::{generate, text, Schedule};
use raft_lockstep::sut::nodes::faulty::FAULTS;
use std::panic::{catch_unwind, AssertUnwindSafe};

const FAULT: &str = "keeps-leading";

fn cause_of(schedule: &Schedule) -> Option<(Cause, usize)> {
    let row = FAULTS.iter().find(|row| row.name == FAULT).unwrap();
    row.run(schedule, None).verdict.divergence().map(|it| (it.cause.clone(), it.event))
}

/// The variables are read once a process: this file has one test.
#[test]
fn the_target_passes_every_cause_but_the_one_that_is_held() {
    quiet();
    let schedules = (0..300).map(|seed| generate::schedule(seed, 80));
    let caught: Vec<(Schedule, Cause)> =
        schedules.filter_map(|schedule| cause_of(&schedule).map(|(cause, _)| (schedule, cause))).collect();
    let (long, held) =
        caught.iter().find(|(_, cause)| *cause != caught[0].1).expect("it is caught for several reasons");
    std::env::set_var("RAFT_LOCKSTEP_FAULT", FAULT);
    std::env::set_var("RAFT_LOCKSTEP_CAUSE", held.to_string());
    let stops = |schedule: &Schedule| catch_unwind(AssertUnwindSafe(|| fuzzing::faulty(schedule, None))).is_err();
    for (schedule, cause) in &caught {
        assert_eq!(stops(schedule), cause == held, "{cause}");
    }
    // As libFuzzer does it: whatever stops the target is taken, and the cause is still the same.
    let small = minimize(long, |it| stops(it).then(|| (held.clone(), it.events.len())), |_, _| true);
    assert_eq!(cause_of(&small).unwrap().0, *held);
    assert!(small.events.len() < long.events.len(), "{}", text::write(&small));
}

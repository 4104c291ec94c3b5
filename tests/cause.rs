//! A fuzz target that holds one cause. libFuzzer's minimiser needs it, since it treats all crashes as equal.
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

/// A process reads the variables once, so this file has one test.
#[test]
fn the_target_ignores_every_cause_but_the_held_one() {
    quiet();
    let schedules = (0..300).map(|seed| generate::schedule(seed, 80));
    let caught: Vec<(Schedule, Cause)> =
        schedules.filter_map(|schedule| cause_of(&schedule).map(|(cause, _)| (schedule, cause))).collect();
    let (long, held) = caught.iter().find(|(_, cause)| *cause != caught[0].1).expect("a node caught by several causes");
    std::env::set_var("RAFT_LOCKSTEP_FAULT", FAULT);
    std::env::set_var("RAFT_LOCKSTEP_CAUSE", held.to_string());
    let stops = |schedule: &Schedule| catch_unwind(AssertUnwindSafe(|| fuzzing::faulty(schedule, None))).is_err();
    for (schedule, cause) in &caught {
        assert_eq!(stops(schedule), cause == held, "{cause}");
    }
    // libFuzzer accepts any crash as the same, and the cause must not change.
    let small = minimize(long, |it| stops(it).then(|| (held.clone(), it.events.len())), |_, _| true);
    assert_eq!(cause_of(&small).unwrap().0, *held);
    assert!(small.events.len() < long.events.len(), "{}", text::write(&small));
}

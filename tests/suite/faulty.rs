//! Tests of the judge: the reference never diverges, and every faulty node always does.
#![cfg(feature = "cli")]

use crate::common::{assert_golden, quiet, rewrites, root};
use raft_lockstep::lockstep;
use raft_lockstep::lockstep::observe::Silent;
use raft_lockstep::minimize::{minimize, simpler};
use raft_lockstep::schedule::aim::Aim;
use raft_lockstep::schedule::{generate, text, Schedule};
use raft_lockstep::sut::nodes::faulty::{FaultRow, FAULTS};
use raft_lockstep::sut::nodes::reference::Reference;
use std::fmt::Write;

const EVENTS: usize = 80;
/// The number of runs that one core executes in a few seconds.
const MOST_EXECUTIONS: u64 = 200_000;
const SEEDS: u64 = 5;

#[test]
fn the_reference_never_diverges() {
    for seed in 0..3_000 {
        let schedule = generate::schedule(seed, EVENTS);
        let run = lockstep::run::<Reference>(&schedule, FaultRow::OPTIONS, &mut Silent);
        assert!(run.verdict.divergence().is_none(), "seed {seed}: {:?}", run.verdict);
    }
}

/// The first schedule of a sequence that catches the node, and its number.
fn found(fault: &FaultRow, seed: u64) -> (u64, Schedule) {
    let aim = Aim::read(fault.with).unwrap();
    for execution in 0..MOST_EXECUTIONS {
        let schedule = generate::aimed((seed << 32) + execution, EVENTS, &aim);
        if fault.run(&schedule, None).verdict.divergence().is_some() {
            return (execution + 1, schedule);
        }
    }
    panic!("{} is not caught in {MOST_EXECUTIONS} executions of seed {seed}", fault.name);
}

#[test]
fn each_faulty_node_is_caught_after_the_runs_in_the_table() {
    quiet();
    let mut table = String::from("| faulty node | what it does | executions until caught (median of 5 seeds) | cause |\n| --- | --- | --- | --- |\n");
    for fault in FAULTS {
        let mut executions: Vec<u64> = (1..=SEEDS).map(|seed| found(fault, seed).0).collect();
        executions.sort_unstable();
        let cause = kept_counterexample(fault);
        let median = executions[executions.len() / 2];
        let with = fault.with.map_or(String::new(), |setting| format!(" Hunted with `{setting}`."));
        writeln!(table, "| `{}` | {}{with} | {median} | `{cause}` |", fault.name, fault.sentence).unwrap();
    }
    assert_golden(&root().join("src/docs/faulty.md"), &table);
}

/// The kept schedule still catches the node; returns the cause.
fn kept_counterexample(fault: &FaultRow) -> String {
    let path = root().join(format!("corpus/faulty/{}.txt", fault.name));
    let cause_of = |schedule: &Schedule| {
        let run = fault.run(schedule, None);
        run.verdict.divergence().map(|it| (it.cause.clone(), it.event))
    };
    // A kept schedule stays: the table of minimal schedules describes it. To find another, delete it.
    if rewrites() && !path.exists() {
        let small = minimize(&found(fault, 1).1, cause_of, |_, _| true);
        std::fs::write(&path, text::write(&small)).unwrap();
    }
    let schedule = text::read(&std::fs::read_to_string(&path).unwrap()).unwrap();
    let (cause, _) = cause_of(&schedule).unwrap_or_else(|| panic!("{}: its schedule no longer catches it", fault.name));
    // One-minimal: no event, node or setting can be removed.
    let without = |place: usize| {
        let mut shorter = schedule.clone();
        shorter.events.remove(place);
        shorter
    };
    let events = (0..schedule.events.len()).map(without);
    for simpler in events.chain(simpler::nodes(&schedule)).chain(simpler::setups(&schedule)) {
        let other = cause_of(&simpler);
        assert!(other.is_none_or(|(other, _)| other != cause), "{}: {} will do", fault.name, text::write(&simpler));
    }
    cause.to_string()
}

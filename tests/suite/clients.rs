//! The judge of consequences: each consequence fires for a faulty node, and none for the reference.
#![cfg(feature = "cli")]

use crate::common::{assert_golden, corpus, counterexamples, quiet, rewrites, root};
use raft_lockstep::clients::consequences::{Consequence, CONSEQUENCES};
use raft_lockstep::findings::Finding;
use raft_lockstep::lockstep::observe::Silent;
use raft_lockstep::lockstep::verdict::{Cause, Skip, Verdict};
use raft_lockstep::lockstep::{run, JudgeName, Options, Run};
use raft_lockstep::minimize::minimize;
use raft_lockstep::schedule::{generate, text, Schedule};
use raft_lockstep::sut::nodes::faulty::{FaultRow, BROKEN, FAULTS};
use raft_lockstep::sut::nodes::raft_io::RaftIo;
use raft_lockstep::sut::nodes::raft_rs::RaftRs;
use raft_lockstep::sut::nodes::reference::Reference;
use raft_lockstep::sut::Node;
use std::fmt::Write;
use std::process::Command;

/// The faulty node that shows each consequence.
const SHOWN_BY: [(Consequence, &str); 8] = [
    (Consequence::EntryLost, "commits-too-soon"),
    (Consequence::LeaderLacksEntry, "votes-for-stale-logs"),
    (Consequence::TwoLeaders, "votes-twice"),
    (Consequence::ReplicasDiffer, "keeps-conflicts"),
    (Consequence::StaleRead, "reads-alone"),
    (Consequence::Panic, "panics-in-new-term"),
    (Consequence::Hang, "always-ready"),
    (Consequence::Standstill, "never-campaigns"),
];

/// The most random schedules that are tried to show a consequence.
const MOST_EXECUTIONS: u64 = 300_000;

fn judged<N: Node>(schedule: &Schedule) -> Run {
    run::<N>(schedule, Options { judge: JudgeName::Clients, ..Options::of::<N>() }, &mut Silent)
}

fn consequence(run: &Run) -> Option<Consequence> {
    run.verdict.divergence().map(|divergence| divergence.consequence().expect("clients report consequences alone"))
}

fn fault(name: &str) -> &'static FaultRow {
    FAULTS.iter().chain(BROKEN).find(|row| row.name == name).unwrap()
}

fn cause_of(fault: &FaultRow, schedule: &Schedule) -> Option<(Cause, usize)> {
    let run = fault.made(|| judged::<Reference>(schedule));
    run.verdict.divergence().map(|it| (it.cause.clone(), it.event))
}

/// The minimal schedule that shows the consequence on faulty nodes.
fn found(expected: Consequence, fault: &FaultRow) -> Schedule {
    let shows = |seed: &u64| {
        let schedule = generate::schedule(*seed, 80);
        fault.made(|| consequence(&judged::<Reference>(&schedule))) == Some(expected)
    };
    let seed = (0..MOST_EXECUTIONS).find(shows).unwrap_or_else(|| panic!("{} never shows {expected:?}", fault.name));
    minimize(&generate::schedule(seed, 80), |candidate| cause_of(fault, candidate), |_, _| true)
}

#[test]
fn each_consequence_fires_for_a_faulty_node_and_stays_silent_for_the_reference() {
    quiet();
    let mut table = String::from("| consequence | faulty node | events | what is seen |\n| --- | --- | --- | --- |\n");
    for (row, (expected, name)) in CONSEQUENCES.iter().zip(SHOWN_BY) {
        assert_eq!(row.consequence, expected);
        let (fault, path) = (fault(name), root().join(format!("corpus/clients/{}.txt", row.name)));
        if rewrites() && !path.exists() {
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, text::write(&found(expected, fault))).unwrap();
        }
        let schedule = text::read(&std::fs::read_to_string(&path).unwrap()).unwrap();
        let run = fault.made(|| judged::<Reference>(&schedule));
        assert_eq!(consequence(&run), Some(expected), "{}: {:?}", row.name, run.verdict);
        let seen = run.verdict.divergence().unwrap().failed.words().implementation.into_owned();
        let (events, sentence) = (schedule.events.len(), fault.sentence);
        writeln!(table, "| `{}` | `{name}`: {sentence} | {events} | {seen} |", row.name).unwrap();
        assert_eq!(judged::<Reference>(&schedule).verdict, Verdict::Agreed, "{}", row.name);
    }
    assert_golden(&root().join("src/docs/clients_faulty.md"), &table);
}

#[test]
fn the_reference_shows_no_consequence() {
    for seed in 0..3_000 {
        let schedule = generate::schedule(seed, 120);
        let run = judged::<Reference>(&schedule);
        if consequence(&run) == Some(Consequence::Standstill) {
            // Two findings follow from raft-rs's interface, which the reference has.
            let skipped = lockstep_verdict(&schedule);
            let excused =
                [Finding::PriorityDeadlock, Finding::RequestDeadlock].map(Skip::Finding).map(Verdict::Skipped);
            assert!(excused.contains(&skipped), "seed {seed}: {:?}", run.verdict);
            continue;
        }
        assert_eq!(consequence(&run), None, "seed {seed}: {:?}", run.verdict);
    }
}

fn lockstep_verdict(schedule: &Schedule) -> Verdict {
    run::<Reference>(schedule, Options::of::<Reference>(), &mut Silent).verdict
}

#[test]
fn the_scenarios_show_no_consequence_whether_healed_or_not() {
    quiet();
    for (name, schedule) in corpus().iter().filter(|(name, _)| name.contains("corpus/scenarios/")) {
        for heal in [false, true] {
            let mut schedule = schedule.clone();
            schedule.setup.heal = heal;
            // Consequences of a lost disk are outside the contract.
            let served = |verdict| matches!(verdict, Verdict::Agreed | Verdict::Skipped(Skip::WipedDisk(_)));
            assert!(served(judged::<Reference>(&schedule).verdict), "the reference: {name}");
            assert!(served(judged::<RaftRs>(&schedule).verdict), "raft-rs: {name}");
        }
    }
}

#[test]
fn the_table_of_the_findings_consequences_is_current() {
    quiet();
    let mut table = String::from("| kept schedule | consequence | where | what is seen |\n| --- | --- | --- | --- |\n");
    for (name, schedule) in counterexamples() {
        let Some(name) = name.split("artifacts/").nth(1).and_then(|name| name.strip_suffix(".txt")) else { continue };
        // These have a table of their own.
        if name.ends_with("/consequence") {
            continue;
        }
        let judge = |schedule: &Schedule| match name.starts_with("raft-io/") {
            true => judged::<RaftIo>(schedule),
            false => judged::<RaftRs>(schedule),
        };
        let mut run = judge(&schedule);
        if consequence(&run).is_none() && !schedule.setup.heal {
            let mut healed = schedule.clone();
            healed.setup.heal = true;
            run = judge(&healed);
        }
        let name = name.strip_suffix("/schedule").unwrap_or(name);
        match run.verdict.divergence() {
            Some(divergence) => {
                let row = divergence.consequence().unwrap().row();
                let seen = divergence.failed.words().implementation.replace('|', "\\|");
                writeln!(table, "| {name} | `{}` | {} | {seen} |", row.name, divergence.place()).unwrap();
            }
            None if run.slow.is_some() => writeln!(table, "| {name} | none, slow | | |").unwrap(),
            None => writeln!(table, "| {name} | none | | |").unwrap(),
        }
    }
    assert_golden(&root().join("src/docs/clients_findings.md"), &table);
}

#[test]
fn the_page_has_the_table_of_consequences() {
    let page = std::fs::read_to_string(root().join("src/docs/clients.md")).unwrap();
    for row in &CONSEQUENCES {
        let line = format!("| `{}` | {} | {} | {} |\n", row.name, row.sentence, row.promise, row.source);
        assert!(page.contains(&line), "src/docs/clients.md lacks\n{line}");
        assert!(page.contains(&format!("**{}**", row.name)) || page.contains(&format!("**{}.**", row.name)));
    }
}

fn program(arguments: &[&str]) -> (Option<i32>, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_raft-lockstep"));
    let output = command.current_dir(root()).args(arguments).output().unwrap();
    (output.status.code(), String::from_utf8(output.stdout).unwrap() + &String::from_utf8_lossy(&output.stderr))
}

const TWO_LEADERS: &str = "artifacts/configuration-lost/schedule.txt";

#[test]
fn replay_explain_minimize_and_triage_take_the_judge() {
    let (code, told) = program(&["replay", "--judge", "clients", TWO_LEADERS]);
    assert!(code == Some(1) && told.contains("cause:          consequence/two-leaders"), "{told}");
    assert!(told.contains("leader term 3") && told.contains("seen:           node 1 leads in term 3"), "{told}");
    let (code, told) = program(&["explain", "--judge", "clients", TWO_LEADERS]);
    assert!(code == Some(1) && told.contains("harms its clients at event 15, node 1"), "{told}");
    assert!(told.contains("Two nodes lead in one term. Here node 1 leads in term 3"), "{told}");
    assert!(told.contains("sends ") && !told.contains("specification"), "{told}");
    let (code, told) = program(&["minimize", "--judge", "clients", TWO_LEADERS, "-o", "-"]);
    assert!(code == Some(0) && told.contains("out, cause consequence/two-leaders"), "{told}");
    let (code, told) = program(&["triage", "--judge", "clients", "artifacts/configuration-lost"]);
    assert!(code == Some(1) && told.contains("consequence/two-leaders  NEW"), "{told}");
    let (code, told) = program(&["fuzz", "--judge", "clients", "--feedback", "both"]);
    assert!(code == Some(2) && told.contains("expected edge or none"), "{told}");
    let (code, told) = program(&["replay", "--judge", "users", TWO_LEADERS]);
    assert!(code == Some(2) && told.contains("expected one of specification, clients"), "{told}");
}

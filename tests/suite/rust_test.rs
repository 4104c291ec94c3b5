//! Exports to Rust tests: their size, their refusals, and the world that they are written from. `tests/rust_test.rs` compiles
//! and runs them.
#![cfg(feature = "cli")]

mod whole;

use crate::common::{files, quiet, root};
use raft_lockstep::export::rust_test::write;
use raft_lockstep::export::{Export, Request};
use raft_lockstep::findings::{FindingSet, IN_RAFT_RS};
use raft_lockstep::lockstep::Options;
use raft_lockstep::schedule::text;
use std::path::Path;

fn export(path: &Path, known: FindingSet) -> Result<Export, String> {
    quiet();
    let schedule = text::read(&std::fs::read_to_string(path).unwrap()).unwrap();
    write(&Request { schedule: &schedule, options: Options { known, ..Options::default() }, name: Some("x") })
}

fn finding(name: &str) -> std::path::PathBuf {
    root().join("artifacts").join(name).join("schedule.txt")
}

#[test]
fn the_whole_world_elects_a_leader() {
    let mut world = whole::world::World::new(&[1, 2, 3], &[], 3);
    world.call(1, |node| node.campaign());
    (0..4).for_each(|_| world.round());
    assert_eq!(world.raft(1).raft.leader_id, 1);
}

#[test]
fn half_of_the_findings_have_at_most_twenty_lines_of_steps_and_none_has_more_than_sixty() {
    let lines = |name: &str| {
        let text = export(&finding(name), FindingSet::RAFT_RS.without(row(name).finding)).unwrap().text;
        let (_, body) = text.split_once("#[test]\n").unwrap();
        let (body, _) = body.split_once("\n}\n").unwrap();
        body.lines().skip(1).filter(|line| !line.trim().starts_with("//")).count()
    };
    let mut all: Vec<usize> = IN_RAFT_RS.iter().map(|row| lines(row.name)).collect();
    all.sort_unstable();
    assert!(all[all.len() / 2] <= 20 && all[all.len() - 1] <= 60, "{all:?}");
}

fn row(name: &str) -> &'static raft_lockstep::findings::FindingRow {
    IN_RAFT_RS.iter().find(|row| row.name == name).unwrap()
}

#[test]
fn every_scenario_is_exported() {
    for path in files("corpus/scenarios", "txt") {
        let export = export(&path, FindingSet::NONE);
        export.map(drop).unwrap_or_else(|why| panic!("{}: {why}", path.display()));
    }
}

#[test]
fn a_run_that_ends_at_a_known_finding_says_how_to_export_it() {
    let why = export(&finding("request-drops-log"), FindingSet::RAFT_RS).map(drop).unwrap_err();
    assert!(why.contains("--no-known=request-drops-log"), "{why}");
}

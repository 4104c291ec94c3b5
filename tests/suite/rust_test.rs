//! Exports to Rust tests: their size, their refusals, and the world that they are written from. `tests/rust_test.rs` compiles
//! and runs them.
#![cfg(feature = "cli")]

mod whole;

use crate::common::{files, quiet, root};
use raft_lockstep::export::rust_test::write;
use raft_lockstep::export::{Export, Request};
use raft_lockstep::findings::{FindingRow, FindingSet, IN_RAFT_RS};
use raft_lockstep::lockstep::Options;
use raft_lockstep::schedule::text;
use std::path::Path;

fn export(path: &Path, known: FindingSet) -> Result<Export, String> {
    quiet();
    let schedule = text::read(&std::fs::read_to_string(path).unwrap()).unwrap();
    write(&Request {
        schedule: &schedule,
        options: Options { known, ..Options::default() },
        name: Some("x"),
        description: None,
    })
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

/// The lines of the steps, without comments, and those of the world.
fn lengths(text: &str) -> [usize; 2] {
    let (_, body) = text.split_once("#[test]\n").unwrap();
    let (body, world) = body.split_once("\n}\n").unwrap();
    [body.lines().skip(1).filter(|line| !line.trim().starts_with("//")).count(), world.trim().lines().count()]
}

#[test]
fn a_test_of_a_finding_is_short() {
    let of = |row: &FindingRow| export(&finding(row.name), FindingSet::RAFT_RS.without(row.finding)).unwrap();
    let all: Vec<[usize; 2]> = IN_RAFT_RS.iter().map(|row| lengths(&of(row).text)).collect();
    let sorted = |place: usize| {
        let mut lengths: Vec<usize> = all.iter().map(|length| length[place]).collect();
        lengths.sort_unstable();
        lengths
    };
    let (steps, world) = (sorted(0), sorted(1));
    let half = all.len() / 2;
    assert!(steps[half] <= 20 && steps[all.len() - 1] <= 60, "{steps:?}");
    assert!(world[half] <= 130 && world[all.len() - 1] <= 240, "{world:?}");
}

#[test]
fn a_scenario_is_exported_unless_the_world_lacks_something() {
    let mut refused = 0;
    for path in files("corpus/scenarios", "txt") {
        if let Err(why) = export(&path, FindingSet::RAFT_RS) {
            let lacks = why.contains("world lacks") || why.contains("world has no such call");
            assert!(lacks, "{}: {why}", path.display());
            refused += 1;
        }
    }
    assert!(refused <= 25, "{refused} scenarios are refused");
}

#[test]
fn a_run_that_ends_at_a_known_finding_says_how_to_export_it() {
    let why = export(&finding("request-drops-log"), FindingSet::RAFT_RS).map(drop).unwrap_err();
    assert!(why.contains("--no-known=request-drops-log"), "{why}");
}

//! Results and exit codes after Ctrl-C.
#![cfg(all(feature = "cli", unix))]

use crate::common::root;
use raft_lockstep::schedule::{text, Event, Schedule};
use raft_lockstep::spec::NodeId;
use std::fs;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

/// The counterexample of a known finding with so many no-ops that its minimisation takes long.
fn long() -> Schedule {
    let path = root().join("artifacts/next-below-match/schedule.txt");
    let mut schedule = text::read(&fs::read_to_string(path).unwrap()).unwrap();
    let events = std::mem::take(&mut schedule.events);
    for event in events {
        schedule.events.extend([Event::Restart(NodeId::new(1)); 900]);
        schedule.events.push(event);
    }
    schedule
}

fn started(arguments: &[&str]) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_raft-lockstep"));
    command.current_dir(root()).args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

/// Interrupts a command while it works: after a second, and sooner as long as it ends before.
fn interrupted(arguments: &[&str]) -> (Option<i32>, String, String) {
    let mut ended = (None, String::new(), String::new());
    for delay in [1_000, 500, 300, 200, 100] {
        let child = started(arguments);
        std::thread::sleep(Duration::from_millis(delay));
        // A command that has ended has no process to interrupt.
        _ = Command::new("kill").args(["-INT", &child.id().to_string()]).stderr(Stdio::null()).status().unwrap();
        let Output { status, stdout, stderr } = child.wait_with_output().unwrap();
        ended = (status.code(), String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap());
        if ended.0 == Some(2) {
            break;
        }
    }
    ended
}

fn replayed(path: &Path) -> Option<i32> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_raft-lockstep"));
    command.current_dir(root()).args(["replay", "--json", "--no-known"]).arg(path).output().unwrap().status.code()
}

#[test]
fn minimize_writes_the_best_schedule_so_far_marked_as_not_minimal() {
    let folder = tempfile::tempdir().unwrap();
    let (long, small) = (folder.path().join("long.txt"), folder.path().join("small.txt"));
    fs::write(&long, text::write(&self::long())).unwrap();
    let (code, told, said) =
        interrupted(&["minimize", "--no-known", long.to_str().unwrap(), "-o", small.to_str().unwrap(), "--json"]);
    assert_eq!(code, Some(2), "{told}{said}");
    let row: serde_json::Value = told.parse().unwrap();
    assert_eq!(row["minimal"], false, "{told}");
    assert!(said.contains("has the best schedule so far") && said.contains("not minimal yet"), "{said}");
    assert_eq!(replayed(&small), Some(1), "the schedule has lost its cause");
}

#[test]
fn triage_prints_and_writes_its_results_so_far() {
    let (folder, small) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    fs::write(folder.path().join("long.txt"), text::write(&long())).unwrap();
    let (crashes, out) = (folder.path().to_str().unwrap(), small.path().to_str().unwrap());
    let (code, told, said) = interrupted(&["triage", crashes, "-o", out, "--json"]);
    assert_eq!(code, Some(2), "{told}{said}");
    assert!(said.contains("interrupted: 1 examples are not minimal yet"), "{said}");
    let row: serde_json::Value = told.parse().unwrap();
    assert_eq!((&row["minimal"], &row["count"]), (&false.into(), &1.into()));
    assert_eq!(replayed(Path::new(row["file"].as_str().unwrap())), Some(1));
    // A new divergence is exit 1 even after an interrupt.
    assert_eq!(interrupted(&["triage", crashes, "--no-known"]).0, Some(1));
}

#[test]
fn work_that_cannot_stop_early_ends_at_once() {
    let child = started(&["check", "--serve", "127.0.0.1:0"]);
    std::thread::sleep(Duration::from_millis(500));
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.ends_with("raft-lockstep: interrupted: the command did not complete\n"), "{said}");
}

//! `fuzz --keep-going` collects what it finds, and `stats --plot` draws how it went. Needs the fuzz target, which CI has built.
#![cfg(feature = "cli")]

mod common;

use common::root;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The folders of findings.
fn kept() -> BTreeSet<PathBuf> {
    std::fs::read_dir(root().join("artifacts")).unwrap().map(|entry| entry.unwrap().path()).collect()
}

fn program() -> Command {
    let mut program = Command::new(env!("CARGO_BIN_EXE_raft-lockstep"));
    program.current_dir(root());
    program
}

#[test]
#[ignore = "needs the fuzz target"]
fn the_known_findings_of_raft_rs_are_found_again_one_after_the_other() {
    let before = kept();
    let folder = tempfile::tempdir().unwrap();
    let stats = folder.path().join("hunt.jsonl");
    let hunt = program()
        .args(["fuzz", "--keep-going", "--no-known", "--stats"])
        .arg(&stats)
        .args(["--", "-max_total_time=20", "-seed=1"])
        .output()
        .unwrap();
    let new: Vec<PathBuf> = kept().difference(&before).filter(|path| !path.ends_with("conformance")).cloned().collect();
    let (told, log) = (String::from_utf8_lossy(&hunt.stdout), String::from_utf8_lossy(&hunt.stderr));
    let whole = |path: &Path| {
        let files = ["input", "schedule.txt", "report.txt", "diagram.svg"];
        files.iter().all(|name| path.join(name).metadata().is_ok_and(|data| data.len() > 0))
    };
    let complete = new.iter().all(|path| whole(path));
    new.iter().for_each(|path| std::fs::remove_dir_all(path).unwrap());
    assert_eq!(hunt.status.code(), Some(1), "{told}{log}");
    assert!(complete, "{new:?}");
    let causes: BTreeSet<&str> = told.lines().map(|line| line.split(": ").next().unwrap()).collect();
    assert_eq!(causes.len(), told.lines().count(), "a cause was found twice: {told}");
    assert!(causes.len() >= 5 && causes.len() == new.len(), "{told}{log}");

    let drawn = program().args(["stats", "--plot"]).arg(&stats).output().unwrap();
    let drawn = String::from_utf8(drawn.stdout).unwrap();
    assert!(drawn.contains("abstract states") && drawn.matches("class=\"found\"").count() > 0, "{drawn}");
}

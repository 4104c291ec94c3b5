//! `fuzz` with the real fuzz target, which CI builds first: its findings, and the end of its workers.
#![cfg(feature = "cli")]

mod common;

use common::root;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

fn program() -> Command {
    let mut program = Command::new(env!("CARGO_BIN_EXE_raft-lockstep"));
    program.current_dir(root());
    program
}

fn folders(path: &Path) -> BTreeSet<PathBuf> {
    let entries = fs::read_dir(path).into_iter().flatten().map(|entry| entry.unwrap().path());
    entries.filter(|path| path.is_dir()).collect()
}

#[test]
#[ignore = "needs the fuzz target"]
fn the_known_findings_of_raft_rs_are_found_again() {
    let folder = tempfile::tempdir().unwrap();
    let (stats, artifacts) = (folder.path().join("hunt.jsonl"), folder.path().join("artifacts"));
    let mut hunt = program();
    hunt.args(["fuzz", "--keep-going", "--no-known", "--stats"]).arg(&stats).arg("--artifacts").arg(&artifacts);
    let hunt = hunt.args(["--", "-max_total_time=22", "-seed=1"]).output().unwrap();
    let (told, log) = (String::from_utf8_lossy(&hunt.stdout), String::from_utf8_lossy(&hunt.stderr));
    assert_eq!(hunt.status.code(), Some(1), "{told}{log}");
    let known = folders(&artifacts.join("conformance/known"));
    let new: Vec<_> = folders(&artifacts).into_iter().filter(|path| !path.ends_with("conformance")).collect();
    assert!(known.len() >= 4 && new.is_empty(), "{new:?} {told}{log}");
    for path in &known {
        let files = ["input", "schedule.txt", "report.txt", "diagram.svg"];
        let whole = files.iter().all(|name| path.join(name).metadata().is_ok_and(|data| data.len() > 0));
        assert!(whole, "{}", path.display());
        assert!(root().join("artifacts").join(path.file_name().unwrap()).is_dir(), "{}", path.display());
    }
    let (lines, summary) = told.split_once("0 causes new, ").expect(&told);
    let causes: BTreeSet<&str> = lines.lines().map(|line| line.split(": ").next().unwrap()).collect();
    assert_eq!(causes.len(), lines.lines().count(), "a cause was found twice: {told}");
    assert!(causes.len() >= known.len() && summary.starts_with(&format!("{} findings known\n", known.len())), "{told}");
    assert_eq!(summary.lines().count(), 1 + known.len(), "{told}");
    assert!(log.lines().filter(|line| line.contains(" executions (")).count() >= 4, "{log}");

    let drawn = program().args(["stats", "--plot"]).arg(&stats).output().unwrap();
    let drawn = String::from_utf8(drawn.stdout).unwrap();
    assert!(drawn.contains("abstract states") && drawn.matches("class=\"found\"").count() > 0, "{drawn}");
}

/// Waits until the condition holds.
fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < Duration::from_secs(120), "{what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn hunting(artifacts: &Path) -> Child {
    let mut hunt = program();
    hunt.args(["fuzz", "--keep-going", "--artifacts"]).arg(artifacts);
    hunt.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
}

/// The number of workers: processes whose command names the folder.
#[cfg(target_os = "linux")]
fn workers(artifacts: &Path) -> usize {
    let name = artifacts.join("conformance").display().to_string();
    let processes =
        fs::read_dir("/proc").unwrap().filter_map(|entry| fs::read(entry.ok()?.path().join("cmdline")).ok());
    processes.filter(|command| String::from_utf8_lossy(command).contains(&format!("-artifact_prefix={name}"))).count()
}

#[cfg(target_os = "linux")]
#[test]
#[ignore = "needs the fuzz target"]
fn workers_of_a_hunt_that_was_killed_end() {
    let folder = tempfile::tempdir().unwrap();
    let mut hunt = hunting(folder.path());
    wait_until("no worker runs", || folder.path().join("conformance/worker-0.heartbeat").exists());
    assert!(workers(folder.path()) > 0);
    hunt.kill().unwrap();
    hunt.wait().unwrap();
    let killed = Instant::now();
    wait_until("workers run on", || workers(folder.path()) == 0);
    assert!(killed.elapsed() < Duration::from_secs(20), "{:?}", killed.elapsed());
    // libFuzzer would write a crash file for an exit that it treats as a crash.
    let names = fs::read_dir(folder.path().join("conformance")).unwrap().map(|entry| entry.unwrap().file_name());
    let crashes: Vec<_> = names.filter(|name| name.to_string_lossy().contains("crash-")).collect();
    assert!(crashes.is_empty(), "{crashes:?}");
}

#[test]
#[ignore = "needs the fuzz target"]
fn a_worker_that_cannot_write_its_heartbeat_ends_the_hunt() {
    let folder = tempfile::tempdir().unwrap();
    // A folder in place of the heartbeat file.
    fs::create_dir_all(folder.path().join("conformance/worker-0.heartbeat/in the way")).unwrap();
    let hunt = hunting(folder.path()).wait_with_output().unwrap();
    let said = String::from_utf8(hunt.stderr).unwrap();
    assert_eq!(hunt.status.code(), Some(2), "{said}");
    assert!(
        said.contains("raft-lockstep: a worker cannot write in ") && said.contains("worker-0.heartbeat: "),
        "{said}"
    );
}

/// Needs permission to mount.
#[cfg(target_os = "linux")]
#[test]
#[ignore = "needs the fuzz target"]
fn a_disk_that_fills_up_ends_the_hunt() {
    let folder = tempfile::tempdir().unwrap();
    let mount = |command: &str, arguments: &[&str]| {
        let mut mount = Command::new(command);
        mount.args(arguments).arg(folder.path()).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
    };
    if !mount("mount", &["-t", "tmpfs", "-o", "size=256k", "tmpfs"]) {
        return eprintln!("skipped: no file system can be mounted here");
    }
    let hunt = hunting(folder.path()).wait_with_output();
    assert!(mount("umount", &[]));
    let hunt = hunt.unwrap();
    let said = String::from_utf8(hunt.stderr).unwrap();
    assert_eq!(hunt.status.code(), Some(2), "{said}");
    assert!(said.contains("cannot write"), "{said}");
}

#[test]
#[ignore = "needs the fuzz target"]
fn a_fuzz_input_is_printed_as_a_schedule_at_once() {
    let crash = "artifacts/next-below-match/crash-04eb1895aad1c686cafbb2f0c7aa7af566300469";
    let begun = Instant::now();
    let mut fmt = Command::new("cargo");
    fmt.args(["fuzz", "fmt", "-s", "none", "--no-trace-compares", "conformance", crash]).current_dir(root());
    let printed = String::from_utf8(fmt.output().unwrap().stderr).unwrap();
    assert!(printed.contains("\nvoters 2\n") && printed.contains("\nevents\ncampaign 1\nround\n"), "{printed}");
    // It takes a second on an idle machine.
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}: it was built anew", begun.elapsed());
}

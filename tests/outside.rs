//! The guide's fuzz target in a crate of its own, built with cargo-fuzz and run by libFuzzer.

mod common;

use common::root;
use std::collections::HashSet;
use std::fs;
use std::process::Command;

/// The guide's target with an existing node.
fn target() -> String {
    let guide = fs::read_to_string(root().join("src/docs/guide.md")).unwrap();
    let (_, rest) = guide.split_once("```rust,ignore\n").unwrap();
    let (target, _) = rest.split_once("```").unwrap();
    let node = "your_crate::Mine";
    assert!(target.contains(node), "{target}");
    target.replace(node, "raft_lockstep::sut::nodes::reference::Reference")
}

const MANIFEST: &str = r#"[package]
name = "outside"
version = "0.0.0"
edition = "2021"

[package.metadata]
cargo-fuzz = true

[dependencies]
raft-lockstep = { path = ROOT, default-features = false, features = ["libfuzzer"] }

[[bin]]
name = "mine"
path = "mine.rs"

[workspace]

# The target's speed is not measured here, and its build takes a third of the time.
[profile.release.package.raft-lockstep]
opt-level = 1

[profile.release.package.outside]
opt-level = 1
"#;

#[test]
#[ignore = "builds with cargo-fuzz"]
fn a_target_of_another_crate_runs_thousands_of_distinct_schedules() {
    let folder = tempfile::tempdir().unwrap();
    let (fuzz, heartbeat) = (folder.path().join("fuzz"), folder.path().join("heartbeat"));
    fs::create_dir_all(&fuzz).unwrap();
    fs::write(fuzz.join("Cargo.toml"), MANIFEST.replace("ROOT", &format!("{:?}", root()))).unwrap();
    fs::copy(root().join("Cargo.lock"), fuzz.join("Cargo.lock")).unwrap();
    fs::write(fuzz.join("mine.rs"), target()).unwrap();
    let mut run = Command::new("cargo");
    run.args(["fuzz", "run", "-s", "none", "--no-trace-compares", "--fuzz-dir"]).arg(&fuzz);
    // The shared target folder has the dependencies already.
    run.env("CARGO_TARGET_DIR", root().join("target")).current_dir(&fuzz);
    run.env("RAFT_LOCKSTEP_HEARTBEAT", &heartbeat);
    let output = run.args(["mine", "--", "-runs=4000", "-seed=1", "-max_len=1500"]).output().unwrap();
    let printed = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && printed.contains("Done 4000 runs"), "{printed}");
    // Each final state of a run that was not reached before is written within a second.
    let states = fs::read(heartbeat.with_extension("states")).unwrap();
    let distinct: HashSet<&[u8]> = states.chunks(8).collect();
    assert!(distinct.len() > 100, "{} distinct final states", distinct.len());
}

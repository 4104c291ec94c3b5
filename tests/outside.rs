//! The guide's fuzz target in a crate of its own, built with cargo-fuzz and run by libFuzzer.

mod common;

use common::root;
use std::collections::HashSet;
use std::fs;
use std::process::Command;

/// The guide's target with an existing node, which also writes its schedules to a file.
fn target(schedules: &str) -> String {
    let guide = fs::read_to_string(root().join("src/docs/guide.md")).unwrap();
    let (_, rest) = guide.split_once("```rust,ignore\n").unwrap();
    let (target, _) = rest.split_once("```").unwrap();
    let node = "your_crate::Mine";
    assert!(target.contains(node), "{target}");
    let run = "|schedule, counters| {\n        note(schedule);\n        \
         raft_lockstep::fuzzing::conformance::<raft_lockstep::sut::nodes::reference::Reference>(schedule, counters)\n    }";
    target.replace(node, run)
        + &format!(
            "\nfn note(schedule: &raft_lockstep::schedule::Schedule) {{\n    use std::io::Write;\n    \
             let mut file = std::fs::File::options().create(true).append(true).open({schedules:?}).unwrap();\n    \
             writeln!(file, \"{{:?}}\", raft_lockstep::schedule::codec::encode(schedule)).unwrap();\n}}\n"
        )
}

const MANIFEST: &str = r#"[package]
name = "outside"
version = "0.0.0"
edition = "2021"

[package.metadata]
cargo-fuzz = true

[dependencies]
libfuzzer-sys = "0.4"
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
    let (fuzz, schedules) = (folder.path().join("fuzz"), folder.path().join("schedules"));
    fs::create_dir_all(&fuzz).unwrap();
    fs::write(fuzz.join("Cargo.toml"), MANIFEST.replace("ROOT", &format!("{:?}", root()))).unwrap();
    fs::copy(root().join("Cargo.lock"), fuzz.join("Cargo.lock")).unwrap();
    fs::write(fuzz.join("mine.rs"), target(schedules.to_str().unwrap())).unwrap();
    let mut run = Command::new("cargo");
    run.args(["fuzz", "run", "-s", "none", "--no-trace-compares", "--fuzz-dir"]).arg(&fuzz);
    // The shared target folder has the dependencies already.
    run.env("CARGO_TARGET_DIR", root().join("target")).current_dir(&fuzz);
    let output = run.args(["mine", "--", "-runs=4000", "-seed=1", "-max_len=1500"]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let schedules = fs::read_to_string(&schedules).unwrap();
    let distinct: HashSet<&str> = schedules.lines().collect();
    assert!(schedules.lines().count() >= 4_000, "{} runs", schedules.lines().count());
    assert!(distinct.len() > 3_500, "{} distinct schedules", distinct.len());
}

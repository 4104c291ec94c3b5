//! Exported tests, compiled in a crate that has raft 0.7.0 alone: each known finding fails for the reason that its test states,
//! and scenarios that agree pass.
#![cfg(feature = "cli")]

mod common;

use common::{files, quiet, root};
use raft_lockstep::export::rust_test::{write, FAILS};
use raft_lockstep::export::Request;
use raft_lockstep::findings::{FindingSet, IN_RAFT_RS};
use raft_lockstep::lockstep::Options;
use raft_lockstep::schedule::text;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

/// The crate that a user has. Edition 2018 is that of raft-rs's own harness.
const MANIFEST: &str = r#"[package]
name = "exported"
version = "0.0.0"
edition = "2018"

[dependencies]
raft = "=0.7.0"
protobuf = "2"

[workspace]
"#;

/// A schedule as a test.
fn export(path: &Path, name: &str, known: FindingSet) -> Result<String, String> {
    let schedule = text::read(&fs::read_to_string(path).unwrap()).unwrap();
    let options = Options { known, ..Options::default() };
    let request = Request { schedule: &schedule, options, name: Some(name), description: None };
    write(&request).map(|export| export.text)
}

/// The tests of all known findings and scenarios, by name.
fn exported() -> BTreeMap<String, String> {
    quiet();
    let mut exported = BTreeMap::new();
    for row in IN_RAFT_RS {
        let name = row.name.replace('-', "_");
        let path = root().join("artifacts").join(row.name).join("schedule.txt");
        exported.insert(name.clone(), export(&path, &name, FindingSet::RAFT_RS.without(row.finding)).unwrap());
    }
    for path in files("corpus/scenarios", "txt") {
        let name = format!("agrees_{}", path.file_stem().unwrap().to_str().unwrap().replace('-', "_"));
        // A scenario that meets a known finding on its way is no test that passes for a good reason.
        if let Ok(text) = export(&path, &name, FindingSet::NONE) {
            if !text.contains(FAILS) {
                exported.insert(name, text);
            }
        }
    }
    exported
}

fn write_crate(folder: &Path, exported: &BTreeMap<String, String>) {
    let tests = folder.join("tests");
    let _ = fs::remove_dir_all(&tests);
    fs::create_dir_all(tests.join("all")).unwrap();
    fs::create_dir_all(folder.join("src")).unwrap();
    fs::write(folder.join("src/lib.rs"), "").unwrap();
    fs::write(folder.join("Cargo.toml"), MANIFEST).unwrap();
    let modules: String = exported.keys().map(|name| format!("mod {name};\n")).collect();
    fs::write(tests.join("all/main.rs"), modules).unwrap();
    for (name, text) in exported {
        fs::write(tests.join("all").join(name).with_extension("rs"), text).unwrap();
    }
}

/// The output of each test that fails, by name, and the number of those that pass.
fn results(folder: &Path) -> (BTreeMap<String, String>, usize) {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["test", "--no-fail-fast", "--test", "all", "--", "--test-threads=1"]).current_dir(folder);
    cargo.env("CARGO_TARGET_DIR", folder.join("target")).env_remove("RUSTFLAGS").env("RUST_BACKTRACE", "0");
    let output = cargo.output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(text.contains("test result:"), "{}", String::from_utf8_lossy(&output.stderr));
    let passed = text.lines().filter(|line| line.starts_with("test ") && line.ends_with("... ok")).count();
    let blocks = text.split("\n---- ").skip(1).filter_map(|block| block.split_once(" stdout ----\n"));
    let failed = blocks.map(|(name, said)| {
        let said = said.split("\n\n\n").next().unwrap();
        // The thread's number differs between processes.
        let lines = said.lines().filter(|line| !line.starts_with("thread '"));
        (name.split("::").next().unwrap().to_string(), words(&lines.collect::<Vec<_>>().join(" ")))
    });
    (failed.collect(), passed)
}

fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
#[ignore = "compiles a crate with raft 0.7.0"]
fn each_finding_fails_for_its_reason_and_each_scenario_passes() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("exported");
    let exported = exported();
    write_crate(&folder, &exported);
    let (failed, passed) = results(&folder);
    assert_eq!(results(&folder), (failed.clone(), passed), "two processes differ");
    let mut wrong = Vec::new();
    for (name, text) in &exported {
        let states = text.lines().find_map(|line| line.strip_prefix(FAILS)).map(words);
        match (states, failed.get(name)) {
            (None, None) => {}
            (Some(states), Some(said)) if said.contains(&states) => {}
            (states, said) => wrong.push(format!("{name}: states {states:?}, but {said:?}")),
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(passed >= 20, "{passed} scenarios pass");
    eprintln!("{} findings fail as they state, {passed} scenarios pass", failed.len());
}

#[test]
#[ignore = "compiles a crate with raft 0.7.0"]
fn one_test_stands_alone_in_a_crate() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("exported-alone");
    fs::create_dir_all(folder.join("src")).unwrap();
    fs::create_dir_all(folder.join("tests")).unwrap();
    fs::write(folder.join("src/lib.rs"), "").unwrap();
    fs::write(folder.join("Cargo.toml"), MANIFEST.replace("protobuf = \"2\"\n", "")).unwrap();
    let name = "stale_pre_vote";
    quiet();
    let path = root().join("artifacts/stale-pre-vote/schedule.txt");
    fs::write(folder.join("tests/x.rs"), export(&path, name, FindingSet::NONE).unwrap()).unwrap();
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["test", "--test", "x"]).current_dir(&folder);
    // The dependencies are built once.
    cargo.env("CARGO_TARGET_DIR", folder.with_file_name("exported").join("target")).env_remove("RUSTFLAGS");
    let output = cargo.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(said.contains("only if a quorum would give its vote"), "{said}{}", String::from_utf8_lossy(&output.stderr));
}

//! `--raft`: runs a released raft-rs 0.6, and a 0.7 with an injected bug.
#![cfg(feature = "cli")]

mod common;

use common::root;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn run(arguments: &[&str]) -> (Option<i32>, String) {
    let mut program = Command::new(env!("CARGO_BIN_EXE_raft-lockstep"));
    let Output { status, stdout, stderr } = program.current_dir(root()).args(arguments).output().unwrap();
    let said = String::from_utf8_lossy(&stderr);
    eprintln!("{said}");
    assert!(!said.contains("warning: "), "warnings of the other crate are shown: {said}");
    assert!(said.is_empty() || said.contains("building "), "{said}");
    (status.code(), String::from_utf8(stdout).unwrap())
}

/// Runs a command that must be refused; returns its standard error.
fn refused(arguments: &[&str]) -> String {
    let mut program = Command::new(env!("CARGO_BIN_EXE_raft-lockstep"));
    let output = program.current_dir(root()).args(arguments).output().unwrap();
    let message = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{message}");
    message
}

/// A copy of the released source with a bug: a leader commits entries of earlier terms by counting replicas.
fn patched() -> PathBuf {
    let metadata = Command::new(env!("CARGO")).args(["metadata", "--format-version", "1"]).current_dir(root()).output();
    let metadata: serde_json::Value = serde_json::from_slice(&metadata.unwrap().stdout).unwrap();
    let raft = metadata["packages"].as_array().unwrap().iter().find(|package| package["name"] == "raft").unwrap();
    // The same folder each time keeps rebuilds small.
    let to = Path::new(env!("CARGO_TARGET_TMPDIR")).join("patched");
    copy(Path::new(raft["manifest_path"].as_str().unwrap()).parent().unwrap(), &to);
    let path = to.join("src/raft_log.rs");
    let source = fs::read_to_string(&path).unwrap();
    let check = "if max_index > self.committed && self.term(max_index).map_or(false, |t| t == term) {";
    assert_eq!(source.matches(check).count(), 1);
    let _ = fs::write(path, source.replace(check, "let _ = term; if max_index > self.committed {"));
    to
}

/// Git in that folder; returns what it prints.
fn git(folder: &Path, arguments: &[&str]) -> String {
    let identity = ["-c", "user.name=n", "-c", "user.email=e@example.org", "-c", "commit.gpgsign=false"];
    let output = Command::new("git").args(identity).args(arguments).current_dir(folder).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().into()
}

/// A repository in which the bug of [`patched`] is the last commit but one, and commits before it do not compile.
fn repository() -> PathBuf {
    let patched = patched();
    let to = patched.with_file_name("repository");
    let _ = fs::remove_dir_all(&to);
    copy(&patched, &to);
    let path = to.join("src/raft_log.rs");
    let bug = fs::read_to_string(&path).unwrap();
    let right = bug.replace(
        "let _ = term; if max_index > self.committed {",
        "if max_index > self.committed && self.term(max_index).map_or(false, |t| t == term) {",
    );
    git(&to, &["init", "--quiet"]);
    for (subject, source) in [
        ("base", right.clone()),
        ("broken 1", "fn (".into()),
        ("broken 2", "fn ((".into()),
        ("broken 3", "fn (((".into()),
        ("mended", right.clone() + "// mended\n"),
        ("bug", bug.clone()),
        ("comment", bug + "// comment\n"),
    ] {
        fs::write(&path, source).unwrap();
        git(&to, &["add", "."]);
        git(&to, &["commit", "--quiet", "--message", subject]);
    }
    to
}

/// A copy of that source that does not compile.
fn broken(source: &Path) -> PathBuf {
    let to = source.with_file_name("broken");
    copy(source, &to);
    fs::write(to.join("src/raft_log.rs"), "fn (").unwrap();
    to
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let to = to.join(path.file_name().unwrap());
        match path.is_dir() {
            true => copy(&path, &to),
            false => drop(fs::copy(path, to).unwrap()),
        }
    }
}

#[test]
#[ignore = "builds the program three times; .ci/run runs it"]
fn a_release_and_a_patched_source_are_run_compared_and_fuzzed() {
    let (code, said) = run(&["replay", "--raft", "0.6.0", "corpus/scenarios"]);
    assert!(code == Some(0) && said.contains(" 0 skipped, 0 diverged, 0 unread"), "{said}");

    let (code, said) = run(&["stats", "--raft", "0.6.0", "--json", "corpus/scenarios"]);
    assert!(code == Some(0) && said.contains("\"runs\":"), "{said}");
    let export = ["export", "--raft", "0.6.0", "corpus/scenarios/election.txt", "--to", "ndjson", "-o", "-"];
    let (code, said) = run(&export);
    assert!(code == Some(0) && said.starts_with('{'), "{said}");

    let patched = patched();
    let message = refused(&["fuzz", "--raft", broken(&patched).to_str().unwrap()]);
    assert!(message.contains("error: ") && message.contains("broken/src/raft_log.rs:1:"), "{message}");
    assert!(message.lines().last().unwrap().contains("the build failed; cargo's message is above"), "{message}");

    let patched = patched.to_str().unwrap();
    let (code, said) = run(&["diff", "--raft", "0.6.0", "--raft", patched, "--json", "corpus/scenarios"]);
    assert_eq!(code, Some(1), "{said}");
    let rows: Vec<serde_json::Value> = said.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let difference = |name: &str| rows.iter().find(|row| row["file"].as_str().unwrap().ends_with(name)).unwrap();
    // The patched leader commits and applies an entry that the released one does not.
    assert_eq!(difference("figure-8.txt")["field"], "applied");
    assert!(difference("election.txt")["field"].is_null());

    let (code, said) = run(&["fuzz", "--raft", patched, "--", "-max_total_time=60", "-seed=1"]);
    assert_eq!(code, Some(1), "{said}");
    let repeat = said.lines().find_map(|line| line.strip_prefix("repeat: cargo run --release -- ")).unwrap();
    let arguments: Vec<&str> = repeat.split(' ').collect();
    let ["replay", "--raft", source, schedule] = arguments[..] else { panic!("{repeat}") };
    assert_eq!(source, patched);
    // Outside a checkout the folder is named by a hash of its content.
    let folder = schedule.strip_prefix("artifacts/raft/patched-0-7-0-").unwrap();
    assert!(folder.split('/').next().unwrap().chars().all(|c| c.is_ascii_hexdigit()), "{schedule}");
    assert_eq!(run(&["replay", "--raft", patched, schedule]).0, Some(1));
    assert_eq!(run(&["replay", schedule]).0, Some(0), "the released raft-rs diverges as well");
}

#[test]
#[ignore = "builds the program five times: minutes; run by hand"]
fn revisions_are_asked_and_bisected() {
    let repository = repository();
    let path = repository.to_str().unwrap();
    let status = git(&repository, &["status", "--porcelain"]);
    let schedule = "corpus/scenarios/figure-8.txt";
    let (code, said) = run(&["versions", schedule, "--json", "--raft", &format!("{path}@HEAD")]);
    assert_eq!(code, Some(1), "{said}");
    let rows: Vec<serde_json::Value> = said.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let verdicts: Vec<&str> = rows.iter().map(|row| row["verdict"].as_str().unwrap()).collect();
    assert_eq!(verdicts, ["agreed", "agreed", "diverged"], "{said}");

    let mut program = Command::new(env!("CARGO_BIN_EXE_raft-lockstep"));
    let bisect = ["versions", schedule, "--json", "--bisect", path, "HEAD~6", "HEAD"];
    let output = program.current_dir(root()).args(bisect).output().unwrap();
    let (said, told) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    let found: serde_json::Value = serde_json::from_str(&said).unwrap_or_else(|error| panic!("{error}: {told}"));
    assert_eq!(
        (&found["subject"], &found["first"]),
        (&"bug".into(), &git(&repository, &["rev-parse", "HEAD~1"]).into())
    );
    let skipped = found["skipped"].as_array().unwrap();
    assert!(!skipped.is_empty(), "{told}");
    for commit in skipped {
        assert!(commit[0].as_str().unwrap().contains(" broken "), "{found}");
        assert_eq!(commit[1], "it does not build");
    }
    // Nothing is written to the repository.
    assert_eq!(git(&repository, &["status", "--porcelain"]), status);
    assert_eq!(git(&repository, &["worktree", "list"]).lines().count(), 1);
    assert_eq!(git(&repository, &["for-each-ref", "--format=%(refname)"]).lines().count(), 1);
}

#[test]
fn an_unknown_revision_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    git(folder.path(), &["init", "--quiet"]);
    let source = format!("{}@no-such-branch", folder.path().display());
    for arguments in
        [&["replay", "--raft", &source, "corpus/scenarios"][..], &["versions", "voter-ahead", "--raft", &source]]
    {
        let message = refused(arguments);
        assert!(message.contains("@no-such-branch: git knows no such commit"), "{message}");
    }
    let message = refused(&["versions", "no-such-finding"]);
    assert!(message.contains("no-such-finding: no such file, and no known finding of that name"), "{message}");
}

#[test]
fn a_source_that_is_no_raft_rs_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("Cargo.toml"), "[package]\nname = \"boat\"\nversion = \"0.7.0\"\n").unwrap();
    for (source, why) in [
        (folder.path().to_str().unwrap(), "found the package boat 0.7.0, expected `raft` with its version"),
        ("no-such-folder", "expected a folder with raft-rs's source, or a version such as 0.7.0"),
        ("0.5.0", "too old; expected 0.6 or later"),
    ] {
        let message = refused(&["replay", "--raft", source, "corpus/scenarios"]);
        assert!(message.lines().count() == 1 && message.contains(why), "{message}");
    }
}

#[test]
fn an_unknown_release_is_reported_after_cargos_message() {
    for arguments in [&["fuzz", "--raft", "9.9.9"][..], &["diff", "--raft", "9.9.9", "--raft", "0.7.0"]] {
        let message = refused(arguments);
        let last = message.lines().last().unwrap();
        assert!(last.starts_with("raft-lockstep: --raft 9.9.9: cargo found no such release of raft-rs"), "{message}");
    }
}

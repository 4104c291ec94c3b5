//! The README's counts and transcripts are current.
#![cfg(feature = "cli")]

mod common;

use common::{files, root};
use raft_lockstep::spec::invariants::ALL;
use raft_lockstep::spec::known::KNOWN;
use raft_lockstep::sut::nodes::faulty::FAULTS;
use std::process::Command;

fn readme() -> String {
    std::fs::read_to_string(root().join("README.md")).unwrap()
}

#[test]
fn counts_are_current() {
    let readme = readme().replace('\n', " ");
    let kept = std::fs::read_dir(root().join("corpus/conformance")).unwrap();
    let kept = kept.filter(|entry| entry.as_ref().unwrap().file_name().to_string_lossy().starts_with("kept-"));
    for expected in [
        format!("`corpus/scenarios/` has {} of them", files("corpus/scenarios", "txt").len()),
        format!("one of {} known findings", KNOWN.len()),
        format!("{} faulty nodes", FAULTS.len()),
        format!("Replaying the {} kept inputs", kept.count()),
        format!("{} invariants are checked as well", ALL.len()),
    ] {
        assert!(readme.contains(&expected), "README.md: expected `{expected}`");
    }
}

/// True if an abridged line of the README matches a printed line: `...` is any text, and a long line may be cut.
fn is_line(abridged: &str, line: &str) -> bool {
    let mut rest = line.trim_end();
    let mut parts = abridged.trim_end().split("...");
    let begins = parts.next().is_none_or(|first| match rest.strip_prefix(first) {
        Some(after) => {
            rest = after;
            true
        }
        None => false,
    });
    begins
        && parts.all(|part| match rest.find(part) {
            Some(at) => {
                rest = &rest[at + part.len()..];
                true
            }
            None => false,
        })
}

#[test]
fn transcripts_are_printed_by_their_commands() {
    let readme = readme();
    let blocks = readme.split("```text\n$ cargo run --release -- replay ").skip(1);
    let mut count = 0;
    for block in blocks.filter_map(|rest| rest.split_once("\n```")).map(|(block, _)| block) {
        count += 1;
        let (arguments, expected) = block.split_once('\n').unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_raft-lockstep"));
        command.current_dir(root()).arg("replay").args(arguments.split(' '));
        let printed = String::from_utf8(command.output().unwrap().stdout).unwrap();
        let mut lines = printed.lines();
        for line in expected.lines().filter(|line| *line != "..." && !line.is_empty()) {
            assert!(
                lines.any(|printed| is_line(line, printed)),
                "README.md: `replay {arguments}` does not print\n{line}"
            );
        }
    }
    assert_eq!(count, 2);
}

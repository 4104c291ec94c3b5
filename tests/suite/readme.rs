//! The README and the pages of the docs are true: counts, transcripts, commands and links.
#![cfg(feature = "cli")]

use crate::common::{files, root};
use raft_lockstep::findings::{distinct_faults, IN_RAFT_RS};
use raft_lockstep::spec::invariants::ALL;
use raft_lockstep::sut::nodes::faulty::FAULTS;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;

fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The README and the pages, by path.
fn pages() -> Vec<(PathBuf, String)> {
    let pages = files("src/docs", "md").into_iter().chain([root().join("README.md")]);
    pages.map(|path| (path.clone(), std::fs::read_to_string(path).unwrap())).collect()
}

fn program(arguments: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_raft-lockstep"));
    let output = command.current_dir(root()).args(arguments).output().unwrap();
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn the_readme_has_at_most_1300_words() {
    let words = read("README.md").split_whitespace().count();
    assert!(words <= 1300, "{words} words");
}

#[test]
fn counts_are_current() {
    let kept = std::fs::read_dir(root().join("corpus/conformance")).unwrap();
    let kept = kept.filter(|entry| entry.as_ref().unwrap().file_name().to_string_lossy().starts_with("kept-"));
    for (page, expected) in [
        (
            "README.md",
            format!("{} distinct faults in raft-rs 0.7.0 ({} [causes]", distinct_faults(IN_RAFT_RS), IN_RAFT_RS.len()),
        ),
        ("README.md", format!("{} invariants are checked as well", ALL.len())),
        ("README.md", format!("by {} [faulty nodes]", FAULTS.len())),
        ("src/docs/compared.md", format!("{} invariants are checked as well", ALL.len())),
        (
            "src/docs/commands.md",
            format!("`corpus/scenarios/` has {} schedules", files("corpus/scenarios", "txt").len()),
        ),
        ("src/docs/cost.md", format!("Replaying the {} kept inputs", kept.count())),
    ] {
        let text = read(page).split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(text.contains(&expected), "{page}: expected `{expected}`");
    }
}

/// True if an abridged line is this line: `...` stands for anything, and a long line may be cut.
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

const RUN: &str = "cargo run --release -- ";

#[test]
fn transcripts_are_the_output_of_the_commands() {
    let mut count = 0;
    for (path, text) in pages() {
        let blocks = text.split("```text\n$ ").skip(1).filter_map(|rest| rest.split_once("\n```"));
        for transcript in blocks.flat_map(|(block, _)| block.split("\n$ ")) {
            let (command, expected) = transcript.split_once('\n').unwrap();
            let arguments = command.strip_prefix(RUN).unwrap();
            // A search of a million states takes too long without optimisation.
            if arguments.contains("--max-log 0") {
                continue;
            }
            count += 1;
            let printed = program(&arguments.split(' ').collect::<Vec<_>>());
            let mut lines = printed.lines();
            for line in expected.lines().filter(|line| *line != "..." && !line.is_empty()) {
                let found = lines.any(|printed| is_line(line, printed));
                assert!(found, "{}: `{arguments}` does not print\n{line}", path.display());
            }
        }
    }
    assert_eq!(count, 4);
}

#[test]
fn schedules_are_read() {
    let mut count = 0;
    for (path, text) in pages() {
        for rest in text.split("```text\n").skip(1).filter(|rest| rest.starts_with("raft-lockstep schedule")) {
            let (schedule, _) = rest.split_once("```").unwrap();
            count += 1;
            raft_lockstep::schedule::text::read(schedule).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        }
    }
    assert!(count > 0);
}

#[test]
fn commands_exist_with_their_options_and_files() {
    let mut helps = BTreeMap::new();
    for (path, text) in pages() {
        let page = path.display();
        for line in text.lines().filter_map(|line| line.strip_prefix(RUN)) {
            let command = line.split(" # ").next().unwrap();
            let own = command.split(" -- ").next().unwrap();
            let words: Vec<&str> = own.split_whitespace().collect();
            let help = helps.entry(words[0].to_string()).or_insert_with(|| program(&[words[0], "--help"]));
            assert!(help.contains("Usage: "), "{page}: no command `{}`", words[0]);
            for word in &words[1..] {
                let option = word.split('=').next().unwrap();
                let known = !word.starts_with("--")
                    || help.contains(&format!("{option} "))
                    || help.contains(&format!("{option}\n"))
                    || help.contains(&format!("{option}["));
                assert!(known, "{page}: `{}` has no option `{option}`", words[0]);
                let is_committed = ["corpus/", "artifacts/"].iter().any(|folder| word.starts_with(folder));
                assert!(!is_committed || root().join(word).exists(), "{page}: no file {word}");
            }
        }
    }
    assert!(helps.len() > 8, "{helps:?}");
}

#[test]
fn links_lead_to_files() {
    let mut count = 0;
    for (path, text) in pages() {
        let targets = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
        let images = text.split("src=\"").skip(1).filter_map(|rest| rest.split('"').next());
        for target in targets.chain(images) {
            if target.contains("://") || target.contains("crate::") || target.starts_with('#') || target.contains(' ') {
                continue;
            }
            count += 1;
            let exists = path.parent().unwrap().join(target).exists();
            assert!(exists, "{}: no file {target}", path.display());
        }
    }
    assert!(count > 20, "{count} links");
}

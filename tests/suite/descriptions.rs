//! The form of each finding's `finding.md`, the passages of raft-rs that it quotes, and the issue that is made of it.
#![cfg(feature = "cli")]

use crate::common::{assert_golden, files, quiet, root};
use raft_lockstep::export::{issue, Request};
use raft_lockstep::findings::{Finding, FindingRow, FindingSet, IN_RAFT_RS};
use raft_lockstep::lockstep::Options;
use raft_lockstep::report::description::Description;
use raft_lockstep::schedule::text;
use std::fs;
use std::path::PathBuf;

/// A file of a finding's folder.
fn read(row: &FindingRow, name: &str) -> String {
    let path = root().join("artifacts").join(row.name).join(name);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn description(row: &FindingRow) -> Description {
    Description::parse(&read(row, "finding.md"))
        .unwrap_or_else(|why| panic!("artifacts/{}/finding.md: {why}", row.name))
}

#[test]
fn each_finding_is_described_in_one_form() {
    for row in IN_RAFT_RS {
        let described = description(row);
        assert_eq!(described.severity, row.severity, "{}: the row and finding.md differ", row.name);
        let schedule = format!("artifacts/{}/schedule.txt", row.name);
        assert!(described.section("Repeat it").contains(&schedule), "{}: no command for {schedule}", row.name);
        assert!(described.place.starts_with("raft-rs 0.7.0, "), "{}: {}", row.name, described.place);
    }
}

/// All other texts in a finding's folder are named in its description, so that a reader knows their purpose. The
/// consequence has a description of its own.
#[test]
fn each_further_schedule_is_described() {
    for row in IN_RAFT_RS {
        let text = read(row, "finding.md");
        for path in files(&format!("artifacts/{}", row.name), "txt") {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            let is_named = ["schedule.txt", "report.txt", "consequence.txt"].contains(&name.as_str())
                || text.contains(&format!("`{name}`"));
            assert!(is_named, "{}: finding.md does not mention {name}", row.name);
        }
    }
}

#[test]
fn a_part_that_is_missing_is_named() {
    let whole = read(Finding::JoinedGap.row(), "finding.md");
    for (part, instead, expected) in [
        ("**Severity:** critical", "**Severity:** grave", "found the severity `grave`; expected critical, major"),
        ("**Place:**", "Place:", "no Place; expected a paragraph"),
        ("## Remedy", "## Mend", "found the section `Mend`; expected `Remedy`"),
        ("## Newer history", "### Newer history", "found the section `Remedy`; expected `Newer history`"),
    ] {
        let why = Description::parse(&whole.replacen(part, instead, 1)).unwrap_err();
        assert!(why.contains(expected), "{why}");
    }
}

/// The folder of raft 0.7.0 that cargo has built, if it is in cargo's registry.
fn raft() -> Option<PathBuf> {
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".cargo")))?;
    let registries = fs::read_dir(home.join("registry/src")).ok()?;
    registries.filter_map(Result::ok).map(|entry| entry.path().join("raft-0.7.0")).find(|path| path.is_dir())
}

/// The quotations of a text: the file, the line, and the quoted words.
fn quotations(text: &str) -> Vec<(String, usize, String)> {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut found = Vec::new();
    for rest in text.split("`src/").skip(1) {
        let Some((file, rest)) = rest.split_once("`, line ") else { continue };
        let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
        if let Some(quoted) = rest[digits.len()..].strip_prefix(": \"").and_then(|rest| rest.split_once('"')) {
            found.push((format!("src/{file}"), digits.parse().unwrap(), quoted.0.to_string()));
        }
    }
    found
}

#[test]
fn quoted_passages_are_where_they_are_said_to_be() {
    let Some(raft) = raft() else { return };
    let mut count = 0;
    for row in IN_RAFT_RS {
        for (file, line, quoted) in quotations(description(row).section("Contrary passages")) {
            let source = fs::read_to_string(raft.join(&file)).unwrap();
            let lines: Vec<&str> = source.lines().skip(line - 1).take(2).collect();
            let words =
                lines.iter().map(|line| line.trim().trim_start_matches(['/', ' '])).collect::<Vec<_>>().join(" ");
            assert!(words.contains(&quoted), "{}: {file}, line {line} has no \"{quoted}\":\n{words}", row.name);
            assert!(lines[0].contains(quoted.split(' ').next().unwrap()), "{}: {file}, line {line}", row.name);
            count += 1;
        }
    }
    assert!(count > 20, "{count} quotations");
}

#[test]
fn each_finding_is_exported_as_an_issue() {
    quiet();
    for row in IN_RAFT_RS {
        let schedule = text::read(&read(row, "schedule.txt")).unwrap();
        let options = Options { known: FindingSet::RAFT_RS.without(row.finding), ..Options::default() };
        let described = read(row, "finding.md");
        let request = Request { schedule: &schedule, options, name: None, description: Some(&described) };
        let export = issue::write(&request).unwrap_or_else(|why| panic!("{}: {why}", row.name));
        assert_golden(&root().join("artifacts").join(row.name).join("issue.md"), &export.text);
    }
}

#[test]
fn an_issue_needs_a_description() {
    quiet();
    let schedule = text::read(&read(Finding::JoinedGap.row(), "schedule.txt")).unwrap();
    let options = Options { known: FindingSet::NONE, ..Options::default() };
    let request = Request { schedule: &schedule, options, name: None, description: None };
    let why = issue::write(&request).map(drop).unwrap_err();
    assert!(why.contains("expected `finding.md` in the schedule's folder"), "{why}");
    let why = issue::write(&Request { description: Some("# A title"), ..request }).map(drop).unwrap_err();
    assert!(why.contains("finding.md: no section; expected `## Behaviour`"), "{why}");
}

//! The kept consequence of each known finding: it is seen after the finding, and the table in the docs is current.
#![cfg(feature = "cli")]

use crate::common::{assert_golden, quiet, root};
use raft_lockstep::consequence::{fired, harm, Search};
use raft_lockstep::findings::{every, FindingRow, FindingSet};
use raft_lockstep::lockstep::verdict::Phase;
use raft_lockstep::lockstep::{JudgeName, Options};
use raft_lockstep::report::draw::{write_text, Caption, Colours};
use raft_lockstep::report::story::story;
use raft_lockstep::schedule::settings::SETTINGS;
use raft_lockstep::schedule::{text, Schedule};
use raft_lockstep::sut::nodes::raft_io::RaftIo;
use raft_lockstep::sut::nodes::raft_rs::RaftRs;
use raft_lockstep::sut::Node;
use std::collections::BTreeSet;
use std::fmt::Write;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

/// The begin of the comment that says how a kept schedule was found.
const FOUND_BY: &str = "# found by: ";

/// The begin of the comment that names the demand of the contract which a kept schedule does not meet.
const BREAKS: &str = "# breaks the contract: ";

/// The begin of the last line of a page about a finding after which no consequence was found; the effort follows.
const NONE: &str = "None found in ";

/// The settings with which an application makes use of a gap in the documents (`src/docs/contract.md`).
const GAPS: &[&str] = &["stray-campaigns", "lossy-changes", "late-notice", "keep-removed"];

fn folder(row: &FindingRow) -> PathBuf {
    let folder = root().join("artifacts").join(row.name);
    if folder.is_dir() {
        folder
    } else {
        root().join("artifacts/raft-io").join(row.name)
    }
}

/// The kept consequence of a finding as text, if there is one.
fn kept(row: &FindingRow) -> Option<String> {
    fs::read_to_string(folder(row).join("consequence.txt")).ok()
}

/// The rest of the line of a text that begins so.
fn after<'a>(text: &'a str, begin: &str) -> Option<&'a str> {
    text.lines().find_map(|line| line.strip_prefix(begin))
}

/// The effort that found no consequence, from the page about it.
fn effort(row: &FindingRow) -> Option<String> {
    let page = fs::read_to_string(folder(row).join("consequence.md")).ok()?;
    after(&page, NONE).map(|effort| effort.trim_end_matches('.').into())
}

/// The settings of a schedule that are not at their defaults, but those that only say how long things take.
fn settings(schedule: &Schedule) -> Vec<String> {
    let changed = SETTINGS.iter().filter(|row| row.get(&schedule.setup) != row.default && row.name != "heal");
    changed.map(|row| format!("`{} {}`", row.name, row.values.word(row.get(&schedule.setup)))).collect()
}

/// The cell that tells if the schedule keeps to the contract.
fn contract(text: &str, schedule: &Schedule) -> String {
    if let Some(broken) = after(text, BREAKS) {
        return format!("no: {broken}");
    }
    let changed = SETTINGS.iter().filter(|it| it.get(&schedule.setup) != it.default && GAPS.contains(&it.name));
    let gaps: Vec<String> = changed.map(|it| format!("`{}`", it.name)).collect();
    if gaps.is_empty() {
        "yes".into()
    } else {
        format!("documents silent: {}", gaps.join(", "))
    }
}

/// A row of the table; the run of the kept schedule shows the finding and then the consequence.
fn told<N: Node>(row: &FindingRow, text: &str) -> String {
    let schedule = &text::read(text).unwrap();
    let harm = harm::<N>(schedule).unwrap_or_else(|| panic!("{}: clients see no consequence", row.name));
    let fired = fired::<N>(schedule, row.finding, N::KNOWN, harm.at);
    let fired = fired.unwrap_or_else(|| panic!("{}: the finding does not show before the consequence", row.name));
    let options = Options { judge: JudgeName::Clients, ..Options::of::<N>() };
    let name = folder(row).strip_prefix(root()).unwrap().join("consequence.txt").display().to_string();
    let node = if name.contains("raft-io") { " --node raft-io" } else { "" };
    let command = format!("cargo run --release -- explain --judge clients{node} {name}");
    let caption = Caption { title: row.name, command: &command };
    let words = write_text(&story::<N>(schedule, options), &caption, Colours::default());
    let gravity = harm.gravity;
    let page = format!("# {}: {}\n\n{}\n\n```text\n{words}```\n", row.name, gravity.name(), gravity.sentence());
    assert_golden(&folder(row).join("consequence.md"), &page);
    let place = match harm.at.phase {
        Phase::Schedule => harm.at.event + 1,
        Phase::Epilogue | Phase::End => schedule.events.len(),
    };
    let healed = if harm.at.phase == Phase::Schedule { "" } else { ", then healed" };
    let found_by = after(text, FOUND_BY).unwrap_or_else(|| panic!("{}: add a line `{FOUND_BY}...`", row.name));
    let alone = if fired.alone { "" } else { ", through another finding" };
    let seen = harm.words.replace('|', "\\|").replace('\n', " ");
    let (settings, contract) = (settings(schedule).join(", "), contract(text, schedule));
    format!("`{}`: {seen} | {place}{healed} | {settings} | {contract} | {found_by}{alone}", gravity.name())
}

#[test]
fn each_finding_has_its_consequence_or_the_effort_that_found_none() {
    quiet();
    let mut table = String::from(
        "| finding | it shows when | gravest consequence found | events | settings | contract kept | found by |\n\
         | --- | --- | --- | --- | --- | --- | --- |\n",
    );
    for row in every() {
        let found = match kept(row) {
            Some(text) if RaftIo::KNOWN.has(row.finding) => told::<RaftIo>(row, &text),
            Some(text) => told::<RaftRs>(row, &text),
            None => {
                let effort = effort(row);
                let effort = effort.unwrap_or_else(|| panic!("{}: no consequence.txt, and no effort", row.name));
                format!("none in {effort} | | | | search")
            }
        };
        writeln!(table, "| {} | {} | {found} |", row.name, row.sentence.replace('|', "\\|")).unwrap();
    }
    assert_golden(&root().join("src/docs/consequences.md"), &table);
}

#[test]
fn the_search_finds_a_consequence_again_and_is_deterministic() {
    quiet();
    let row = every().find(|row| row.name == "lease-outlived").unwrap();
    let schedule = text::read(&fs::read_to_string(folder(row).join("schedule.txt")).unwrap()).unwrap();
    let found = |seed| {
        let mut search = Search::<RaftRs>::new(row.finding, FindingSet::RAFT_RS, seed, std::slice::from_ref(&schedule));
        search.run(&|search| search.runs < 60, &|| true);
        let best = search.best.expect("the kept schedule shows a stale read");
        (best.schedule, best.harm.gravity.name())
    };
    let (first, gravity) = found(1);
    assert_eq!((first, gravity), found(1));
    assert_eq!(gravity, "stale-read");
}

#[test]
fn a_finding_shows_in_its_own_schedules_alone_or_with_others() {
    quiet();
    let shown = |file: &str, name: &str| {
        let text = fs::read_to_string(root().join("artifacts").join(file).join("schedule.txt")).unwrap();
        let schedule = text::read(&text).unwrap();
        let row = every().find(|row| row.name == name).unwrap();
        let harm = harm::<RaftRs>(&schedule).expect("clients see a consequence");
        fired::<RaftRs>(&schedule, row.finding, FindingSet::RAFT_RS, harm.at).map(|fired| fired.alone)
    };
    assert_eq!(shown("lease-outlived", "lease-outlived"), Some(true));
    assert_eq!(shown("lease-outlived", "lease-in-transfer"), None);
    // Before the stale read of the removed leader, a sole voter sends what is not durable.
    assert_eq!(shown("removed-leader", "removed-leader"), Some(false));
}

fn program(arguments: &[&str]) -> (Option<i32>, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_raft-lockstep"));
    let output = command.current_dir(root()).args(arguments).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

#[test]
fn the_command_takes_a_name_or_a_file_and_reports_as_text_and_json() {
    let (code, told, _) = program(&["consequence", "lease-outlived", "--runs", "3"]);
    assert_eq!(code, Some(1), "{told}");
    assert!(
        told.contains("lease-outlived: stale-read (3 schedules, ") && told.contains("the finding shows at event"),
        "{told}"
    );
    let file = "artifacts/lease-outlived/schedule.txt";
    let (code, told, said) = program(&["consequence", file, "--runs", "3", "--json", "-o", "-"]);
    assert!(code == Some(1) && told.starts_with("raft-lockstep schedule"), "{told}{said}");
    let row: serde_json::Value = said.parse().unwrap();
    assert_eq!(
        (&row["consequence"], &row["alone"], &row["runs"]),
        (&"stale-read".into(), &true.into(), &3.into()),
        "{row}"
    );
    let keys: BTreeSet<&str> = row.as_object().unwrap().keys().map(String::as_str).collect();
    let (_, help, _) = program(&["consequence", "--help"]);
    assert!(keys.iter().all(|key| help.contains(key)), "{keys:?}");
}

#[test]
fn mistakes_are_named() {
    let refused = |arguments: &[&str]| {
        let (code, told, said) = program(&[&["consequence"], arguments].concat());
        assert_eq!((code, told.as_str()), (Some(2), ""), "{said}");
        said
    };
    assert!(refused(&["no-such-finding"]).contains("neither a file nor a known finding"));
    assert!(refused(&["corpus/scenarios/election.txt"]).contains("no known finding shows in its run"));
    let other = ["artifacts/lease-outlived/schedule.txt", "--finding", "joined-gap"];
    assert!(refused(&other).contains("the known finding joined-gap does not show in it"));
    assert!(refused(&["lease-outlived", "-o", "no/such/folder/x.txt"]).contains("folder does not exist"));
}

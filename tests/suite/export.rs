//! Exports: golden files for a few scenarios, and the fields that etcd's trace validation reads in each line.
#![cfg(feature = "cli")]

use crate::common::{assert_golden, files, quiet, root};
use raft_lockstep::export::ndjson::{self, Lack, Trace};
use raft_lockstep::export::{Format, FORMATS};
use raft_lockstep::lockstep::Options;
use raft_lockstep::schedule::text;
use raft_lockstep::sut::nodes::raft_rs::RaftRs;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Output};

/// etcd's own specification accepts the traces of these scenarios (see [`ndjson`]).
const ACCEPTED: &[&str] = &["election", "conflict", "remove-follower"];

fn trace(path: &Path) -> Trace {
    quiet();
    let schedule = text::read(&std::fs::read_to_string(path).unwrap()).unwrap();
    ndjson::trace::<RaftRs>(&schedule, Options::default()).0
}

fn lines(trace: &Trace) -> String {
    trace.lines().map(|line| serde_json::to_string(&line).unwrap() + "\n").collect()
}

fn export(arguments: &[&str]) -> (Output, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_raft-lockstep"));
    let output = command.current_dir(root()).arg("export").args(arguments).output().unwrap();
    let message = String::from_utf8(output.stderr.clone()).unwrap();
    (output, message)
}

#[test]
fn the_traces_that_etcds_specification_accepted_are_unchanged() {
    for name in ACCEPTED {
        let path = root().join("corpus/scenarios").join(name).with_extension("txt");
        assert_golden(&path.with_extension("ndjson"), &lines(&trace(&path)));
    }
}

/// The messages in flight as in etcd's specification: created, released by a Ready, received.
#[derive(Default)]
struct Bag {
    made: BTreeMap<String, Vec<String>>,
    sent: Vec<String>,
    duplicates: bool,
}

impl Bag {
    fn see(&mut self, event: &Value, place: &str) {
        let (name, node) = (event["name"].as_str().unwrap(), event["nid"].as_str().unwrap());
        let message = event["msg"].to_string();
        if name.starts_with("Send") {
            self.made.entry(node.into()).or_default().push(message);
        } else if name == "Ready" {
            self.sent.extend(self.made.remove(node).unwrap_or_default());
        } else if name.starts_with("Receive") {
            assert_eq!(event["msg"]["to"], node, "{place}");
            let found = self.sent.iter().position(|sent| *sent == message);
            assert!(found.is_some() || self.duplicates, "{place}: received, and not sent: {message}");
            found.map(|found| self.sent.swap_remove(found));
        } else if name == "InitState" {
            self.made.remove(node);
        }
    }
}

const NAMES: &[&str] = &[
    "InitState",
    "BecomeCandidate",
    "BecomeFollower",
    "BecomeLeader",
    "Commit",
    "Replicate",
    "ChangeConf",
    "ApplyConfChange",
    "Ready",
    "SendAppendEntriesRequest",
    "ReceiveAppendEntriesRequest",
    "SendAppendEntriesResponse",
    "ReceiveAppendEntriesResponse",
    "SendRequestVoteRequest",
    "ReceiveRequestVoteRequest",
    "SendRequestVoteResponse",
    "ReceiveRequestVoteResponse",
];

fn assert_well_formed(event: &Value, place: &str) {
    let name = event["name"].as_str().unwrap();
    assert!(NAMES.contains(&name), "{place}: {name}");
    assert!(["StateFollower", "StateCandidate", "StateLeader"].contains(&event["role"].as_str().unwrap()), "{place}");
    assert!(event["nid"].is_string() && event["log"].is_u64() && event["state"]["vote"].is_string(), "{place}");
    assert!(event["state"]["term"].is_u64() && event["state"]["commit"].is_u64(), "{place}");
    assert_eq!(event["conf"].as_array().unwrap().len(), 2, "{place}");
    let carries = name.starts_with("Send") || name.starts_with("Receive");
    assert_eq!(event.get("msg").is_some(), carries, "{place}");
    if carries {
        let fields = event["msg"].as_object().unwrap();
        let numbers = ["term", "entries", "logTerm", "index", "commit", "rejectHint"];
        assert!(numbers.iter().all(|name| fields[*name].is_u64()), "{place}");
        assert!(["type", "from", "to", "vote"].iter().all(|name| fields[*name].is_string()), "{place}");
        assert!(fields["reject"].is_boolean() && fields.len() == 11, "{place}");
    }
    let change = ["ChangeConf", "ApplyConfChange"].contains(&name);
    assert_eq!(event.get("prop").is_some(), change, "{place}");
}

fn is_duplicate(lack: &Lack) -> bool {
    matches!(lack, Lack::Refused(why) if why.starts_with("duplicates"))
}

#[test]
fn each_line_has_its_fields_and_each_receipt_follows_a_release() {
    for path in files("corpus/scenarios", "txt") {
        let trace = trace(&path);
        let mut bag = Bag { duplicates: trace.lacks.keys().any(is_duplicate), ..Bag::default() };
        for (number, line) in lines(&trace).lines().enumerate() {
            let place = format!("{}:{}", path.display(), number + 1);
            let line: Value = serde_json::from_str(line).unwrap();
            assert_eq!(line["tag"], "trace", "{place}");
            assert_eq!(line["ts"], 1_000_000_000 + number, "{place}");
            assert_well_formed(&line["event"], &place);
            bag.see(&line["event"], &place);
        }
    }
}

#[test]
fn steps_without_an_event_are_counted_with_their_reason() {
    let (output, message) = export(&["corpus/scenarios/read.txt", "--to", "ndjson", "-o", "-"]);
    assert_eq!(output.status.code(), Some(0), "{message}");
    assert!(message.contains("reads have no event"), "{message}");
    let lines = String::from_utf8(output.stdout).unwrap();
    assert!(message.starts_with(&format!("ndjson: {} events of 3 nodes\n", lines.lines().count())), "{message}");
}

#[test]
fn a_trace_is_exported_to_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("trace.ndjson");
    let arguments = ["corpus/traces/g_CommitLeader_3s_bfs.json", "--to", "ndjson", "-o", path.to_str().unwrap()];
    let (output, message) = export(&arguments);
    assert_eq!(output.status.code(), Some(0), "{message}");
    assert!(std::fs::read_to_string(&path).unwrap().contains("\"name\":\"BecomeLeader\",\"nid\":\"1\""));
}

/// The script asks etcd's test environment for the same inputs; its outputs are etcd's to write.
#[test]
fn a_script_of_rafttest_has_the_inputs_of_the_schedule() {
    let (output, message) = export(&["corpus/scenarios/election.txt", "--to", "rafttest", "-o", "-"]);
    assert_eq!((output.status.code(), message.as_str()), (Some(0), "rafttest: 26 commands\n"));
    assert_golden(&root().join("tests/golden/election.rafttest"), &String::from_utf8(output.stdout).unwrap());
}

#[test]
fn an_event_without_a_command_of_rafttest_is_refused_with_its_place() {
    for (scenario, why) in
        [("crash", "`crash "), ("first-priority", "setting `first-priority`: etcd's interaction scripts cannot set it")]
    {
        let path = files("corpus/scenarios", "txt").into_iter().map(|path| path.display().to_string());
        let mut refused = path.filter_map(|path| {
            let (output, message) = export(&[&path, "--to", "rafttest", "-o", "-"]);
            (output.status.code() == Some(2)).then_some(message)
        });
        assert!(refused.any(|message| message.contains(why)), "no scenario is refused for {scenario}");
    }
}

#[test]
fn bad_arguments_are_exit_2_with_advice() {
    let scenario = "corpus/scenarios/election.txt";
    let (output, message) = export(&[scenario, "--to", "yaml", "-o", "-"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(message.contains("ndjson"), "{message}");
    let (output, message) = export(&[scenario, "--to", "ndjson", "-o", "/missing/folder/trace"]);
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(message.lines().count(), 1, "{message}");
    assert!(message.contains("/missing/folder/trace"), "{message}");
    let (output, message) = export(&[scenario, "--to", "shiviz", "-o", "-"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(message.contains("`raft-lockstep explain FILE -o run.log` writes shiviz"), "{message}");
    let (output, message) = export(&[scenario, "--to", "tla", "-o", "run.txt"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(message.contains("expected a file named NAME.tla; its NAME.cfg is written beside it"), "{message}");
    let (output, _) = export(&["missing", "--to", "ndjson", "-o", "-"]);
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn the_table_of_exports_is_current() {
    let mut table = String::from("| format | file | contents |\n| --- | --- | --- |\n");
    for Format { name, extension, companion, about, .. } in FORMATS {
        let companion = companion.map_or(String::new(), |extension| format!(", `.{extension}`"));
        table.push_str(&format!("| `{name}` | `.{extension}`{companion} | {about} |\n"));
    }
    assert_golden(&root().join("src/docs/exports.md"), &table);
}

//! Detection of formats: each file is read in its format, run as a fuzz input by its name, or refused.
#![cfg(feature = "cli")]

#[path = "input/made.rs"]
mod made;

use crate::common::root;
use made::{Is, Made};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_raft-lockstep"));
    command.current_dir(root()).args(arguments);
    command
}

fn run(arguments: &[&str]) -> Output {
    command(arguments).output().unwrap()
}

fn piped(arguments: &[&str], bytes: &[u8]) -> Output {
    let mut command = command(arguments);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // A refusal may close the pipe early.
    let _ = child.stdin.take().unwrap().write_all(bytes);
    child.wait_with_output().unwrap()
}

fn rows(output: &Output) -> Vec<Value> {
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn message(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

fn assert_refused(output: &Output, expected: &str) {
    let message = message(output);
    assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0), "{message}");
    assert_eq!(message.lines().count(), 1, "{message}");
    assert!(message.contains(expected), "{message}");
}

fn sample(name: &str) -> String {
    fs::read_to_string(root().join("corpus/traces").join(name)).unwrap()
}

const DIVERGES: &str = "artifacts/stale-pre-vote/schedule.txt";

/// A sample of each format, with the format's name.
fn samples() -> Vec<(&'static str, String)> {
    let election = fs::read_to_string(root().join("tests/golden/election.tla")).unwrap();
    vec![
        ("text", fs::read_to_string(root().join(DIVERGES)).unwrap()),
        ("tlc-text", sample("leader.txt")),
        ("tlc-text", sample("leader_simulate_1.out")),
        ("tlc-simulate", sample("leader_simulate_0_1.tla")),
        ("tlc-module", sample("leader_TTrace_1.tla")),
        ("tla", election),
        ("json", sample("g_Leader_3s_sim11.json")),
        ("itf", sample("g_Leader_3s_sim11.itf.json")),
        ("seed", sample("seed_script01.json")),
        ("tlc-json", sample("leader.dump.json")),
    ]
}

#[test]
fn each_of_two_hundred_files_is_read_in_its_format_or_refused_and_none_runs_as_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let all = made::files(&samples());
    assert_eq!(all.len(), 200);
    for Made { name, bytes, .. } in &all {
        fs::write(folder.path().join(name), bytes).unwrap();
    }
    let output = run(&["replay", "--json", folder.path().to_str().unwrap()]);
    let rows: BTreeMap<String, Value> = rows(&output)
        .into_iter()
        .map(|row| {
            let path = Path::new(row["file"].as_str().unwrap());
            (path.file_name().unwrap().to_str().unwrap().to_string(), row.clone())
        })
        .collect();
    assert_eq!(rows.len(), all.len());
    let mut read = 0;
    for Made { name, is, .. } in &all {
        let row = &rows[name];
        match (row["verdict"] == "unread", is) {
            (true, _) => assert!(row["reason"].as_str().is_some_and(|it| !it.is_empty()), "{row}"),
            (false, Is::Foreign | Is::Random) => panic!("{row}"),
            (false, Is::Of(format)) => {
                assert_eq!(row["format"], *format, "{row}");
                read += 1;
            }
        }
    }
    // Some bit flips leave a trace valid.
    assert!(read > 0 && read < all.len() / 4, "{read}");
    let diverged = rows.values().any(|row| row["verdict"] == "diverged");
    assert_eq!(output.status.code(), Some(if diverged { 1 } else { 2 }), "{}", message(&output));
    // The same files alone, and on standard input without a name.
    for Made { name, bytes, is } in all.iter().step_by(4) {
        let path = folder.path().join(name);
        match is {
            Is::Foreign | Is::Random => assert_refused(&run(&["replay", path.to_str().unwrap()]), name),
            Is::Of(_) => {}
        }
        let piped = piped(&["replay", "--json", "-"], bytes);
        match is {
            Is::Foreign => assert_refused(&piped, "-: "),
            Is::Random => assert_eq!(self::rows(&piped)[0]["format"], "bytes"),
            Is::Of(_) => assert!(!self::rows(&piped).iter().any(|row| row["format"] == "bytes"), "{name}"),
        }
    }
}

#[test]
fn each_refusal_names_the_kind_the_reason_and_the_remedy() {
    let first_line = "text in no known format: its first line is `hello`, not `raft-lockstep schedule 2`; expected";
    for (bytes, expected) in [
        (&b"hello\n"[..], first_line),
        (b"hello\n", "for a fuzz input of another name, pass `--format bytes`"),
        (
            b"notes\nraft-lockstep schedule 2\nend\n",
            "`raft-lockstep schedule 2` is not its first line, but follows 1 others",
        ),
        (b"\n\n \n", "a blank text (was it written completely?)"),
        (b"", "standard input is empty"),
        (b"\x1f\x8b\x08\0\0\0\0\0", "a gzip archive, which is not read; pass the files in it"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "a PNG image"),
        (b"\x7fELF\x02\x01\x01\0", "an ELF binary"),
        (b"\xff\xfeh\0i\0\n\0", "text in UTF-16, which is not read; pass it as UTF-8"),
        (b"2026-01-02 10:00:00 INFO raft: 1 became \x1b[1mcandidate\x1b[0m\n", "damaged text: byte 40"),
        (b"{\"a\": 1, \"b\": ", "truncated JSON: EOF while parsing"),
        (b"{\"a\": 1}", "an object with the keys `a`; a trace is an object with the `schema`"),
        (b"{\"a\": 1}\n{\"a\": 2}\n", "JSON lines: a trace is one JSON value"),
        (b"{\"a\": oops}\n", "invalid JSON: expected value at line 1 column 7"),
        (b"[package]\nname = \"a\"\n", "its first line is `[package]`"),
        (b"---- MODULE raft ----\nEXTENDS Naturals\n====\n", "a TLA+ module without states: found none of"),
        (b"TLC2 Version 2.18\nFinished in 01s\n", "TLC's output without states"),
        (b"[State 0] { x: 1 }\n", "Quint's text, which is not read; pass the trace that `quint run --out-itf=FILE`"),
        (b"raft-lockstep schedule 7\n", "-:1: expected `raft-lockstep schedule 2`"),
    ] {
        assert_refused(&piped(&["replay", "-"], bytes), expected);
    }
    for command in [&["import", "-", "-o", "-"][..], &["export", "-", "--to", "itf", "-o", "-"], &["explain", "-"]] {
        assert_refused(&piped(command, b"hello\n"), first_line);
    }
}

#[test]
fn every_text_format_may_begin_with_a_byte_order_mark_and_blank_lines() {
    let folder = tempfile::tempdir().unwrap();
    let expected: Vec<&str> = samples().iter().map(|(format, _)| *format).collect();
    for (place, (_, text)) in samples().iter().enumerate() {
        fs::write(folder.path().join(format!("{place}-mark")), format!("\u{feff}{text}")).unwrap();
        fs::write(folder.path().join(format!("{place}-lines.txt")), format!("\n \r\n{text}")).unwrap();
        fs::write(folder.path().join(format!("{place}-both")), format!("\u{feff}\n{}", text.replace('\n', "\r\n")))
            .unwrap();
    }
    let output = run(&["replay", "--json", "--no-known", folder.path().to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(1), "{}", message(&output));
    let rows = rows(&output);
    let formats: Vec<&str> = rows.iter().map(|row| row["format"].as_str().unwrap_or_default()).collect();
    let thrice: Vec<&str> = expected.iter().flat_map(|format| [*format; 3]).collect();
    assert_eq!(formats, thrice, "{}", message(&output));
    assert!(rows[..3].iter().all(|row| row["verdict"] == "diverged"), "{rows:?}");
    let marked = format!("\u{feff}\n{}", samples()[0].1);
    for format in ["auto", "text"] {
        let output = piped(&["replay", "--no-known", "--format", format, "-"], marked.as_bytes());
        assert_eq!(output.status.code(), Some(1), "{}", message(&output));
    }
}

#[test]
fn a_fuzzers_name_makes_a_fuzz_input_unless_the_content_is_text() {
    let folder = tempfile::tempdir().unwrap();
    let hash = "0123456789abcdef0123456789abcdef01234567";
    let names =
        ["crash-1", "minimized-from-1", "slow-unit-1", "timeout-1", "oom-1", "leak-1", "kept-1", "seed-a", "input"];
    let testcase = "clusterfuzz-testcase-minimized-conformance-1";
    let path = |name: &str| folder.path().join(name).display().to_string();
    for name in names.into_iter().chain([hash, testcase, "worker-0-crash-1", "worker-11-timeout-1"]) {
        let row = |bytes: &[u8]| {
            fs::write(path(name), bytes).unwrap();
            let output = run(&["replay", "--json", &path(name)]);
            rows(&output).first().map(|row| row["format"].as_str().unwrap().to_string())
        };
        assert_eq!(row(&[0xff; 333]).as_deref(), Some("bytes"), "{name}");
        // libFuzzer's first input, and one with an archive's signature.
        assert_eq!(row(b"\n").as_deref(), Some("bytes"), "{name}");
        assert_eq!(row(b"\x1f\x8b\x08\0\0\0").as_deref(), Some("bytes"), "{name}");
        assert_eq!(row(samples()[0].1.as_bytes()).as_deref(), Some("text"), "{name}");
        assert_eq!(row(samples()[1].1.as_bytes()).as_deref(), Some("tlc-text"), "{name}");
        assert_eq!(row(b"2026-01-02 10:00:00 INFO raft: 1 became candidate\n"), None, "{name}");
        assert_eq!(row(b""), None, "{name}");
        fs::remove_file(path(name)).unwrap();
    }
    for name in ["bytes", "crash", "crash-1.dmp", "my-crash-1", "worker-0.states", "data.bin", "schedule.txt", "a.json"]
    {
        fs::write(path(name), [0xff; 333]).unwrap();
        assert_refused(&run(&["replay", &path(name)]), "binary data in no known format; expected a schedule");
        assert_eq!(run(&["replay", "--format", "bytes", &path(name)]).status.code(), Some(0), "{name}");
    }
    let output = piped(&["replay", "--json", "-"], &[0xff; 333]);
    assert_eq!(rows(&output)[0]["format"], "bytes");
    let schedule = run(&["import", "--bytes", DIVERGES, "-o", "-"]).stdout;
    assert_eq!(piped(&["replay", "--no-known", "-"], &schedule).status.code(), Some(1));
}

#[test]
fn the_binary_trace_beside_tlcs_module_is_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    for bytes in [&b"\x1f\x8b\x08\0\0\0\0\0"[..], b"\0\x01\x02\x03"] {
        let path = folder.path().join("raft_TTrace_1.bin");
        fs::write(&path, bytes).unwrap();
        assert_refused(&run(&["replay", path.to_str().unwrap()]), "pass the TLA+ module beside it (*_TTrace_*.tla)");
        fs::write(path.with_extension("tla"), sample("leader_TTrace_1.tla")).unwrap();
        let output = run(&["replay", folder.path().to_str().unwrap()]);
        assert_eq!(output.status.code(), Some(0), "{}", message(&output));
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(text.ends_with("0 unread; not read: 1 binary trace\n"), "{text}");
        fs::remove_file(path.with_extension("tla")).unwrap();
    }
}

#[test]
fn each_export_is_read_back_or_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let scenario = "corpus/scenarios/election.txt";
    let path = |name: &str| folder.path().join(name).display().to_string();
    let mut steps = Vec::new();
    for (format, name, is) in [
        ("tla", "Election.tla", None),
        ("itf", "election.itf.json", None),
        ("ndjson", "election.ndjson", None),
        ("rafttest", "election.script", None),
        ("shiviz", "election.log", Some("a ShiViz export of raft-lockstep, which is not read; pass the schedule")),
    ] {
        let output = match format {
            "shiviz" => run(&["explain", scenario, "-o", &path(name)]),
            format => run(&["export", scenario, "--to", format, "-o", &path(name)]),
        };
        assert_eq!(output.status.code(), Some(0), "{}", message(&output));
        let output = run(&["replay", "--json", &path(name)]);
        match is {
            Some(is) => assert_refused(&output, is),
            None => {
                let row = &rows(&output)[0];
                assert_eq!((&row["format"], &row["verdict"]), (&format.into(), &"agreed".into()), "{row}");
                steps.push((row["done"].clone(), row["implied"].clone(), row["events"].clone()));
            }
        }
    }
    assert_eq!(steps[0], steps[1]);
    for (name, is) in [
        ("page.html", "an HTML page"),
        ("diagram.svg", "an SVG image"),
        ("diagram.mmd", "a Mermaid diagram"),
        ("story.txt", "a story of `explain`"),
    ] {
        run(&["explain", "--no-known", DIVERGES, "-o", &path(name)]);
        assert_refused(&run(&["replay", &path(name)]), &format!("{is}, which is not read; pass the schedule"));
    }
    for arguments in [&["replay"][..], &["replay", "--log"]] {
        fs::write(path("transcript"), run(&[arguments, &[scenario]].concat()).stdout).unwrap();
        assert_refused(&run(&["replay", &path("transcript")]), "a transcript of raft-lockstep, which is not read");
    }
}

#[test]
fn a_changed_module_is_no_behaviour() {
    let module = fs::read_to_string(root().join("tests/golden/election.tla")).unwrap();
    for (from, to, expected) in [
        ("name |-> \"Timeout\", i |-> s1", "name |-> \"Timeout\", i |-> s9", "state 2: `i` of a step is no server"),
        ("name |-> \"Timeout\"", "name |-> \"Nap\"", "state 2: raft.tla has no action `Nap`"),
        ("name |-> \"Timeout\"", "name |-> \"BecomeLeader\"", "state 2: raft.tla does not allow this action here"),
        ("currentTerm |-> (s1 :> 2", "currentTerm |-> (s1 :> 3", "state 2: no action of raft.tla leads here"),
        (">>\n\nFits", "", "expected `,`, found"),
    ] {
        let changed = module.replacen(from, to, 1);
        assert_ne!(changed, module);
        assert_refused(&piped(&["replay", "-"], changed.as_bytes()), expected);
    }
}

/// Fills a folder with a schedule that agrees, its transcript, and files in no readable format.
fn mixed(folder: &Path) {
    fs::copy(root().join("corpus/scenarios/election.txt"), folder.join("election.txt")).unwrap();
    fs::write(folder.join("election.transcript"), "0: campaign 1\n").unwrap();
    fs::create_dir(folder.join("below")).unwrap();
    fs::write(folder.join("below/server.log"), "INFO raft: 1 became candidate\n").unwrap();
    fs::write(folder.join("other.transcript"), "0: campaign 1\n   1 syncs 1\n").unwrap();
    fs::write(folder.join("picture.png"), b"\x89PNG\r\n\x1a\n").unwrap();
    fs::write(folder.join(".hidden"), "anything").unwrap();
}

#[test]
fn each_file_of_a_folder_is_judged_or_unread_with_its_reason_or_a_companion() {
    let folder = tempfile::tempdir().unwrap();
    mixed(folder.path());
    let path = folder.path().to_str().unwrap();
    let reasons = |output: &Output| {
        let message = message(output);
        let lines = ["server.log: text in", "other.transcript: a transcript of", "picture.png: a PNG image"];
        assert!(lines.iter().all(|line| message.contains(line)), "{message}");
        assert!(
            message.ends_with("raft-lockstep: 3 of 4 files could not be read; their errors are above\n"),
            "{message}"
        );
        output.status.code()
    };
    let output = run(&["replay", path]);
    assert_eq!(reasons(&output), Some(2));
    let text = String::from_utf8(output.stdout).unwrap();
    let total = "4 files: 1 agreed, 0 skipped, 0 diverged, 3 unread; not read: 1 hidden file, 1 transcript\n";
    assert!(text.ends_with(total), "{text}");
    let output = run(&["replay", "--json", path]);
    assert_eq!(reasons(&output), Some(2));
    let rows = rows(&output);
    let unread: Vec<&Value> = rows.iter().filter(|row| row["verdict"] == "unread").collect();
    assert_eq!((rows.len(), unread.len()), (4, 3));
    assert!(unread.iter().all(|row| row["reason"].is_string() && row["file"].is_string()), "{rows:?}");
    let picture = unread.iter().find(|row| row["file"].as_str().unwrap().ends_with("picture.png")).unwrap();
    assert_eq!(picture["reason"], "a PNG image, which is not read; pass a schedule or a trace");
    for command in ["stats", "triage"] {
        let output = run(&[command, path]);
        assert_eq!(reasons(&output), Some(2));
        assert!(message(&output).contains("not read: 1 hidden file, 1 transcript\n"));
        let text = String::from_utf8(output.stdout).unwrap();
        let expected =
            if command == "stats" { "1 schedules: " } else { "4 files: 0 causes, 1 without a divergence, 3 unread\n" };
        assert!(text.contains(expected), "{text}");
    }
    // A divergence outweighs unread files.
    fs::copy(root().join(DIVERGES), folder.path().join("diverges.txt")).unwrap();
    assert_eq!(run(&["replay", "--no-known", path]).status.code(), Some(1));
    assert_eq!(run(&["triage", "--no-known", path]).status.code(), Some(1));
}

#[cfg(unix)]
#[test]
fn links_and_sockets_are_reported_and_never_block() {
    let folder = tempfile::tempdir().unwrap();
    fs::copy(root().join("corpus/scenarios/election.txt"), folder.path().join("election.txt")).unwrap();
    std::os::unix::fs::symlink("nowhere", folder.path().join("broken")).unwrap();
    std::os::unix::fs::symlink(".", folder.path().join("again")).unwrap();
    std::os::unix::net::UnixListener::bind(folder.path().join("socket")).unwrap();
    let output = run(&["replay", folder.path().to_str().unwrap()]);
    let message = message(&output);
    assert_eq!(output.status.code(), Some(2), "{message}");
    for expected in ["broken: No such file", "again: a link to a folder", "socket: neither a file nor a folder"] {
        assert!(message.contains(expected), "{message}");
    }
    assert!(message.ends_with("3 of 4 files could not be read; their errors are above\n"), "{message}");
}

#[test]
fn the_projects_own_folders_have_no_unread_file() {
    for (folder, companions) in [
        ("corpus/scenarios", "ndjson exports, "),
        ("corpus/traces", "not read: 1 transcript"),
        ("artifacts", "descriptions, "),
        ("corpus/faulty", "0 unread\n"),
        ("corpus/conformance", "0 unread\n"),
    ] {
        let output = run(&["replay", folder]);
        let text = String::from_utf8(output.stdout.clone()).unwrap();
        assert_eq!((output.status.code(), message(&output).as_str()), (Some(0), ""), "{text}");
        assert!(text.contains(" 0 diverged, 0 unread") && text.contains(companions), "{folder}: {text}");
    }
}

#[test]
fn a_companion_that_is_a_schedule_is_run() {
    let folder = tempfile::tempdir().unwrap();
    fs::copy(root().join("corpus/scenarios/election.txt"), folder.path().join("schedule.txt")).unwrap();
    fs::copy(root().join(DIVERGES), folder.path().join("report.txt")).unwrap();
    let output = run(&["replay", "--no-known", folder.path().to_str().unwrap()]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(text.contains("2 files: 1 agreed, 0 skipped, 1 diverged, 0 unread"), "{text}");
}

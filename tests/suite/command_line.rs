//! Exit codes and messages: 2 and one line for bad input, 1 for a divergence, 0 for agreement.
#![cfg(feature = "cli")]

use crate::common::root;
use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

fn run(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_raft-lockstep")).current_dir(root()).args(arguments).output().unwrap()
}

fn refused(path: &Path, expected: &str) {
    let output = run(&["replay", path.to_str().unwrap()]);
    let message = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{message}");
    assert_eq!(message.lines().count(), 1, "{message}");
    assert!(message.contains(expected), "{message}");
}

#[test]
fn each_error_is_one_line_with_file_and_line() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bad.txt");
    let version = "raft-lockstep schedule 2\n";
    for (text, expected) in [
        (format!("{version}events\ntick 1\n"), "bad.txt:3: the schedule is cut off"),
        ("raft-lockstep schedule 7\n".into(), "bad.txt:1: expected `raft-lockstep schedule 2`"),
        (format!("{version}events\ntick 9\nend\n"), "bad.txt:3: node 9 does not exist"),
        (format!("{version}events\nhop 1\nend\n"), "bad.txt:3: there is no event `hop`"),
    ] {
        std::fs::write(&path, text).unwrap();
        refused(&path, expected);
    }
    refused(&folder.path().join("missing"), "missing: No such file");
}

#[test]
fn a_setting_of_a_hunt_is_checked_before_anything_is_built() {
    for (settings, expected) in [
        (&["fly=1"][..], "--setting: `fly=1`: there is no setting `fly`"),
        (&["voters"], "--setting: `voters`: expected a setting as NAME=VALUE"),
        (&["lease-reads=true", "check-quorum=false"], "--setting: check-quorum does not go with the other settings"),
    ] {
        let flags = settings.iter().flat_map(|setting| ["--setting", setting]);
        let output = run(&["fuzz"].into_iter().chain(flags).collect::<Vec<_>>());
        let message = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.code() == Some(2) && message.contains(expected), "{message}");
    }
}

#[test]
fn a_file_of_a_gigabyte_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("huge");
    // A sparse file takes no space.
    File::create(&path).unwrap().set_len(1 << 30).unwrap();
    refused(&path, "larger than");
}

#[test]
fn an_empty_file_is_refused_unless_its_name_is_a_fuzz_inputs() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["bytes", "schedule.txt", "trace.json"] {
        let path = folder.path().join(name);
        File::create(&path).unwrap();
        refused(&path, "the file is empty (was it written completely?)");
        let output = run(&["import", path.to_str().unwrap(), "-o", "-"]);
        assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0));
    }
    let path = folder.path().join("bytes");
    assert_eq!(run(&["replay", "--format", "bytes", path.to_str().unwrap()]).status.code(), Some(0));
    // libFuzzer's name for a crash on the empty input.
    let path = folder.path().join("crash-da39a3ee5e6b4b0d3255bfef95601890afd80709");
    File::create(&path).unwrap();
    assert_eq!(run(&["replay", path.to_str().unwrap()]).status.code(), Some(0));
}

#[test]
fn stats_reads_standard_input_and_triage_refuses_it() {
    let piped = |command: &str| {
        let mut program = Command::new(env!("CARGO_BIN_EXE_raft-lockstep"));
        let schedule = File::open(root().join("corpus/scenarios/election.txt")).unwrap();
        program.args([command, "-", "--json"]).stdin(schedule).output().unwrap()
    };
    let output = piped("stats");
    let stats: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(stats["runs"], 1);
    let output = piped("triage");
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8(output.stderr).unwrap().contains("pass a file or a folder"));
}

#[test]
fn any_bytes_run_under_a_fuzzers_name_or_with_format_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let (crash, other) = (folder.path().join("crash-1"), folder.path().join("bytes"));
    for path in [&crash, &other] {
        File::create(path).unwrap().write_all(&[0xff; 333]).unwrap();
    }
    assert_eq!(run(&["replay", crash.to_str().unwrap()]).status.code(), Some(0));
    assert_eq!(run(&["replay", "--format", "bytes", other.to_str().unwrap()]).status.code(), Some(0));
    refused(&other, "binary data in no known format");
}

#[test]
fn a_divergence_is_exit_1_and_json_has_its_event() {
    let output = run(&["replay", "--json", "--no-known", "artifacts/next-below-match/schedule.txt"]);
    assert_eq!(output.status.code(), Some(1));
    let row: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(row["verdict"], "diverged");
    assert_eq!(row["at"], 15);
    let output = run(&["replay", "--dialect", "ongaro", "corpus/scenarios/election.txt"]);
    assert!(String::from_utf8(output.stdout).unwrap().contains("no-op-on-election"));
}

#[test]
fn each_start_replays_the_write_ahead_log_which_is_removed_in_the_end() {
    let folder = tempfile::tempdir().unwrap();
    let replay = |temporary: &Path| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_raft-lockstep"));
        command.current_dir(root()).env("TMPDIR", temporary);
        command.args(["replay", "--storage", "wal", "corpus/scenarios/restart-after-vote.txt"]).output().unwrap()
    };
    let output = replay(folder.path());
    assert_eq!(output.status.code(), Some(0));
    let story = String::from_utf8(output.stdout).unwrap();
    let starts = |node: u8| story.matches(&format!("   replaying WAL of member {node}\n")).count();
    assert_eq!([starts(1), starts(2), starts(3)], [1, 1, 2], "{story}");
    // The persisted vote, the subject of the scenario.
    assert!(story.contains("loading WAL at term 1 and index 1\n   found term 2 vote 1 log 1 "), "{story}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    let output = replay(&folder.path().join("missing"));
    let message = String::from_utf8(output.stderr).unwrap();
    assert_eq!((output.status.code(), message.lines().count()), (Some(2), 1), "{message}");
    assert!(message.contains("missing: No such file") && message.contains("TMPDIR=FOLDER"), "{message}");
}

#[test]
fn check_counts_the_states_and_exits_0() {
    let output = run(&["check", "--json", "--faults", "restart,drop"]);
    assert_eq!(output.status.code(), Some(0));
    let row: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&row["distinct"], &row["generated"], &row["depth"]), (&13479.into(), &113565.into(), &32.into()));
    assert_eq!(row["finished"], true);
    assert!(row["seconds"].is_f64() && row["invariants"].as_array().unwrap().len() > 5);
    let text = String::from_utf8(run(&["check"]).stdout).unwrap();
    assert!(text.contains("3576 distinct states, 20957 generated, depth 32"), "{text}");
    assert!(text.contains("invariants hold: election-safety, "), "{text}");
}

#[test]
fn check_without_a_guard_exits_1_with_the_shortest_trace() {
    let output = run(&["check", "--drop-guard", "become-leader-quorum"]);
    assert_eq!(output.status.code(), Some(1));
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("\n4: BecomeLeader("), "{text}");
    assert!(text.contains("election-safety is violated after 4 steps"), "{text}");
    let output = run(&["check", "--json", "--drop-guard", "become-leader-quorum"]);
    assert_eq!(output.status.code(), Some(1));
    let row: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(row["violation"]["invariant"], "election-safety");
    assert_eq!(row["violation"]["trace"].as_array().unwrap().len(), 4);
}

#[test]
fn check_refuses_bounds_that_it_cannot_explore() {
    for (arguments, expected) in [
        (&["--servers", "0"][..], "0 servers cannot be explored: choose 1 to 8"),
        (&["--max-term", "0"], "a term of 0 cannot be explored: choose 1 to 254"),
        (&["--max-messages", "255"], "a number of messages of 255 cannot be explored"),
        (&["--dialect", "raft-rs"], "only the dialect ongaro can be explored"),
        (&["--faults", "restart,lightning"], "possible values: restart, duplicate, drop"),
        (&["--drop-guard", "no-such"], "expected one of timeout-role, "),
        (&["--serve", "nowhere"], "cannot serve at nowhere: expected a free HOST:PORT"),
    ] {
        let output = run(&[&["check"], arguments].concat());
        let message = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{message}");
        assert!(message.contains(expected), "{message}");
    }
}

/// The bounds are too large to be explored in a test.
#[cfg(unix)]
#[test]
fn an_interrupted_check_prints_its_counts_so_far() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_raft-lockstep"));
    command.args(["check", "--json", "--servers", "5", "--max-term", "9"]);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    std::thread::sleep(Duration::from_secs(2));
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    let output = child.wait_with_output().unwrap();
    let message = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{message}");
    assert!(message.contains("interrupted: "), "{message}");
    let row: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(row["finished"], false);
    assert!(row["distinct"].as_u64().unwrap() > 1);
}

/// The path has only a compiler of an LLVM version for which no machine has tools.
#[cfg(unix)]
#[test]
fn coverage_without_llvms_tools_names_the_packages() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let compiler = folder.path().join("rustc");
    std::fs::write(&compiler, "#!/bin/sh\necho 'host: x86_64-unknown-linux-gnu'\necho 'LLVM version: 99.1.0'\n")
        .unwrap();
    std::fs::set_permissions(&compiler, std::fs::Permissions::from_mode(0o755)).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_raft-lockstep"));
    command.current_dir(root()).arg("coverage").env("PATH", folder.path()).env_remove("RUSTC");
    let output = command.output().unwrap();
    let message = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{message}");
    assert_eq!(message.lines().count(), 1, "{message}");
    for words in ["no llvm-profdata of LLVM 99", "apt-get install llvm-99", "rustup component add llvm-tools"] {
        assert!(message.contains(words), "{message}");
    }
}

#[test]
fn the_seed_run_diverges_under_ongaro_and_agrees_under_raft_rs() {
    let output = run(&["replay", "--dialect", "ongaro", "corpus/traces/seed_script01.json"]);
    let story = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(1), "{story}");
    let specification = "spec state: { atLeastOneLeader: true, logs: { 1: [], 2: [], 3: [] } }\n\nimpl state: ";
    assert!(story.contains(specification), "{story}");
    assert!(story.contains("  diverged at step 5 of the trace: {Type:Receive"), "{story}");
    assert!(story.contains("  explained by the switch `no-op-on-election`"), "{story}");
    let output = run(&["replay", "corpus/traces/seed_script01.json"]);
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn import_writes_each_step_before_its_events() {
    let output = run(&["import", "corpus/traces/g_CommitLeader_3s_bfs.json", "-o", "-"]);
    let (schedule, summary) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    assert_eq!(output.status.code(), Some(0), "{summary}");
    assert!(schedule.contains("# Timeout(1)\ncampaign 1\n"), "{schedule}");
    assert!(schedule.contains("# BecomeLeader(1): implied"), "{schedule}");
    assert_eq!(summary, "trace: 15 steps: 6 done, in 8 events; 9 implied; 0 skipped\n");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("schedule.txt");
    std::fs::write(&path, schedule).unwrap();
    assert_eq!(run(&["replay", path.to_str().unwrap()]).status.code(), Some(0));
}

#[test]
fn an_invalid_trace_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("trace.json");
    std::fs::write(&path, "{\"a\": 1}").unwrap();
    refused(
        &path,
        "JSON in no known trace format: an object with the keys `a`; a trace is an object with the `schema`",
    );
    // No name may turn such a text into a fuzz input.
    for (name, text, expected) in [
        ("trace", "[1, 2]", "JSON in no known trace format: a list whose items are not objects"),
        ("MC.out", "@!@!@STARTMSG 2262:0 @!@!@\nTLC2 Version 2.15", "TLC's output without states"),
    ] {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        refused(&path, expected);
    }
    let module = folder.path().join("Run.cfg");
    let output = run(&["export", "corpus/scenarios/election.txt", "--to", "tla", "-o", module.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(2));
    assert!(!module.exists());
}

#[test]
fn export_writes_a_module_and_its_configuration_or_names_the_refused_event() {
    let folder = tempfile::tempdir().unwrap();
    let module = folder.path().join("Run.tla");
    let output = run(&["export", "corpus/scenarios/election.txt", "--to", "tla", "-o", module.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(0));
    assert!(std::fs::read_to_string(&module).unwrap().starts_with("---- MODULE Run ----"));
    assert!(std::fs::read_to_string(folder.path().join("Run.cfg")).unwrap().contains("NEXT TraceNext"));
    let output = run(&["export", "corpus/scenarios/pre-vote.txt", "--to", "itf", "-o", "-"]);
    let message = String::from_utf8(output.stderr).unwrap();
    assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0), "{message}");
    assert!(message.contains("event 0, node 1: raft.tla does not follow: raft.tla has no pre-votes"), "{message}");
}

/// Writes schedules of known findings, one of them twice with extra events, and a schedule that agrees.
fn crashes(folder: &Path) {
    use raft_lockstep::schedule::{codec, text, Event};
    let read = |name: &str| {
        let path = root().join("artifacts").join(name).join("schedule.txt");
        text::read(&std::fs::read_to_string(path).unwrap()).unwrap()
    };
    let mut longer = read("next-below-match");
    std::fs::write(folder.join("crash-1.txt"), text::write(&longer)).unwrap();
    longer.events.extend([Event::Round; 40]);
    std::fs::write(folder.join("crash-2"), codec::encode(&longer)).unwrap();
    std::fs::write(folder.join("crash-3.txt"), text::write(&read("removed-leader"))).unwrap();
    longer.events = vec![Event::TickAll];
    std::fs::write(folder.join("crash-4"), codec::encode(&longer)).unwrap();
}

#[test]
fn triage_groups_by_cause_and_names_known_findings() {
    let (folder, small) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    crashes(folder.path());
    let (folder, small) = (folder.path().to_str().unwrap(), small.path().to_str().unwrap());
    let triage = |arguments: &[&str]| {
        let output = run(&[&["triage", folder][..], arguments].concat());
        assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
        (output.status.code(), String::from_utf8(output.stdout).unwrap())
    };
    let (code, table) = triage(&["-o", small]);
    assert_eq!(code, Some(0), "{table}");
    assert!(table.contains("next-below-match") && table.contains("removed-leader"), "{table}");
    assert!(table.ends_with("4 files: 2 causes, 1 without a divergence\n"), "{table}");
    assert_eq!(std::fs::read_dir(small).unwrap().count(), 2);
    // A finding that is reported counts as new, and comes first.
    let (code, rows) = triage(&["--no-known=next-below-match", "--json"]);
    assert_eq!(code, Some(1), "{rows}");
    let rows: Vec<serde_json::Value> = rows.lines().map(|row| serde_json::from_str(row).unwrap()).collect();
    assert_eq!(rows.len(), 2, "{rows:?}");
    assert_eq!((&rows[0]["count"], &rows[0]["finding"]), (&2.into(), &serde_json::Value::Null));
    assert_eq!(rows[1]["finding"], "removed-leader");
}

#[test]
fn a_thousand_events_are_minimised_to_the_original_length() {
    use raft_lockstep::schedule::{text, Event};
    let folder = tempfile::tempdir().unwrap();
    let (long, small) = (folder.path().join("long.txt"), folder.path().join("small.txt"));
    let path = root().join("artifacts/next-below-match/schedule.txt");
    let mut schedule = text::read(&std::fs::read_to_string(path).unwrap()).unwrap();
    let kept = schedule.events.len();
    // Restarting a running node is a no-op.
    let nothing = vec![Event::Restart(raft_lockstep::spec::NodeId::new(1)); 1000 - kept];
    schedule.events.splice(1..1, nothing);
    std::fs::write(&long, text::write(&schedule)).unwrap();
    let output = run(&["minimize", "--no-known", long.to_str().unwrap(), "-o", small.to_str().unwrap()]);
    let said = String::from_utf8(output.stdout).unwrap();
    let left = text::read(&std::fs::read_to_string(&small).unwrap()).unwrap().events.len();
    assert!(said.starts_with(&format!("1000 events in, {left} out, cause ")), "{said}");
    assert!(left <= kept, "{left} of {kept}");
}

/// Standard error may be full or closed.
#[cfg(target_os = "linux")]
#[test]
fn a_full_standard_error_changes_no_exit_code() {
    let full = || File::options().write(true).open("/dev/full").unwrap();
    let code = |arguments: &[&str], stdout: Stdio| {
        let mut program = Command::new(env!("CARGO_BIN_EXE_raft-lockstep"));
        program.current_dir(root()).args(arguments).stdout(stdout).stderr(full()).status().unwrap().code()
    };
    assert_eq!(code(&["replay", "README.md"], Stdio::null()), Some(2));
    assert_eq!(code(&["replay", "src/docs"], Stdio::null()), Some(2));
    assert_eq!(code(&["import", "corpus/traces/leader.txt", "-o", "-"], Stdio::null()), Some(0));
    assert_eq!(code(&["import", "--bytes", "corpus/traces/leader.txt", "-o", "-"], Stdio::from(full())), Some(2));
}

#[test]
fn a_schedule_in_another_encoding_is_refused_under_any_name() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["crash-1", "latin1.txt"] {
        let path = folder.path().join(name);
        std::fs::write(&path, b"raft-lockstep schedule 2\n# F\xfchrer\nevents\ntick 1\nend\n").unwrap();
        refused(&path, "a schedule that is not UTF-8: byte 28");
    }
}

#[test]
fn a_missing_output_folder_is_reported_before_the_minimisation() {
    let output = run(&["minimize", "--no-known", "artifacts/next-below-match/schedule.txt", "-o", "missing/small.txt"]);
    let message = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{message}");
    assert!(message.contains("its folder does not exist; create it first"), "{message}");
}

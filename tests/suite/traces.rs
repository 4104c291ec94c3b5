//! Traces of raft.tla: every format is read, steps become events, and impossible steps are refused.

#![cfg(feature = "trace")]

use crate::common::{assert_golden, files, quiet, root};
use raft_lockstep::concretize::{concretize, Outcome, Plan};
use raft_lockstep::lockstep::observe::Silent;
use raft_lockstep::lockstep::{self, Options};
use raft_lockstep::report::{seed, switch};
use raft_lockstep::spec::Dialect;
use raft_lockstep::sut::nodes::raft_rs::RaftRs;
use raft_lockstep::trace::{self, Behaviour};
use std::fmt::Write;
use std::path::Path;

fn text(name: &str) -> String {
    std::fs::read_to_string(root().join("corpus/traces").join(name)).unwrap()
}

fn behaviour(name: &str) -> Behaviour {
    trace::read(&text(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn options(dialect: Dialect) -> Options {
    Options { dialect, ..Options::default() }
}

fn run(plan: &Plan, dialect: Dialect) -> lockstep::Run {
    lockstep::run::<RaftRs>(&plan.schedule, options(dialect), &mut Silent)
}

fn samples() -> Vec<std::path::PathBuf> {
    let mut all: Vec<_> = ["txt", "json", "tla", "out"].iter().flat_map(|it| files("corpus/traces", it)).collect();
    all.sort();
    all
}

/// The table in the docs: the outcome of each sample and of its steps.
#[test]
fn each_sample_is_followed_and_each_step_that_is_not_has_its_reason() {
    quiet();
    let mut table = String::from("| trace | format | steps | done | implied | skipped | as raft-rs | as raft.tla |\n");
    table.push_str("| --- | --- | --- | --- | --- | --- | --- | --- |\n");
    let mut reasons = std::collections::BTreeMap::<&str, usize>::new();
    for path in samples() {
        let text = std::fs::read_to_string(&path).unwrap();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let format = trace::recognize(&text).unwrap().name;
        let plan = concretize::<RaftRs>(&behaviour(&name));
        let [done, implied, skipped] = plan.counts();
        let wide = run(&plan, Dialect::RAFT_RS);
        assert_eq!(wide.verdict.name(), "agreed", "{name}");
        let narrow = run(&plan, Dialect::ONGARO);
        let strict = narrow.verdict.divergence().map_or("agrees".into(), |it| {
            let rows = switch::explaining::<RaftRs>(&plan.schedule, options(Dialect::ONGARO), &narrow);
            assert!(!rows.is_empty(), "{name}: no switch explains {it}");
            let names: Vec<String> = rows.iter().map(|row| format!("`{}`", row.name)).collect();
            format!("diverges {}: {}", it.place(), names.join(" or "))
        });
        let steps = plan.steps.len();
        let verdict = wide.verdict.name();
        writeln!(table, "| {name} | {format} | {steps} | {done} | {implied} | {skipped} | {verdict} | {strict} |")
            .unwrap();
        plan.reasons().into_iter().for_each(|(why, count)| *reasons.entry(why).or_default() += count);
    }
    table.push_str("\n| steps skipped | because |\n| --- | --- |\n");
    reasons.iter().for_each(|(why, count)| writeln!(table, "| {count} | {why} |").unwrap());
    assert_golden(&root().join("src/docs/traces.md"), &table);
}

#[test]
fn the_same_trace_is_the_same_in_each_format() {
    let steps = |name: &str| behaviour(name).steps;
    assert_eq!(steps("leader.txt"), steps("leader.dump.json"));
    assert_eq!(steps("leader_TTrace_1.tla"), steps("leader_simulate_0_1.tla"));
    assert_eq!(steps("leader_TTrace_1.tla"), steps("leader_simulate_1.out"));
    assert_eq!(steps("g_RestartDeny_3s_bfs.json"), steps("g_RestartDeny_3s_bfs.itf.json"));
    assert_eq!(steps("g_CommitLeader_3s_bfs.json"), steps("g_CommitLeader_3s_bfs.itf.json"));
}

/// The reader skips text that equals the previous state's; the result must not depend on the spelling.
#[test]
fn the_same_trace_is_the_same_however_its_json_is_written() {
    let sample = text("s_3s_simB_0_7.json");
    let steps = trace::read(&sample).unwrap().steps;
    let json: serde_json::Value = serde_json::from_str(&sample).unwrap();
    assert_eq!(trace::read(&serde_json::to_string_pretty(&json).unwrap()).unwrap().steps, steps);
    // Of variables with the same name, the first counts.
    let term = "\"state\":{\"currentTerm\":{\"s1\":7,\"s2\":7,\"s3\":7},";
    let log = "\"messages\":[{\"count\":1,\"msg\":{}}],\"log\":[]";
    let twice = sample.replace("\"messages\":[]}", &format!("\"messages\":[],{log}}}"));
    assert_ne!(twice, sample);
    assert_eq!(trace::read(&twice).unwrap().steps, steps);
    let twice = sample.replacen("\"state\":{\"currentTerm\"", &format!("{term}\"currentTerm\""), 1);
    assert_eq!(trace::read(&twice).unwrap_err().to_string(), "state 1: the first state is not raft.tla's Init");
    let cut = &sample[..sample.len() - 3];
    assert_eq!(
        trace::read(cut).unwrap_err().to_string(),
        serde_json::from_str::<serde_json::Value>(cut).unwrap_err().to_string()
    );
}

/// Without raft-rs's own log lines, which this project does not control.
#[test]
fn the_transcript_of_the_seed_run_equals_the_prototypes() {
    let behaviour = behaviour("seed_script01.json");
    let plan = concretize::<RaftRs>(&behaviour);
    let story = seed::tell::<RaftRs>(&behaviour, &plan);
    let own = |line: &&str| {
        line.is_empty() || ["----", "Ignored", "Skipped", "spec", "impl"].iter().any(|it| line.starts_with(it))
    };
    let lines: Vec<&str> = story.lines().filter(own).collect();
    assert_golden(&root().join("corpus/traces/seed_script01.transcript"), &(lines.join("\n") + "\n"));
    assert!(story.contains("became leader at term 2"), "{story}");
    let run = run(&plan, Dialect::ONGARO);
    let divergence = run.verdict.divergence().expect("raft.tla has no entry on election");
    assert_eq!(divergence.switch().unwrap().to_string(), "no-op-on-election");
}

/// A trace of the seed in which server 3 joins, and server 2 is removed; with appends of its own, without which they flow.
fn membership(appends: bool, removal: &[&str]) -> String {
    let send = |kind: &str, from: &str, to: &str, more: &str| {
        let msg = format!("{{\"mtype\":\"{kind}\",\"msource\":\"{from}\",\"mdest\":\"{to}\",\"mterm\":2{more}}}");
        [("Send", from), ("Receive", to)]
            .map(|(action, on)| format!("{{\"action\":\"{action}\",\"executedOn\":\"{on}\",\"msg\":{msg}}}"))
    };
    let does = |action: &str, more: &str| format!("{{\"action\":\"{action}\",\"executedOn\":\"s1\"{more}}}");
    let mut global = vec![does("Timeout", "")];
    global.extend(send("RequestVoteRequest", "s1", "s2", ",\"mlastLogTerm\":0,\"mlastLogIndex\":0"));
    global.extend(send("RequestVoteResponse", "s2", "s1", ",\"mvoteGranted\":true"));
    global.extend([does("BecomeLeader", ""), does("TryAddServer", ",\"added\":\"s3\"")]);
    global.extend(send("CatchupRequest", "s1", "s3", ""));
    global.push(does("AddServer", ",\"added\":\"s3\""));
    if !appends {
        global.push(does("CommitMembershipChange", ",\"config\":[]"));
    }
    global.extend(removal.iter().map(|action| does(action, ",\"removed\":\"s2\"")));
    if appends {
        let nothing = ",\"mprevLogIndex\":0,\"mprevLogTerm\":0,\"mentries\":[],\"mcommitIndex\":0";
        global.extend(send("AppendEntriesRequest", "s1", "s2", nothing));
    }
    let terms = "\"currentTerm\":{\"s1\":2,\"s2\":2,\"s3\":2}";
    format!("[{{\"no\":1,\"state\":{{{terms},\"history\":{{\"global\":[{}]}}}}}}]", global.join(","))
}

/// Changes of the configuration, in the seed's words: a server joins, and another is removed.
#[test]
fn membership_changes_of_the_seed_are_proposed() {
    let behaviour = trace::read(&membership(false, &["TryRemoveServer", "RemoveServer"])).unwrap();
    assert_eq!((behaviour.servers, behaviour.members.len()), (3, 2));
    let plan = concretize::<RaftRs>(&behaviour);
    let events: Vec<String> = plan.schedule.events.iter().map(raft_lockstep::schedule::text::line).collect();
    let changes: Vec<&String> = events.iter().filter(|event| event.starts_with("change")).collect();
    assert_eq!(changes, ["change 1 v3 first", "change 1 r2 first"]);
    assert_eq!(plan.reasons().len(), 2, "{:?}", plan.reasons());
    assert_eq!(run(&plan, Dialect::RAFT_RS).verdict.name(), "agreed");
}

/// The reason for each skipped step.
fn skipped(trace: &str) -> Vec<(String, String)> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("trace.json");
    std::fs::write(&path, trace).unwrap();
    let command = std::process::Command::new(env!("CARGO_BIN_EXE_raft-lockstep")).arg("replay").arg(&path).output();
    let told = String::from_utf8(command.unwrap().stdout).unwrap();
    let lines: Vec<&str> = told.lines().collect();
    let reason = |pair: &[&str]| Some((pair[0].to_string(), pair[1].strip_prefix("Skipped: ")?.to_string()));
    lines.windows(2).filter_map(reason).collect()
}

#[test]
fn a_skipped_step_of_a_membership_change_names_its_own_reason() {
    let steps = skipped(&membership(false, &["TryRemoveServer", "RemoveServer"]));
    let of = |name: &str| steps.iter().find(|(step, _)| step.contains(name)).map(|(_, why)| why.as_str());
    let adds = of("TryAddServer").unwrap();
    assert!(adds.contains("adds a server first"), "{steps:?}");
    assert_eq!(of("CatchupReq"), Some(adds));
    let removes = of("TryRemoveServer").unwrap();
    assert!(removes.contains("unapplied change") && !removes.contains("adds"), "{steps:?}");
    assert_eq!(of("{Type:RemoveServer"), None);
}

/// raft-rs answers Ok to a change that it does not append.
#[test]
fn a_change_that_an_empty_entry_takes_the_place_of_is_skipped() {
    let steps = skipped(&membership(true, &["RemoveServer"]));
    let (_, why) = steps.iter().find(|(step, _)| step.contains("RemoveServer")).unwrap();
    assert!(why.starts_with("the leader appends an empty entry instead of the change"), "{steps:?}");
}

#[test]
fn an_implementation_that_disagrees_with_a_trace_diverges() {
    use raft_lockstep::sut::nodes::{faulty, reference::Reference};
    let plan = concretize::<RaftRs>(&behaviour("g_RestartDeny_3s_bfs.json"));
    let sound = lockstep::run::<Reference>(&plan.schedule, Options::default(), &mut Silent);
    assert_eq!(sound.verdict.name(), "agreed");
    let forgets = faulty::FAULTS.iter().find(|row| row.name == "forgets-vote").unwrap();
    assert!(forgets.run(&plan.schedule, None).verdict.divergence().is_some());
}

#[test]
fn a_step_outside_raft_tla_is_refused_with_its_state() {
    let forged =
        text("g_CommitLeader_3s_bfs.json").replacen("\"votedFor\":{\"s1\":\"s1\"", "\"votedFor\":{\"s1\":\"s3\"", 1);
    let error = trace::read(&forged).unwrap_err().to_string();
    assert!(error.ends_with("no action of raft.tla leads here from the state before"), "{error}");
    assert!(error.starts_with("state "), "{error}");
    let late = text("leader.txt").replacen("currentTerm = (s1 :> 1", "currentTerm = (s1 :> 7", 1);
    assert_eq!(trace::read(&late).unwrap_err().to_string(), "state 1: the first state is not raft.tla's Init");
}

/// One of two copies is lost; the other arrives.
#[test]
fn a_copy_of_a_message_that_is_lost_is_left() {
    let plan = concretize::<RaftRs>(&behaviour("copies.json"));
    let events: Vec<String> = plan.schedule.events.iter().map(raft_lockstep::schedule::text::line).collect();
    assert_eq!(events, ["campaign 1", "duplicate 1->2", "drop 1->2", "deliver 1->2"]);
    assert_eq!(plan.counts()[2], 0);
}

#[test]
fn limits_are_kept() {
    let refused = |text: &str| trace::read(text).unwrap_err().to_string();
    let init = text("leader.dump.json").lines().nth(1).unwrap().to_string();
    assert_eq!(refused(&format!("[{}{{}}]", init.repeat(20_001))), "20001 states: at most 20000 are read");
    let all = text("leader.txt");
    let init = format!("State {}", all.split("State ").nth(1).unwrap());
    assert_eq!(refused(&init.repeat(20_001)), "20001 states: at most 20000 are read");
    let servers: Vec<String> = (0..10_000).map(|number| format!("\"s{number}\":1")).collect();
    let crowd = format!("[{{\"currentTerm\":{{{}}}}}]", servers.join(","));
    assert_eq!(refused(&crowd), "state 1: 10000 servers: there are 1 to 7 in a schedule");
    let deep = format!("[{{\"currentTerm\":{}{}}}]", "[".repeat(100_000), "]".repeat(100_000));
    assert!(refused(&deep).starts_with("recursion limit exceeded"), "{}", refused(&deep));
    let deep = format!("State 1: <Initial predicate>\n/\\ currentTerm = {}", "{".repeat(100_000));
    assert!(refused(&deep).ends_with("deeper than 64"), "{}", refused(&deep));
    let copies = text("g_CommitLeader_3s_bfs.json").replacen("\"count\":1", "\"count\":2000000", 1);
    assert!(refused(&copies).ends_with("2000000 copies of a message: at most 1000 are read"), "{}", refused(&copies));
    assert_eq!(refused(&" ".repeat(trace::MAX_BYTES + 1)), "larger than 33554432 bytes");
    assert!(refused("nothing of the kind").starts_with("no trace in any of the formats"));
}

#[test]
fn a_trace_is_one_schedule_and_skipped_steps_are_never_silent() {
    for path in samples() {
        let behaviour = behaviour(Path::new(path.file_name().unwrap()).to_str().unwrap());
        let plan = concretize::<RaftRs>(&behaviour);
        assert_eq!(plan, concretize::<RaftRs>(&behaviour));
        for (events, outcome) in &plan.steps {
            match outcome {
                Outcome::Done => assert!(!events.is_empty(), "{}", path.display()),
                Outcome::Implied(why) | Outcome::Skipped(why) => assert!(!why.is_empty()),
            }
        }
        assert_eq!(plan.counts().iter().sum::<usize>(), plan.steps.len());
    }
}

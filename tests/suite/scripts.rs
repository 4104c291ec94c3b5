//! Interaction scripts of etcd: each is read and followed, its outcome compared, or it is refused with a line.

#![cfg(feature = "trace")]

use crate::common::{assert_golden, files, quiet, root};
use raft_lockstep::concretize::script::{follow, Followed};
use raft_lockstep::export::{rafttest, Request};
use raft_lockstep::lockstep::observe::Silent;
use raft_lockstep::lockstep::{self, Options};
use raft_lockstep::schedule::text;
use raft_lockstep::sut::nodes::raft_rs::RaftRs;
use raft_lockstep::trace::{self, Read};

fn followed(script: &str) -> Result<Followed, String> {
    let format = trace::recognize(script).unwrap();
    let Read::Script(read) = format.read else { panic!("{}: a format of traces", format.name) };
    read(script).and_then(|script| follow::<RaftRs>(&script)).map_err(|refusal| refusal.to_string())
}

fn script(name: &str) -> String {
    std::fs::read_to_string(root().join("tests/golden/scripts").join(name)).unwrap()
}

fn verdict(followed: &Followed) -> String {
    let run = lockstep::run::<RaftRs>(&followed.schedule, Options::default(), &mut Silent);
    run.verdict.divergence().map_or(run.verdict.name().into(), ToString::to_string)
}

#[test]
fn each_script_becomes_a_schedule_with_the_outcome_that_it_states() {
    quiet();
    for path in files("tests/golden/scripts", "txt") {
        let name = path.display();
        let followed = followed(&std::fs::read_to_string(&path).unwrap()).unwrap_or_else(|why| panic!("{name}:{why}"));
        assert_eq!(followed.comparison.differences, [], "{name}");
        assert!(followed.comparison.compared > 15, "{name}: {}", followed.comparison.compared);
        assert_eq!(verdict(&followed), "agreed", "{name}");
        assert_golden(&path.with_extension("schedule"), &text::write(&followed.schedule));
    }
}

#[test]
fn each_statement_that_does_not_hold_is_reported_with_its_line() {
    quiet();
    for (name, stated, instead, what) in [
        (
            "election.txt",
            "  HardState Term:1 Vote:1 Commit:6\n",
            "  HardState Term:1 Vote:1 Commit:7\n",
            "commit index",
        ),
        ("election.txt", "  1/6 EntryNormal \"value\"\n", "  1/6 EntryNormal \"other\"\n", "entry"),
        ("election.txt", "match=5 next=7", "match=6 next=7", "match index of node 3"),
        ("election.txt", "3: StateFollower (Voter) Term:1 Lead:1", "3: StateFollower (Voter) Term:1 Lead:2", "leader"),
        ("newcomers.txt", "  1/7 EntryNormal \"\"\n", "  1/7 EntryConfChange r3\n", "entry"),
        ("newcomers.txt", "  2/8 EntryNormal \"\"\n", "", "entry"),
        ("newcomers.txt", "last index=5", "last index=6", "last index"),
        ("newcomers.txt", "r3\n----\nok", "r3\n----\nraft proposal dropped", "the proposal is taken"),
        ("timeouts.txt", "2: StatePreCandidate", "2: StateFollower", "role"),
        ("timeouts.txt", "StateFollower (Voter) Term:1 Lead:0", "StateFollower (Voter) Term:2 Lead:0", "term"),
    ] {
        let whole = script(name);
        let (before, after) = whole.split_once(stated).unwrap_or_else(|| panic!("{name}: {stated}"));
        // An entry that is left out is not stated; a second one takes its place.
        let instead = if instead.is_empty() { "  2/8 EntryNormal \"\"\n  2/9 EntryNormal \"\"\n" } else { instead };
        let comparison = followed(&format!("{before}{instead}{after}")).unwrap().comparison;
        let difference = comparison.differences.first().unwrap_or_else(|| panic!("{name}: {instead} holds"));
        assert!(difference.what.contains(what), "{name}: {difference}");
        let line = before.lines().count() + instead.lines().count();
        assert!((before.lines().count()..=line).contains(&difference.line), "{name}: {difference}");
    }
}

#[test]
fn commands_that_raft_rs_lacks_are_refused_with_their_line() {
    quiet();
    let nodes = "add-nodes 3 voters=(1,2,3) index=4\n----\n\n";
    for (more, why) in [
        ("forget-leader 1\n----\n", "4: `forget-leader`: raft-rs has no call by which a follower forgets its leader"),
        ("process-append-thread 1\n----\n", "4: `process-append-thread`: raft-rs has no messages to and from storage"),
        ("send-snapshot 1 3\n----\n", "4: `send-snapshot`: raft-rs has no call"),
        ("add-nodes 1 voters=(1) index=4\n----\n", "4: `add-nodes` with a snapshot of its own"),
        ("campaign 4\n----\n", "4: `campaign 4`: there is no node 4 yet"),
        (
            "transfer-leadership from=1 to=4\n----\n",
            "4: `transfer-leadership from=1 to=4`: it names a node that is never added: there are 3 nodes",
        ),
        ("campaign 10\n----\n", "4: `campaign 10`: node 10: at most 9 nodes are simulated"),
        ("campaign one\n----\n", "4: `campaign one`: expected the number of a node, found `one`"),
        ("dance 1\n----\n", "4: `dance` is no command of etcd's environment"),
        ("compact 1 20\n----\n", "4: `compact 1 20`: node 1 has applied up to index 4"),
        ("propose-conf-change 1\nv4 v5 v6\n----\n", "4: 3 steps in one change: at most 2 are simulated"),
        // A change that is ignored may have any number of steps.
        ("propose-conf-change 1\nv4 v5 v6\n----\nINFO 1 ignoring conf change\n\ndance\n----\n", "9: `dance`"),
        ("propose-conf-change 1\nu4\n----\n", "4: `u4`: expected v, l or r with a node"),
        (
            "set-randomized-election-timeout 1 timeout=9\n----\n",
            "4: no seed of the schedule draws the timeout 9 at node 1",
        ),
        ("campaign 1\n", "4: `campaign 1` has no line `----` after it"),
    ] {
        let refusal = followed(&format!("{nodes}{more}")).err().unwrap_or_else(|| panic!("{more} is followed"));
        assert!(refusal.starts_with(why), "{refusal}, not {why}");
    }
    for (first, why) in [
        ("add-nodes 3 voters=(1,2,3) index=4 async-storage-writes=true\n----\n", "1: `async-storage-writes=true`: "),
        ("add-nodes 3 voters=(1,2,3) index=4 step-down-on-removal=true\n----\n", "1: `step-down-on-removal=true`: "),
        ("add-nodes 3 voters=(2,3,4) index=4\n----\n", "1: `add-nodes`: expected voters 1 to N"),
        (
            "add-nodes 3 voters=(1,2) index=4\n----\n",
            "1: `add-nodes`: 3 nodes start from the snapshot of a cluster of 2",
        ),
        ("add-nodes 3 voters=(1,2,3) index=4 inflight=7\n----\n", "1: `add-nodes`: `inflight=7`: expected one of"),
        ("add-nodes 3 voters=(1,2,3)\n----\n", "1: `index=0`: etcd's environment wants an index above 1"),
        ("log-level none\n----\n", "1: no `add-nodes`"),
    ] {
        let refusal = followed(first).err().unwrap_or_else(|| panic!("{first} is followed"));
        assert!(refusal.starts_with(why), "{refusal}, not {why}");
    }
}

/// Exports of a run for etcd's trace validation are followed, and each state in them is compared.
#[test]
fn traces_of_etcds_validation_come_back() {
    quiet();
    for path in files("corpus/scenarios", "ndjson") {
        let name = path.display();
        let text = std::fs::read_to_string(&path).unwrap();
        let followed = followed(&text).unwrap_or_else(|why| panic!("{name}:{why}"));
        assert_eq!(followed.comparison.differences, [], "{name}");
        assert!(followed.comparison.compared > 50, "{name}: {}", followed.comparison.compared);
        assert_eq!(verdict(&followed), "agreed", "{name}");
        let second = text.lines().nth(1).unwrap();
        let twice = followed_lines(&[second, &second.replace("InitState", "Dance")]);
        assert!(twice.starts_with("2: `Dance` is no event of etcd's tracer"), "{name}: {twice}");
    }
}

/// The refusal of a trace of these lines.
fn followed_lines(lines: &[&str]) -> String {
    followed(&lines.join("\n")).err().unwrap_or_default()
}

/// The end of both runs is the same: the reader takes the Readys where the writer says so.
#[test]
fn scenarios_that_are_exported_come_back() {
    quiet();
    let (mut back, mut without_seed) = (0, 0);
    for path in files("corpus/scenarios", "txt") {
        let schedule = text::read(&std::fs::read_to_string(&path).unwrap()).unwrap();
        let request = Request { schedule: &schedule, options: Options::default(), name: None, description: None };
        let Ok(export) = rafttest::write::<RaftRs>(&request) else { continue };
        match followed(&export.text) {
            Ok(followed) => {
                assert_eq!(verdict(&followed), "agreed", "{}", path.display());
                back += 1;
            }
            Err(why) => {
                assert!(why.contains("no seed of the schedule draws"), "{}:{why}", path.display());
                without_seed += 1;
            }
        }
    }
    assert!(back > 10, "{back} came back, {without_seed} without a seed");
}

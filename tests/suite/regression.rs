//! The judge of `mutants`: it accepts raft-rs and rejects faulty nodes.

use crate::common::{quiet, root};
use raft_lockstep::regression::{judge, judge_another};
use raft_lockstep::sut::nodes::faulty::FAULTS;
use raft_lockstep::sut::nodes::raft_rs::RaftRs;
use raft_lockstep::sut::nodes::reference::Reference;

#[test]
fn raft_rs_is_accepted() {
    quiet();
    assert_eq!(judge::<RaftRs>(&root(), 2_000), Ok(()));
}

#[test]
fn raft_rs_is_accepted_as_another_version_of_itself() {
    quiet();
    assert_eq!(judge_another::<RaftRs>(&root(), 0, &[]), Ok(()));
    let why = judge_another::<RaftRs>(&root(), 0, &["removed-leader"]).unwrap_err();
    assert!(why.contains("diverged"), "{why}");
}

#[test]
fn the_first_scenario_rejects_a_faulty_node() {
    let silent = FAULTS.iter().find(|row| row.name == "no-no-op").unwrap();
    let why = silent.made(|| judge::<Reference>(&root(), 0)).unwrap_err();
    assert!(why.contains("corpus/scenarios/add-node.txt: diverged at event"), "{why}");
}

#[test]
fn a_node_without_the_known_findings_is_rejected() {
    assert!(judge::<Reference>(&root(), 0).is_err());
}

#[test]
fn a_missing_corpus_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let why = judge::<RaftRs>(folder.path(), 0).unwrap_err();
    assert!(why.contains("corpus/scenarios: No such file"), "{why}");
    std::fs::create_dir_all(folder.path().join("corpus/scenarios")).unwrap();
    std::fs::write(folder.path().join("corpus/scenarios/odd.txt"), "odd\n").unwrap();
    let why = judge::<RaftRs>(folder.path(), 0).unwrap_err();
    assert!(why.contains("corpus/scenarios/odd.txt:1:"), "{why}");
}

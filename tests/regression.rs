//! The judge of `mutants`: raft-rs is innocent, and who is not is convicted.

mod common;

use common::{quiet, root};
use raft_lockstep::regression::{judge, judge_another};
use raft_lockstep::sut::nodes::faulty::FAULTS;
use raft_lockstep::sut::nodes::raft_rs::RaftRs;
use raft_lockstep::sut::nodes::reference::Reference;

#[test]
fn raft_rs_is_innocent() {
    quiet();
    assert_eq!(judge::<RaftRs>(&root(), 2_000), Ok(()));
}

#[test]
fn raft_rs_is_innocent_as_another_version_of_itself() {
    quiet();
    assert_eq!(judge_another::<RaftRs>(&root(), 0, &[]), Ok(()));
    let why = judge_another::<RaftRs>(&root(), 0, &["removed-leader"]).unwrap_err();
    assert!(why.contains("diverged"), "{why}");
}

#[test]
fn a_faulty_node_is_convicted_by_the_first_scenario() {
    let silent = FAULTS.iter().find(|row| row.name == "no-no-op").unwrap();
    let why = silent.made(|| judge::<Reference>(&root(), 0)).unwrap_err();
    assert!(why.contains("corpus/scenarios/add-node.txt: diverged at event"), "{why}");
}

#[test]
fn so_is_who_does_not_have_the_known_findings() {
    assert!(judge::<Reference>(&root(), 0).is_err());
}

#[test]
fn a_corpus_that_is_not_there_is_no_acquittal() {
    let folder = tempfile::tempdir().unwrap();
    let why = judge::<RaftRs>(folder.path(), 0).unwrap_err();
    assert!(why.contains("corpus/scenarios: No such file"), "{why}");
    std::fs::create_dir_all(folder.path().join("corpus/scenarios")).unwrap();
    std::fs::write(folder.path().join("corpus/scenarios/odd.txt"), "odd\n").unwrap();
    let why = judge::<RaftRs>(folder.path(), 0).unwrap_err();
    assert!(why.contains("corpus/scenarios/odd.txt:1:"), "{why}");
}

//! The scenarios agree with their transcripts, and each known finding still reproduces.

use crate::common::{assert_golden, files, quiet, root};
use raft_lockstep::findings::{FindingSet, IN_RAFT_RS};
use raft_lockstep::lockstep::verdict::Verdict;
use raft_lockstep::lockstep::{Options, Run};
use raft_lockstep::report::transcript::transcript;
use raft_lockstep::schedule::{codec, text, Schedule};
use raft_lockstep::spec::Dialect;
use raft_lockstep::sut::nodes::raft_rs::RaftRs;
use raft_lockstep::sut::nodes::reference::Reference;
use std::path::Path;

fn read(path: &Path) -> Schedule {
    let text = std::fs::read_to_string(path).unwrap();
    text::read(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[test]
fn each_scenario_agrees_and_has_its_transcript() {
    quiet();
    for path in files("corpus/scenarios", "txt") {
        let schedule = read(&path);
        let (story, run) = transcript::<RaftRs>(&schedule, Options::default(), false);
        assert_eq!(run.verdict, Verdict::Agreed, "{}", path.display());
        assert_golden(&path.with_extension("transcript"), &story);
    }
}

#[test]
fn the_reference_agrees_in_each_scenario_too() {
    for path in files("corpus/scenarios", "txt") {
        let (story, run) =
            transcript::<Reference>(&read(&path), Options { known: FindingSet::NONE, ..Options::default() }, false);
        assert_eq!(run.verdict, Verdict::Agreed, "{}\n{story}", path.display());
    }
}

#[test]
fn a_scenario_is_the_same_as_bytes() {
    for path in files("corpus/scenarios", "txt") {
        let schedule = read(&path);
        assert_eq!(codec::decode(&codec::encode(&schedule)).unwrap(), schedule, "{}", path.display());
    }
}

/// True if a run shows a finding: it diverges, or its cluster is slow.
fn shows(run: &Run) -> bool {
    run.verdict.divergence().is_some() || run.slow.is_some()
}

#[test]
fn the_files_of_a_finding_are_explained_by_it() {
    quiet();
    for path in IN_RAFT_RS.iter().flat_map(|row| files(&format!("artifacts/{}", row.name), "txt")) {
        if path.ends_with("report.txt") || path.ends_with("schedule.txt") {
            continue;
        }
        let name = path.parent().and_then(Path::file_name).unwrap().to_string_lossy().into_owned();
        let (_, run) = transcript::<RaftRs>(&read(&path), Options::default(), false);
        assert!(run.verdict.divergence().is_none(), "{}", path.display());
        let row = IN_RAFT_RS.iter().find(|row| row.name == name).unwrap();
        let without = Options { known: FindingSet::RAFT_RS.without(row.finding), ..Options::default() };
        let (_, run) = transcript::<RaftRs>(&read(&path), without, false);
        assert!(shows(&run), "{} does not need the finding", path.display());
    }
}

#[test]
fn each_known_finding_still_reproduces_and_is_stepped_around() {
    quiet();
    for row in IN_RAFT_RS {
        let folder = root().join("artifacts").join(row.name);
        let schedule = read(&folder.join("schedule.txt"));
        let without = Options { known: FindingSet::RAFT_RS.without(row.finding), ..Options::default() };
        let (story, run) = transcript::<RaftRs>(&schedule, without, true);
        assert!(shows(&run), "{} does not diverge any more", row.name);
        assert_golden(&folder.join("report.txt"), &story);
        let (_, run) = transcript::<RaftRs>(&schedule, Options::default(), false);
        assert!(run.verdict.divergence().is_none(), "{} is not stepped around", row.name);
    }
}

#[test]
fn raft_rs_diverges_from_raft_tla_at_the_no_op_of_its_first_leader() {
    let schedule = read(&root().join("corpus/scenarios/election.txt"));
    let options = Options { dialect: Dialect::ONGARO, ..Options::default() };
    let (_, run) = transcript::<RaftRs>(&schedule, options, false);
    let divergence = run.verdict.divergence().expect("raft.tla has no no-op");
    assert_eq!(divergence.switch().map(|switch| switch.row().name), Some("no-op-on-election"));
}

//! The kept corpus reaches every reachable row of the specification, and is small.

use crate::common::{quiet, root};
use raft_lockstep::lockstep::Options;
use raft_lockstep::report::stats::{Reached, Stats, UNREACHED};
use raft_lockstep::schedule::codec;
use raft_lockstep::sut::nodes::raft_rs::RaftRs;

#[test]
fn the_kept_corpus_reaches_every_action_and_every_outcome_of_a_guard_and_is_small() {
    quiet();
    let mut stats = Stats::default();
    let (mut files, mut size) = (0, 0);
    for entry in std::fs::read_dir(root().join("corpus/conformance")).unwrap() {
        let path = entry.unwrap().path();
        // The others are a fuzzer's.
        if !path.file_name().unwrap().to_string_lossy().starts_with("kept-") {
            continue;
        }
        let bytes = std::fs::read(&path).unwrap();
        files += 1;
        size += bytes.len();
        let schedule = codec::decode(&bytes).unwrap();
        assert_eq!(codec::encode(&schedule), bytes, "{}: not in canonical form", path.display());
        stats.add(&Reached::by::<RaftRs>(&schedule, Options::default()));
    }
    assert!(files > 100 && files < 2_000, "{files} files");
    assert!(size < 1 << 20, "{size} bytes");
    for row in stats.rows() {
        let explained = UNREACHED.iter().any(|(name, _)| *name == row.name);
        assert_eq!(row.runs == 0, explained, "{}: reached in {} runs", row.name, row.runs);
    }
    assert!(UNREACHED.iter().all(|(name, _)| stats.rows().iter().any(|row| row.name == *name)), "a row is gone");
}

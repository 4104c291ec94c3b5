//! The public interface for a fuzz target of another crate: this test uses nothing else.

use raft_lockstep::fuzzing;
use raft_lockstep::schedule::codec;
use raft_lockstep::sut::nodes::faulty::FAULTS;
use raft_lockstep::sut::nodes::raft_rs::RaftRs;
use raft_lockstep::sut::nodes::reference::Reference;
use raft_lockstep::sut::Node;
use std::collections::HashSet;
use std::panic::{catch_unwind, AssertUnwindSafe};

/// A stand-in for libFuzzer's own mutator.
fn untouched(_: &mut [u8], size: usize, _: usize) -> usize {
    size
}

#[test]
fn thousands_of_inputs_are_thousands_of_schedules() {
    crate::common::quiet();
    let (mut data, mut size, mut distinct) = (vec![0; 2_048], 0, HashSet::new());
    for seed in 0..3_000 {
        size = fuzzing::mutate(&mut data, size, 2_048, seed, untouched);
        distinct.insert(data[..size].to_vec());
    }
    assert!(distinct.len() > 2_900, "{} of 3000 are distinct", distinct.len());
}

/// Runs the target on generated inputs; returns the number of panics.
fn found<N: Node>() -> usize {
    let (mut data, mut counters) = (vec![0; 1_024], vec![0; 1 << 12]);
    let mut panics = |seed: u32| {
        let size = fuzzing::mutate(&mut data, 0, 1_024, seed, untouched);
        let schedule = codec::decode(&data[..size]).unwrap();
        counters.fill(0);
        let run = AssertUnwindSafe(|| fuzzing::conformance::<N>(&schedule, Some(&mut counters)));
        let panicked = catch_unwind(run).is_err();
        assert!(panicked || counters.iter().any(|counter| *counter > 0), "no feature of the run is marked");
        panicked
    };
    (0..100).filter(|seed| panics(*seed)).count()
}

#[test]
fn the_target_of_a_node_panics_at_a_divergence() {
    crate::common::quiet();
    assert_eq!(found::<RaftRs>(), 0);
    let silent = FAULTS.iter().find(|row| row.name == "no-no-op").unwrap();
    assert!(silent.made(found::<Reference>) > 50);
}

//! Conformance of faulty nodes, to measure how soon the judge catches each.
#![no_main]

use libfuzzer_sys::{fuzz_crossover, fuzz_mutator, fuzz_target, fuzzer_mutate};
use raft_lockstep::fuzzing;
use raft_lockstep::schedule::Schedule;

fuzz_target!(
    init: fuzzing::initialize(),
    |schedule: Schedule| raft_lockstep_fuzz::guided(|counters| fuzzing::faulty(&schedule, counters))
);

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    fuzzing::mutate(data, size, max_size, seed, fuzzer_mutate)
});

fuzz_crossover!(|first: &[u8], second: &[u8], out: &mut [u8], seed: u32| {
    fuzzing::crossover(first, second, out, seed)
});

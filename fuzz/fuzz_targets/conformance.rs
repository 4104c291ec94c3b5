//! Bytes become a schedule; raft-rs and the specification run it in lockstep.
#![no_main]

use libfuzzer_sys::fuzz_target;
use raft_lockstep::fuzzing;
use raft_lockstep::schedule::Schedule;

fuzz_target!(
    init: fuzzing::initialize(),
    |schedule: Schedule| raft_lockstep_fuzz::conformance(&schedule)
);

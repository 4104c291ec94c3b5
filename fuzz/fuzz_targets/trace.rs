//! Any bytes are a trace of raft.tla or a clear error, for every reader of traces.
#![no_main]

use libfuzzer_sys::fuzz_target;
use raft_lockstep::fuzzing;

fuzz_target!(
    init: fuzzing::initialize(),
    |bytes: &[u8]| fuzzing::trace(bytes)
);

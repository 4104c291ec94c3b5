//! The readers of traces: any bytes are a trace of raft.tla or an error, never a panic.
#![no_main]

use libfuzzer_sys::fuzz_target;
use raft_lockstep::fuzzing;

fuzz_target!(
    init: fuzzing::initialize(),
    |bytes: &[u8]| fuzzing::trace(bytes)
);

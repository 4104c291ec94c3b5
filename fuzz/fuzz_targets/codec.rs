//! Any bytes decode, and come back from bytes and from text as they were.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| raft_lockstep::fuzzing::codec(bytes));

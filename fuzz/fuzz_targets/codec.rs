//! Round trips: any bytes decode to a schedule, which bytes and text reproduce.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| raft_lockstep::fuzzing::codec(bytes));

//! Bytes choose actions of the specification; every invariant holds in both of its forms.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| raft_lockstep::fuzzing::spec(bytes));

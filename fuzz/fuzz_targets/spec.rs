//! The specification's invariants: bytes choose actions, and each invariant must hold in both of its forms.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| raft_lockstep::fuzzing::spec(bytes));

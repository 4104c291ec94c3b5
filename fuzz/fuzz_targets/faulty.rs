//! Conformance of faulty nodes, to measure how soon the judge catches each.
#![no_main]

raft_lockstep::fuzz_target!(|schedule, counters| raft_lockstep::fuzzing::faulty(schedule, counters));

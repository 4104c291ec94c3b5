//! Conformance of raft-rs: it runs a schedule in lockstep with the specification.
#![no_main]

use raft_lockstep::sut::nodes::raft_rs::RaftRs;

raft_lockstep::fuzz_target!(RaftRs);

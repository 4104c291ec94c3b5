//! Conformance of raft-io: it runs a schedule in lockstep with the specification.
#![no_main]

use raft_lockstep::sut::nodes::raft_io::RaftIo;

raft_lockstep::fuzz_target!(RaftIo);

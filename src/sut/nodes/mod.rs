//! The implementations: raft-rs, raft-io, a reference that never diverges, and faulty nodes that must be caught.

pub mod faulty;
#[cfg(feature = "raft-io")]
pub mod raft_io;
pub mod raft_rs;
pub mod reference;
pub mod versions;

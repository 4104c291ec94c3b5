//! The implementations: raft-rs, a reference that never diverges, and faulty nodes that always do.

pub mod faulty;
pub mod raft_rs;
pub mod reference;
pub mod versions;

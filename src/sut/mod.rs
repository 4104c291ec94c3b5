//! The system under test: everything concrete.
//!
//! Replicas of an implementation, and around them a deterministic world: one thread, no clock, no
//! entropy. Invariant: of the specification only node ids, configurations and
//! their changes are known here, and the names of dialects and findings; and of implementations
//! only [`Node`] (outside `nodes/`).

pub mod answers;
pub mod clock;
pub mod cluster;
pub mod disk;
pub mod log;
pub mod network;
pub mod node;
pub mod nodes;

pub use crate::schedule::ability::{self, Abilities, Ability};
pub use answers::Answers;
pub use cluster::{Call, Cluster, Judge, Unjudged};
pub use disk::{Disk, Failure, Snapshot};
pub use network::Passage;
pub use node::{EntryView, MessageKind, MessageView, Node, NodeConfig, PaceView, PeerView, Ready, RoleView, View};

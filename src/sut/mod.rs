//! The system under test: everything concrete.
//!
//! Replicas of an implementation live in a deterministic world: one thread, no clock, no entropy. Invariants: this module
//! knows of the specification only node ids, configurations and their changes, and the names of dialects and findings.
//! Outside `nodes/` it knows of implementations only [`Node`].
//!
//! In reading order: [`node`] is the implementation and [`ability`], [`methods`] its optional part; [`view`] and [`ready`] are what
//! it shows and hands over; [`disk`], [`network`] and [`clock`] are the world; `replica` is a node with its disk and its
//! application; [`cluster`] turns events into [calls](call) of replicas; a [`judge`] sees each call; [`panics`] of
//! implementations are caught.

pub mod answers;
pub mod call;
pub mod clock;
pub mod cluster;
pub mod disk;
pub mod judge;
pub mod log;
pub mod methods;
pub mod network;
pub mod node;
pub mod nodes;
pub mod panics;
pub mod ready;
mod replica;
pub mod view;

pub use crate::schedule::ability::{self, Abilities, Ability};
pub use crate::spec::ProgressState;
pub use answers::Answers;
pub use call::{Call, CallKind};
pub use cluster::{Cluster, CONTEXTS};
pub use disk::memory::MemoryDisk;
pub use disk::{Applied, Contents, Disk, Failure, HardState, Snapshot, Write};
pub use judge::{Judge, Unjudged};
pub use methods::Shows;
pub use network::Transit;
pub use node::{Node, NodeConfig};
pub use ready::Ready;
pub use view::{EntryView, MessageKind, MessageView, PeerView, RoleView, View};

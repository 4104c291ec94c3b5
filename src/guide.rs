//! Put your Raft under the lockstep.
//!
#![doc = include_str!("docs/guide.md")]
//!
//! # What an implementation may lack
//!
//! Or is not asked here: raft-io has transfers, reads, changes and snapshots, in ways of its own. An event that needs a missing ability does not happen, and a setting that needs it is at its neutral value.
#![doc = include_str!("docs/abilities.md")]

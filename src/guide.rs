//! A guide to putting your Raft under the lockstep.
//!
#![doc = include_str!("docs/guide.md")]
//!
//! # Abilities
//!
//! An event that needs a missing ability does not happen, and a setting that needs it has its neutral value. raft-io has
//! transfers, reads, changes and snapshots in forms of its own, which its adapter does not drive.
#![doc = include_str!("docs/abilities.md")]

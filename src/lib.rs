//! raft-lockstep: a coverage-guided conformance fuzzer for Raft.
//!
//! Bytes become an event schedule; the schedule drives a cluster of raft-rs (or of another Raft) and an executable
//! specification of Raft in lockstep; when the two disagree, the run ends with an explained
//! divergence, and libFuzzer searches for the smallest one.
//!
//! The code, in reading order:
//!
//! - [`lockstep`]: the loop. The implementation moves, the specification judges.
//! - `heal`: what must become of a cluster when all faults are over.
//! - [`spec`]: pure abstract Raft. Invariant: it imports `std` alone.
//! - `explore`: its bounded state space, searched exhaustively. Invariant: it knows the specification alone.
//! - [`schedule`]: what the environment may choose. Invariant: no implementation is known here.
//! - [`sut`]: the cluster, its disks (in memory, or a write-ahead log in files), links and clocks, and the
//!   implementations behind one trait.
//!   Invariant: only `sut/nodes/raft_rs.rs`, with what differs from release to release, names the `raft` crate, and
//!   `sut/nodes/raft_io.rs` the `raft_io` crate.
//! - [`guide`]: how to put another Raft behind that trait.
//! - [`refine`]: how what an implementation shows maps to the specification.
//! - `trace`, `concretize`: behaviours of raft.tla that others wrote down, and the schedules that follow them.
//! - [`verdict`], [`report`], `minimize`: what is said of a run. Observers look on; `report::story` records a run, and
//!   `report::draw` tells and draws it. Invariant: what is drawn is a function of the story, and runs nothing.
//! - [`regression`]: what is kept, and a bounded exploration, as one judge; `mutants` puts it to the proof.
//! - [`feedback`], [`fuzzing`]: what a run tells libFuzzer, and what the fuzz targets call.
//!
//! # What counts as a divergence
//!
#![doc = include_str!("docs/divergence.md")]
//!
//! # When a cluster stands still
//!
#![doc = include_str!("docs/still.md")]
//!
//! # How implementations differ from raft.tla
#![doc = include_str!("docs/switches.md")]
//!
//! # Known findings in raft-rs 0.7.0
#![doc = include_str!("docs/known.md")]
//!
//! # Known findings in raft-io 1.0.0
#![doc = include_str!("docs/known_raft_io.md")]
//!
//! # What the application keeps to
//!
//! Where raft-rs's documentation only hints at something, a setting has the other reading.
#![doc = include_str!("docs/contract.md")]
//!
//! # How raft-rs follows traces of raft.tla
//!
//! Samples that TLC found. A step is done as events, implied by what raft-rs does anyway, or skipped.
#![doc = include_str!("docs/traces.md")]
//!
//! # What other releases of raft-rs lack
//!
//! Each is run as it is, but for what it lacks of 0.7's interface. A newer one is run by the interface of 0.7.
#![doc = include_str!("docs/versions.md")]
//!
//! # What of raft-rs the schedules drive
#![doc = include_str!("docs/api.md")]
//!
//! # What each guard of raft.tla is there for
//!
//! Left out by itself, a guard breaks an invariant, in the fewest steps from where the search begins: raft.tla's `Init`,
//! or the end of a story in which every guard is kept. Where nothing breaks, the table says why. Not in it: that a message
//! must be in the bag to be received, since there is no other to name; the guard of `DropStaleResponse`, without which it
//! is `DropMessage`; and the other half of `UpdateTerm`, by which no handler takes a message of a newer term: a request
//! would be refused, and a response is a refusal.
#![doc = include_str!("docs/guards.md")]
//!
//! # What of raft-rs no schedule reaches
//!
//! Of the lines of its protocol, by `raft-lockstep coverage`.
#![doc = include_str!("docs/unreached.md")]
//!
//! # How many small changes of raft-rs are caught
//!
#![doc = include_str!("docs/mutants.md")]
//!
//! Left out of the sample:
#![doc = include_str!("docs/excluded.md")]
//!
//! Missed:
#![doc = include_str!("docs/missed.md")]
//!
//! # How soon each faulty node, and each mutant of raft-rs, is caught
//!
//! Random schedules of 80 events, no feedback, from nothing.
#![doc = include_str!("docs/faulty.md")]
//!
//! Guides earn their place on what chance does not find. With random schedules of 80 events and one seed, the finding
//! `next-below-match` was found after 75,621 executions by edges and after 70,293 by both, and not in 200,000 by chance
//! alone; `request-deadlock` after 25,855 by edges, 52,913 by chance and 67,659 by both; `joined-gap` by all three after
//! 66,401, by the same random schedule.
//! `cargo bench --bench time_to_find -- --kind findings` hunts all findings, and takes long.
//!
//! The second table is of raft-rs 0.7.0 itself, changed in one place as cargo-mutants 27.1 names it, in a copy below
//! `target/time-to-find`, which is hunted unchanged first and must not diverge. Known findings are stepped around.
//! `cargo bench --bench time_to_find -- --kind mutants` hunts the mutants alone, `-- --only raft.rs:2190:47` one of them,
//! and `--keep` puts what was measured into the tables.
#![doc = include_str!("docs/time_to_find.md")]
//!
//! # What `export` writes
#![doc = include_str!("docs/exports.md")]
//!
//! # How short a minimised schedule is
//!
//! Of each faulty node the schedule that is kept, against the shortest with the same cause and setup, for which all
//! schedules of so many events of the [alphabet](schedule::alphabet) are looked at, breadth first. A schedule of *n*
//! events is optimal once a depth of *n* - 1 is completed without one; where that takes too long, it is unproven.
#![doc = include_str!("docs/minimal.md")]
//!
//! # Continuous fuzzing
//!
#![doc = include_str!("docs/continuous.md")]
#![forbid(unsafe_code)]
#![warn(missing_docs)]

#[cfg(feature = "cli")]
pub mod cli;
#[cfg(feature = "trace")]
pub mod concretize;
#[cfg(feature = "cli")]
pub mod explore;
#[cfg(feature = "trace")]
pub mod export;
pub mod feedback;
pub mod fuzzing;
pub mod guide;
mod heal;
pub mod lockstep;
#[cfg(feature = "cli")]
pub mod minimize;
pub mod refine;
pub mod regression;
pub mod report;
pub mod schedule;
pub mod spec;
pub mod sut;
#[cfg(feature = "trace")]
pub mod trace;
pub mod verdict;

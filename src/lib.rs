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
//! By each guide of the fuzzer, ten hunts each of at most 50,000 executions, from the same 32 random schedules:
//! executions as median and quartiles, and the median of events (`cargo bench --bench time_to_find`). A hunt's first
//! inputs are mostly random, so that none is much worse than chance; on faults that chance finds within some thousand
//! executions none is reliably better, and where states are told as well, a larger corpus costs more than it brings.
//!
//! The second table is of raft-rs 0.7.0 itself, changed in one place as cargo-mutants 27.1 names it, in a copy below
//! `target/time-to-find`, which is hunted unchanged first and must not diverge. Known findings are stepped around.
//! `cargo bench --bench time_to_find -- --kind mutants` hunts the mutants alone, `-- --only raft.rs:2190:47` one of them,
//! and `--keep` puts what was measured into the tables. The mutants were hunted without libFuzzer's energies
//! (`-entropic=0`), as everything is now; the nodes with them.
//!
//! Of the thirteen mutants `both` needs more than a tenth more than the best of the others on five. States lose to random
//! schedules on five, by up to 2.5 times (`tracker/inflights.rs:119:28`), and beat them 3.4 times on one
//! (`raft_log.rs:609:44`). Ten hunts are little evidence: of four guides that are equally good, each with ten hunts whose
//! executions are distributed exponentially, one needs 0.7 to 3.4 times what the best of the others does in four cases
//! of five, and half of the time more than 1.5 times. Forty hunts each of two of them, by random schedules, edges, states
//! and both: `raft.rs:2179:36` 1,432, 1,395, 1,079 and 1,506, `raft_log.rs:533:13` 762, 728, 1,016 and 1,275. There
//! `both` stays behind, by 1.4 and 1.75 times. Over all mutants, by the geometric mean, `both` needs 0.93 times what
//! random schedules do, 0.93 times what edges do, and 0.96 times what states do. It cannot be much else: of the first
//! 5,000 inputs of a hunt nine in ten are random by every guide, so that what chance finds that soon no guide can hasten.
#![doc = include_str!("docs/time_to_find.md")]
//!
//! # How short a minimised schedule is
//!
//! Of each faulty node the schedule that is kept, against the shortest with the same cause and setup, for which all
//! schedules of so many events of the [alphabet](schedule::alphabet) are looked at, breadth first. A schedule of *n*
//! events is optimal once a depth of *n* - 1 is completed without one; where that takes too long, it is unproven.
#![doc = include_str!("docs/minimal.md")]
//!
//! # Fuzzing that does not end
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

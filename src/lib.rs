//! A conformance fuzzer for Raft: an implementation and an executable specification run in lockstep.
//!
//! Bytes decode to a [schedule](schedule::Schedule): message delivery, loss and duplication, partitions, clock ticks, disk syncs,
//! crashes, restarts, and all requests of clients and applications. The schedule drives a cluster of an implementation behind the
//! trait [`Node`](sut::Node), such as raft-rs. The judge reads each call of a node as actions of the specification, takes them, and
//! compares the two. The first difference ends the run with a [divergence](docs::divergence). libFuzzer searches for one.
//!
//! # Example
//!
//! ```
//! use raft_lockstep::lockstep::{self, Options};
//! use raft_lockstep::lockstep::observe::Silent;
//! use raft_lockstep::schedule::text;
//! use raft_lockstep::spec::Dialect;
//! use raft_lockstep::sut::nodes::raft_rs::RaftRs;
//!
//! let schedule = "raft-lockstep schedule 2
//! voters 3
//! events
//! campaign 1
//! round          # node 1 asks for votes
//! round          # the votes arrive: node 1 leads
//! propose 1 8    # eight bytes
//! round          # its entries reach nodes 2 and 3
//! end";
//! let schedule = text::read(schedule)?;
//!
//! let run = lockstep::run::<RaftRs>(&schedule, Options::default(), &mut Silent);
//! assert_eq!(run.verdict.name(), "agreed");
//!
//! // Plain raft.tla has no empty entry at the beginning of a term, which raft-rs documents.
//! let plain = Options { dialect: Dialect::ONGARO, ..Options::default() };
//! let run = lockstep::run::<RaftRs>(&schedule, plain, &mut Silent);
//! let divergence = run.verdict.divergence().expect("raft-rs is not raft.tla");
//! assert_eq!(divergence.cause.to_string(), "guard/noop-the-dialect-has-it");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # The code, in reading order
//!
//! - [`lockstep`]: **the loop**, in `mod.rs`: decode, apply, read off, step, compare, verdict. Beside it are the actions of each
//!   call (`calls`), the checks of a Ready (`ready`), the messages in flight (`in_flight`), and the healing epilogue (`heal`):
//!   when all faults are over, the cluster must make progress.
//! - [`spec`]: pure abstract Raft. It imports `std` alone.
//!   - `action`, `step`, `dialect`: the disjuncts of raft.tla's `Next`, one step, and the named deviations.
//!   - `election`, `replication`, `commit`, `membership`, ...: guards and effects, by section of the thesis.
//!     `obligations` has the steps that a server must take.
//!   - [`invariants`](spec::invariants): one file for each property.
//! - [`schedule`]: the tables of events, settings and knobs, and over them bytes, text, generator and mutator. It knows no
//!   implementation.
//! - [`sut`]: the system under test: a deterministic cluster with disks, links and clocks, and the implementations in
//!   `sut/nodes`. Only those files name an implementation's crate.
//! - [`refine`]: the map from an implementation's views and effects to states and actions of the specification.
//! - [`clients`]: a second judge, which knows no specification: it sees what clients, applications and operators see, and
//!   reports lost entries, two leaders, stale reads and other consequences.
//! - `findings`: one file for each known finding: its condition, and how a run steps around it.
//! - [`report`]: a run in words and pictures. `minimize`: the shortest schedule with the same cause. `consequence`: the gravest
//!   harm that follows a finding.
//! - `trace`, `concretize`, `export`: behaviours of raft.tla that other tools wrote, the schedules that follow them, and runs
//!   in the formats of other tools.
//! - `explore`: the specification alone, explored exhaustively.
//! - [`fuzzing`], [`feedback`], [`regression`]: the body of the fuzz targets, its feedback to libFuzzer, and the kept runs as
//!   one test.
//! - `cli`: one file for each subcommand.
//!
//! A new event, setting, finding, switch, invariant or format: `.github/CONTRIBUTING.md` lists the files.
//!
//! # Documentation
//!
//! [`guide`] puts your own Raft under the lockstep. [`docs`] has all other pages: guides, reference and evidence.
// `fuzzing::counters`, which gives libFuzzer its extra counters, is the exception.
#![deny(unsafe_code)]
#![warn(missing_docs)]

#[cfg(feature = "cli")]
pub mod cli;
pub mod clients;
#[cfg(feature = "trace")]
pub mod concretize;
#[cfg(feature = "cli")]
pub mod consequence;
pub mod docs;
#[cfg(feature = "cli")]
pub mod explore;
#[cfg(feature = "trace")]
pub mod export;
pub mod feedback;
pub mod findings;
pub mod fuzzing;
pub mod guide;
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

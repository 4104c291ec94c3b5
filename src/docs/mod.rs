//! The pages of the documentation, one module each.
//!
//! # Guides
//!
//! - [`commands`]: all commands, with examples
//! - [`crash`]: from a crash file to its cause
//! - [`branch`]: your raft-rs: branches and releases
//! - [`guide`](crate::guide): your own Raft
//! - [`tla`]: traces of TLA+, exports, and exploring the specification
//! - [`continuous`]: continuous fuzzing
//!
//! # Reference
//!
//! - [`schedule`]: events, knobs and settings
//! - [`divergence`]: the verdicts, and which differences count
//! - [`clients`]: the judge of consequences
//! - [`compared`]: the fields, messages and answers that are compared
//! - [`choices`]: the choices that the specification leaves to an implementation
//! - [`fields`]: the public fields of raft-rs's state, and where each is compared
//! - [`still`]: how a cluster is found to stand still
//! - [`partial`]: what is judged while some links stay cut
//! - [`uneven`]: what is judged of nodes that have options of their own
//! - [`switches`]: how implementations differ from raft.tla
//! - [`contract`]: the contract of the application
//! - [`consequences`]: the gravest harm that follows each known finding
//! - [`findings`]: known findings in raft-rs and raft-io
//! - [`versions`]: parts of the interface that releases lack, and the findings in each release
//!
//! # Evidence
//!
//! - [`mutants`]: how many small changes of raft-rs are caught
//! - [`faulty`]: how soon each faulty node is caught
//! - [`time_to_find`]: how soon a fuzzer catches faulty nodes and mutants
//! - [`guards`]: the invariant that each guard of raft.tla is there for
//! - [`api`]: the parts of raft-rs's interface that schedules drive
//! - [`coverage`]: the lines of raft-rs that no schedule reaches
//! - [`traces`]: the sample traces, as raft-rs and as raft.tla
//! - [`minimal`]: how short a minimised schedule is
//! - [`cost`]: the speed of the lockstep and of trace replay
//! - [`hunts`]: the hunts so far

/// All commands, with examples.
///
#[doc = include_str!("commands.md")]
pub mod commands {}

/// From a crash file to its cause.
///
#[doc = include_str!("crash.md")]
pub mod crash {}

/// Your raft-rs: branches and releases.
///
#[doc = include_str!("branch.md")]
pub mod branch {}

/// Traces of TLA+, exports, and exploring the specification.
///
#[doc = include_str!("tla.md")]
///
/// # Export formats
///
#[doc = include_str!("exports.md")]
pub mod tla {}

/// Continuous fuzzing.
///
#[doc = include_str!("continuous.md")]
pub mod continuous {}

/// Schedules as text: events, knobs and settings.
///
/// A schedule is bytes, or text: a version line, settings, `events`, one event a line, `end`. Nodes count from 1. A
/// message is addressed by its link and its position there, counted from 0, so that most events keep their meaning
/// when another is removed. An event that cannot happen has no effect. `#` begins a comment.
///
/// ```text
/// raft-lockstep schedule 2
/// voters 3
/// events
/// campaign 1
/// round             # every message in flight arrives
/// deliver 2->1      # the first message from 2 to 1; `deliver 2->1 2` is the third
/// propose 1 8       # eight bytes
/// stall 1           # its disk syncs no more
/// crash 1
/// restart 1
/// end
/// ```
///
#[doc = include_str!("schedule.md")]
pub mod schedule {}

/// The verdicts, and which differences count as a divergence.
///
#[doc = include_str!("divergence.md")]
pub mod divergence {}

/// The judge of consequences: what clients, applications and operators see.
///
/// `--judge clients` selects it in `fuzz`, `replay`, `explain`, `minimize` and `triage`.
///
#[doc = include_str!("clients.md")]
///
/// # Its faulty nodes
///
/// Each consequence has a faulty node whose kept schedule shows it, in `corpus/clients/`. The reference shows none there.
///
#[doc = include_str!("clients_faulty.md")]
///
/// # The known findings, as clients see them
///
/// The consequence at which the run of each kept schedule ends. A schedule that shows none is run once more with the setting `heal`.
/// *None* says nothing about other schedules with the same condition.
///
#[doc = include_str!("clients_findings.md")]
pub mod clients {}

/// The fields, messages and answers that are compared.
///
#[doc = include_str!("compared.md")]
pub mod compared {}

/// The choices that the specification leaves to an implementation, what is checked of each, and the source of its freedom.
///
#[doc = include_str!("choices.md")]
pub mod choices {}

/// The public fields of raft-rs's state, and where each is compared.
///
#[doc = include_str!("fields.md")]
pub mod fields {}

/// The search for progress before a healed cluster is said to stand still.
///
#[doc = include_str!("still.md")]
pub mod still {}

/// The promises of Raft while some links stay cut, and how the healing epilogue judges them.
///
#[doc = include_str!("partial.md")]
pub mod partial {}

/// Nodes with options of their own: what is promised and judged.
///
#[doc = include_str!("uneven.md")]
pub mod uneven {}

/// Differences of implementations from raft.tla by design: one switch for each.
///
/// A dialect is a set of switches. `ongaro` has none: it is raft.tla. The last column names the part of a switch that no document
/// promises: only the code and its review show it.
///
#[doc = include_str!("switches.md")]
pub mod switches {}

/// The contract of the application: the demands of raft-rs's documentation, with their sources.
///
/// Schedules keep to it. Where the documentation is unclear, a setting selects the other reading.
///
#[doc = include_str!("contract.md")]
pub mod contract {}

/// Known findings. Each has a folder in `artifacts/` with its schedule, description, report and picture.
///
/// A finding is one cause of a fault, and one change of the implementation mends all causes of a fault. The column *fault* names the
/// finding whose mend a cause shares; it is empty for the first cause. [`Severity`](crate::findings::Severity) defines the severities.
///
/// # raft-rs 0.7.0
///
#[doc = include_str!("known.md")]
///
/// # raft-io 1.0.0
///
#[doc = include_str!("known_raft_io.md")]
pub mod findings {}

/// The gravest harm that users see after each known finding, as far as the search found it.
///
/// `raft-lockstep consequence NAME` searches from the kept schedules of a finding, and [clients] judge each run. A consequence counts
/// if the finding shows before it, in the lockstep of the same schedule, and if no part of the schedule's events leads to the same
/// harm without the finding. The search prefers schedules in which no other known finding shows. *Through another finding* means
/// that none was found. `artifacts/<name>/consequence.txt` has the schedule, and `consequence.md` its story. Events count up to
/// the harm. *None* is no proof: the effort stands beside it.
///
#[doc = include_str!("consequences.md")]
pub mod consequences {}

/// Parts of raft-rs's interface that other releases lack.
///
/// `--raft` runs each release as it is, without the parts below. A newer one runs through the interface of 0.7.
///
#[doc = include_str!("versions.md")]
///
/// # The known findings in each release
///
/// The verdict of each release on the finding's schedule, measured by `raft-lockstep versions --write`. A release that lacks a call
/// of the schedule runs the rest; its agreement there is not comparable. Each finding's folder has the causes in `versions.md`.
///
#[doc = include_str!("releases.md")]
pub mod versions {}

/// The number of small changes of raft-rs that are caught.
///
#[doc = include_str!("mutants.md")]
///
/// # Excluded from the sample
///
#[doc = include_str!("excluded.md")]
///
/// # Missed
///
#[doc = include_str!("missed.md")]
pub mod mutants {}

/// The number of random schedules until each faulty node is caught.
///
/// Schedules of 80 events, without feedback, from nothing.
///
#[doc = include_str!("faulty.md")]
pub mod faulty {}

/// The time until a fuzzer catches faulty nodes and mutants of raft-rs.
///
/// The guides of the fuzzer (edges, states or both) matter for divergences that chance does not find. With random schedules of
/// 80 events and one seed, the finding `next-below-match` took 75,621 executions by edges and 70,293 by edges and states, and was
/// not found in 200,000 by chance.
///
/// Mutants are of raft-rs 0.7.0, changed in one place as cargo-mutants 27.1 names it. The unmodified copy is hunted first and must
/// not diverge. Known findings are stepped around. `cargo bench --bench time_to_find` measures both tables,
/// `-- --kind mutants` or `-- --kind findings` another set, and `-- --only raft.rs:2190:47` one row.
///
#[doc = include_str!("time_to_find.md")]
pub mod time_to_find {}

/// The invariant that each guard of raft.tla is there for.
///
/// A guard that is left out breaks an invariant, in the fewest steps from the start of the search: raft.tla's `Init`, or
/// the end of a story in which every guard holds. Where nothing breaks, the table has the reason.
///
/// Three guards are not in the table. A message must be in the bag to be received: there is no other to name. Without
/// its guard `DropStaleResponse` is `DropMessage`. No handler takes a message of a newer term (the other half of `UpdateTerm`): a
/// request would be rejected, and a response is a rejection.
///
#[doc = include_str!("guards.md")]
pub mod guards {}

/// The parts of raft-rs's interface that schedules drive.
///
#[doc = include_str!("api.md")]
pub mod api {}

/// The lines of raft-rs's protocol that no schedule reaches, with reasons.
///
/// 25,855 schedules, most of them from a hunt, reach 92.1 % of all lines of `raft.rs`, `raft_log.rs`, `log_unstable.rs`,
/// `tracker`, `confchange`, `quorum` and `read_only`, and every line without a reason below. `raft-lockstep coverage`
/// measures it anew and adds the lines that the corpus does not reach yet.
///
#[doc = include_str!("unreached.md")]
pub mod coverage {}

/// The sample traces of `corpus/traces/`, as raft-rs and as raft.tla.
///
/// A step is done by events, implied by an earlier step of raft-rs, or skipped.
///
#[doc = include_str!("traces.md")]
pub mod traces {}

/// The length of minimised schedules.
///
/// The kept schedule of each faulty node, against the shortest with the same cause and setup. All schedules over the
/// [alphabet](crate::schedule::alphabet) are tried breadth first. A schedule of *n* events is optimal if depth *n* - 1 is
/// complete without one. Where that takes too long, it is unproven.
///
#[doc = include_str!("minimal.md")]
pub mod minimal {}

/// The speed of the lockstep and of trace replay.
///
#[doc = include_str!("cost.md")]
pub mod cost {}

/// The hunts so far.
///
#[doc = include_str!("runs.md")]
pub mod hunts {}

//! The command line: one file for each subcommand.

/// Writes a line to standard error. A closed or full standard error changes neither the work nor the exit code.
macro_rules! tell {
    ($($words:tt)*) => {{
        use std::io::Write as _;
        let _ = writeln!(std::io::stderr(), $($words)*);
    }};
}

mod cargo;
mod check;
mod checkout;
mod consequence;
mod corpus;
mod coverage;
mod diff;
mod explain;
mod export;
mod fuzz;
mod implementation;
mod import;
mod input;
mod interrupt;
mod judged;
mod known;
mod linked;
mod llvm;
mod migrate;
mod minimize;
mod mutants;
pub mod mutated;
mod progress;
mod replay;
mod revision;
mod shell;
mod stats;
mod triage;
mod versions;

use crate::findings::{self, every, FindingSet};
use crate::lockstep::JudgeName;
use crate::spec::Dialect;
use anyhow::{Context, Result};
use clap::{Parser, Subcommand};
use serde::Serialize;
use std::io::{ErrorKind, Write};
use std::path::Path;
use std::process::ExitCode;

pub use fuzz::build as fuzz_target;
pub use implementation::target;

/// A coverage-guided conformance fuzzer for Raft.
///
/// Exits 0 if raft-rs and the specification agreed, 1 if they diverged, 2 on bad input. After Ctrl-C: 1 if a
/// divergence was found, 2 with a line `interrupted: ...` if the work is incomplete. A hunt is complete whenever it ends.
#[derive(Parser)]
#[command(
    version,
    after_help = "Examples:
  raft-lockstep fuzz                                     fuzz on all cores until the first divergence
  raft-lockstep fuzz -- -max_total_time=60               stop after a minute
  raft-lockstep replay corpus/scenarios/figure-8.txt     print a transcript and the verdict
  raft-lockstep replay corpus/scenarios                  print one line for each file, and totals
  raft-lockstep replay --storage wal corpus/scenarios    keep raft-rs's log in a write-ahead log on disk
  raft-lockstep replay --no-known artifacts/next-below-match/schedule.txt
  raft-lockstep replay --dialect ongaro corpus/traces/commit1.txt   run a trace of TLC on raft-rs
  raft-lockstep replay --node raft-io corpus/scenarios   judge the crate raft-io instead of raft-rs
  raft-lockstep replay --judge clients artifacts/configuration-lost/schedule.txt   report what users see
  raft-lockstep explain --no-known artifacts/next-below-match/schedule.txt -o page.html
                                                         write a page with the steps, the reason and a diagram
  raft-lockstep versions next-below-match                list the verdicts of the releases of raft-rs on a finding
  raft-lockstep import corpus/traces/leader.txt -o leader.txt   turn a trace into a schedule
  raft-lockstep export corpus/scenarios/conflict.txt --to ndjson -o trace.ndjson   for etcd's trace validation
  raft-lockstep minimize --no-known artifacts/next-below-match/schedule.txt -o small.txt
                                                         find the shortest schedule with the same cause
  raft-lockstep consequence lease-outlived               search for the gravest harm that follows a finding
  raft-lockstep triage artifacts/next-below-match        list the causes of all crash files
  raft-lockstep check --faults restart,drop              explore every state of raft.tla within bounds
  raft-lockstep coverage                                 list the lines of raft-rs that the corpus reaches
  raft-lockstep stats                                    count the actions and guards that the corpus reaches
  raft-lockstep corpus                                   keep one input for each edge and row reached
  raft-lockstep mutants --sample 10                      measure the judge by mutation testing"
)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Build the fuzz target, fuzz on all cores, and explain each divergence.
    Fuzz(fuzz::Arguments),
    /// Run a fuzz input, a schedule, a trace or a folder of them, and print transcript and verdict.
    Replay(replay::Arguments),
    /// Explain a run: its steps and why it diverged, as text, HTML or SVG.
    Explain(explain::Arguments),
    /// Run schedules on two versions of raft-rs, and report where the versions first differ.
    Diff(diff::Arguments),
    /// Report which versions of raft-rs agree or diverge on a schedule, and the commit that changed it.
    Versions(versions::Arguments),
    /// Turn a trace of TLC, Apalache or the seed into a schedule.
    Import(import::Arguments),
    /// Run a schedule or a trace, and write the run in a format of another tool.
    Export(export::Arguments),
    /// Find the shortest schedule that diverges with the same cause.
    Minimize(minimize::Arguments),
    /// Search for the gravest harm that users see after a finding.
    Consequence(consequence::Arguments),
    /// Group crash files by cause, and minimise one of each group.
    Triage(triage::Arguments),
    /// Explore the specification exhaustively within bounds.
    Check(check::Arguments),
    /// Report which lines of raft-rs the corpus reaches, and why it does not reach the others.
    Coverage(coverage::Arguments),
    /// Report which actions and guards of the specification a corpus reaches.
    Stats(stats::Arguments),
    /// Select the inputs to keep: a set that reaches every edge and every row of `stats`.
    Corpus(corpus::Arguments),
    /// Measure the judge by mutation testing: mutate raft-rs, and report which mutants it catches.
    Mutants(mutants::Arguments),
}

/// The result of a subcommand.
enum Outcome {
    Agreed,
    Diverged,
}

impl Outcome {
    fn of(diverged: bool) -> Self {
        match diverged {
            true => Outcome::Diverged,
            false => Outcome::Agreed,
        }
    }
}

/// Runs the program.
pub fn main() -> ExitCode {
    crate::fuzzing::initialize();
    let arguments = Arguments::parse();
    let result = interrupt::listen().and_then(|()| run(&arguments.command));
    match result {
        Ok(Outcome::Agreed) => ExitCode::SUCCESS,
        Ok(Outcome::Diverged) => ExitCode::from(1),
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            tell!("raft-lockstep: {}", in_a_line(&format!("{error:#}")));
            ExitCode::from(2)
        }
    }
}

fn run(command: &Command) -> Result<Outcome> {
    if let Command::Fuzz(arguments) = command {
        arguments.check()?;
    }
    if let Some(outcome) = command.raft().map_or(Ok(None), linked::Source::elsewhere)? {
        return Ok(outcome);
    }
    match command {
        Command::Fuzz(arguments) => fuzz::run(arguments),
        Command::Replay(arguments) => replay::run(arguments),
        Command::Explain(arguments) => explain::run(arguments),
        Command::Diff(arguments) => diff::run(arguments),
        Command::Versions(arguments) => versions::run(arguments),
        Command::Import(arguments) => import::run(arguments),
        Command::Export(arguments) => export::run(arguments),
        Command::Minimize(arguments) => minimize::run(arguments),
        Command::Consequence(arguments) => consequence::run(arguments),
        Command::Triage(arguments) => triage::run(arguments),
        Command::Check(arguments) => check::run(arguments),
        Command::Coverage(arguments) => coverage::run(arguments),
        Command::Stats(arguments) => stats::run(arguments),
        Command::Corpus(arguments) => corpus::run(arguments),
        Command::Mutants(arguments) => mutants::run(arguments),
    }
}

impl Command {
    /// The raft-rs to run, for the subcommands that take `--raft`.
    fn raft(&self) -> Option<&linked::Source> {
        match self {
            Command::Fuzz(arguments) => Some(&arguments.raft),
            Command::Replay(arguments) => Some(&arguments.raft),
            Command::Explain(arguments) => Some(&arguments.raft),
            Command::Minimize(arguments) => Some(&arguments.raft),
            Command::Triage(arguments) => Some(&arguments.raft),
            Command::Export(arguments) => Some(&arguments.raft),
            Command::Coverage(arguments) => Some(&arguments.raft),
            Command::Stats(arguments) => Some(&arguments.raft),
            Command::Mutants(arguments) => Some(&arguments.raft),
            Command::Consequence(arguments) => Some(&arguments.raft),
            Command::Diff(_) | Command::Versions(_) | Command::Import(_) | Command::Check(_) | Command::Corpus(_) => {
                None
            }
        }
    }
}

/// True if the reader of our output has closed it, as `head` does. This is a success.
fn is_broken_pipe(error: &anyhow::Error) -> bool {
    let mut causes = error.chain().filter_map(|cause| cause.downcast_ref::<std::io::Error>());
    causes.any(|io| io.kind() == ErrorKind::BrokenPipe)
}

/// The judge of that name.
fn judge(name: &str) -> Result<JudgeName, String> {
    one_of(JudgeName::named(name), JudgeName::NAMED.iter().map(|(name, _)| *name))
}

/// The dialect of that name.
fn dialect(name: &str) -> Result<Dialect, String> {
    one_of(Dialect::named(name), Dialect::NAMED.iter().map(|(name, _)| *name))
}

/// The value of an option that was found by its name; an error lists the names.
fn one_of<T>(found: Option<T>, names: impl Iterator<Item = &'static str>) -> Result<T, String> {
    found.ok_or_else(|| format!("expected one of {}", names.collect::<Vec<_>>().join(", ")))
}

/// The error, safe to print: an error may quote a file, so control characters are escaped and the length is limited.
fn in_a_line(error: &str) -> String {
    let (lines, length) = (error.contains("\n"), error.chars().count());
    let shown =
        |c: char| if c.is_control() && !(lines && c == '\n') { c.escape_default().to_string() } else { c.into() };
    let shortened: String = error.chars().take(LONGEST_ERROR).map(shown).collect();
    shortened + if length > LONGEST_ERROR { " ..." } else { "" }
}

/// The most characters of an error that are shown.
const LONGEST_ERROR: usize = 4_000;

/// Writes a value as a line of JSON.
fn write_json(out: &mut impl Write, value: &impl Serialize) -> Result<()> {
    Ok(writeln!(out, "{}", serde_json::to_string(value)?)?)
}

/// Writes a file, or standard output for `-`.
fn write_to(path: &Path, bytes: &[u8]) -> Result<()> {
    if input::is_stream(path) {
        let mut out = std::io::stdout();
        return Ok(out.write_all(bytes).and_then(|()| out.flush())?);
    }
    std::fs::write(path, bytes).with_context(|| format!("cannot write {}", path.display()))
}

/// The findings that the judge still steps around, given the value of `--no-known`.
fn stepped_around(reported: &str) -> Result<FindingSet, String> {
    match reported {
        "" => Ok(*linked::STANDING),
        "all" => Ok(FindingSet::NONE),
        _ => Ok(linked::STANDING.without(one_of(findings::named(reported), every().map(|row| row.name))?)),
    }
}

//! `replay`: runs schedules, and prints transcripts and verdicts.

use super::input::{self, Input, Listing};
use super::judged::{Judged, Name};
use super::{known, linked, write_json, Outcome};
use crate::lockstep::observe::Silent;
use crate::lockstep::verdict::Phase;
use crate::lockstep::{self, Options};
use crate::report::{seed, switch, transcript};
use crate::sut::nodes::raft_io::RaftIo;
use crate::sut::nodes::raft_rs::{RaftRs, RaftRsOnWal};
use crate::sut::{Failure, Node};
use anyhow::{bail, Result};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::io::Write;
use std::path::{Path, PathBuf};

#[derive(clap::Args)]
#[command(after_help = "Examples:
  raft-lockstep replay corpus/scenarios/figure-8.txt                   print a transcript and the verdict
  raft-lockstep replay corpus/scenarios                                print one line for each file, and totals
  raft-lockstep replay --json corpus/scenarios                         print JSON for another program
  raft-lockstep replay --no-known --log artifacts/next-below-match/schedule.txt
  raft-lockstep replay --no-known artifacts/next-below-match/crash-04eb1895aad1c686cafbb2f0c7aa7af566300469
  raft-lockstep replay --node raft-io corpus/scenarios                 judge the crate raft-io instead of raft-rs
  raft-lockstep replay --dialect ongaro corpus/traces/commit1.txt      run a trace of TLC
  raft-lockstep replay --storage wal corpus/scenarios/snapshot-crash.txt   keep the log in a write-ahead log on disk
  raft-lockstep replay --raft 0.6.0 corpus/scenarios                   run another raft-rs
  raft-lockstep replay --judge clients artifacts/configuration-lost/schedule.txt   report what users see of a run

Files:
  The format is detected from the content. Binary data is a fuzz input only under a name that fuzzers give (crash-*, 40
  hexadecimal digits, ...), on standard input, or with --format bytes. Any other file is refused with the reason.

Folders:
  Each file is run, or counted as unread with the reason on standard error. Transcripts, reports and pictures beside a
  schedule are counted and not read. Exits 1 if a run diverged, else 2 if a file is unread, else 0.")]
pub struct Arguments {
    /// Fuzz input, text schedule, trace of TLC, Apalache or the seed, or interaction script of etcd; `-` for standard input;
    /// or a folder of them.
    path: PathBuf,
    /// Format of the input.
    #[arg(long, default_value = "auto", value_parser = input::formats())]
    format: String,
    #[command(flatten)]
    judged: Judged,
    #[command(flatten)]
    pub raft: linked::Source,
    /// Storage of the implementation's log; the write-ahead log is for raft-rs alone.
    #[arg(long, value_enum, default_value_t = Storage::Memory)]
    storage: Storage,
    /// Print the implementation's own log lines between the events.
    #[arg(long)]
    log: bool,
    /// Print one JSON object for each file: {file, format, verdict, events, cause, phase, at, slow}, for a trace also
    /// {done, implied, skipped}, and for a script {compared, differ}. `at` is the event of a divergence in the phase `schedule`; it is absent in `healing
    /// epilogue` and `end`. `slow` is the bound in ticks that a healed cluster exceeded before it made progress. A file of
    /// a folder that cannot be read gives {file, verdict: "unread", reason}.
    #[arg(long)]
    json: bool,
}

/// The storage of a node's log. The run is the same on both.
#[derive(clap::ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
enum Storage {
    /// Memory.
    Memory,
    /// Write-ahead log of TiKV's raft-engine, in a temporary folder under TMPDIR: a sync writes its files, and each start
    /// replays them. Slower than memory.
    Wal,
}

#[derive(Serialize)]
struct Row<'a> {
    file: &'a str,
    format: &'a str,
    verdict: &'a str,
    events: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    cause: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    phase: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    slow: Option<usize>,
    #[serde(flatten)]
    steps: Option<Steps>,
    #[serde(flatten)]
    statements: Option<Statements>,
}

/// A file in a folder that cannot be read.
#[derive(Serialize)]
struct Unread<'a> {
    file: &'a str,
    verdict: &'a str,
    reason: &'a str,
}

/// The number of steps of a trace by outcome.
#[derive(Serialize)]
struct Steps {
    done: usize,
    implied: usize,
    skipped: usize,
}

/// The number of statements in the output of a script.
#[derive(Serialize)]
struct Statements {
    compared: usize,
    differ: usize,
}

pub fn run(arguments: &Arguments) -> Result<Outcome> {
    match (arguments.storage, arguments.judged.node) {
        (Storage::Memory, Name::RaftRs) => replay::<RaftRs>(arguments),
        (Storage::Memory, Name::RaftIo) => replay::<RaftIo>(arguments),
        (Storage::Wal, Name::RaftRs) => Failure::catch(|| replay::<RaftRsOnWal>(arguments))?,
        (Storage::Wal, Name::RaftIo) => {
            bail!("--storage wal: expected --node raft-rs, since raft-io keeps its log in memory; omit the option")
        }
    }
}

fn replay<N: Node>(arguments: &Arguments) -> Result<Outcome> {
    let options = arguments.judged.options::<N>();
    match arguments.path.is_dir() {
        true => folder::<N>(arguments, options),
        false => file::<N>(arguments, options),
    }
}

fn file<N: Node>(arguments: &Arguments, options: Options) -> Result<Outcome> {
    let input = input::read_as(&arguments.path, &arguments.format)?;
    let mut out = std::io::stdout().lock();
    let (story, run) = transcript::transcript::<N>(&input.schedule, options, arguments.log);
    let outcome = Outcome::of(run.verdict.divergence().is_some() || differs(&input));
    if arguments.json {
        out.write_all(json(&arguments.path, &input, &run)?.as_bytes())?;
        return Ok(outcome);
    }
    match &input.trace {
        Some(traced) if input.format == "seed" => {
            write!(out, "{}\n{}", seed::tell::<N>(&traced.behaviour, &traced.plan), transcript::verdict(&run))?;
        }
        _ => write!(out, "{story}")?,
    }
    if let Some(traced) = &input.trace {
        traced.summarize(&mut out)?;
        let step = run.verdict.divergence().and_then(|divergence| traced.step_of(divergence.event));
        if let Some((number, line)) = step {
            writeln!(out, "  diverged at step {number} of the trace: {line}")?;
        }
    }
    if let Some(scripted) = &input.script {
        scripted.summarize(&mut out)?;
        let passed = known::hiding::<N>(&input.schedule, options).filter(|_| scripted.differs());
        if let Some(row) = passed {
            writeln!(out, "  known finding that the run passes first: {}", row.name)?;
        }
    }
    for row in switch::explaining::<N>(&input.schedule, options, &run) {
        writeln!(out, "  explained by the switch `{}`: {} ({})", row.name, row.sentence, row.source)?;
    }
    Ok(outcome)
}

fn folder<N: Node>(arguments: &Arguments, options: Options) -> Result<Outcome> {
    let listing = Listing::of(std::slice::from_ref(&arguments.path))?;
    let mut out = std::io::stdout().lock();
    let mut count = Count::default();
    for batch in listing.files.chunks(BATCH) {
        // Files run on all cores, and are printed in their order.
        let judge = |path: &PathBuf| {
            let input = input::read_as(path, &arguments.format)?;
            let run = lockstep::run::<N>(&input.schedule, options, &mut Silent);
            let verdict = if differs(&input) { "diverged" } else { run.verdict.name() };
            Ok((line(path, &input, &run, arguments.json)?, verdict))
        };
        let lines: Vec<Result<(String, &'static str)>> = batch.par_iter().with_min_len(8).map(judge).collect();
        for (path, judged) in batch.iter().zip(lines) {
            match judged {
                Ok((line, verdict)) => {
                    count.note(verdict);
                    out.write_all(line.as_bytes())?;
                }
                Err(error) => count.unread(path, &format!("{error:#}"), arguments.json, &mut out)?,
            }
        }
    }
    for (path, why) in &listing.refused {
        count.unread(path, &format!("{}: {why}", path.display()), arguments.json, &mut out)?;
    }
    let all = listing.count();
    match (arguments.json, listing.companions()) {
        (false, None) => writeln!(out, "{all} files: {count}")?,
        (false, Some(companions)) => writeln!(out, "{all} files: {count}; {companions}")?,
        (true, None) => {}
        (true, Some(companions)) => tell!("{companions}"),
    }
    if count.diverged > 0 {
        return Ok(Outcome::Diverged);
    }
    input::refuse_unread(count.unread, all).map(|()| Outcome::Agreed)
}

/// The number of files by verdict.
#[derive(Default, Serialize, Deserialize)]
pub(super) struct Count {
    pub agreed: usize,
    pub skipped: usize,
    pub diverged: usize,
    #[serde(rename = "unreadable")]
    pub unread: usize,
}

impl Count {
    /// Counts a verdict by its name, and returns the name.
    pub fn note(&mut self, verdict: &'static str) -> &'static str {
        match verdict {
            "agreed" => self.agreed += 1,
            "skipped" => self.skipped += 1,
            _ => self.diverged += 1,
        }
        verdict
    }

    /// Counts an unread file, and prints the reason on standard error; with `--json` also as an object.
    fn unread(&mut self, path: &Path, why: &str, as_json: bool, out: &mut impl Write) -> Result<()> {
        self.unread += 1;
        tell!("{why}");
        if as_json {
            let file = path.display().to_string();
            // The message is `file: reason` or `file:line: reason`.
            let reason = match why.strip_prefix(&file).and_then(|rest| rest.strip_prefix(':')) {
                Some(rest) if rest.starts_with(' ') => rest.trim_start().to_string(),
                Some(rest) => format!("line {rest}"),
                None => why.to_string(),
            };
            write_json(out, &Unread { file: &file, verdict: "unread", reason: &reason })?;
        }
        Ok(())
    }
}

impl std::fmt::Display for Count {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        let Count { agreed, skipped, diverged, unread } = self;
        write!(f, "{agreed} agreed, {skipped} skipped, {diverged} diverged, {unread} unread")
    }
}

/// The number of files that run before their lines are printed.
const BATCH: usize = 1_024;

/// The line for a file in a folder.
fn line(path: &Path, input: &Input, run: &lockstep::Run, as_json: bool) -> Result<String> {
    if as_json {
        return json(path, input, run);
    }
    let cause = run.verdict.divergence().map_or(String::new(), |it| format!(" {} {}", it.cause, it.place()));
    let slow = if run.slow.is_some() { " (slow)" } else { "" };
    let outcome = input.script.as_ref().map_or(String::new(), |script| format!("; {}", script.outcome()));
    Ok(format!("{}: {}{slow}{cause}{outcome}\n", path.display(), run.verdict.name()))
}

/// True if the outcome of a script is another than the script states.
fn differs(input: &Input) -> bool {
    input.script.as_ref().is_some_and(input::Scripted::differs)
}

fn json(path: &Path, input: &Input, run: &lockstep::Run) -> Result<String> {
    let file = path.display().to_string();
    let counts = input.trace.as_ref().map(|traced| traced.plan.counts());
    let statements = input.script.as_ref().map(input::Scripted::counts);
    let divergence = run.verdict.divergence();
    let row = Row {
        file: &file,
        format: input.format,
        verdict: run.verdict.name(),
        events: run.events,
        cause: divergence.map(|divergence| divergence.cause.to_string()),
        phase: divergence.map(|divergence| divergence.phase.name()),
        // A divergence after the schedule's end has no event.
        at: divergence.filter(|divergence| divergence.phase == Phase::Schedule).map(|divergence| divergence.event),
        slow: run.slow.map(|slow| slow.ticks),
        steps: counts.map(|[done, implied, skipped]| Steps { done, implied, skipped }),
        statements: statements.map(|[compared, differ]| Statements { compared, differ }),
    };
    Ok(serde_json::to_string(&row)? + "\n")
}

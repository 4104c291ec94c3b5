//! `replay`: runs schedules and prints their transcripts and verdicts.

use super::input::{self, Input, Text};
use super::judged::{Judged, Name};
use super::{linked, Outcome};
use crate::concretize::{concretize, follow, Plan};
use crate::lockstep::{self, Options};
use crate::report::{observe::Silent, seed, switch, transcript};
use crate::sut::nodes::raft_io::RaftIo;
use crate::sut::nodes::raft_rs::{RaftRs, RaftRsOnWal};
use crate::sut::{Failure, Node};
use crate::trace::Behaviour;
use crate::verdict::Phase;
use anyhow::{bail, Context, Result};
use rayon::prelude::*;
use serde::Serialize;
use std::io::Write;
use std::path::{Path, PathBuf};

#[derive(clap::Args)]
pub struct Arguments {
    /// A fuzz input, a text schedule, a trace of TLC, Apalache or the seed; `-` for standard input; or a folder of them.
    path: PathBuf,
    /// The format of the file.
    #[arg(long, default_value = "auto", value_parser = input::formats())]
    format: String,
    #[command(flatten)]
    judged: Judged,
    #[command(flatten)]
    pub raft: linked::Source,
    /// What the implementation keeps its log on; the write-ahead log is raft-rs's alone.
    #[arg(long, value_enum, default_value_t = Storage::Memory)]
    storage: Storage,
    /// Print the implementation's own log lines between the events.
    #[arg(long)]
    log: bool,
    /// One JSON object a line: {file, format, verdict, events, cause, phase, at}, of a trace also {done, implied,
    /// skipped}. `at` is the event of a divergence in the phase `schedule`; there is none in `healing epilogue` and `end`.
    #[arg(long)]
    json: bool,
}

/// What a node's disk is. A run is the same on either; the write-ahead log is slower, and real.
#[derive(clap::ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
enum Storage {
    /// Memory.
    Memory,
    /// A write-ahead log in a temporary folder (TMPDIR says where), by TiKV's raft-engine: what is synced is in its
    /// files, and each start replays them.
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
    #[serde(flatten)]
    steps: Option<Steps>,
}

/// What became of the steps of a trace.
#[derive(Serialize)]
struct Steps {
    done: usize,
    implied: usize,
    skipped: usize,
}

pub fn run(arguments: &Arguments) -> Result<Outcome> {
    match (arguments.storage, arguments.judged.node) {
        (Storage::Memory, Name::RaftRs) => replay::<RaftRs>(arguments, follow::<RaftRs>),
        (Storage::Memory, Name::RaftIo) => replay::<RaftIo>(arguments, one_after_the_other::<RaftIo>),
        (Storage::Wal, Name::RaftRs) => {
            Failure::catch(|| replay::<RaftRsOnWal>(arguments, one_after_the_other::<RaftRsOnWal>))?
        }
        (Storage::Wal, Name::RaftIo) => {
            bail!("--storage wal: raft-io keeps its log in memory here; leave the option out")
        }
    }
}

/// Makes a plan of a trace, and runs it.
type Follow = fn(&Behaviour, Options) -> (Plan, lockstep::Run);

/// A plan is raft-rs's: another implementation has that plan run.
fn one_after_the_other<N: Node>(behaviour: &Behaviour, options: Options) -> (Plan, lockstep::Run) {
    let plan = concretize::<RaftRs>(behaviour);
    let run = lockstep::run::<N>(&plan.schedule, options, &mut Silent);
    (plan, run)
}

fn replay<N: Node>(arguments: &Arguments, follow: Follow) -> Result<Outcome> {
    let options = arguments.judged.options::<N>();
    match arguments.path.is_dir() {
        true => folder::<N>(arguments, options, follow),
        false => file::<N>(arguments, options),
    }
}

fn file<N: Node>(arguments: &Arguments, options: Options) -> Result<Outcome> {
    let input = input::read_as(&arguments.path, &arguments.format)?;
    let mut out = std::io::stdout().lock();
    let (story, run) = transcript::transcript::<N>(&input.schedule, options, arguments.log);
    if arguments.json {
        out.write_all(json(&arguments.path, &input, &run)?.as_bytes())?;
        return Ok(outcome(&run));
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
            writeln!(out, "  they part at step {number} of the trace: {line}")?;
        }
    }
    for row in switch::explaining::<N>(&input.schedule, options, &run) {
        writeln!(out, "  explained by the switch `{}`: {} ({})", row.name, row.sentence, row.source)?;
    }
    Ok(outcome(&run))
}

fn folder<N: Node>(arguments: &Arguments, options: Options, follow: Follow) -> Result<Outcome> {
    let files = files(std::slice::from_ref(&arguments.path))?;
    let mut out = std::io::stdout().lock();
    let (mut agreed, mut skipped, mut diverged, mut unread) = (0, 0, 0, 0);
    for batch in files.chunks(BATCH) {
        // Read and run on all cores; printed in their order.
        let judge = |room: &mut Vec<u8>, path: &PathBuf| {
            let (input, run) = judge::<N>(path, &arguments.format, options, follow, room)?;
            Ok((line(path, &input, &run, arguments.json)?, run.verdict.name()))
        };
        let lines: Vec<Result<(String, &str)>> = batch.par_iter().with_min_len(8).map_init(Vec::new, judge).collect();
        for judged in lines {
            match judged {
                Ok((line, verdict)) => {
                    match verdict {
                        "agreed" => agreed += 1,
                        "skipped" => skipped += 1,
                        _ => diverged += 1,
                    }
                    out.write_all(line.as_bytes())?;
                }
                Err(error) => {
                    eprintln!("{error:#}");
                    unread += 1;
                }
            }
        }
    }
    if !arguments.json {
        writeln!(out, "{} files: {agreed} agreed, {skipped} skipped, {diverged} diverged", files.len())?;
    }
    if unread > 0 {
        bail!("{unread} of {} files could not be read", files.len());
    }
    Ok(if diverged > 0 { Outcome::Diverged } else { Outcome::Agreed })
}

/// So many files are read and run before their lines are printed.
const BATCH: usize = 1_024;

fn judge<N: Node>(
    path: &Path,
    format: &str,
    options: Options,
    follow: Follow,
    room: &mut Vec<u8>,
) -> Result<(Input, lockstep::Run)> {
    Ok(match input::read_text(path, format, room)? {
        Text::Trace(behaviour, format) => {
            let (plan, run) = follow(&behaviour, options);
            (Input::of(behaviour, plan, format), run)
        }
        Text::Schedule(input) => {
            let run = lockstep::run::<N>(&input.schedule, options, &mut Silent);
            (input, run)
        }
    })
}

/// What is printed of a file in a folder.
fn line(path: &Path, input: &Input, run: &lockstep::Run, as_json: bool) -> Result<String> {
    if as_json {
        return json(path, input, run);
    }
    let cause = run.verdict.divergence().map_or(String::new(), |it| format!(" {} {}", it.cause, it.place()));
    Ok(format!("{}: {}{cause}\n", path.display(), run.verdict.name()))
}

/// The files that are named and those in the folders that are named, in order.
pub(super) fn files(paths: &[PathBuf]) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for path in paths {
        match !input::is_stream(path) && path.metadata().with_context(|| format!("{}", path.display()))?.is_dir() {
            true => list(path, &mut files)?,
            false => files.push(path.clone()),
        }
    }
    if files.is_empty() {
        let names: Vec<String> = paths.iter().map(|path| path.display().to_string()).collect();
        bail!("{}: no schedule, fuzz input or trace in it", names.join(", "));
    }
    files.sort();
    Ok(files)
}

/// All schedules below a folder: what lies beside them (transcripts, reports) is left out.
fn list(folder: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    for entry in std::fs::read_dir(folder).with_context(|| format!("{}", folder.display()))? {
        let path = entry?.path();
        let extension = path.extension().and_then(|extension| extension.to_str());
        if path.is_dir() {
            list(&path, files)?;
        } else if extension.is_none_or(|it| it == "json" || it == "txt") && !path.ends_with("report.txt") {
            files.push(path);
        }
    }
    Ok(())
}

fn json(path: &Path, input: &Input, run: &lockstep::Run) -> Result<String> {
    let file = path.display().to_string();
    let counts = input.trace.as_ref().map(|traced| traced.plan.counts());
    let divergence = run.verdict.divergence();
    let row = Row {
        file: &file,
        format: input.format,
        verdict: run.verdict.name(),
        events: run.events,
        cause: divergence.map(|divergence| divergence.cause.to_string()),
        phase: divergence.map(|divergence| divergence.phase.name()),
        // After the schedule there is no event to point at.
        at: divergence.filter(|divergence| divergence.phase == Phase::Schedule).map(|divergence| divergence.event),
        steps: counts.map(|[done, implied, skipped]| Steps { done, implied, skipped }),
    };
    Ok(serde_json::to_string(&row)? + "\n")
}

fn outcome(run: &lockstep::Run) -> Outcome {
    match run.verdict.divergence() {
        Some(_) => Outcome::Diverged,
        None => Outcome::Agreed,
    }
}

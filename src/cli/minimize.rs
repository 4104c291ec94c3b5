//! `minimize`: finds the shortest schedule that diverges with the same cause.

use super::judged::{with_node, Judged};
use super::progress::spinner;
use super::{input, interrupt, known, linked, write_to, Outcome};
use crate::lockstep::observe::Silent;
use crate::lockstep::verdict::Cause;
use crate::lockstep::{self, Options};
use crate::minimize::minimize;
use crate::schedule::{text, Schedule};
use crate::sut::Node;
use anyhow::{ensure, Context, Result};
use indicatif::ProgressBar;
use serde::Serialize;
use std::io::Write;
use std::path::{Path, PathBuf};

#[derive(clap::Args)]
#[command(after_help = "Examples:
  raft-lockstep minimize --no-known artifacts/next-below-match/schedule.txt -o small.txt
  raft-lockstep minimize --no-known artifacts/next-below-match/schedule.txt -o - --json
  raft-lockstep minimize --judge clients artifacts/configuration-lost/schedule.txt -o two.txt   keep the consequence
  raft-lockstep minimize --node raft-io --no-known artifacts/raft-io/late-pre-vote/schedule.txt -o small.txt

After Ctrl-C the best schedule so far is written, and the exit code is 2.")]
pub struct Arguments {
    /// Fuzz input or text schedule that diverges.
    file: PathBuf,
    /// File for the shorter schedule, as text; `-` for standard output.
    #[arg(short)]
    output: PathBuf,
    /// Print one JSON object: {cause, events_in, events_out, minimal, file}; `minimal` is false after Ctrl-C. Printed to
    /// standard error if the schedule is on standard output.
    #[arg(long)]
    json: bool,
    /// Format of the input.
    #[arg(long, default_value = "auto", value_parser = input::formats())]
    format: String,
    #[command(flatten)]
    judged: Judged,
    #[command(flatten)]
    pub raft: linked::Source,
}

/// The object that `--json` prints.
#[derive(Serialize)]
struct Row<'a> {
    cause: String,
    events_in: usize,
    events_out: usize,
    minimal: bool,
    file: &'a str,
}

/// The cause of a schedule's divergence, and the event at which it diverges.
pub fn cause_of<N: Node>(schedule: &Schedule, options: Options) -> Option<(Cause, usize)> {
    let run = lockstep::run::<N>(schedule, options, &mut Silent);
    run.verdict.divergence().map(|divergence| (divergence.cause.clone(), divergence.event))
}

/// The result of a minimisation.
pub struct Shortened {
    /// The shortest schedule found.
    pub schedule: Schedule,
    /// False if a signal ended the minimisation early.
    pub minimal: bool,
}

/// Minimises a schedule that diverges, until the result is minimal or `patience` signals arrived.
pub fn shortened<N: Node>(schedule: &Schedule, options: Options, bar: &ProgressBar, patience: usize) -> Shortened {
    let (events, mut tried) = (schedule.events.len(), 0);
    let goes_on = || interrupt::requests() < patience;
    let small = minimize(
        schedule,
        // After a signal no candidate is run, so none has the cause and the minimiser ends.
        |candidate| (candidate == schedule || goes_on()).then(|| cause_of::<N>(candidate, options)).flatten(),
        |best, more| {
            tried += more;
            bar.set_message(format!("{events} events in, {} left, {tried} schedules tried", best.events.len()));
            bar.tick();
            goes_on()
        },
    );
    bar.finish_and_clear();
    Shortened { schedule: small, minimal: goes_on() }
}

pub fn run(arguments: &Arguments) -> Result<Outcome> {
    with_node!(arguments.judged.node, N => minimized::<N>(arguments))
}

fn minimized<N: Node>(arguments: &Arguments) -> Result<Outcome> {
    require_folder(&arguments.output)?;
    let schedule = input::read_as(&arguments.file, &arguments.format)?.schedule;
    let options = arguments.judged.options::<N>();
    let (cause, _) =
        cause_of::<N>(&schedule, options).with_context(|| nothing_to_do::<N>(&arguments.file, &schedule, options))?;
    let _deferred = interrupt::defer();
    let small = shortened::<N>(&schedule, options, &spinner()?, 1);
    write_to(&arguments.output, text::write(&small.schedule).as_bytes())?;
    let file = arguments.output.display().to_string();
    let (events_in, events_out) = (schedule.events.len(), small.schedule.events.len());
    let line = match arguments.json {
        true => {
            let cause = cause.to_string();
            serde_json::to_string(&Row { cause, events_in, events_out, minimal: small.minimal, file: &file })?
        }
        false => format!("{events_in} events in, {events_out} out, cause {cause}"),
    };
    match input::is_stream(&arguments.output) {
        true => tell!("{line}"),
        false => writeln!(std::io::stdout(), "{line}")?,
    }
    match small.minimal {
        true => Ok(Outcome::Agreed),
        false => Err(interrupted(&file)),
    }
}

/// Fails if the output's folder is missing: the result of minutes of work could not be written.
pub(super) fn require_folder(output: &Path) -> Result<()> {
    let folder = output.parent().filter(|folder| !folder.as_os_str().is_empty());
    let exists = folder.is_none_or(Path::is_dir);
    ensure!(exists, "cannot write {}: its folder does not exist; create it first", output.display());
    Ok(())
}

fn interrupted(file: &str) -> anyhow::Error {
    interrupt::interrupted(&format!(
        "{file} has the best schedule so far; it has the same cause, and is not minimal yet"
    ))
}

/// The error for a schedule that does not diverge.
fn nothing_to_do<N: Node>(file: &Path, schedule: &Schedule, options: Options) -> String {
    let file = file.display();
    match known::hiding::<N>(schedule, options) {
        Some(row) => format!(
            "{file}: no divergence, since the run steps around the known finding {name}; to minimise that, pass \
             --no-known={name}",
            name = row.name
        ),
        None => format!("{file}: no divergence, so there is nothing to minimise; pass a schedule that diverges"),
    }
}

//! `export`: runs a schedule, and writes the run in a format of another tool.

use super::input;
use super::{linked, write_to, Outcome};
use crate::export::{Format, Request, FORMATS};
use crate::findings::FindingSet;
use crate::lockstep::verdict::Verdict;
use crate::lockstep::Run;
use crate::report::draw;
use anyhow::{anyhow, bail, Result};
use clap::builder::{PossibleValue, PossibleValuesParser};
use std::path::{Path, PathBuf};

#[derive(clap::Args)]
#[command(after_help = "Examples:
  raft-lockstep export corpus/scenarios/election.txt --to ndjson -o election.ndjson
  raft-lockstep export corpus/scenarios/conflict.txt --to ndjson -o - | less   standard error lists what is left out
  raft-lockstep export corpus/scenarios/election.txt --to tla -o Run.tla
                                                     with raft.tla beside it: java -cp tla2tools.jar tlc2.TLC Run
  raft-lockstep export corpus/scenarios/election.txt --to itf -o run.itf.json
                                                     a step that raft.tla does not have is an error
  raft-lockstep export --no-known artifacts/stale-pre-vote/schedule.txt --to rust-test -o tests/stale_pre_vote.rs
                                                     a test that needs the crate raft alone, and fails
  raft-lockstep export --no-known artifacts/stale-pre-vote/schedule.txt --to issue -o issue.md
                                                     a report for an issue tracker, with finding.md beside the schedule
  raft-lockstep export --raft 0.6.0 corpus/scenarios/election.txt --to ndjson -o election-0.6.ndjson
  raft-lockstep import corpus/traces/leader.txt -o - | raft-lockstep export - --to ndjson -o trace.ndjson
  JSON=election.ndjson tlc -config Traceetcdraft.cfg Traceetcdraft.tla     etcd's specification judges raft-rs")]
pub struct Arguments {
    /// Schedule as text or bytes, or trace of TLC, Apalache or the seed; `-` for standard input.
    file: PathBuf,
    /// Format to write.
    #[arg(long, value_name = "FORMAT", value_parser = formats())]
    to: String,
    /// File to write; `-` for standard output.
    #[arg(short)]
    output: PathBuf,
    /// Format of the input.
    #[arg(long, default_value = "auto", value_parser = input::formats())]
    format: String,
    /// Report the known findings of raft-rs as well: all of them, or one with `--no-known=NAME`.
    #[arg(long, value_name = "NAME", num_args = 0..=1, require_equals = true,
          default_value = "", hide_default_value = true, default_missing_value = "all", value_parser = super::stepped_around)]
    no_known: FindingSet,
    #[command(flatten)]
    pub raft: linked::Source,
}

/// The names of the formats; those of `explain`'s are hidden, and refused by [`format`] with the command to use.
fn formats() -> PossibleValuesParser {
    let exports = FORMATS.iter().map(|format| PossibleValue::new(format.name).help(format.about));
    let pictures = draw::FORMATS.iter().map(|format| PossibleValue::new(format.name).hide(true));
    PossibleValuesParser::new(exports.chain(pictures))
}

fn format(name: &str) -> Result<&'static Format> {
    if let Some(format) = FORMATS.iter().find(|format| format.name == name) {
        return Ok(format);
    }
    let names: Vec<&str> = FORMATS.iter().map(|format| format.name).collect();
    let extension = draw::FORMATS.iter().find(|format| format.name == name).map_or("", |format| format.extension);
    bail!(
        "{name} is no format of `export`: expected {}; `raft-lockstep explain FILE -o run.{extension}` writes {name}",
        names.join(", ")
    )
}

pub fn run(arguments: &Arguments) -> Result<Outcome> {
    let format = format(&arguments.to)?;
    let name = file_name(format, &arguments.output)?;
    let input = input::read_as(&arguments.file, &arguments.format)?;
    let mut options = linked::options();
    options.known = options.known.and(arguments.no_known);
    let beside = Some(arguments.file.with_file_name("finding.md")).filter(|_| !input::is_stream(&arguments.file));
    let description = beside.and_then(|path| std::fs::read_to_string(path).ok());
    let description = description.as_deref();
    let request = Request { schedule: &input.schedule, options, name: name.as_deref(), description };
    let export = (format.write)(&request).map_err(|why| anyhow!(why))?;
    write_to(&arguments.output, export.text.as_bytes())?;
    export.notes.iter().for_each(|note| tell!("{note}"));
    if let (Some(extension), Some(text)) = (format.companion, &export.companion) {
        match name {
            Some(_) => write_to(&arguments.output.with_extension(extension), text.as_bytes())?,
            None => tell!("  its .{extension} is written only beside a file: -o Run.{}", format.extension),
        }
    }
    Ok(ended(&export.run))
}

/// The stem of the output file's name; `None` for standard output. A file with a companion needs the format's extension.
fn file_name(format: &Format, output: &Path) -> Result<Option<String>> {
    if input::is_stream(output) {
        return Ok(None);
    }
    if let Some(companion) = format.companion.filter(|_| output.extension().is_none_or(|it| it != format.extension)) {
        bail!(
            "{}: expected a file named NAME.{}; its NAME.{companion} is written beside it",
            output.display(),
            format.extension
        );
    }
    Ok(output.file_stem().map(|stem| stem.to_string_lossy().into_owned()))
}

/// The outcome of the exported run; an early end is told on standard error.
fn ended(run: &Run) -> Outcome {
    match &run.verdict {
        Verdict::Agreed => {}
        Verdict::Skipped(why) => tell!("  ends {}: {why}", run.phase.place(run.events)),
        Verdict::Diverged(divergence) => tell!("  ends before the divergence: {divergence}"),
    }
    Outcome::of(run.verdict.divergence().is_some())
}

//! `export`: runs a schedule and writes what happened for the tools of others.

use super::input::{self, Input};
use super::{write_to, Outcome};
use crate::lockstep::Options;
use crate::report::ndjson::{self, Lack};
use crate::sut::nodes::raft_rs::RaftRs;
use crate::verdict::Verdict;
use anyhow::{Context, Result};
use clap::builder::{PossibleValue, PossibleValuesParser};
use std::path::{Path, PathBuf};

/// A format that runs are written in.
struct Format {
    name: &'static str,
    about: &'static str,
    /// Runs what was read, and writes it to a file, or to standard output for `-`.
    write: fn(&Input, &Path) -> Result<Outcome>,
}

/// All formats. A new one is a row.
const FORMATS: &[Format] = &[Format {
    name: "ndjson",
    about: "a JSON line an event, as etcd's trace validation reads them (Traceetcdraft.tla of etcd-io/raft)",
    write: write_ndjson,
}];

#[derive(clap::Args)]
#[command(after_help = "Examples:
  raft-lockstep export corpus/scenarios/election.txt --to ndjson -o election.ndjson
  raft-lockstep export crash-1234 --to ndjson -o - | less     what has no event there is told on standard error
  raft-lockstep import trace.json -o - | raft-lockstep export - --to ndjson -o trace.ndjson
  JSON=election.ndjson tlc -config Traceetcdraft.cfg Traceetcdraft.tla     etcd's specification judges raft-rs")]
pub struct Arguments {
    /// A schedule as text or bytes, or a trace of TLC, Apalache or the seed; `-` for standard input.
    file: PathBuf,
    /// The format to write.
    #[arg(long, value_name = "FORMAT", value_parser = formats())]
    to: String,
    /// Where it goes; `-` for standard output.
    #[arg(short)]
    output: PathBuf,
    /// The format of the file.
    #[arg(long, default_value = "auto", value_parser = input::formats())]
    format: String,
}

fn formats() -> PossibleValuesParser {
    PossibleValuesParser::new(FORMATS.iter().map(|format| PossibleValue::new(format.name).help(format.about)))
}

pub fn run(arguments: &Arguments) -> Result<Outcome> {
    let format = FORMATS.iter().find(|format| format.name == arguments.to).context("clap lets no other through")?;
    let input = input::read_as(&arguments.file, &arguments.format)?;
    (format.write)(&input, &arguments.output)
}

fn write_ndjson(input: &Input, output: &Path) -> Result<Outcome> {
    let (trace, run) = ndjson::trace::<RaftRs>(&input.schedule, Options::default());
    let mut text = String::new();
    for line in trace.lines() {
        text.push_str(&serde_json::to_string(&line)?);
        text.push('\n');
    }
    write_to(output, text.as_bytes())?;
    eprintln!("ndjson: {} events of {} nodes", trace.events.len(), input.schedule.setup.count());
    for (lack, count) in &trace.lacks {
        match lack {
            Lack::LeftOut(why) => eprintln!("  left out {count}: {why}"),
            Lack::Refused(why) => eprintln!("  refused there {count}: {why}"),
        }
    }
    match &run.verdict {
        Verdict::Agreed => Ok(Outcome::Agreed),
        Verdict::Skipped(why) => {
            eprintln!("  ends at event {}: {why}", run.events);
            Ok(Outcome::Agreed)
        }
        Verdict::Diverged(divergence) => {
            eprintln!("  ends before what differs: {divergence}");
            Ok(Outcome::Diverged)
        }
    }
}

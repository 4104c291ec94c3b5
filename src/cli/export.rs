//! `export`: runs a schedule, and writes the run in a format of another tool.

use super::input::{self, Input};
use super::{linked, write_to, Outcome};
use crate::lockstep::{Options, Run};
use crate::report::behaviour;
use crate::report::draw::{self, Caption};
use crate::report::ndjson::{self, Lack};
use crate::report::story::story;
use crate::sut::nodes::raft_rs::RaftRs;
use crate::sut::Node;
use crate::trace::{self, module, Moment};
use crate::verdict::Verdict;
use anyhow::{anyhow, bail, Context, Result};
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
const FORMATS: &[Format] = &[
    Format {
        name: "ndjson",
        about: "a JSON line an event, as etcd's trace validation reads them (Traceetcdraft.tla of etcd-io/raft)",
        write: write_ndjson,
    },
    Format {
        name: "tla",
        about: "a module that takes the steps of raft.tla which the run is, and its .cfg beside it, for TLC",
        write: write_tla,
    },
    Format { name: "itf", about: "the same behaviour of raft.tla as Apalache's ITF", write: write_itf },
    Format { name: "shiviz", about: "a log with vector clocks, for ShiViz", write: write_shiviz },
];

#[derive(clap::Args)]
#[command(after_help = "Examples:
  raft-lockstep export corpus/scenarios/election.txt --to ndjson -o election.ndjson
  raft-lockstep export corpus/scenarios/conflict.txt --to ndjson -o - | less   what has no event there is on standard error
  raft-lockstep export corpus/scenarios/election.txt --to tla -o Run.tla
                                                     with raft.tla beside it: java -cp tla2tools.jar tlc2.TLC Run
  raft-lockstep export corpus/scenarios/election.txt --to itf -o run.itf.json
                                                     what raft.tla cannot do is refused, with its event
  raft-lockstep export corpus/scenarios/figure-8.txt --to shiviz -o run.log    paste it into ShiViz
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
    #[command(flatten)]
    pub raft: linked::Source,
}

fn formats() -> PossibleValuesParser {
    PossibleValuesParser::new(FORMATS.iter().map(|format| PossibleValue::new(format.name).help(format.about)))
}

pub fn run(arguments: &Arguments) -> Result<Outcome> {
    let format = FORMATS.iter().find(|format| format.name == arguments.to).context("clap lets no other through")?;
    let input = input::read_as(&arguments.file, &arguments.format)?;
    (format.write)(&input, &arguments.output)
}

/// The run as a behaviour of raft.tla; on standard error how long it is, and where it ends early.
fn behaviour(input: &Input) -> Result<(Vec<Moment>, Outcome)> {
    let (moments, run) = behaviour::behaviour::<RaftRs>(&input.schedule, options()).map_err(|refusal| {
        anyhow!("{}, node {}: raft.tla does not follow: {}", refusal.place(), refusal.node, refusal.why)
    })?;
    tell!("raft.tla: {} steps for {} events", moments.len() - 1, run.events);
    Ok((moments, ended(&run)))
}

fn write_tla(input: &Input, output: &Path) -> Result<Outcome> {
    let to_file = output.to_str() != Some("-");
    if to_file && output.extension().is_none_or(|extension| extension != "tla") {
        bail!("{}: expected a file named NAME.tla for a module; its NAME.cfg is written beside it", output.display());
    }
    let (moments, outcome) = behaviour(input)?;
    let name = output.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    let name = if name == "-" { "Run".into() } else { name };
    let (module, cfg) = module::write(&name, &moments).map_err(|why| anyhow!("{}: {why}", output.display()))?;
    write_to(output, module.as_bytes())?;
    match to_file {
        true => write_to(&output.with_extension("cfg"), cfg.as_bytes())?,
        false => tell!("  its .cfg is written only beside a file: -o {name}.tla"),
    }
    Ok(outcome)
}

fn write_itf(input: &Input, output: &Path) -> Result<Outcome> {
    let (moments, outcome) = behaviour(input)?;
    write_to(output, trace::write_itf(&moments).as_bytes())?;
    Ok(outcome)
}

fn write_ndjson(input: &Input, output: &Path) -> Result<Outcome> {
    let (trace, run) = ndjson::trace::<RaftRs>(&input.schedule, options());
    let mut text = String::new();
    for line in trace.lines() {
        text.push_str(&serde_json::to_string(&line)?);
        text.push('\n');
    }
    write_to(output, text.as_bytes())?;
    tell!("ndjson: {} events of {} nodes", trace.events.len(), input.schedule.setup.count());
    for (lack, count) in &trace.lacks {
        match lack {
            Lack::LeftOut(why) => tell!("  left out {count}: {why}"),
            Lack::Refused(why) => tell!("  refused there {count}: {why}"),
        }
    }
    Ok(ended(&run))
}

fn write_shiviz(input: &Input, output: &Path) -> Result<Outcome> {
    let story = story::<RaftRs>(&input.schedule, options());
    let format = draw::FORMATS.iter().find(|format| format.name == "shiviz").context("a row of the table")?;
    let caption = Caption { title: "", command: "" };
    write_to(output, (format.write)(&story, &caption).as_bytes())?;
    Ok(ended(&story.run))
}

/// How a run is judged: known findings that another raft-rs has mended are not stepped around.
fn options() -> Options {
    Options { known: <RaftRs as Node>::KNOWN.and(*linked::STANDING), ..Options::default() }
}

/// How the run ended; on standard error where it ends early.
fn ended(run: &Run) -> Outcome {
    match &run.verdict {
        Verdict::Agreed => Outcome::Agreed,
        Verdict::Skipped(why) => {
            tell!("  ends {}: {why}", run.phase.place(run.events));
            Outcome::Agreed
        }
        Verdict::Diverged(divergence) => {
            tell!("  ends before the divergence: {divergence}");
            Outcome::Diverged
        }
    }
}

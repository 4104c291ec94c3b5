//! `import`: converts a trace, a script, or a schedule in any format, to a schedule as text or bytes.

use super::{input, write_to, Outcome};
use crate::schedule::{codec, text};
use anyhow::Result;
use std::path::PathBuf;

#[derive(clap::Args)]
#[command(after_help = "Examples:
  raft-lockstep import corpus/traces/leader.txt -o leader.txt    write each step as a comment before its events
  raft-lockstep import corpus/traces/commit1.txt -o - | less     print the schedule; the summary is on standard error
  raft-lockstep import corpus/traces/leader.txt --bytes -o corpus/conformance/seed-leader
  raft-lockstep import tests/golden/scripts/election.txt -o -    convert an interaction script of etcd-io/raft; a command
                                                                 that raft-rs lacks is an error with its line
  raft-lockstep import artifacts/next-below-match/crash-04eb1895aad1c686cafbb2f0c7aa7af566300469 -o -
                                                                 print a fuzz input as text")]
pub struct Arguments {
    /// Trace of TLC, Apalache or the seed, interaction script of etcd, or schedule; `-` for standard input.
    file: PathBuf,
    /// File for the schedule; `-` for standard output.
    #[arg(short)]
    output: PathBuf,
    /// Format of the input.
    #[arg(long, default_value = "auto", value_parser = input::formats())]
    format: String,
    /// Write a fuzz input instead of text.
    #[arg(long)]
    bytes: bool,
}

pub fn run(arguments: &Arguments) -> Result<Outcome> {
    let input = input::read_as(&arguments.file, &arguments.format)?;
    let traced = input.trace.as_ref().map(input::Traced::comments);
    let comments = traced.or(input.script.as_ref().map(input::Scripted::comments)).unwrap_or_default();
    let text = || text::write_with(&input.schedule, &comments).into_bytes();
    write_to(&arguments.output, &if arguments.bytes { codec::encode(&input.schedule) } else { text() })?;
    if let Some(traced) = &input.trace {
        // A closed standard error must not change the exit code.
        let _ = traced.summarize(&mut std::io::stderr());
    }
    if let Some(scripted) = &input.script {
        let _ = scripted.summarize(&mut std::io::stderr());
    }
    Ok(Outcome::Agreed)
}

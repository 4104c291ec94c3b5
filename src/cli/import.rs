//! `import`: a trace, or a schedule in any format, becomes a schedule as text or bytes.

use super::{input, write_to, Outcome};
use crate::schedule::{codec, text};
use anyhow::Result;
use std::path::PathBuf;

#[derive(clap::Args)]
#[command(after_help = "Examples:
  raft-lockstep import corpus/traces/leader.txt -o leader.txt    each step of the trace is a comment before its events
  raft-lockstep import corpus/traces/commit1.txt -o - | less     the summary goes to standard error
  raft-lockstep import corpus/traces/leader.txt --bytes -o corpus/conformance/seed-leader
  raft-lockstep import artifacts/next-below-match/crash-04eb1895aad1c686cafbb2f0c7aa7af566300469 -o -
                                                                 a fuzz input as text")]
pub struct Arguments {
    /// A trace of TLC, Apalache or the seed, or a schedule; `-` for standard input.
    file: PathBuf,
    /// Where the schedule goes; `-` for standard output.
    #[arg(short)]
    output: PathBuf,
    /// The format of the file.
    #[arg(long, default_value = "auto", value_parser = input::formats())]
    format: String,
    /// Write a fuzz input instead of text.
    #[arg(long)]
    bytes: bool,
}

pub fn run(arguments: &Arguments) -> Result<Outcome> {
    let input = input::read_as(&arguments.file, &arguments.format)?;
    let comments = input.trace.as_ref().map(input::Traced::comments).unwrap_or_default();
    let written = match arguments.bytes {
        true => codec::encode(&input.schedule),
        false => text::write_with(&input.schedule, &comments).into_bytes(),
    };
    write_to(&arguments.output, &written)?;
    if let Some(traced) = &input.trace {
        // A summary decides nothing: standard error may be closed.
        let _ = traced.summarize(&mut std::io::stderr());
    }
    Ok(Outcome::Agreed)
}

//! `explain`: what happened in a run, in words and in pictures.

use super::judged::{with_node, Judged};
use super::{input, linked, write_to, Outcome};
use crate::lockstep::Options;
use crate::report::draw::{write_text, Caption, Colours, Format, FORMATS};
use crate::report::story::{story, Story};
use crate::report::transcript;
use crate::schedule::Schedule;
use crate::sut::nodes::raft_rs::RaftRs;
use anyhow::{bail, Result};
use std::io::Write;
use std::path::{Path, PathBuf};

#[derive(clap::Args)]
#[command(after_help = "Examples:
  raft-lockstep explain crash-1234                        the story in words
  raft-lockstep explain crash-1234 -o crash.html          a page to walk through: open it in a browser
  raft-lockstep explain crash-1234 -o crash.svg -o crash.mmd
  raft-lockstep explain --no-known artifacts/next-below-match/schedule.txt
A file's name says its format: .html, .svg, .mmd (Mermaid), .txt, .log (ShiViz).")]
pub struct Arguments {
    /// A fuzz input, a text schedule, or a trace of TLC, Apalache or the seed; `-` for standard input.
    file: PathBuf,
    /// A file to write: .html, .svg, .mmd (Mermaid), .txt or .log (ShiViz). May be given several times.
    #[arg(short, value_name = "OUT")]
    output: Vec<PathBuf>,
    /// The format of the file that is read.
    #[arg(long, default_value = "auto", value_parser = input::formats())]
    format: String,
    #[command(flatten)]
    judged: Judged,
    #[command(flatten)]
    pub raft: linked::Source,
}

pub fn run(arguments: &Arguments) -> Result<Outcome> {
    let formats = arguments.output.iter().map(|path| format_of(path)).collect::<Result<Vec<_>>>()?;
    let input = input::read_as(&arguments.file, &arguments.format)?;
    let judged = &arguments.judged;
    let story = with_node!(judged.node, N => story::<N>(&input.schedule, judged.options::<N>()));
    let (title, command) = (title(&arguments.file), command());
    let caption = Caption { title: &title, command: &command };
    for (path, format) in arguments.output.iter().zip(&formats) {
        write_to(path, (format.write)(&story, &caption).as_bytes())?;
    }
    let mut out = anstream::stdout().lock();
    match formats.is_empty() {
        true => write!(out, "{}", write_text(&story, &caption, Colours::TERMINAL))?,
        false => write!(out, "{}", transcript::verdict(&story.run))?,
    }
    for path in &arguments.output {
        writeln!(out, "wrote {}", path.display())?;
    }
    Ok(outcome(&story))
}

/// Draws a schedule's run into a file.
pub fn draw(schedule: &Schedule, options: Options, path: &Path) -> Result<()> {
    let story = story::<RaftRs>(schedule, options);
    let title = path.parent().map_or(String::new(), title);
    let written = (format_of(path)?.write)(&story, &Caption { title: &title, command: "" });
    write_to(path, written.as_bytes())
}

fn format_of(path: &Path) -> Result<&'static Format> {
    let extension = path.extension().unwrap_or_default();
    let Some(format) = FORMATS.iter().find(|format| extension == format.extension) else {
        let known: Vec<String> =
            FORMATS.iter().map(|format| format!(".{} ({})", format.extension, format.about)).collect();
        bail!("{}: its name does not say a format: expected {}", path.display(), known.join(", "));
    };
    Ok(format)
}

/// A kept finding's folder, or the file's own name.
fn title(file: &Path) -> String {
    let kept = file.ends_with("schedule.txt").then(|| file.parent()).flatten();
    let name = kept.unwrap_or(file).file_name().or(file.file_name());
    name.map_or("-".into(), |name| name.to_string_lossy().into_owned())
}

/// This command, as it was given, for a shell; but for the files that it writes.
fn command() -> String {
    let quoted = |word: String| {
        let plain = |c: char| c.is_ascii_alphanumeric() || "-_=./:,+@%".contains(c);
        if !word.is_empty() && word.chars().all(plain) {
            word
        } else {
            format!("'{}'", word.replace('\'', r"'\''"))
        }
    };
    let mut words = std::env::args_os().skip(1).map(|word| word.to_string_lossy().into_owned());
    let mut command = "cargo run --release --".to_string();
    while let Some(word) = words.next() {
        match word.strip_prefix("-o") {
            Some("") => drop(words.next()),
            Some(_) => {}
            None => command = command + " " + &quoted(word),
        }
    }
    command
}

fn outcome(story: &Story) -> Outcome {
    match story.run.verdict.divergence() {
        Some(_) => Outcome::Diverged,
        None => Outcome::Agreed,
    }
}

//! A finding of a hunt: a crash that is minimised, matched with the known findings, explained, drawn and kept.

use super::worker::Places;
use super::Arguments;
use crate::cli::minimize::{cause_of, shortened};
use crate::cli::{explain, known, linked, shell};
use crate::findings::every;
use crate::lockstep::verdict::Cause;
use crate::lockstep::{JudgeName, Options};
use crate::report::transcript;
use crate::schedule::{codec, text, Schedule};
use crate::sut::nodes::raft_rs::RaftRs;
use anyhow::{Context, Result};
use indicatif::ProgressBar;
use serde::Serialize;
use std::fs;
use std::path::{Path, PathBuf};

/// A divergence that the hunt found.
#[derive(Serialize)]
pub struct Finding {
    /// The cause.
    #[serde(serialize_with = "as_text")]
    pub cause: Cause,
    /// The known finding that explains it; `None` for a new one.
    pub known: Option<&'static str>,
    /// The number of events in the input.
    pub events_in: usize,
    /// The number of events in the shortest schedule.
    pub events_out: usize,
    /// True if no event can be removed from the shortest schedule.
    pub minimal: bool,
    /// The crash file.
    pub input: PathBuf,
    /// The folder for the shortest schedule and its report.
    pub folder: PathBuf,
    #[serde(skip)]
    schedule: Schedule,
    #[serde(skip)]
    options: Options,
}

fn as_text<S: serde::Serializer>(cause: &Cause, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(cause)
}

/// The first Ctrl-C ends the hunt and lets minimisations finish; the second ends them as well.
const PATIENCE: usize = 2;

impl Finding {
    /// Minimises a crash file, and matches it with the known findings. The hunt decides whether it is kept.
    pub fn of(input: PathBuf, places: &Places, options: Options) -> Result<Self> {
        let bytes = fs::read(&input).with_context(|| format!("{}", input.display()))?;
        let schedule = codec::decode(&bytes)?;
        let (cause, _) = cause_of::<RaftRs>(&schedule, options).with_context(|| {
            format!("{}: no divergence in the replay, expected the one that the worker reported", input.display())
        })?;
        let small = shortened::<RaftRs>(&schedule, options, &ProgressBar::hidden(), PATIENCE);
        let known = known::finding::<RaftRs>(&small.schedule, &cause, options).map(|row| row.name);
        let folder = match known {
            // Not the folder in `artifacts`, which has the committed counterexample.
            Some(name) => places.artifacts.join(KNOWN).join(name),
            None => places.kept.join(cause.slug()),
        };
        let (events_in, events_out) = (schedule.events.len(), small.schedule.events.len());
        let (minimal, schedule) = (small.minimal, small.schedule);
        Ok(Finding { cause, known, events_in, events_out, minimal, input, folder, schedule, options })
    }

    /// Writes schedule, report and diagram to the folder.
    pub fn keep(&self) -> Result<()> {
        let (story, _) = transcript::transcript::<RaftRs>(&self.schedule, self.options, true);
        fs::create_dir_all(&self.folder).with_context(|| format!("cannot make {}", self.folder.display()))?;
        let files = [
            ("input", codec::encode(&self.schedule)),
            ("schedule.txt", text::write(&self.schedule).into_bytes()),
            ("report.txt", story.into_bytes()),
        ];
        for (name, bytes) in files {
            let path = self.folder.join(name);
            fs::write(&path, bytes).with_context(|| format!("cannot write {}", path.display()))?;
        }
        explain::draw(&self.schedule, self.options, &self.folder.join("diagram.svg"))
    }

    /// The finding in one line.
    pub fn line(&self, root: &Path) -> String {
        let Finding { cause, events_in, events_out, .. } = self;
        let name = self.known.map_or(String::new(), |name| format!(", the known finding {name}"));
        let minimal = if self.minimal { "" } else { " so far" };
        let folder = self.folder.strip_prefix(root).unwrap_or(&self.folder).display();
        format!("{cause}: {events_in} events, {events_out} after minimising{minimal}{name}, in {folder}")
    }

    /// The report, with the commands that repeat and explain the run.
    pub fn print(&self, arguments: &Arguments) -> String {
        let (story, _) = transcript::transcript::<RaftRs>(&self.schedule, self.options, true);
        let Finding { events_in, events_out, input, .. } = self;
        let known = self.known.map_or(String::new(), |name| format!("known finding: {name}\n"));
        let path = |name: &str| from_here(&self.folder.join(name)).display().to_string();
        let command = |subcommand: &str, more: &[&str]| {
            let mut words = vec![subcommand.to_string()];
            words.extend(arguments.raft.arguments());
            words.extend(no_known(arguments).into_iter().chain(judge(arguments)));
            words.push(path("schedule.txt"));
            words.extend(more.iter().map(|word| word.to_string()));
            shell::command(words)
        };
        format!(
            "{}\n{story}\n{events_in} events in {}, {events_out} after minimising\n{known}repeat: {}\nexplain: {}\n",
            text::write(&self.schedule),
            input.display(),
            command("replay", &[]),
            command("explain", &["-o", &path("page.html")]),
        )
    }
}

/// The folder for known findings that a hunt finds again.
const KNOWN: &str = "known";

/// The option that reports the same known findings in another command.
fn no_known(arguments: &Arguments) -> Option<String> {
    let reported = |known| linked::STANDING.has(known) && !arguments.no_known.has(known);
    let names: Vec<&str> = every().filter(|row| reported(row.finding)).map(|row| row.name).collect();
    match names[..] {
        [] => None,
        [name] => Some(format!("--no-known={name}")),
        _ => Some("--no-known".into()),
    }
}

/// The option that selects the same judge in another command.
fn judge(arguments: &Arguments) -> Option<String> {
    (arguments.judge != JudgeName::default()).then(|| format!("--judge={}", arguments.judge.name()))
}

/// The path, relative if it is inside the current folder.
fn from_here(path: &Path) -> PathBuf {
    let here = std::env::current_dir().unwrap_or_default();
    path.strip_prefix(here).unwrap_or(path).to_path_buf()
}

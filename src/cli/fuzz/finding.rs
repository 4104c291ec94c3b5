//! A finding: a crash that is minimised, named if it is known, explained, drawn and kept.

use super::worker::Places;
use super::Arguments;
use crate::cli::minimize::{cause_of, shortened};
use crate::cli::{explain, known, linked, shell};
use crate::lockstep::Options;
use crate::report::transcript;
use crate::schedule::{codec, text, Schedule};
use crate::spec::known::every;
use crate::sut::nodes::raft_rs::RaftRs;
use crate::verdict::Cause;
use anyhow::{bail, Context, Result};
use indicatif::ProgressBar;
use serde::Serialize;
use std::fs;
use std::path::{Path, PathBuf};

/// A divergence that was found.
#[derive(Serialize)]
pub struct Finding {
    /// Its cause.
    #[serde(serialize_with = "as_text")]
    pub cause: Cause,
    /// The known finding that it is.
    pub known: Option<&'static str>,
    /// Events of the input.
    pub events_in: usize,
    /// Events of the shortest schedule.
    pub events_out: usize,
    /// Whether no event can be left out of it.
    pub minimal: bool,
    /// The input.
    pub input: PathBuf,
    /// Where it is kept: the shortest schedule and what is told of it.
    pub folder: PathBuf,
    #[serde(skip)]
    schedule: Schedule,
    #[serde(skip)]
    options: Options,
}

fn as_text<S: serde::Serializer>(cause: &Cause, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(cause)
}

/// Ctrl-C ends a hunt, which waits for its findings to be minimised; a second one does not.
const PATIENCE: usize = 2;

impl Finding {
    /// Minimises `input` and says which known finding it is; the hunt decides whether it is kept.
    pub fn of(input: PathBuf, places: &Places, options: Options) -> Result<Self> {
        let bytes = fs::read(&input).with_context(|| format!("{}", input.display()))?;
        let schedule = codec::decode(&bytes)?;
        let Some((cause, _)) = cause_of::<RaftRs>(&schedule, options) else {
            bail!("{} does not diverge when it is replayed", input.display());
        };
        let small = shortened::<RaftRs>(&schedule, options, &ProgressBar::hidden(), PATIENCE);
        let known = known::finding::<RaftRs>(&small.schedule, &cause, options).map(|row| row.name);
        let folder = match known {
            // The counterexamples of known findings that are committed stay as they are.
            Some(name) => places.artifacts.join(KNOWN).join(name),
            None => places.kept.join(cause.slug()),
        };
        let (events_in, events_out) = (schedule.events.len(), small.schedule.events.len());
        let (minimal, schedule) = (small.minimal, small.schedule);
        Ok(Finding { cause, known, events_in, events_out, minimal, input, folder, schedule, options })
    }

    /// Writes it to its folder.
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

    /// In a line.
    pub fn line(&self, root: &Path) -> String {
        let Finding { cause, events_in, events_out, .. } = self;
        let name = self.known.map_or(String::new(), |name| format!(", the known finding {name}"));
        let minimal = if self.minimal { "" } else { " so far" };
        let folder = self.folder.strip_prefix(root).unwrap_or(&self.folder).display();
        format!("{cause}: {events_in} events, {events_out} after minimising{minimal}{name}, in {folder}")
    }

    /// The whole story, and what to do with it.
    pub fn print(&self, arguments: &Arguments) -> String {
        let (story, _) = transcript::transcript::<RaftRs>(&self.schedule, self.options, true);
        let Finding { events_in, events_out, input, .. } = self;
        let known = self.known.map_or(String::new(), |name| format!("it is the known finding {name}\n"));
        let path = |name: &str| from_here(&self.folder.join(name)).display().to_string();
        let command = |subcommand: &str, more: &[&str]| {
            let mut words = vec![subcommand.to_string()];
            words.extend(arguments.raft.arguments());
            words.extend(no_known(arguments));
            words.push(path("schedule.txt"));
            words.extend(more.iter().map(|word| word.to_string()));
            shell::command(words)
        };
        format!(
            "{}\n{story}\n{events_in} events in {}, {events_out} after minimising\n{known}repeat it: {}\nlook at it: {}\n",
            text::write(&self.schedule),
            input.display(),
            command("replay", &[]),
            command("explain", &["-o", &path("page.html")]),
        )
    }
}

/// The folder of known findings that were found again.
const KNOWN: &str = "known";

/// The option that has the same known findings reported.
fn no_known(arguments: &Arguments) -> Option<String> {
    let reported = |known| linked::STANDING.has(known) && !arguments.no_known.has(known);
    let names: Vec<&str> = every().filter(|row| reported(row.known)).map(|row| row.name).collect();
    match names[..] {
        [] => None,
        [name] => Some(format!("--no-known={name}")),
        _ => Some("--no-known".into()),
    }
}

/// The path, from the current folder if it is below it.
fn from_here(path: &Path) -> PathBuf {
    let here = std::env::current_dir().unwrap_or_default();
    path.strip_prefix(here).unwrap_or(path).to_path_buf()
}

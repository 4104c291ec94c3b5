//! Input files: reads a schedule from bytes, text, a trace of raft.tla, or a script of etcd's test environment.

mod content;
mod folder;
mod foreign;
mod magic;
mod names;

pub use folder::{refuse_unread, Listing};

use crate::concretize::script::{follow, Followed};
use crate::concretize::{concretize, Outcome, Plan};
use crate::schedule::{codec, text, Schedule};
use crate::sut::nodes::raft_rs::RaftRs;
use crate::trace::rafttest::Script;
use crate::trace::{self, Behaviour, FORMATS};
use anyhow::{anyhow, ensure, Context, Result};
use clap::builder::{PossibleValue, PossibleValuesParser};
use content::Content;
use std::fs::File;
use std::io::{Read, Write};
use std::path::Path;

/// The size limit of a schedule. The longest schedule takes 64 KiB of bytes or 300 KiB of text.
const MAX_BYTES: usize = 1 << 20;

/// A schedule and its format.
pub struct Input {
    /// The schedule.
    pub schedule: Schedule,
    /// `bytes`, `text`, or the name of a trace format.
    pub format: &'static str,
    /// The trace that the schedule follows, if the file holds one.
    pub trace: Option<Traced>,
    /// The script that the schedule follows, if the file holds one.
    pub script: Option<Scripted>,
}

/// A trace and its plan.
pub struct Traced {
    /// The steps of the trace.
    pub behaviour: Behaviour,
    /// The events for each step.
    pub plan: Plan,
}

/// A script of another implementation's test environment, and how it is followed.
pub struct Scripted {
    script: Script,
    followed: Followed,
}

/// The names of all formats, with a sentence on each.
pub fn formats() -> PossibleValuesParser {
    let own = [
        ("auto", "the format is detected from the content, and for a fuzz input from the file's name"),
        ("bytes", "a fuzz input"),
        ("text", "a schedule"),
    ];
    let rows = own.into_iter().chain(FORMATS.iter().map(|format| (format.name, format.about)));
    PossibleValuesParser::new(rows.map(|(name, about)| PossibleValue::new(name).help(about)))
}

/// Reads a file, or standard input for `-`, in the named format; `auto` detects it.
pub fn read_as(path: &Path, format: &str) -> Result<Input> {
    let name = path.display();
    let (bytes, has_name) = load(path).with_context(|| format!("{name}"))?;
    let content = match format {
        "auto" => content::of(has_name.then_some(path), &bytes),
        _ => as_asked(&bytes, format),
    };
    let content = content.map_err(|why| anyhow!("{name}: {why}"))?;
    let fits = matches!(content, Content::Trace(..)) || bytes.len() <= MAX_BYTES;
    ensure!(fits, "{name}: {} bytes, larger than any schedule; expected at most {MAX_BYTES}", bytes.len());
    match content {
        Content::Bytes => {
            let schedule = codec::decode(&bytes).map_err(|error| anyhow!("{name}: {error}"))?;
            Ok(Input { schedule, format: "bytes", trace: None, script: None })
        }
        Content::Trace(text, format) => match format.read {
            trace::Read::Behaviour(read) => {
                let behaviour =
                    read(text).map_err(|error| anyhow!("{name}: invalid {} trace: {error}", format.name))?;
                let plan = concretize::<RaftRs>(&behaviour);
                let schedule = plan.schedule.clone();
                Ok(Input { schedule, format: format.name, trace: Some(Traced { behaviour, plan }), script: None })
            }
            trace::Read::Script(read) => {
                let script = read(text).map_err(|refusal| anyhow!("{name}:{refusal}"))?;
                let followed = follow::<RaftRs>(&script).map_err(|refusal| anyhow!("{name}:{refusal}"))?;
                let schedule = followed.schedule.clone();
                Ok(Input { schedule, format: format.name, trace: None, script: Some(Scripted { script, followed }) })
            }
        },
        Content::Schedule(text) => {
            let schedule = text::read(text).map_err(|error| anyhow!("{name}:{}: {}", error.line, error.problem))?;
            Ok(Input { schedule, format: "text", trace: None, script: None })
        }
    }
}

/// The contents of the file in the current version; `None` if they are, or are a trace, which has no version.
pub fn migrated(path: &Path) -> Result<Option<Vec<u8>>> {
    let name = path.display();
    let (old, _) = load(path).with_context(|| format!("{name}"))?;
    let new = match content::of(Some(path), &old).map_err(|why| anyhow!("{name}: {why}"))? {
        Content::Trace(..) => return Ok(None),
        Content::Bytes if old.starts_with(&[codec::MAGIC, codec::CURRENT.number]) => return Ok(None),
        Content::Bytes => codec::encode(&codec::decode(&old).map_err(|error| anyhow!("{name}: {error}"))?),
        Content::Schedule(text) => {
            let text = text::migrated(text).map_err(|error| anyhow!("{name}:{}: {}", error.line, error.problem))?;
            text.into_bytes()
        }
    };
    Ok((new != old).then_some(new))
}

/// Reads all bytes of a file or a stream; true for a regular file, whose name can select the format.
fn load(path: &Path) -> Result<(Vec<u8>, bool)> {
    let (mut bytes, mut is_file) = (Vec::new(), false);
    let most = trace::MAX_BYTES as u64 + 1;
    if is_stream(path) {
        std::io::stdin().take(most).read_to_end(&mut bytes)?;
    } else {
        let file = File::open(path)?;
        let metadata = file.metadata()?;
        ensure!(!metadata.is_dir(), "a folder; expected a file: pass a file in it");
        is_file = metadata.is_file();
        file.take(most).read_to_end(&mut bytes)?;
    }
    let fits = bytes.len() <= trace::MAX_BYTES;
    ensure!(fits, "larger than {} bytes, the limit for any input; pass a smaller file", trace::MAX_BYTES);
    Ok((bytes, is_file))
}

/// The bytes as content of the named format.
fn as_asked<'a>(bytes: &'a [u8], format: &str) -> Result<Content<'a>, String> {
    let text = || content::utf_8(bytes).ok_or_else(|| format!("not UTF-8; `--format {format}` expects UTF-8 text"));
    match (format, FORMATS.iter().find(|row| row.name == format)) {
        (_, Some(row)) => Ok(Content::Trace(text()?, row)),
        ("text", None) => Ok(Content::Schedule(text()?)),
        (_, None) => Ok(Content::Bytes),
    }
}

/// Reads a file, and detects its format.
pub fn read(path: &Path) -> Result<Input> {
    read_as(path, "auto")
}

/// True for `-`, standard input or output.
pub fn is_stream(path: &Path) -> bool {
    path.as_os_str() == "-"
}

impl Traced {
    /// Writes the counts of steps by outcome, and a line for each reason why steps are skipped.
    pub fn summarize(&self, out: &mut impl Write) -> std::io::Result<()> {
        let [done, implied, skipped] = self.plan.counts();
        let (steps, events) = (self.plan.steps.len(), self.plan.schedule.events.len());
        writeln!(out, "trace: {steps} steps: {done} done, in {events} events; {implied} implied; {skipped} skipped")?;
        for (why, count) in self.plan.reasons() {
            writeln!(out, "  skipped {count}: {why}")?;
        }
        match self.behaviour.ignored.len() {
            0 => Ok(()),
            ignored => writeln!(out, "  ignored {ignored}: messages that a server sends to itself"),
        }
    }

    /// Each step of the trace as a comment, with the place of its first event.
    pub fn comments(&self) -> Vec<(usize, String)> {
        let steps = self.behaviour.steps.iter().zip(&self.plan.steps);
        let comment = |(step, (events, outcome)): (&trace::Step, &(std::ops::Range<usize>, Outcome))| {
            let note = match outcome {
                Outcome::Done => String::new(),
                Outcome::Implied(why) => format!(": implied, {why}"),
                Outcome::Skipped(why) => format!(": skipped, {why}"),
            };
            (events.start, format!("{}{note}", step.line()))
        };
        steps.map(comment).collect()
    }

    /// The step of the trace that an event belongs to, counted from 1.
    pub fn step_of(&self, event: usize) -> Option<(usize, String)> {
        let place = self.plan.steps.iter().position(|(events, _)| events.contains(&event))?;
        Some((place + 1, self.behaviour.steps[place].line()))
    }
}

impl Scripted {
    /// The number of statements compared, and of those that do not hold.
    pub fn counts(&self) -> [usize; 2] {
        [self.followed.comparison.compared, self.followed.comparison.differences.len()]
    }

    /// Writes the numbers of commands and statements, and a line for each statement that does not hold.
    pub fn summarize(&self, out: &mut impl Write) -> std::io::Result<()> {
        let (commands, events) = (self.script.commands.len(), self.followed.schedule.events.len());
        writeln!(out, "script: {commands} commands, in {events} events; {}", self.outcome())?;
        self.followed.comparison.differences.iter().try_for_each(|difference| writeln!(out, "  {difference}"))
    }

    /// The outcome in a clause.
    pub fn outcome(&self) -> String {
        let until = self.followed.panics.map_or(String::new(), |line| format!(" until the panic in line {line}"));
        match self.counts() {
            [0, _] => format!("no statement of its output could be compared{until}"),
            [compared, 0] => format!("all {compared} statements of its output hold{until}"),
            [compared, differ] => format!("{differ} of the {compared} statements of its output do not hold{until}"),
        }
    }

    /// True if a statement does not hold.
    pub fn differs(&self) -> bool {
        !self.followed.comparison.differences.is_empty()
    }

    /// Each command as a comment, with the place of its first event.
    pub fn comments(&self) -> Vec<(usize, String)> {
        let commands = self.script.commands.iter().zip(&self.followed.commands);
        commands.map(|(command, events)| (events.start, format!("line {}: {}", command.line, command.text))).collect()
    }
}

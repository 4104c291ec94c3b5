//! Reads schedules from files, whatever their format: bytes, text, or a trace of raft.tla.

use crate::concretize::{concretize, Outcome, Plan};
use crate::schedule::{codec, text, Schedule};
use crate::sut::nodes::raft_rs::RaftRs;
use crate::trace::{self, Behaviour, FORMATS};
use anyhow::{bail, Context, Result};
use std::fs::File;
use std::io::{Read, Write};
use std::path::Path;

/// The largest schedule that is read. The longest is 48 KiB of bytes or 300 KiB of text.
const MAX_BYTES: usize = 1 << 20;

/// A schedule and the format it was in.
pub struct Input {
    /// What it says.
    pub schedule: Schedule,
    /// `bytes`, `text`, or a format of traces.
    pub format: &'static str,
    /// The trace that it follows.
    pub trace: Option<Traced>,
}

/// A trace and how it is followed.
pub struct Traced {
    /// What it says.
    pub behaviour: Behaviour,
    /// The steps and their events.
    pub plan: Plan,
}

/// The names of all formats.
pub fn formats() -> Vec<&'static str> {
    ["auto", "bytes", "text"].into_iter().chain(FORMATS.iter().map(|format| format.name)).collect()
}

/// Reads the file, or standard input for `-`, as that format or by what it looks like.
pub fn read_as(path: &Path, format: &str) -> Result<Input> {
    match read_text(path, format, &mut Vec::new())? {
        Text::Schedule(input) => Ok(input),
        Text::Trace(behaviour, format) => {
            let plan = concretize::<RaftRs>(&behaviour);
            Ok(Input::of(behaviour, plan, format))
        }
    }
}

/// What a file says.
pub enum Text {
    /// A schedule.
    Schedule(Input),
    /// A trace, and its format.
    Trace(Behaviour, &'static str),
}

/// Reads the file as [`read_as`] does, by way of `room`, and goes no further.
pub fn read_text(path: &Path, format: &str, room: &mut Vec<u8>) -> Result<Text> {
    let name = path.display();
    let bytes = room;
    bytes.clear();
    let mut file;
    let source: &mut dyn Read = match is_stream(path) {
        true => &mut std::io::stdin(),
        false => {
            file = File::open(path).with_context(|| format!("{name}"))?;
            let metadata = file.metadata().with_context(|| format!("{name}"))?;
            if metadata.is_dir() {
                bail!("{name}: a folder, where a file is wanted");
            }
            bytes.reserve(metadata.len().min(trace::MAX_BYTES as u64) as usize + 1);
            &mut file
        }
    };
    let mut source = source.take(trace::MAX_BYTES as u64 + 1);
    source.read_to_end(bytes).with_context(|| format!("{name}"))?;
    let bytes = &bytes[..];
    if bytes.len() > trace::MAX_BYTES {
        bail!("{name}: larger than {} bytes", trace::MAX_BYTES);
    }
    if bytes.is_empty() && format != "bytes" && !is_crash_of_nothing(path) {
        bail!("{name}: empty, where a schedule, a trace or a fuzz input is wanted; did what wrote it come to its end?");
    }
    let named = |extension: &str| path.extension().is_some_and(|found| found == extension);
    let as_text = format == "text" || (format == "auto" && text::is_text(bytes));
    let words = std::str::from_utf8(bytes).ok();
    let looks_like_trace =
        || named("json") || words.is_some_and(|words| trace::recognize(words).is_some() || is_json(words));
    let is_trace = match format {
        "auto" => !as_text && looks_like_trace(),
        _ => !as_text && format != "bytes",
    };
    if !is_trace && bytes.len() > MAX_BYTES {
        bail!("{name}: larger than {MAX_BYTES} bytes, which no schedule is");
    }
    if is_trace {
        let words = words.with_context(|| format!("{name}: a trace is UTF-8 text"))?;
        return read_trace(words, format).with_context(|| format!("{name}"));
    }
    if format == "bytes" || !(as_text || named("txt")) {
        return Ok(Text::Schedule(Input { schedule: codec::decode(bytes), format: "bytes", trace: None }));
    }
    let words = words.with_context(|| format!("{name}: what is called .txt is UTF-8 text; bytes have another name"))?;
    match text::read(words) {
        Ok(schedule) => Ok(Text::Schedule(Input { schedule, format: "text", trace: None })),
        Err(error) => bail!("{name}:{}: {}", error.line, error.problem),
    }
}

/// Reads the file by what it looks like.
pub fn read(path: &Path) -> Result<Input> {
    read_as(path, "auto")
}

/// Whether libFuzzer says by the name that it ran no bytes at all: it ends in their SHA-1.
fn is_crash_of_nothing(path: &Path) -> bool {
    let name = path.file_name().map(|name| name.to_string_lossy());
    name.is_some_and(|name| name.ends_with("da39a3ee5e6b4b0d3255bfef95601890afd80709"))
}

/// Whether the path means standard input.
pub fn is_stream(path: &Path) -> bool {
    path.as_os_str() == "-"
}

/// Whether it is JSON, or what TLC prints: of traces in a form that is not known, too.
fn is_json(words: &str) -> bool {
    let words = words.trim();
    let within = |open: char, close: char| words.starts_with(open) && words.ends_with(close);
    within('{', '}') || within('[', ']') || words.starts_with("TLC2 Version") || words.starts_with("@!@!@")
}

fn read_trace(words: &str, format: &str) -> Result<Text> {
    let named = FORMATS.iter().find(|row| row.name == format);
    let behaviour = match named {
        Some(row) => (row.read)(words)?,
        None => trace::read(words)?,
    };
    let format = named.or(trace::recognize(words)).map_or("trace", |row| row.name);
    Ok(Text::Trace(behaviour, format))
}

impl Input {
    /// A trace that is followed so.
    pub fn of(behaviour: Behaviour, plan: Plan, format: &'static str) -> Self {
        Input { schedule: plan.schedule.clone(), format, trace: Some(Traced { behaviour, plan }) }
    }
}

impl Traced {
    /// How the trace is followed, in a line and one for each reason why a step is skipped.
    pub fn summarize(&self, out: &mut impl Write) -> std::io::Result<()> {
        let [done, implied, skipped] = self.plan.counts();
        let (steps, events) = (self.plan.steps.len(), self.plan.schedule.events.len());
        writeln!(out, "trace: {steps} steps: {done} done, in {events} events; {implied} implied; {skipped} skipped")?;
        for (why, count) in self.plan.reasons() {
            writeln!(out, "  skipped {count}: {why}")?;
        }
        let ignored = self.behaviour.ignored.len();
        match ignored {
            0 => Ok(()),
            _ => writeln!(out, "  ignored {ignored}: messages that a server sends to itself"),
        }
    }

    /// Every step of the trace as a comment, before the events that it is.
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

//! `diff`: reports where two versions of raft-rs first differ.
//!
//! Two versions of a crate cannot be linked into one program, so each runs in its own. It reads schedules, one on a
//! line, and writes the observable state of a bare cluster after each event; no specification judges. Events for which
//! one of the versions lacks the call are skipped for both.

use super::input::{self, Listing};
use super::linked::{Other, Workspace};
use super::{fuzz, progress, write_json, Outcome};
use crate::report::shown::{self, Names, Shown};
use crate::schedule::{codec, text, Schedule};
use crate::sut::nodes::raft_rs::RaftRs;
use anyhow::{bail, ensure, Context, Result};
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Stdio};

#[derive(clap::Args)]
#[command(after_help = "Examples:
  raft-lockstep diff --raft 0.7.0 --raft ../raft-rs                   compare a checkout on the whole corpus
  raft-lockstep diff --raft 0.6.0 --raft 0.7.0 artifacts/next-below-match")]
pub struct Arguments {
    /// Folder with raft-rs's source, or a released version such as 0.7.0; pass it twice.
    #[arg(long = "raft", value_name = "SOURCE")]
    sources: Vec<String>,
    /// Fuzz inputs, text schedules, traces, or folders of them.
    #[arg(default_values = ["corpus/scenarios", "corpus/conformance"])]
    paths: Vec<PathBuf>,
    /// Print one JSON object for each schedule: {file, event, at, node, field, first, second}. All but `file` are null
    /// if the two versions are equal.
    #[arg(long)]
    json: bool,
    /// Read schedules and write observable states. The comparing program passes this to the two others.
    #[arg(long, hide = true)]
    show: bool,
}

/// The first difference between two runs; all `None` if there is none.
#[derive(Default, Serialize)]
struct Difference {
    file: String,
    /// The event's number, from 0.
    event: Option<usize>,
    /// The event as text.
    at: Option<String>,
    node: Option<u8>,
    field: Option<String>,
    /// The field's value in each run; null if absent.
    first: Value,
    second: Value,
}

pub fn run(arguments: &Arguments) -> Result<Outcome> {
    if arguments.show {
        return show();
    }
    let [first, second] = arguments.sources.as_slice() else {
        let count = arguments.sources.len();
        bail!("--raft is given {count} times, expected twice: diff --raft 0.7.0 --raft path/to/raft-rs");
    };
    let listing = Listing::of(&arguments.paths)?;
    let root = fuzz::project_root()?;
    let others = [Other::named(first)?, Other::named(second)?];
    let mut sides = Vec::new();
    for (source, other) in arguments.sources.iter().zip(&others) {
        sides.push(Side::start(&Workspace::make(&root, other)?, source)?);
    }
    let mut unread = listing.tell();
    let bar = progress::bar(listing.files.len() as u64)?;
    let mut out = std::io::stdout().lock();
    let mut different = 0;
    for path in &listing.files {
        let whole = match input::read(path) {
            Ok(input) => input.schedule,
            Err(error) => {
                bar.suspend(|| tell!("{error:#}"));
                unread += 1;
                continue;
            }
        };
        let (schedule, places) = asked(&whole, &others);
        // Both are asked before either answers, so that they run in parallel.
        sides.iter_mut().try_for_each(|side| side.ask(&schedule))?;
        let runs = sides.iter_mut().map(Side::answer).collect::<Result<Vec<Shown>>>()?;
        let mut difference = difference(&runs[0], &runs[1]);
        difference.event = difference.event.map(|event| places[event]);
        difference.at = difference.event.map(|event| text::line(&whole.events[event]));
        different += usize::from(difference.event.is_some());
        difference.file = path.display().to_string();
        bar.suspend(|| match arguments.json {
            true => write_json(&mut out, &difference),
            false => Ok(writeln!(out, "{}: {difference}", difference.file)?),
        })?;
        bar.inc(1);
    }
    bar.finish_and_clear();
    if !arguments.json {
        let schedules = listing.count() - unread;
        writeln!(out, "{schedules} schedules on {first} and {second}: different on {different}")?;
    }
    if different > 0 {
        return Ok(Outcome::Diverged);
    }
    input::refuse_unread(unread, listing.count()).map(|()| Outcome::Agreed)
}

/// The schedule without the events that a version lacks a call for, and the original place of each remaining event.
fn asked(whole: &Schedule, others: &[Other]) -> (Schedule, Vec<usize>) {
    let setup = others.iter().fold(whole.setup, |setup, other| other.version.settings(setup));
    let all = whole.events.iter().enumerate();
    let left = all.filter(|(_, event)| others.iter().all(|other| other.version.has_call(event)));
    let (places, events) = left.map(|(place, event)| (place, *event)).unzip();
    (Schedule { setup, events }, places)
}

impl Difference {
    fn at(event: usize, field: String, first: Value, second: Value) -> Self {
        Difference { event: Some(event), field: Some(field), first, second, ..Difference::default() }
    }
}

impl std::fmt::Display for Difference {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        let (Some(event), Some(at), Some(field)) = (&self.event, &self.at, &self.field) else {
            return write!(f, "equal");
        };
        write!(f, "different at event {event}, {at}")?;
        if let Some(node) = self.node {
            write!(f, ", node {node}")?;
        }
        write!(f, ": {field}: {} and {}", self.first, self.second)
    }
}

/// A program that runs schedules with one of the two.
struct Side {
    name: String,
    child: Child,
    questions: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Side {
    fn start(workspace: &Workspace, source: &str) -> Result<Self> {
        let mut program = workspace.program(source)?;
        program.args(["diff", "--show"]).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = program.spawn().with_context(|| format!("{program:?}"))?;
        let (Some(questions), Some(answers)) = (child.stdin.take(), child.stdout.take()) else {
            bail!("{program:?} has no pipes");
        };
        Ok(Side { name: workspace.name.clone(), child, questions, answers: BufReader::new(answers) })
    }

    fn ask(&mut self, schedule: &Schedule) -> Result<()> {
        let line = serde_json::to_string(&codec::encode(schedule))?;
        writeln!(self.questions, "{line}").with_context(|| format!("the program with {}", self.name))
    }

    fn answer(&mut self) -> Result<Shown> {
        let mut line = String::new();
        self.answers.read_line(&mut line)?;
        ensure!(!line.is_empty(), "the program with {} has ended", self.name);
        serde_json::from_str(&line).with_context(|| format!("the program with {}", self.name))
    }
}

impl Drop for Side {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Answers each schedule with the observable states of its run.
fn show() -> Result<Outcome> {
    let mut out = std::io::stdout().lock();
    for line in std::io::stdin().lock().lines() {
        let bytes: Vec<u8> = serde_json::from_str(&line?)?;
        let shown = shown::shown::<RaftRs>(&codec::decode(&bytes)?);
        writeln!(out, "{}", serde_json::to_string(&shown)?)?;
    }
    Ok(Outcome::Agreed)
}

/// The first difference between two runs.
fn difference(first: &Shown, second: &Shown) -> Difference {
    let mut known: [BTreeMap<u8, Names>; 2] = Default::default();
    for (event, steps) in first.steps.iter().zip(&second.steps).enumerate() {
        for (known, step) in known.iter_mut().zip([steps.0, steps.1]) {
            for (node, changed) in &step.changed {
                known.entry(*node).or_default().extend(changed.clone());
            }
        }
        if steps.0 == steps.1 {
            continue;
        }
        let nodes = steps.0.changed.keys().chain(steps.1.changed.keys());
        for node in nodes.collect::<std::collections::BTreeSet<_>>() {
            let both = known.each_ref().map(|known| serde_json::to_value(known.get(node)).unwrap_or_default());
            if let Some((field, first, second)) = differing(&both[0], &both[1]) {
                return Difference { node: Some(*node), ..Difference::at(event, field, first, second) };
            }
        }
        let (first, second) = (&steps.0.said, &steps.1.said);
        let place = first.iter().zip(second).take_while(|(first, second)| first == second).count();
        let heard = [first.get(place), second.get(place)];
        let node = heard.iter().flatten().map(|(node, ..)| *node).min();
        let (field, first, second) = match heard {
            [Some((a, name, first)), Some((b, other, second))] if (a, name) == (b, other) => {
                let (field, first, second) = differing(first, second).unwrap_or_default();
                (format!("{name}: {field}"), first, second)
            }
            _ => {
                let [first, second] =
                    heard.map(|it| it.map_or(Value::Null, |(node, name, _)| format!("{name} of {node}").into()));
                ("output".into(), first, second)
            }
        };
        return Difference { node, ..Difference::at(event, field, first, second) };
    }
    if first.end == second.end {
        return Difference::default();
    }
    let [one, other] = [first, second].map(|run| run.end.clone().map_or(Value::Null, Value::from));
    let event = first.steps.len().min(second.steps.len());
    Difference::at(event, "end".into(), one, other)
}

/// The path of the first field in which two values differ, and its value in each.
fn differing(first: &Value, second: &Value) -> Option<(String, Value, Value)> {
    if first == second {
        return None;
    }
    let (Some(ours), Some(theirs)) = (first.as_object(), second.as_object()) else {
        return Some((String::new(), first.clone(), second.clone()));
    };
    let value = |of: &serde_json::Map<String, Value>, name: &str| of.get(name).cloned().unwrap_or_default();
    let names = ours.keys().chain(theirs.keys());
    names.into_iter().find_map(|name| {
        let (field, first, second) = differing(&value(ours, name), &value(theirs, name))?;
        Some((format!("{name} {field}").trim_end().to_string(), first, second))
    })
}

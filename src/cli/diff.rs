//! `diff`: where two versions of raft-rs first differ.
//!
//! Two versions of a crate are two programs. Each reads schedules, one a line, and writes what the nodes of a bare
//! cluster show; no specification judges. Events that one of the two has no call for are left out for both.

use super::input::{self, Listing};
use super::linked::{Other, Workspace};
use super::{fuzz, Outcome};
use crate::report::shown::{self, Names, Shown};
use crate::schedule::{codec, text, Schedule};
use crate::sut::nodes::raft_rs::RaftRs;
use anyhow::{bail, ensure, Context, Result};
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Stdio};

#[derive(clap::Args)]
#[command(after_help = "Examples:
  raft-lockstep diff --raft 0.7.0 --raft ../raft-rs                   on all that is kept, with a checkout
  raft-lockstep diff --raft 0.6.0 --raft 0.7.0 artifacts/next-below-match")]
pub struct Arguments {
    /// A folder with raft-rs's source, or a released version, such as 0.7.0; given twice.
    #[arg(long = "raft", value_name = "SOURCE")]
    sources: Vec<String>,
    /// Fuzz inputs, text schedules, traces, or folders of them.
    #[arg(default_values = ["corpus/scenarios", "corpus/conformance"])]
    paths: Vec<PathBuf>,
    /// One JSON object a schedule: {file, event, at, node, field, first, second}, of which all but `file` are null
    /// where the two are equal.
    #[arg(long)]
    json: bool,
    /// Read schedules and write what is shown: for the program that compares.
    #[arg(long, hide = true)]
    show: bool,
}

/// Where two runs part.
#[derive(Default, Serialize)]
struct Parting {
    /// Its number, from 0.
    event: Option<usize>,
    /// What happens there.
    at: Option<String>,
    node: Option<u8>,
    field: Option<String>,
    /// The value of each; null is nothing.
    first: Value,
    second: Value,
}

#[derive(Serialize)]
struct Row<'a> {
    file: &'a str,
    #[serde(flatten)]
    parting: &'a Parting,
}

pub fn run(arguments: &Arguments) -> Result<Outcome> {
    if arguments.show {
        return show();
    }
    let [first, second] = arguments.sources.as_slice() else {
        bail!("expected --raft twice: diff --raft 0.7.0 --raft path/to/raft-rs");
    };
    let listing = Listing::of(&arguments.paths)?;
    let root = fuzz::project_root()?;
    let others = [Other::named(first)?, Other::named(second)?];
    let mut sides = Vec::new();
    for (source, other) in arguments.sources.iter().zip(&others) {
        sides.push(Side::start(&Workspace::make(&root, other)?, source)?);
    }
    let mut unread = listing.tell();
    let bar = ProgressBar::new(listing.files.len() as u64)
        .with_style(ProgressStyle::with_template("{bar:40} {pos}/{len} schedules, {eta} to go")?);
    let mut out = std::io::stdout().lock();
    let mut parted = 0;
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
        // Both work at the same time.
        sides.iter_mut().try_for_each(|side| side.ask(&schedule))?;
        let runs = sides.iter_mut().map(Side::answer).collect::<Result<Vec<Shown>>>()?;
        let mut parting = parting(&runs[0], &runs[1]);
        parting.event = parting.event.map(|event| places[event]);
        parting.at = parting.event.map(|event| text::line(&whole.events[event]));
        parted += usize::from(parting.event.is_some());
        let file = path.display().to_string();
        bar.suspend(|| match arguments.json {
            true => writeln!(out, "{}", serde_json::to_string(&Row { file: &file, parting: &parting })?)
                .context("standard output"),
            false => Ok(writeln!(out, "{file}: {parting}")?),
        })?;
        bar.inc(1);
    }
    bar.finish_and_clear();
    if !arguments.json {
        let schedules = listing.count() - unread;
        writeln!(out, "{schedules} schedules on {first} and {second}: they part on {parted}")?;
    }
    if parted > 0 {
        return Ok(Outcome::Diverged);
    }
    input::refuse_unread(unread, listing.count()).map(|()| Outcome::Agreed)
}

/// What both have calls for, and the place in the schedule of each event that is left.
fn asked(whole: &Schedule, others: &[Other]) -> (Schedule, Vec<usize>) {
    let setup = others.iter().fold(whole.setup, |setup, other| other.version.settings(setup));
    let all = whole.events.iter().enumerate();
    let left = all.filter(|(_, event)| others.iter().all(|other| other.version.has_call(event)));
    let (places, events) = left.map(|(place, event)| (place, *event)).unzip();
    (Schedule { setup, events }, places)
}

impl std::fmt::Display for Parting {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        let (Some(event), Some(at), Some(field)) = (&self.event, &self.at, &self.field) else {
            return write!(f, "equal");
        };
        write!(f, "they part at event {event}, {at}")?;
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
        // It has no more to do.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Answers each schedule with what is shown.
fn show() -> Result<Outcome> {
    let mut out = std::io::stdout().lock();
    for line in std::io::stdin().lock().lines() {
        let bytes: Vec<u8> = serde_json::from_str(&line?)?;
        let shown = shown::shown::<RaftRs>(&codec::decode(&bytes)?);
        writeln!(out, "{}", serde_json::to_string(&shown)?)?;
    }
    Ok(Outcome::Agreed)
}

/// Where the first differs from the second, if it does.
fn parting(first: &Shown, second: &Shown) -> Parting {
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
                return Parting { event: Some(event), at: None, node: Some(*node), field: Some(field), first, second };
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
                ("what is said".into(), first, second)
            }
        };
        return Parting { event: Some(event), at: None, node, field: Some(field), first, second };
    }
    if first.end == second.end {
        return Parting::default();
    }
    let [one, other] = [first, second].map(|run| run.end.clone().map_or(Value::Null, Value::from));
    let event = first.steps.len().min(second.steps.len());
    Parting { event: Some(event), at: None, node: None, field: Some("end".into()), first: one, second: other }
}

/// The first name under which two values differ, and what is called so in each.
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

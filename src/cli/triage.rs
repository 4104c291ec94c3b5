//! `triage`: groups crash files by cause, and minimises one of each group.

use super::input::{self, Listing};
use super::minimize::{cause_of, shortened};
use super::progress::spinner;
use super::{interrupt, known, linked, write_json, write_to, Outcome};
use crate::findings::FindingSet;
use crate::lockstep::verdict::Cause;
use crate::lockstep::{JudgeName, Options};
use crate::schedule::{text, Schedule};
use crate::sut::nodes::raft_rs::RaftRs;
use anyhow::{bail, ensure, Context, Result};
use rayon::prelude::*;
use serde::Serialize;
use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

#[derive(clap::Args)]
#[command(after_help = "Examples:
  raft-lockstep triage artifacts/next-below-match             print one line for each cause
  raft-lockstep triage --judge clients artifacts/joined-gap   print one line for each consequence
  raft-lockstep triage artifacts/removed-leader -o small      write the minimal example of each cause to small/ as well

After a hunt: triage artifacts/conformance, or fuzz/artifacts/conformance after `cargo fuzz run`. After Ctrl-C the
results so far are printed and written, and the exit code is 1 if a cause is new, 2 otherwise.")]
pub struct Arguments {
    /// Folder of fuzz inputs and text schedules, or one file.
    folder: PathBuf,
    /// Folder for the minimal examples, as text.
    #[arg(short)]
    output: Option<PathBuf>,
    /// Report the known findings of raft-rs as new: all of them, or one with `--no-known=NAME`.
    #[arg(long, value_name = "NAME", num_args = 0..=1, require_equals = true,
          default_value = "", hide_default_value = true, default_missing_value = "all", value_parser = super::stepped_around)]
    no_known: FindingSet,
    /// Judge: the specification, or clients, who group crash files by their consequences.
    #[arg(long, value_name = "JUDGE", default_value = "specification", value_parser = super::judge)]
    judge: JudgeName,
    #[command(flatten)]
    pub raft: linked::Source,
    /// Print one JSON object for each cause: {count, cause, finding, events, minimal, file}. `finding` is null for a new
    /// cause; `minimal` is false if Ctrl-C stopped the minimisation. A file that cannot be read gives {file, finding:
    /// "unread", reason}.
    #[arg(long)]
    json: bool,
}

/// The crash files of one cause.
#[derive(Serialize)]
struct Row {
    count: usize,
    cause: String,
    finding: Option<String>,
    /// The length of the minimal example.
    events: usize,
    minimal: bool,
    /// The shortest crash file, or the minimal example if it is written.
    file: String,
}

/// The result of a crash file.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Shown {
    New(Cause),
    /// A divergence that occurs only if no finding is stepped around.
    Known(Cause),
    Nothing,
}

pub fn run(arguments: &Arguments) -> Result<Outcome> {
    ensure!(
        !input::is_stream(&arguments.folder),
        "-: triage reads its input twice, which standard input does not allow; pass a file or a folder"
    );
    ensure!(
        !arguments.output.as_deref().is_some_and(input::is_stream),
        "-o -: standard output is one file, and each minimal example needs its own; pass a folder"
    );
    if let Some(folder) = &arguments.output {
        std::fs::create_dir_all(folder).with_context(|| format!("cannot write {}", folder.display()))?;
    }
    let _deferred = interrupt::defer();
    let listing = Listing::of(std::slice::from_ref(&arguments.folder))?;
    let mut unread = listing.tell();
    let goes_on = || interrupt::requests() == 0;
    let look = |path: &PathBuf| goes_on().then(|| look(path, arguments));
    let looked: Vec<Option<Result<(Shown, Schedule)>>> = listing.files.par_iter().map(look).collect();
    // For each result: the number of files, and the first of the shortest ones.
    let mut groups: BTreeMap<Shown, (usize, Schedule, &Path)> = BTreeMap::new();
    let mut left = 0;
    for (path, looked) in listing.files.iter().zip(looked) {
        match looked {
            Some(Ok((shown, schedule))) => {
                let (count, shortest, example) = groups.entry(shown).or_insert_with(|| (0, schedule.clone(), path));
                *count += 1;
                if schedule.events.len() < shortest.events.len() {
                    (*shortest, *example) = (schedule, path);
                }
            }
            Some(Err(error)) => {
                unread += 1;
                match arguments.json {
                    true => print_unread(path, &error)?,
                    false => tell!("{error:#}"),
                }
            }
            None => left += 1,
        }
    }
    let nothing = groups.remove(&Shown::Nothing).map_or(0, |(count, ..)| count);
    let mut rows = Vec::new();
    for (shown, (count, schedule, example)) in groups {
        rows.push(row(&shown, count, &schedule, example, arguments)?);
    }
    rows.sort_by_key(|row| (row.finding.is_some(), std::cmp::Reverse(row.count)));
    print(&rows, arguments.json)?;
    if !arguments.json {
        let unread = if unread > 0 { format!(", {unread} unread") } else { String::new() };
        let read = listing.count() - left;
        writeln!(std::io::stdout(), "{read} files: {} causes, {nothing} without a divergence{unread}", rows.len())?;
    }
    let undone = undone(&rows, left);
    // A new divergence is reported by exit code 1 even after an interrupt.
    if rows.iter().any(|row| row.finding.is_none()) {
        undone.iter().for_each(|interrupted| tell!("raft-lockstep: {interrupted}"));
        return Ok(Outcome::Diverged);
    }
    undone.map_or(Ok(()), Err)?;
    input::refuse_unread(unread, listing.count()).map(|()| Outcome::Agreed)
}

fn print_unread(path: &Path, error: &anyhow::Error) -> Result<()> {
    let (file, reason) = (path.display().to_string(), format!("{error:#}"));
    let row = serde_json::json!({ "file": file, "finding": "unread", "reason": reason });
    Ok(writeln!(std::io::stdout(), "{row}")?)
}

/// The error for work that an interrupt left undone; `None` if all is done.
fn undone(rows: &[Row], left: usize) -> Option<anyhow::Error> {
    let rough = rows.iter().filter(|row| !row.minimal).count();
    let undone = format!("{rough} examples are not minimal yet, {left} files were not run");
    (rough + left > 0).then(|| interrupt::interrupted(&undone))
}

impl Arguments {
    fn stepping_around(&self, known: FindingSet) -> Options {
        Options { known, judge: self.judge, ..Options::default() }
    }
}

/// Runs a file with the findings stepped around first: a known finding must not hide a later, new divergence.
fn look(path: &Path, arguments: &Arguments) -> Result<(Shown, Schedule)> {
    let schedule = input::read(path)?.schedule;
    let cause = |known| cause_of::<RaftRs>(&schedule, arguments.stepping_around(known)).map(|(cause, _)| cause);
    let shown = match cause(arguments.no_known) {
        Some(cause) => Shown::New(cause),
        None => cause(FindingSet::NONE).map_or(Shown::Nothing, Shown::Known),
    };
    Ok((shown, schedule))
}

fn row(shown: &Shown, count: usize, schedule: &Schedule, example: &Path, arguments: &Arguments) -> Result<Row> {
    let (cause, known) = match shown {
        Shown::New(cause) => (cause, arguments.no_known),
        Shown::Known(cause) => (cause, FindingSet::NONE),
        Shown::Nothing => bail!("{}: nothing to minimise", example.display()),
    };
    let options = arguments.stepping_around(known);
    let small = shortened::<RaftRs>(schedule, options, &spinner()?, 1);
    let finding = matches!(shown, Shown::Known(_)).then(|| {
        let row = known::finding::<RaftRs>(&small.schedule, cause, options);
        row.map_or("several", |row| row.name).to_string()
    });
    let mut file = example.to_path_buf();
    if let Some(folder) = &arguments.output {
        let known = finding.as_ref().map_or(String::new(), |finding| format!("-{finding}"));
        file = folder.join(format!("{}{known}.txt", cause.slug()));
        write_to(&file, text::write(&small.schedule).as_bytes())?;
    }
    let file = file.display().to_string();
    let (events, minimal) = (small.schedule.events.len(), small.minimal);
    Ok(Row { count, cause: cause.to_string(), finding, events, minimal, file })
}

fn print(rows: &[Row], json: bool) -> Result<()> {
    let mut out = std::io::stdout().lock();
    if json {
        return rows.iter().try_for_each(|row| write_json(&mut out, row));
    }
    let finding = |row: &Row| row.finding.clone().unwrap_or("NEW".into());
    let width = |of: &dyn Fn(&Row) -> usize, head: &str| rows.iter().map(of).max().unwrap_or(0).max(head.len());
    let causes = width(&|row| row.cause.len(), "cause");
    let findings = width(&|row| finding(row).len(), "finding");
    writeln!(out, "{:>5}  {:<causes$}  {:<findings$}  {:>6}  file", "count", "cause", "finding", "events")?;
    for row in rows {
        let Row { count, cause, events, file, .. } = row;
        let minimal = if row.minimal { "" } else { " (not minimal yet)" };
        writeln!(out, "{count:>5}  {cause:<causes$}  {:<findings$}  {events:>6}  {file}{minimal}", finding(row))?;
    }
    Ok(())
}

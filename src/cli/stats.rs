//! `stats`: counts the actions and guards of the specification that a corpus reaches.

use super::input::{self, Listing};
use super::{linked, progress, write_json, write_to, Outcome};
use crate::report::hunt::{self, Status};
use crate::report::stats::{Reached, Stats};
use crate::schedule::Schedule;
use crate::sut::nodes::raft_rs::RaftRs;
use anyhow::{bail, ensure, Context, Result};
use rayon::prelude::*;
use serde::Serialize;
use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

#[derive(clap::Args)]
#[command(after_help = "Examples:
  raft-lockstep stats                                   count what the corpus reaches, and list what it misses
  raft-lockstep stats corpus/scenarios/figure-8.txt     count what one schedule reaches
  raft-lockstep fuzz --stats hunt.jsonl                 record a hunt
  raft-lockstep stats --plot hunt.jsonl -o hunt.svg     plot the recorded hunt")]
pub struct Arguments {
    /// Fuzz inputs, schedules, and folders of them.
    #[arg(default_values = ["corpus/conformance", "corpus/scenarios"])]
    paths: Vec<PathBuf>,
    /// Print one JSON object: {runs, slow, slowest, abstract_states, rows: [{name, runs, unreached}]}.
    #[arg(long)]
    json: bool,
    /// Plot a hunt that `fuzz --stats` recorded, as SVG: executions, coverage, abstract states and corpus over time.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["json", "paths"])]
    plot: Option<PathBuf>,
    /// File for the plot [default: standard output].
    #[arg(short, value_name = "OUT", default_value = "-", hide_default_value = true, requires = "plot")]
    output: PathBuf,
    #[command(flatten)]
    pub raft: linked::Source,
}

#[derive(Serialize)]
struct Report {
    runs: u64,
    slow: u64,
    slowest: usize,
    /// Runs that a lost disk ended, outside the contract, by what it broke.
    wiped: BTreeMap<&'static str, u64>,
    /// Runs that a forged message ended, outside the contract, by what the server did.
    forged: BTreeMap<&'static str, u64>,
    abstract_states: usize,
    rows: Vec<crate::report::stats::Row>,
}

pub fn run(arguments: &Arguments) -> Result<Outcome> {
    if let Some(file) = &arguments.plot {
        write_to(&arguments.output, hunt::plot(&read(file)?).as_bytes())?;
        return Ok(Outcome::Agreed);
    }
    let listing = Listing::of(&arguments.paths)?;
    let mut stats = Stats::default();
    let unread = reach(&listing, |_, reached| stats.add(&reached))?;
    print(&stats, arguments.json)?;
    input::refuse_unread(unread, listing.count()).map(|()| Outcome::Agreed)
}

fn print(stats: &Stats, as_json: bool) -> Result<()> {
    let rows = stats.rows();
    let mut out = std::io::stdout().lock();
    if as_json {
        let Stats { runs, slow, slowest, .. } = *stats;
        let (wiped, forged) = (stats.wiped.clone(), stats.forged.clone());
        let report = Report { runs, slow, slowest, wiped, forged, abstract_states: stats.states(), rows };
        return write_json(&mut out, &report);
    }
    for row in &rows {
        let why = row.unreached.map_or(String::new(), |why| format!("  {why}"));
        writeln!(out, "{:>8}  {}{why}", row.runs, row.name)?;
    }
    let reached = rows.iter().filter(|row| row.runs > 0).count();
    writeln!(out, "{} schedules: {reached} of {} rows, {} abstract states", stats.runs, rows.len(), stats.states())?;
    if stats.slow > 0 {
        let Stats { slow, slowest, .. } = *stats;
        writeln!(
            out,
            "{slow} slow: no leader within {slowest} ticks with random election timers, but one with a favoured timer"
        )?;
    }
    for (broken, runs) in &stats.wiped {
        writeln!(out, "{runs} outside the contract, broken by a lost disk: {broken}")?;
    }
    for (taken, runs) in &stats.forged {
        writeln!(out, "{runs} outside the contract, broken by a forged message: {taken}")?;
    }
    for row in rows.iter().filter(|row| row.runs == 0 && row.unreached.is_none()) {
        writeln!(out, "missing: {}", row.name)?;
    }
    Ok(())
}

/// Reads the lines that `fuzz --stats` wrote.
fn read(file: &Path) -> Result<Vec<Status>> {
    let text = std::fs::read_to_string(file).with_context(|| file.display().to_string())?;
    let lines: Vec<&str> = text.lines().collect();
    let mut hunt = Vec::with_capacity(lines.len());
    for (place, line) in lines.iter().enumerate() {
        match serde_json::from_str(line) {
            Ok(status) => hunt.push(status),
            // A running hunt may have written half of its last line.
            Err(_) if place + 1 == lines.len() && !text.ends_with('\n') => {}
            Err(error) => {
                bail!("{}:{}: {error}; expected a line that `fuzz --stats` writes", file.display(), place + 1)
            }
        }
    }
    ensure!(!hunt.is_empty(), "{}: the file is empty; expected the lines that `fuzz --stats` writes", file.display());
    Ok(hunt)
}

/// The number of files that each core runs in one batch.
const BATCH: usize = 64;

/// Runs the files on all cores, and calls `each` with every schedule and the rows that it reaches, in the files' order.
/// Prints the reason for each unread file, and returns the number of unread files.
pub(super) fn reach(listing: &Listing, mut each: impl FnMut(Schedule, Reached)) -> Result<usize> {
    let mut unread = listing.tell();
    let files = &listing.files;
    let bar = progress::bar(files.len() as u64)?;
    let options = linked::options();
    // A running fuzzer removes inputs for which it has found a shorter one.
    let is_there = |path: &&PathBuf| input::is_stream(path) || path.exists();
    let one = |path: &PathBuf| -> Result<(Schedule, Reached)> {
        let schedule = input::read(path)?.schedule;
        let reached = Reached::by::<RaftRs>(&schedule, options);
        Ok((schedule, reached))
    };
    for batch in files.chunks(BATCH * rayon::current_num_threads()) {
        let results: Vec<_> = batch.par_iter().filter(is_there).map(one).collect();
        for result in results {
            match result {
                Ok((schedule, reached)) => each(schedule, reached),
                Err(error) => {
                    bar.suspend(|| tell!("{error:#}"));
                    unread += 1;
                }
            }
        }
        bar.inc(batch.len() as u64);
    }
    bar.finish_and_clear();
    Ok(unread)
}

//! `mutants`: measures the judge by mutation testing.
//!
//! cargo-mutants makes the mutants in a copy of the implementation's source, and tests each one with a package that
//! judges it. Copy and package form a workspace of their own under `target`.

pub mod source;
mod workspace;

use super::implementation::Implementation;
use super::{fuzz, interrupt, linked, write_json, Outcome};
use crate::report::mutants::{self, Mutant, Report};
use crate::schedule::generate::Random;
use anyhow::{anyhow, ensure, Result};
use serde::Serialize;
use std::io::Write;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use workspace::Workspace;

#[derive(clap::Args)]
#[command(after_help = "Examples:
  raft-lockstep mutants --sample 10                 judge ten mutants, in a few minutes
  raft-lockstep mutants --sample 150 --seed 7       draw another sample
  raft-lockstep mutants --jobs 2                    judge all mutants, two at a time, in hours
  raft-lockstep mutants --raft 0.6.0 --sample 10    mutate another raft-rs
  raft-lockstep mutants --json | jq '.missed[]'

After Ctrl-C the report covers the mutants judged so far, and the exit code is 2.")]
pub struct Arguments {
    /// Number of mutants that compile, drawn at random [default: all].
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..))]
    sample: Option<u32>,
    /// Seed of the sample.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Number of mutants judged at the same time.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..))]
    jobs: u8,
    /// Print one JSON object: {implementation, seed, candidates, excluded, unviable, functions, total, missed, timeout,
    /// raw, adjusted, outdated}.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    pub raft: linked::Source,
}

/// A mutant that takes this many times as long as the original counts as hung.
const PATIENCE: u32 = 3;

const EXCLUDED: &str = include_str!("../docs/excluded.md");
const MISSED: &str = include_str!("../docs/missed.md");

#[derive(Serialize)]
struct Whole<'a> {
    implementation: &'a str,
    seed: u64,
    candidates: usize,
    excluded: usize,
    unviable: usize,
    #[serde(flatten)]
    report: &'a Report,
}

pub fn run(arguments: &Arguments) -> Result<Outcome> {
    let root = fuzz::project_root()?;
    fuzz::require_cargo("mutants")?;
    let exclusions = mutants::exclusions(EXCLUDED).map_err(|problem| anyhow!("src/docs/excluded.md: {problem}"))?;
    let explanations = mutants::explanations(MISSED).map_err(|problem| anyhow!("src/docs/missed.md: {problem}"))?;
    let here = linked::here();
    let implementation = Implementation::find(here.as_ref().map_or(&root, |workspace| &workspace.folder))?;
    let workspace = match &arguments.raft.source {
        Some(source) => Workspace::of_another(&root, &implementation, source)?,
        None => Workspace::make(&root, &implementation)?,
    };
    workspace.build()?;
    tell!("judging {} without mutation (about a minute)", implementation.name);
    let patience = PATIENCE * require_acquittal(workspace.copied.cargo().args(["test", "--package", "judge"]))?;
    let mut candidates: Vec<Mutant> = workspace.copied.list()?.into_iter().map(Mutant::from).collect();
    let all = candidates.len();
    candidates.retain(|mutant| !exclusions.iter().any(|row| row.covers(mutant)));
    let excluded = all - candidates.len();
    shuffle(&mut candidates, arguments.seed);

    let _deferred = interrupt::defer();
    let stopped = || interrupt::requests() > 0;
    let sample = arguments.sample.map_or(candidates.len(), |sample| sample as usize);
    let (mut fates, mut unviable, mut next) = (Vec::new(), 0, 0);
    // A mutant that does not compile measures nothing: another one is drawn in its place.
    while fates.len() < sample && next < candidates.len() && !stopped() {
        let end = candidates.len().min(next + sample - fates.len());
        let judged = workspace.judge(&candidates[next..end], arguments.jobs, patience)?;
        unviable += judged.iter().filter(|(_, fate)| fate.is_none()).count();
        fates.extend(judged.into_iter().filter_map(|(mutant, fate)| Some((mutant, fate?))));
        next = end;
    }
    let report = Report::new(&fates, &explanations);
    let mut out = std::io::stdout().lock();
    let (implementation, seed, candidates) = (&implementation.name, arguments.seed, candidates.len());
    let whole = Whole { implementation, seed, candidates, excluded, unviable, report: &report };
    match arguments.json {
        true => write_json(&mut out, &whole)?,
        false => {
            let count = fates.len();
            writeln!(out, "{count} mutants of {implementation}, drawn from {candidates} by seed {seed}")?;
            writeln!(out, "{unviable} more did not compile; src/docs/excluded.md excludes {excluded}\n")?;
            writeln!(out, "{:<64} killed  missed  timeout\n{report}", "function").map(drop)?;
        }
    }
    match stopped() {
        true => Err(interrupt::interrupted(&format!("{} mutants of the sample were judged", fates.len()))),
        false => Ok(Outcome::Agreed),
    }
}

/// The time that the judge takes for the unmodified implementation. A judge that rejects it would reject every mutant,
/// and score best.
fn require_acquittal(judge: &mut Command) -> Result<Duration> {
    let started = Instant::now();
    let (status, printed) = interrupt::output(judge.stdout(Stdio::piped()))?;
    ensure!(
        status.success(),
        "the unmodified implementation fails too, so results would be meaningless; make the judge accept it first:\n{}",
        printed.trim()
    );
    Ok(started.elapsed())
}

/// Shuffles by Fisher and Yates, in the same order for the same seed.
fn shuffle(mutants: &mut [Mutant], seed: u64) {
    let mut random = Random::new(seed);
    for last in (1..mutants.len()).rev() {
        mutants.swap(last, random.below(last + 1));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_judge_that_rejects_the_unmodified_implementation_is_refused() {
        assert!(require_acquittal(&mut Command::new("true")).is_ok());
        let refused = require_acquittal(Command::new("sh").args(["-c", "echo seed 7: diverged; exit 101"]));
        assert!(refused.unwrap_err().to_string().ends_with("seed 7: diverged"));
    }

    #[test]
    fn the_seed_determines_the_sample() {
        let drawn = |seed| {
            let mutant = |line| Mutant { file: String::new(), function: String::new(), name: format!("{line}") };
            let mut mutants: Vec<Mutant> = (0..100).map(mutant).collect();
            shuffle(&mut mutants, seed);
            mutants
        };
        assert_eq!(drawn(1), drawn(1));
        assert_ne!(drawn(1), drawn(2));
    }

    #[test]
    fn the_tables_are_well_formed() {
        assert!(mutants::exclusions(EXCLUDED).unwrap().len() > 5);
        mutants::explanations(MISSED).unwrap();
    }
}

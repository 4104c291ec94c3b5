//! `mutants`: how many small changes of the implementation its judge convicts.
//!
//! cargo-mutants makes the changes, in a copy of the implementation's released source, and lets a package
//! beside it judge each one. Both are written below `target`, in a workspace of their own.

pub mod source;

use super::implementation::{self, Implementation};
use super::linked::{self, Other};
use super::{cargo, fuzz, interrupt, Outcome};
use crate::regression;
use crate::report::mutants::{self, Fate, Mutant, Report};
use crate::schedule::generate::Random;
use crate::spec::known::KNOWN;
use crate::sut::nodes::raft_rs::RaftRs;
use anyhow::{anyhow, bail, Context, Result};
use serde::{Deserialize, Serialize};
use source::{Copied, Listed, SOURCE};
use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

#[derive(clap::Args)]
#[command(after_help = "Examples:
  raft-lockstep mutants --sample 10                 ten of them, in a few minutes
  raft-lockstep mutants --sample 150 --seed 7       another sample
  raft-lockstep mutants --jobs 2                    all of them, two at a time, in hours
  raft-lockstep mutants --raft 0.6.0 --sample 10    of another raft-rs
  raft-lockstep mutants --json | jq '.missed[]'

Ctrl-C ends it, and reports on what is done; the exit code is 2.")]
pub struct Arguments {
    /// How many mutants that compile, drawn at random [default: all].
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..))]
    sample: Option<u32>,
    /// Which ones are drawn.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How many are judged at a time.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..))]
    jobs: u8,
    /// One JSON object: {implementation, seed, candidates, excluded, unviable, functions, total, missed, timeout, raw, adjusted, outdated}.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    pub raft: linked::Source,
}

/// A mutant hangs when it is judged for so many times as long as the original.
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
    eprintln!("judging {} as it is (about a minute)", implementation.name);
    let patience = PATIENCE * require_acquittal(workspace.copied.cargo().args(["test", "--package", "judge"]))?;
    let mut candidates: Vec<Mutant> = workspace.copied.list()?.into_iter().map(Mutant::from).collect();
    let all = candidates.len();
    candidates.retain(|mutant| !exclusions.iter().any(|row| row.covers(mutant)));
    let excluded = all - candidates.len();
    shuffle(&mut candidates, arguments.seed);

    let _heeding = interrupt::heed();
    let stopped = || interrupt::requests() > 0;
    let sample = arguments.sample.map_or(candidates.len(), |sample| sample as usize);
    let (mut fates, mut unviable, mut next) = (Vec::new(), 0, 0);
    // What does not compile is no mutant: others are drawn in its place.
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
        true => writeln!(out, "{}", serde_json::to_string(&whole)?)?,
        false => {
            let count = fates.len();
            writeln!(out, "{count} mutants of {implementation}, of {candidates} drawn by seed {seed}")?;
            writeln!(out, "{unviable} more did not compile; {excluded} were left out, by src/docs/excluded.md\n")?;
            writeln!(out, "{:<64} killed  missed  timeout\n{report}", "function").map(drop)?;
        }
    }
    match stopped() {
        true => Err(interrupt::interrupted(&format!("{} mutants of the sample were judged", fates.len()))),
        false => Ok(Outcome::Agreed),
    }
}

/// How long the judge takes for what is not changed. One who convicts the innocent would score best of all.
fn require_acquittal(judge: &mut Command) -> Result<Duration> {
    let started = Instant::now();
    let (status, printed) = interrupt::output(judge)?;
    match status.success() {
        true => Ok(started.elapsed()),
        false => {
            bail!("what is not changed is convicted, too, so no conviction means anything:\n{}", printed.trim())
        }
    }
}

/// Shuffles (Fisher and Yates); the same way for the same seed.
fn shuffle(mutants: &mut [Mutant], seed: u64) {
    let mut random = Random::new(seed);
    for last in (1..mutants.len()).rev() {
        mutants.swap(last, random.below(last + 1));
    }
}

/// A copy of the implementation, and its judge.
struct Workspace {
    copied: Copied,
}

const WORKSPACE: &str = r#"[workspace]
members = ["raft", "judge"]
resolver = "2"

[patch.crates-io]
raft = { path = "raft" }

# Incremental builds take seconds, and the judge runs as fast as in a release. Like there, overflows are errors.
[profile.dev]
opt-level = 2
debug = false
"#;

const JUDGE: &str = r#"[package]
name = "judge"
version = "0.0.0"
edition = "2021"

[lib]
test = false
doctest = false

[dev-dependencies]
raft-lockstep = { path = PROJECT, default-features = false, features = FEATURES }
"#;

const JUDGE_TEST: &str = r#"use raft_lockstep::{fuzzing, regression, sut::nodes::raft_rs::RaftRs};

#[test]
fn raft_rs_is_innocent() {
    fuzzing::initialize();
    regression::JUDGE.unwrap_or_else(|why| panic!("{why}"));
}
"#;

impl Workspace {
    fn make(root: &Path, implementation: &Implementation) -> Result<Self> {
        let folder = implementation::target(root).join("mutants");
        let copied = Copied::make(root, implementation, &folder, WORKSPACE)?;
        let judge = format!("judge::<RaftRs>({root:?}.as_ref(), {})", regression::RANDOM);
        write_judge(&folder, root, &[], &judge)?;
        Ok(Workspace { copied })
    }

    /// Of another raft-rs, which this program is linked with.
    fn of_another(root: &Path, implementation: &Implementation, source: &str) -> Result<Self> {
        let other = Other::named(source)?.patched(&implementation.version);
        let project = linked::Workspace::make(root, &other)?;
        let folder = implementation::target(root).join("mutants").join(&project.name);
        let copied = Copied::make(root, implementation, &folder, WORKSPACE)?;
        let mended = regression::mended::<RaftRs>(root).map_err(anyhow::Error::msg)?;
        let mended: Vec<&str> = KNOWN.iter().filter(|row| mended.has(row.known)).map(|row| row.name).collect();
        let judge = format!("judge_another::<RaftRs>({root:?}.as_ref(), {}, &{mended:?})", regression::RANDOM);
        let features: Vec<&str> = other.version.feature.into_iter().collect();
        write_judge(&folder, &project.folder, &features, &judge)?;
        Ok(Workspace { copied })
    }

    /// Builds the judge of the original, so that it can be timed.
    fn build(&self) -> Result<()> {
        let mut build = self.copied.cargo();
        build.args(["test", "--package", "judge", "--no-run"]);
        match cargo::build(&mut build, "the judge of mutants (about 60 crates, 1 to 3 minutes the first time)")? {
            true => Ok(()),
            false => bail!("the judge did not build; cargo's message is above"),
        }
    }

    /// The fates of these mutants; of one that does not compile, none.
    fn judge(&self, mutants: &[Mutant], jobs: u8, patience: Duration) -> Result<Vec<(Mutant, Option<Fate>)>> {
        let names = mutants.iter().map(|mutant| format!("^{SOURCE}{}$", regex_syntax::escape(&mutant.name)));
        let folder = &self.copied.folder;
        let config = folder.join("mutants.toml");
        fs::write(&config, toml::to_string(&Config { examine_re: names.collect() })?)?;
        let mut command = self.copied.cargo();
        command.args(["mutants", "--package", "raft", "--test-package", "judge", "--baseline", "skip"]);
        // In no order, so that a run that is cut off has taken from everywhere.
        command.arg("--shuffle");
        let patience = patience.as_secs().max(1).to_string();
        command.args(["--timeout", &patience, "--config"]).arg(&config).arg("--output").arg(folder);
        match jobs {
            1 => command.arg("--in-place"),
            // What is copied lies below `target`, which git ignores.
            _ => command.args(["--gitignore", "false", "--copy-target", "true", "--jobs", &jobs.to_string()]),
        };
        let path = folder.join("mutants.out/outcomes.json");
        // Of an earlier run.
        let _ = fs::remove_file(&path);
        let status = interrupt::run(command.stdout(Stdio::from(std::io::stderr())));
        let stopped = interrupt::requests() > 0;
        let done = matches!(status.as_ref().map(ExitStatus::code), Ok(Some(0 | MISSES | TIMEOUTS)));
        if stopped && !path.is_file() {
            return Ok(Vec::new());
        }
        if !done && !stopped {
            status?;
            bail!("cargo mutants failed; its message is above");
        }
        let text = fs::read_to_string(&path).with_context(|| format!("{}", path.display()))?;
        let Outcomes { outcomes } = serde_json::from_str(&text).with_context(|| format!("{}", path.display()))?;
        let judged = outcomes.into_iter().map(|it| (Mutant::from(it.scenario.mutant), it.summary.into()));
        // A regular expression does not keep cargo-mutants from deleting the fields of structs.
        let fates: Vec<_> = judged.filter(|(mutant, _)| mutants.contains(mutant)).collect();
        match fates.len() == mutants.len() || stopped {
            true => Ok(fates),
            false => bail!("cargo mutants did not judge all that it was asked to; see {}", path.display()),
        }
    }
}

/// Writes the package that judges: it depends on the project in `project`, and calls that function of `regression`.
fn write_judge(folder: &Path, project: &Path, features: &[&str], call: &str) -> Result<()> {
    let judge = folder.join("judge");
    if judge.is_dir() {
        fs::remove_dir_all(&judge)?;
    }
    fs::create_dir_all(judge.join("src"))?;
    fs::create_dir_all(judge.join("tests"))?;
    let manifest = JUDGE.replace("PROJECT", &format!("{project:?}")).replace("FEATURES", &format!("{features:?}"));
    fs::write(judge.join("Cargo.toml"), manifest)?;
    fs::write(judge.join("src/lib.rs"), "")?;
    fs::write(judge.join("tests/judge.rs"), JUDGE_TEST.replace("JUDGE", call))?;
    Ok(())
}

/// How `cargo mutants` exits when mutants were missed.
const MISSES: i32 = 2;
/// How it exits when mutants hung.
const TIMEOUTS: i32 = 3;

/// The settings of `cargo mutants`.
#[derive(Serialize)]
struct Config {
    examine_re: Vec<String>,
}

#[derive(Deserialize)]
struct Outcomes {
    outcomes: Vec<Judged>,
}

#[derive(Deserialize)]
struct Judged {
    scenario: Scenario,
    summary: Summary,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Scenario {
    mutant: Listed,
}

#[derive(Deserialize)]
enum Summary {
    CaughtMutant,
    MissedMutant,
    Timeout,
    Unviable,
}

impl From<Summary> for Option<Fate> {
    fn from(summary: Summary) -> Self {
        match summary {
            Summary::CaughtMutant => Some(Fate::Killed),
            Summary::MissedMutant => Some(Fate::Missed),
            Summary::Timeout => Some(Fate::Timeout),
            Summary::Unviable => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_judge_who_convicts_the_innocent_is_refused() {
        assert!(require_acquittal(&mut Command::new("true")).is_ok());
        let refused = require_acquittal(Command::new("sh").args(["-c", "echo seed 7: diverged; exit 101"]));
        assert!(refused.unwrap_err().to_string().ends_with("seed 7: diverged"));
    }

    #[test]
    fn a_sample_is_the_same_for_the_same_seed() {
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

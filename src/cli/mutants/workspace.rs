//! The workspace for mutants: a copy of the implementation, and a package that judges it.

use super::source::{Copied, Listed, SOURCE};
use crate::cli::implementation::{self, Implementation};
use crate::cli::linked::{self, Other};
use crate::cli::{cargo, interrupt};
use crate::findings::IN_RAFT_RS;
use crate::regression;
use crate::report::mutants::{Fate, Mutant};
use crate::sut::nodes::raft_rs::RaftRs;
use anyhow::{bail, ensure, Context, Result};
use serde::{Deserialize, Serialize};
use std::fs;
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

/// A copy of the implementation and the package that judges it.
pub struct Workspace {
    /// The copy of the implementation.
    pub copied: Copied,
}

const WORKSPACE: &str = include_str!("workspace.toml");

const JUDGE: &str = include_str!("judge.toml");

const JUDGE_TEST: &str = r#"use raft_lockstep::{fuzzing, regression, sut::nodes::raft_rs::RaftRs};

#[test]
fn raft_rs_is_accepted() {
    fuzzing::initialize();
    regression::JUDGE.unwrap_or_else(|why| panic!("{why}"));
}
"#;

impl Workspace {
    pub fn make(root: &Path, implementation: &Implementation) -> Result<Self> {
        let folder = implementation::target(root).join("mutants");
        let copied = Copied::make(root, implementation, &folder, WORKSPACE)?;
        let judge = format!("judge::<RaftRs>({root:?}.as_ref(), {})", regression::RANDOM);
        write_judge(&folder, root, &[], &judge)?;
        Ok(Workspace { copied })
    }

    /// The workspace for another raft-rs, with which this program is linked.
    pub fn of_another(root: &Path, implementation: &Implementation, source: &str) -> Result<Self> {
        let other = Other::named(source)?.patched(&implementation.version);
        let project = linked::Workspace::make(root, &other)?;
        let folder = implementation::target(root).join("mutants").join(&project.name);
        let copied = Copied::make(root, implementation, &folder, WORKSPACE)?;
        let mended = regression::mended::<RaftRs>(root).map_err(anyhow::Error::msg)?;
        let mended: Vec<&str> = IN_RAFT_RS.iter().filter(|row| mended.has(row.finding)).map(|row| row.name).collect();
        let judge = format!("judge_another::<RaftRs>({root:?}.as_ref(), {}, &{mended:?})", regression::RANDOM);
        let features: Vec<&str> = other.version.feature.into_iter().collect();
        write_judge(&folder, &project.folder, &features, &judge)?;
        Ok(Workspace { copied })
    }

    /// Builds the judge of the original, so that the build time does not count in the timing.
    pub fn build(&self) -> Result<()> {
        let mut build = self.copied.cargo();
        build.args(["test", "--package", "judge", "--no-run"]);
        let built = cargo::build(&mut build, "the judge of mutants (about 60 crates, 1 to 3 minutes the first time)")?;
        ensure!(built, "the judge did not build; cargo's message is above");
        Ok(())
    }

    /// Judges these mutants. A mutant that does not compile has no fate.
    pub fn judge(&self, mutants: &[Mutant], jobs: u8, patience: Duration) -> Result<Vec<(Mutant, Option<Fate>)>> {
        let names = mutants.iter().map(|mutant| format!("^{SOURCE}{}$", regex_syntax::escape(&mutant.name)));
        let folder = &self.copied.folder;
        let config = folder.join("mutants.toml");
        fs::write(&config, toml::to_string(&Config { examine_re: names.collect() })?)?;
        let mut command = self.copied.cargo();
        command.args(["mutants", "--package", "raft", "--test-package", "judge", "--baseline", "skip"]);
        // In random order, so that an interrupted run is still a sample of the whole.
        command.arg("--shuffle");
        let patience = patience.as_secs().max(1).to_string();
        command.args(["--timeout", &patience, "--config"]).arg(&config).arg("--output").arg(folder);
        match jobs {
            1 => command.arg("--in-place"),
            // The copy is under `target`, which git ignores.
            _ => command.args(["--gitignore", "false", "--jobs", &jobs.to_string()]),
        };
        let path = folder.join("mutants.out/outcomes.json");
        // A file of an earlier run would be read as this run's outcome.
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
        // cargo-mutants also deletes struct fields, whatever the regular expressions select.
        let fates: Vec<_> = judged.filter(|(mutant, _)| mutants.contains(mutant)).collect();
        let (judged, expected) = (fates.len(), mutants.len());
        let complete = judged == expected || stopped;
        ensure!(complete, "cargo mutants judged {judged} mutants, expected {expected}; see {}", path.display());
        Ok(fates)
    }
}

/// Writes the package that judges. It depends on the project in `project`, and makes the given call of `regression`.
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

/// The exit code of `cargo mutants` if it missed mutants.
const MISSES: i32 = 2;
/// The exit code of `cargo mutants` if mutants hung.
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

//! `fuzz`: builds the fuzz target, and supervises one libFuzzer process on each core.
//!
//! The processes share the corpus folder and reload it (`-reload=1`). libFuzzer's own `-fork` and
//! `-jobs` are not used: they hide crashes and print too rarely for a status line.

mod build;
mod finding;
mod flags;
mod hunt;
mod lock;
mod screen;
mod worker;

use super::{input, interrupt, linked, Outcome};
use crate::findings::FindingSet;
use crate::fuzzing::Guidance;
use crate::lockstep::JudgeName;
use crate::schedule::aim::Aim;
use anyhow::{anyhow, ensure, Context, Result};
use hunt::Hunt;
use lock::Lock;
use screen::Screen;
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use worker::Places;

pub use build::build;
pub(super) use build::{project_root, require_cargo};

#[derive(clap::Args)]
#[command(after_help = "Examples:
  raft-lockstep fuzz                                       fuzz on all cores until the first divergence
  raft-lockstep fuzz -- -max_total_time=60                 stop after a minute
  raft-lockstep fuzz --keep-going                          collect findings until Ctrl-C
  raft-lockstep fuzz --keep-going --no-known -- -max_total_time=60
                                                           find raft-rs's known findings again
  raft-lockstep fuzz --judge clients                       find lost entries, two leaders, stale reads and the like
  raft-lockstep fuzz --setting pre-vote=true --setting voters=5
                                                           hunt in clusters of five with pre-votes
  raft-lockstep fuzz --json --keep-going                   print JSON for another program
  raft-lockstep fuzz --stats hunt.jsonl                    then: raft-lockstep stats --plot hunt.jsonl -o hunt.svg

Ctrl-C ends a hunt, with exit code 0 if nothing was found and 1 otherwise; during the build the exit code is 2.
A new finding is kept in artifacts/CAUSE/, a known one in artifacts/conformance/known/NAME/.")]
pub struct Arguments {
    /// Number of processes [default: one for each core].
    #[arg(long, short, visible_alias = "workers", value_parser = clap::value_parser!(u8).range(1..))]
    jobs: Option<u8>,
    /// Feedback for the fuzzer: edges of the code, states of the specification, both, or none.
    #[arg(long, default_value = "edge", value_parser = Guidance::NAMED.map(|(name, _)| name))]
    feedback: String,
    /// Judge: the specification, or clients, who report consequences alone and know no findings.
    #[arg(long, value_name = "JUDGE", default_value = "specification", value_parser = super::judge)]
    judge: JudgeName,
    /// Fix a setting of all schedules that the hunt makes; may be repeated. The names and values are those of the text of
    /// a schedule. Inputs that are in the corpus already run as they are.
    #[arg(long, value_name = "NAME=VALUE")]
    setting: Vec<String>,
    /// Continue after a finding until Ctrl-C or the end of -max_total_time; its cause is not reported again.
    #[arg(long)]
    keep_going: bool,
    /// Print one JSON object on each line, with a `type`: `status` once a second, with the fields of --stats; `finding`:
    /// {cause, known, events_in, events_out, minimal, input, folder}, where `known` is null for a new finding; and at
    /// the end `end`: {interrupted} and the fields of a status.
    #[arg(long)]
    json: bool,
    /// Append the status to a file, as a JSON object each second: {seconds, executions, events, slow, coverage,
    /// abstract_states, corpus, findings}; `-` for standard output. `stats --plot` draws the file.
    #[arg(long, value_name = "FILE", conflicts_with = "json")]
    stats: Option<PathBuf>,
    /// Folder for findings, crash files and logs [default: artifacts, or artifacts/raft/NAME with --raft]. Two hunts
    /// cannot share a folder.
    #[arg(long, value_name = "FOLDER")]
    artifacts: Option<PathBuf>,
    #[command(flatten)]
    pub raft: linked::Source,
    /// Report the known findings of raft-rs as well: all of them, or one with `--no-known=NAME`.
    #[arg(long, value_name = "NAME", num_args = 0..=1, require_equals = true,
          default_value = "", hide_default_value = true, default_missing_value = "all", value_parser = super::stepped_around)]
    no_known: FindingSet,
    /// libFuzzer's flags, such as -max_total_time=60 or -seed=1, and folders with more inputs.
    #[arg(last = true)]
    libfuzzer: Vec<String>,
}

/// The name of the fuzz target.
pub(super) const TARGET: &str = "conformance";

impl Arguments {
    /// Checks settings and libFuzzer's flags before anything is built.
    ///
    /// # Errors
    /// A setting is unknown or contradicts another, a flag is unknown to libFuzzer or refused in a hunt, or the judge has
    /// no states that could guide the fuzzer.
    pub fn check(&self) -> Result<()> {
        let guided = self.judge == JudgeName::Specification || ["edge", "none"].contains(&&*self.feedback);
        ensure!(
            guided,
            "--feedback {}: expected edge or none, since --judge clients runs no specification whose states could guide",
            self.feedback
        );
        Aim::read(self.setting.iter().map(String::as_str)).map_err(|problem| anyhow!("--setting: {problem}"))?;
        flags::check(&self.libfuzzer)
    }
}

pub fn run(arguments: &Arguments) -> Result<Outcome> {
    let root = project_root()?;
    let stats = arguments.stats.as_deref().map(append).transpose()?;
    let linked = linked::here();
    // Findings of another raft-rs must not mix with the project's own.
    let usual = linked.as_ref().map_or(root.join("artifacts"), |it| root.join("artifacts/raft").join(&it.revision));
    let kept = arguments.artifacts.as_ref().map(std::path::absolute).transpose()?.unwrap_or(usual);
    let (corpus, artifacts) = (root.join("corpus").join(TARGET), kept.join(TARGET));
    for folder in [&corpus, &artifacts] {
        fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    }
    let _lock = Lock::take(&artifacts)?;
    let target = match &linked {
        Some(workspace) => build(&workspace.folder, &workspace.named(TARGET))?,
        None => build(&root, TARGET)?,
    };
    let _deferred = interrupt::defer();
    build::seed_corpus(&root.join("corpus/scenarios"), &corpus)?;
    let found = artifacts.join("found.causes");
    fs::write(&found, "").with_context(|| format!("cannot write {}", found.display()))?;
    let jobs = arguments.jobs.map_or_else(cores, usize::from);
    let screen = Screen::new(arguments, jobs)?;
    let places = Places { root, target, corpus, kept, artifacts, found };
    Hunt::new(arguments, places, stats).run(jobs, screen)
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// Opens the file of `--stats`.
fn append(path: &Path) -> Result<Box<dyn Write>> {
    if input::is_stream(path) {
        return Ok(Box::new(std::io::stdout()));
    }
    let file = File::options().create(true).append(true).open(path);
    Ok(Box::new(file.with_context(|| format!("cannot write {}", path.display()))?))
}

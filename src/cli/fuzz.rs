//! `fuzz`: builds the fuzz target once and supervises one libFuzzer process a core.
//!
//! The processes share the corpus folder and reload it (`-reload=1`). libFuzzer's own `-fork` and
//! `-jobs` are not used: they hide crashes and print too rarely for a status line.

mod build;
mod dashboard;
mod finding;
mod flags;
mod hunt;
mod lock;
mod screen;
mod worker;

use super::{input, interrupt, linked, Outcome};
use crate::findings::FindingSet;
use crate::fuzzing::Guidance;
use anyhow::{Context, Result};
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
  raft-lockstep fuzz                                       hunt on all cores until something is found
  raft-lockstep fuzz -- -max_total_time=60                 the same, for a minute
  raft-lockstep fuzz --keep-going --dashboard              collect what is found, on a whole terminal
  raft-lockstep fuzz --keep-going --no-known -- -max_total_time=60
                                                           find raft-rs's known findings again
  raft-lockstep fuzz --json --keep-going                   for machines
  raft-lockstep fuzz --stats hunt.jsonl                    then: raft-lockstep stats --plot hunt.jsonl -o hunt.svg

Ctrl-C ends a hunt: exit code 0 if nothing was found, 1 otherwise. During the build it is 2.
A new finding is kept in artifacts/ by its cause, a known one in artifacts/conformance/known/ by its name.")]
pub struct Arguments {
    /// How many processes; one a core by default.
    #[arg(long, short, visible_alias = "workers", value_parser = clap::value_parser!(u8).range(1..))]
    jobs: Option<u8>,
    /// What guides the fuzzer: edges of the code, states of the specification, both, or neither.
    #[arg(long, default_value = "edge", value_parser = Guidance::NAMED.map(|(name, _)| name))]
    feedback: String,
    /// Go on after a finding, past its cause, until Ctrl-C or the end of -max_total_time.
    #[arg(long)]
    keep_going: bool,
    /// Fill the terminal with figures over time.
    #[arg(long)]
    dashboard: bool,
    /// One JSON object a line, each with a `type`: `status` once a second, with the fields of --stats; `finding`: {cause,
    /// known, events_in, events_out, minimal, input, folder}, where `known` is null if it is new; and at last `end`:
    /// {interrupted} and the fields of a status.
    #[arg(long, conflicts_with = "dashboard")]
    json: bool,
    /// Append where the hunt stands to a file, a JSON object each second: {seconds, executions, events, slow, coverage,
    /// abstract_states, corpus, findings}. `stats --plot` draws it; `-` for standard output.
    #[arg(long, value_name = "FILE", conflicts_with = "json")]
    stats: Option<PathBuf>,
    /// Where findings, crash files and logs are kept [default: artifacts, or artifacts/raft/NAME with --raft]. One hunt
    /// at a time has a folder.
    #[arg(long, value_name = "FOLDER")]
    artifacts: Option<PathBuf>,
    #[command(flatten)]
    pub raft: linked::Source,
    /// Stop at the known findings of raft-rs, too: all, or only `--no-known=NAME`.
    #[arg(long, value_name = "NAME", num_args = 0..=1, require_equals = true,
          default_value = "", hide_default_value = true, default_missing_value = "all", value_parser = super::stepped_around)]
    no_known: FindingSet,
    /// libFuzzer's own flags, such as -max_total_time=60 or -seed=1.
    #[arg(last = true)]
    libfuzzer: Vec<String>,
}

/// The fuzz target.
pub(super) const TARGET: &str = "conformance";

impl Arguments {
    /// Checks what only libFuzzer would read, before anything is built.
    ///
    /// # Errors
    /// A flag is none of libFuzzer's, or not for a hunt.
    pub fn check(&self) -> Result<()> {
        flags::check(&self.libfuzzer)
    }
}

pub fn run(arguments: &Arguments) -> Result<Outcome> {
    let root = project_root()?;
    let stats = arguments.stats.as_deref().map(append).transpose()?;
    let linked = linked::here();
    // What another raft-rs does is none of the project's findings.
    let usual = linked.as_ref().map_or(root.join("artifacts"), |it| root.join("artifacts/raft").join(&it.revision));
    let kept = match &arguments.artifacts {
        Some(folder) => std::path::absolute(folder)?,
        None => usual,
    };
    let (corpus, artifacts) = (root.join("corpus").join(TARGET), kept.join(TARGET));
    for folder in [&corpus, &artifacts] {
        fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    }
    let _lock = Lock::take(&artifacts)?;
    let target = match &linked {
        Some(workspace) => build(&workspace.folder, &workspace.named(TARGET))?,
        None => build(&root, TARGET)?,
    };
    let _heeding = interrupt::heed();
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

/// Opens what `--stats` names.
fn append(path: &Path) -> Result<Box<dyn Write>> {
    if input::is_stream(path) {
        return Ok(Box::new(std::io::stdout()));
    }
    let file = File::options().create(true).append(true).open(path);
    Ok(Box::new(file.with_context(|| format!("cannot write {}", path.display()))?))
}

//! `fuzz`: builds the fuzz target once and supervises one libFuzzer process a core.
//!
//! The processes share the corpus folder and reload it (`-reload=1`). libFuzzer's own `-fork` and
//! `-jobs` are not used: they hide crashes and print too rarely for a status line.

mod dashboard;
mod finding;
mod worker;

use super::{implementation, linked, minimize, Outcome};
use crate::fuzzing::Guidance;
use crate::lockstep::Options;
use crate::report::hunt::Status;
use crate::schedule::codec;
use crate::spec::KnownSet;
use crate::sut::nodes::raft_rs::RaftRs;
use crate::sut::Node;
use anyhow::{bail, Context, Result};
use dashboard::Dashboard;
use finding::Finding;
use indicatif::ProgressBar;
use std::collections::HashSet;
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use worker::{Places, State, Worker};

#[derive(clap::Args)]
#[command(after_help = "Examples:
  raft-lockstep fuzz                                       hunt on all cores until something is found
  raft-lockstep fuzz -- -max_total_time=60                 the same, for a minute
  raft-lockstep fuzz --keep-going --dashboard              collect what is found, on a whole terminal
  raft-lockstep fuzz --keep-going --no-known -- -max_total_time=60
                                                           find raft-rs's known findings again
  raft-lockstep fuzz --stats hunt.jsonl                    then: raft-lockstep stats --plot hunt.jsonl -o hunt.svg")]
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
    /// Append where the hunt stands to a file, a JSON object each second: {seconds, executions, events, coverage,
    /// abstract_states, corpus, findings}. `stats --plot` draws it.
    #[arg(long, value_name = "FILE")]
    stats: Option<PathBuf>,
    #[command(flatten)]
    pub raft: linked::Source,
    /// Stop at the known findings of raft-rs, too: all, or only `--no-known=NAME`.
    #[arg(long, value_name = "NAME", num_args = 0..=1, require_equals = true,
          default_value = "", hide_default_value = true, default_missing_value = "all", value_parser = super::stepped_around)]
    no_known: KnownSet,
    /// libFuzzer's own flags, such as -max_total_time=60 or -seed=1.
    #[arg(last = true)]
    libfuzzer: Vec<String>,
}

/// The fuzz target.
pub(super) const TARGET: &str = "conformance";

pub fn run(arguments: &Arguments) -> Result<Outcome> {
    let root = project_root()?;
    let append =
        |path: &PathBuf| File::options().create(true).append(true).open(path).context(path.display().to_string());
    let stats = arguments.stats.as_ref().map(append).transpose()?;
    let linked = linked::here();
    let target = match &linked {
        Some(workspace) => build(&workspace.folder, &workspace.named(TARGET))?,
        None => build(&root, TARGET)?,
    };
    let corpus = root.join("corpus").join(TARGET);
    // What another raft-rs does is none of the project's findings.
    let kept = linked.map_or(root.join("artifacts"), |workspace| root.join("artifacts/raft").join(workspace.name));
    let artifacts = kept.join(TARGET);
    fs::create_dir_all(&corpus)?;
    fs::create_dir_all(&artifacts)?;
    seed_corpus(&root.join("corpus/scenarios"), &corpus)?;
    let found = artifacts.join("found.causes");
    fs::write(&found, "")?;

    let stopping = Arc::new(AtomicBool::new(false));
    let stop = Arc::clone(&stopping);
    ctrlc::set_handler(move || stop.store(true, Ordering::SeqCst)).context("cannot listen for Ctrl-C")?;
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let jobs = arguments.jobs.map_or(cores, usize::from);
    let mut hunt = Hunt {
        arguments,
        places: Places { root, target, corpus, kept, artifacts, found },
        workers: Vec::new(),
        started: Instant::now(),
        states: HashSet::new(),
        coverage: 0,
        causes: Vec::new(),
        crashes: Vec::new(),
        findings: Vec::new(),
        screen: Screen::new(arguments, jobs, Arc::clone(&stopping))?,
        stats,
    };
    let ended = hunt.supervise(jobs, &stopping);
    hunt.workers.iter_mut().for_each(Worker::stop);
    hunt.end(ended)
}

pub(super) fn project_root() -> Result<PathBuf> {
    let here = std::env::current_dir()?;
    let root = here.ancestors().find(|folder| folder.join("fuzz/fuzz_targets").is_dir());
    root.map(Path::to_path_buf).context("no fuzz/fuzz_targets here or above: run it in a checkout of raft-lockstep")
}

/// Builds a fuzz target of the package in `folder`; returns where it is.
///
/// # Errors
/// It does not build, or what that needs is missing.
pub fn build(folder: &Path, name: &str) -> Result<PathBuf> {
    require_cpp_compiler()?;
    require_cargo("fuzz")?;
    eprintln!("building the fuzz target");
    let mut build = Command::new("cargo");
    // Schedules have no magic bytes: with comparisons traced a run is three times slower and finds less.
    build.args(["fuzz", "build", "-s", "none", "--no-trace-compares", name]);
    let target = implementation::target(&project_root()?);
    let built = build.current_dir(folder).env("CARGO_TARGET_DIR", &target).status();
    if !built.context("cargo")?.success() {
        bail!("the fuzz target did not build; cargo's message is above");
    }
    binary(&target, name)
}

/// libFuzzer is C++: without a compiler the build fails with a long story.
fn require_cpp_compiler() -> Result<()> {
    let name = std::env::var("CXX").unwrap_or("c++".into());
    match Command::new(&name).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status() {
        Ok(_) => Ok(()),
        Err(_) => bail!("no C++ compiler `{name}`, which libFuzzer needs: install g++ (Debian: apt-get install g++; Fedora: dnf install gcc-c++; macOS: xcode-select --install)"),
    }
}

/// Installs what gives cargo a subcommand, if it is missing.
pub(super) fn require_cargo(subcommand: &str) -> Result<()> {
    let found =
        Command::new("cargo").args([subcommand, "--version"]).stdout(Stdio::null()).stderr(Stdio::null()).status();
    if found.is_ok_and(|status| status.success()) {
        return Ok(());
    }
    let package = format!("cargo-{subcommand}");
    eprintln!("{package} is missing: installing it with `cargo install {package} --locked`");
    let installed = Command::new("cargo").args(["install", &package, "--locked"]).status().context("cargo")?;
    match installed.success() {
        true => Ok(()),
        false => bail!("{package} could not be installed; cargo's message is above"),
    }
}

/// The scenarios are the first inputs.
fn seed_corpus(scenarios: &Path, corpus: &Path) -> Result<()> {
    let Ok(entries) = fs::read_dir(scenarios) else { return Ok(()) };
    for path in entries.filter_map(|entry| Some(entry.ok()?.path())) {
        if path.extension().is_some_and(|extension| extension == "txt") {
            let schedule = super::input::read(&path)?.schedule;
            let name = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
            fs::write(corpus.join(format!("seed-{name}")), codec::encode(&schedule))?;
        }
    }
    Ok(())
}

/// Where cargo-fuzz put the binary.
fn binary(target: &Path, name: &str) -> Result<PathBuf> {
    let triples = fs::read_dir(target)?.filter_map(|entry| Some(entry.ok()?.path()));
    let mut found: Vec<PathBuf> =
        triples.map(|triple| triple.join("release").join(name)).filter(|path| path.is_file()).collect();
    found.sort_by_key(|path| path.metadata().and_then(|data| data.modified()).ok());
    found.pop().context("cargo-fuzz built no fuzz target")
}

/// How the hunt is shown: as a line, live on a terminal, or on the whole of it.
enum Screen {
    Line(ProgressBar),
    Whole(Dashboard),
}

impl Screen {
    fn new(arguments: &Arguments, jobs: usize, stopping: Arc<AtomicBool>) -> Result<Self> {
        if arguments.dashboard {
            let workers = if jobs == 1 { "1 worker".into() } else { format!("{jobs} workers") };
            let title = format!("raft-lockstep fuzz: {workers}, feedback {}", arguments.feedback);
            return Ok(Screen::Whole(Dashboard::new(title, stopping)?));
        }
        Ok(Screen::Line(minimize::spinner()?))
    }

    /// Something was found.
    fn tell(&mut self, line: String) {
        match self {
            Screen::Line(bar) => bar.suspend(|| println!("{line}")),
            Screen::Whole(dashboard) => dashboard.view.findings.push(line),
        }
    }

    /// Gives back the terminal.
    fn close(&mut self) {
        if let Screen::Whole(dashboard) = self {
            let lines = std::mem::take(&mut dashboard.view.findings);
            *self = Screen::Line(ProgressBar::hidden());
            lines.iter().for_each(|line| println!("{line}"));
        }
    }
}

/// A crash that is being minimised.
struct Crash {
    input: PathBuf,
    finding: JoinHandle<Result<Finding>>,
}

/// A hunt at work.
struct Hunt<'a> {
    arguments: &'a Arguments,
    places: Places,
    workers: Vec<Worker>,
    started: Instant,
    states: HashSet<u64>,
    coverage: u64,
    causes: Vec<String>,
    crashes: Vec<Crash>,
    findings: Vec<(PathBuf, Finding)>,
    screen: Screen,
    stats: Option<File>,
}

impl Hunt<'_> {
    /// Waits until something is found, all workers are done, or Ctrl-C; with `--keep-going` for the latter two.
    fn supervise(&mut self, jobs: usize, stopping: &AtomicBool) -> Result<()> {
        for number in 0..jobs {
            self.workers.push(Worker::spawn(number, &self.places, self.arguments)?);
        }
        let mut noted = 0.0;
        loop {
            std::thread::sleep(Duration::from_millis(250));
            let status = self.status();
            let second = status.seconds >= noted + 1.0;
            if second {
                noted = status.seconds;
                if let Some(file) = &mut self.stats {
                    writeln!(file, "{}", serde_json::to_string(&status)?)?;
                }
            }
            match &mut self.screen {
                Screen::Line(bar) => {
                    bar.set_message(status.to_string());
                    bar.tick();
                }
                Screen::Whole(dashboard) => {
                    if second {
                        dashboard.view.add(&status);
                    }
                    dashboard.show()?;
                }
            }
            let running = self.look_after(stopping)?;
            self.collect(false)?;
            let found = !self.causes.is_empty() && !self.arguments.keep_going;
            if !running || found || stopping.load(Ordering::SeqCst) {
                return Ok(());
            }
        }
    }

    /// Has workers that stopped at a finding go on, if they are to; whether any runs.
    fn look_after(&mut self, stopping: &AtomicBool) -> Result<bool> {
        let mut running = false;
        for number in 0..self.workers.len() {
            let state = self.workers[number].state()?;
            running |= state == State::Running;
            if state == State::Crashed && !stopping.load(Ordering::SeqCst) {
                self.crashed(number)?;
                if self.arguments.keep_going {
                    self.workers[number].respawn(&self.places, self.arguments)?;
                    running = true;
                }
            }
        }
        Ok(running)
    }

    /// A worker stopped at an input: its cause is not to stop another, and it is looked into beside the hunt.
    fn crashed(&mut self, number: usize) -> Result<()> {
        let worker = &self.workers[number];
        let Some(crash) = worker.crash() else {
            bail!("a worker stopped without an input; its log is {}", worker.log().display());
        };
        let Some(cause) = crash.cause else {
            bail!("{}: no divergence; the worker's log is {}", crash.input.display(), worker.log().display());
        };
        // Two workers may find the same at the same time.
        if self.causes.contains(&cause) {
            return Ok(());
        }
        self.causes.push(cause);
        fs::write(&self.places.found, self.causes.join("\n") + "\n")?;
        let options = Options { known: <RaftRs as Node>::KNOWN.and(self.arguments.no_known), ..Options::default() };
        let bar = if self.arguments.keep_going { ProgressBar::hidden() } else { minimize::spinner()? };
        let (input, kept) = (crash.input.clone(), self.places.kept.clone());
        let finding = std::thread::spawn(move || Finding::of(&input, &kept, options, &bar));
        self.crashes.push(Crash { input: crash.input, finding });
        Ok(())
    }

    /// Takes in what has been looked into; with `all`, waits for the rest.
    fn collect(&mut self, all: bool) -> Result<()> {
        let (done, busy) = self.crashes.drain(..).partition(|crash| all || crash.finding.is_finished());
        self.crashes = busy;
        for Crash { input, finding } in Vec::from_iter(done) {
            let finding = finding.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))?;
            if self.arguments.keep_going {
                self.screen.tell(finding.line(&self.places.root));
            }
            self.findings.push((input, finding));
        }
        Ok(())
    }

    /// What a person is told at the end.
    fn end(mut self, ended: Result<()>) -> Result<Outcome> {
        let status = self.status();
        if let Screen::Line(bar) = &self.screen {
            bar.finish_and_clear();
        }
        let collected = self.collect(true);
        self.screen.close();
        eprintln!("{status}");
        ended.and(collected)?;
        match self.findings.first() {
            None => Ok(Outcome::Agreed),
            Some((input, finding)) if !self.arguments.keep_going => {
                finding.print(input, &self.places.root, self.arguments);
                Ok(Outcome::Diverged)
            }
            Some(_) => Ok(Outcome::Diverged),
        }
    }

    fn status(&mut self) -> Status {
        let [mut executions, mut events] = [0; 2];
        for worker in &mut self.workers {
            let [more_executions, more_events] = worker.progress();
            (executions, events) = (executions + more_executions, events + more_events);
            worker.states(&mut self.states);
            self.coverage = self.coverage.max(worker.coverage());
        }
        Status {
            seconds: self.started.elapsed().as_secs_f64(),
            executions,
            events,
            coverage: self.coverage,
            abstract_states: self.states.len() as u64,
            corpus: fs::read_dir(&self.places.corpus).map_or(0, Iterator::count),
            findings: self.causes.len(),
        }
    }
}

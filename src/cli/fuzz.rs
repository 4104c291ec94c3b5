//! `fuzz`: builds the fuzz target once and supervises one libFuzzer process a core.
//!
//! The processes share the corpus folder and reload it (`-reload=1`). libFuzzer's own `-fork` and
//! `-jobs` are not used: they hide crashes and print too rarely for a status line.

use super::{minimize, Outcome};
use crate::fuzzing::Guidance;
use crate::lockstep::Options;
use crate::report::transcript;
use crate::schedule::{codec, text};
use crate::sut::nodes::raft_rs::RaftRs;
use anyhow::{bail, Context, Result};
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;
use std::fs::{self, File};
use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::Arc;
use std::time::{Duration, Instant};

#[derive(clap::Args)]
pub struct Arguments {
    /// How many processes; one a core by default.
    #[arg(long)]
    workers: Option<usize>,
    /// What guides the fuzzer: edges of the code, states of the specification, both, or neither.
    #[arg(long, default_value = "edge", value_parser = Guidance::NAMED.map(|(name, _)| name))]
    feedback: String,
    /// Append where the hunt stands to a file, a JSON object each second: {seconds, executions, events, coverage,
    /// abstract_states, corpus, findings}.
    #[arg(long, value_name = "FILE")]
    stats: Option<PathBuf>,
    /// libFuzzer's own flags, such as -max_total_time=60 or -seed=1.
    #[arg(last = true)]
    libfuzzer: Vec<String>,
}

const TARGET: &str = "conformance";

pub fn run(arguments: &Arguments) -> Result<Outcome> {
    let root = project_root()?;
    let append =
        |path: &PathBuf| File::options().create(true).append(true).open(path).context(path.display().to_string());
    let stats = arguments.stats.as_ref().map(append).transpose()?;
    let target = build(&root)?;
    let corpus = root.join("corpus").join(TARGET);
    let artifacts = root.join("artifacts").join(TARGET);
    fs::create_dir_all(&corpus)?;
    fs::create_dir_all(&artifacts)?;
    seed_corpus(&root.join("corpus/scenarios"), &corpus)?;

    let stopping = Arc::new(AtomicBool::new(false));
    let stop = Arc::clone(&stopping);
    ctrlc::set_handler(move || stop.store(true, Ordering::SeqCst)).context("cannot listen for Ctrl-C")?;
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let mut workers = Vec::new();
    for number in 0..arguments.workers.unwrap_or(cores).max(1) {
        workers.push(Worker::spawn(number, &target, &corpus, &artifacts, arguments)?);
    }
    let crashed = supervise(&mut workers, &corpus, &stopping, stats)?;
    match crashed {
        Some(log) => explain(&root, &log),
        None => Ok(Outcome::Agreed),
    }
}

pub(super) fn project_root() -> Result<PathBuf> {
    let here = std::env::current_dir()?;
    let root = here.ancestors().find(|folder| folder.join("fuzz/fuzz_targets").is_dir());
    root.map(Path::to_path_buf).context("no fuzz/fuzz_targets here or above: run it in a checkout of raft-lockstep")
}

/// Builds the fuzz target; returns where it is.
pub(super) fn build(root: &Path) -> Result<PathBuf> {
    require_cpp_compiler()?;
    require_cargo("fuzz")?;
    eprintln!("building the fuzz target");
    let mut build = Command::new("cargo");
    // Schedules have no magic bytes: with comparisons traced a run is three times slower and finds less.
    build.args(["fuzz", "build", "-s", "none", "--no-trace-compares", TARGET]);
    let built = build.current_dir(root).status();
    if !built.context("cargo")?.success() {
        bail!("the fuzz target did not build; cargo's message is above");
    }
    binary(root)
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

struct Worker {
    child: Child,
    log: PathBuf,
    heartbeat: PathBuf,
}

impl Worker {
    fn spawn(number: usize, target: &Path, corpus: &Path, artifacts: &Path, arguments: &Arguments) -> Result<Self> {
        let flags = &arguments.libfuzzer;
        let log = artifacts.join(format!("worker-{number}.log"));
        let heartbeat = artifacts.join(format!("worker-{number}.heartbeat"));
        let _ = fs::remove_file(&heartbeat);
        let output = File::create(&log)?;
        let mut command = Command::new(target);
        command.arg(corpus).args(["-reload=1", "-print_final_stats=1"]);
        command.arg(format!("-artifact_prefix={}/", artifacts.display())).args(flags);
        // Workers of one seed would walk the same way: the last flag of a name counts.
        let seed = flags.iter().rev().find_map(|flag| flag.strip_prefix("-seed=")?.parse::<u32>().ok());
        if let Some(seed) = seed.filter(|seed| *seed != 0) {
            command.arg(format!("-seed={}", seed.wrapping_add(number as u32).max(1)));
        }
        command.env("RAFT_LOCKSTEP_FEEDBACK", &arguments.feedback);
        command.env("RAFT_LOCKSTEP_HEARTBEAT", &heartbeat).stdin(Stdio::null());
        command.stdout(output.try_clone()?).stderr(output);
        Ok(Worker { child: command.spawn().context("the fuzz target does not start")?, log, heartbeat })
    }

    /// Executions, events and abstract states so far.
    fn progress(&self) -> [u64; 3] {
        let line = fs::read_to_string(&self.heartbeat).unwrap_or_default();
        let mut numbers = line.split_whitespace().map(|word| word.parse().unwrap_or(0));
        std::array::from_fn(|_| numbers.next().unwrap_or(0))
    }

    /// What it has printed: libFuzzer's newest figure for covered edges, and whether it stopped at a finding.
    fn printed(&self) -> (u64, bool) {
        let log = String::from_utf8_lossy(&fs::read(&self.log).unwrap_or_default()).into_owned();
        let words: Vec<&str> =
            log.lines().rev().find(|line| line.contains("cov: ")).unwrap_or("").split_whitespace().collect();
        let place = words.iter().position(|word| *word == "cov:");
        let coverage = place.and_then(|place| words.get(place + 1)?.parse().ok()).unwrap_or(0);
        (coverage, log.contains("DEDUP_TOKEN: "))
    }
}

/// Where cargo-fuzz put the binary.
fn binary(root: &Path) -> Result<PathBuf> {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or(root.join("target"), PathBuf::from);
    let triples = fs::read_dir(&target)?.filter_map(|entry| Some(entry.ok()?.path()));
    let mut found: Vec<PathBuf> =
        triples.map(|triple| triple.join("release").join(TARGET)).filter(|path| path.is_file()).collect();
    found.sort_by_key(|path| path.metadata().and_then(|data| data.modified()).ok());
    found.pop().context("cargo-fuzz built no fuzz target")
}

/// Waits until a worker crashes, all are done, or Ctrl-C; returns the log of the one that crashed.
/// Appends a line of statistics a second, if they are wanted.
fn supervise(
    workers: &mut [Worker],
    corpus: &Path,
    stopping: &AtomicBool,
    mut stats: Option<File>,
) -> Result<Option<PathBuf>> {
    let started = Instant::now();
    let bar = ProgressBar::new_spinner().with_style(ProgressStyle::with_template("{spinner} {msg}")?);
    let live = std::io::stderr().is_terminal();
    let mut crashed = None;
    let mut last = Status::default();
    let mut written = 0.0;
    loop {
        std::thread::sleep(Duration::from_millis(250));
        bar.tick();
        last = status(workers, corpus, started).unwrap_or(last);
        if live {
            bar.set_message(last.to_string());
        }
        if let Some(file) = stats.as_mut().filter(|_| last.seconds >= written + 1.0) {
            written = last.seconds;
            writeln!(file, "{}", serde_json::to_string(&last)?)?;
        }
        let mut running = 0;
        for worker in workers.iter_mut() {
            match worker.child.try_wait()? {
                None => running += 1,
                Some(status) if status.success() || stopping.load(Ordering::SeqCst) => {}
                Some(_) => crashed = Some(worker.log.clone()),
            }
        }
        if running == 0 || crashed.is_some() || stopping.load(Ordering::SeqCst) {
            break;
        }
    }
    for worker in workers.iter_mut() {
        // Ctrl-C has reached a child already; one that is done has nothing left to lose: libFuzzer
        // writes every input to the corpus when it finds it.
        let _ = worker.child.kill();
        let _ = worker.child.wait();
    }
    bar.finish_and_clear();
    eprintln!("{}", status(workers, corpus, started).unwrap_or(last));
    Ok(crashed)
}

/// Where a hunt stands.
#[derive(Clone, Default, Serialize)]
struct Status {
    seconds: f64,
    executions: u64,
    events: u64,
    /// Edges that libFuzzer saw, of the worker that saw most.
    coverage: u64,
    abstract_states: u64,
    /// Inputs.
    corpus: usize,
    findings: usize,
}

impl std::fmt::Display for Status {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        let Status { seconds, executions, events, coverage, abstract_states, corpus, findings } = self;
        let rate = |count: &u64| (*count as f64 / seconds) as u64;
        write!(
            f,
            "{executions} executions ({}/s), {events} events ({}/s), coverage {coverage}, abstract states \
             {abstract_states}, corpus {corpus}, findings {findings}, {seconds:.0}s",
            rate(executions),
            rate(events)
        )
    }
}

fn status(workers: &[Worker], corpus: &Path, started: Instant) -> Option<Status> {
    let mut sums = [0; 3];
    for worker in workers {
        worker.progress().iter().zip(&mut sums).for_each(|(one, sum)| *sum += one);
    }
    let [executions, events, abstract_states] = sums;
    let printed: Vec<(u64, bool)> = workers.iter().map(Worker::printed).collect();
    let coverage = printed.iter().map(|(coverage, _)| *coverage).max()?;
    let findings = printed.iter().filter(|(_, found)| *found).count();
    let corpus = fs::read_dir(corpus).ok()?.count();
    let seconds = started.elapsed().as_secs_f64();
    Some(Status { seconds, executions, events, coverage, abstract_states, corpus, findings })
}

/// A worker stopped at an input: minimise it, explain it, keep it.
fn explain(root: &Path, log: &Path) -> Result<Outcome> {
    let text_of_log = String::from_utf8_lossy(&fs::read(log)?).into_owned();
    let written = text_of_log
        .lines()
        .find_map(|line| line.split_once("Test unit written to ").map(|(_, path)| path.trim().to_string()));
    let Some(input) = written else {
        bail!("a worker stopped without an input; its log is {}", log.display());
    };
    let schedule = codec::decode(&fs::read(&input)?);
    let options = Options::default();
    let Some((cause, _)) = minimize::cause_of::<RaftRs>(&schedule, options) else {
        bail!("{input} does not diverge when it is replayed; the log is {}", log.display());
    };
    let small = minimize::shortened::<RaftRs>(&schedule, options)?;
    let (story, _) = transcript::transcript::<RaftRs>(&small, options, true);
    let folder = root.join("artifacts").join(cause.slug());
    fs::create_dir_all(&folder)?;
    fs::write(folder.join("input"), codec::encode(&small))?;
    fs::write(folder.join("schedule.txt"), text::write(&small))?;
    fs::write(folder.join("report.txt"), &story)?;
    super::explain::draw(&small, options, &folder.join("diagram.svg"))?;
    println!("{}\n{story}", text::write(&small));
    println!("{} events in {input}, {} after minimising", schedule.events.len(), small.events.len());
    let path = folder.strip_prefix(root).unwrap_or(&folder).display();
    println!("repeat it: cargo run --release -- replay {path}/schedule.txt");
    println!("look at it: cargo run --release -- explain {path}/schedule.txt -o {path}/page.html");
    Ok(Outcome::Diverged)
}

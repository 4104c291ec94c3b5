//! How soon each faulty node, and each mutant of raft-rs, is found: by random schedules, and by libFuzzer guided by
//! edges of the code, by states of the specification, and by both.
//!
//! Every hunt is a process of a fuzz target from the same few random schedules, and counts executions and events,
//! which other work on the machine does not change. It ends at the first divergence that is no known finding. What was
//! measured is kept under `target/`, so that an interrupted benchmark goes on; another build of a target begins anew.
//! Ends with a table, and draws it.

#[path = "time_to_find/mutants.rs"]
mod mutants;
#[path = "time_to_find/plot.rs"]
mod plot;
#[path = "time_to_find/rows.rs"]
mod rows;

use anyhow::{bail, ensure, Context, Result};
use clap::{Parser, ValueEnum};
use mutants::MUTANTS;
use raft_lockstep::cli::fuzz_target;
use raft_lockstep::cli::mutated::Mutated;
use raft_lockstep::schedule::{codec, generate};
use raft_lockstep::sut::nodes::faulty::FAULTS;
use rows::Row;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::Write;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::Mutex;

/// What guides a hunt; the names are those of `RAFT_LOCKSTEP_FEEDBACK`.
const GUIDES: [&str; 4] = ["none", "edge", "state", "both"];
/// The random schedules that a hunt begins with, and their events.
const FIRST: (u64, usize) = (32, 80);
/// What must not be found: the raft-rs that the mutants are made of.
const ORIGINAL: &str = "raft-rs as it is";
/// Where the mutants are made and what was measured is kept, below `target`.
const FOLDER: &str = "time-to-find";

#[derive(Parser)]
struct Arguments {
    /// Hunts for each row and guide.
    #[arg(long, default_value_t = 10)]
    seeds: u64,
    /// Executions after which a hunt is given up.
    #[arg(long, default_value_t = 50_000)]
    limit: u64,
    /// Only rows of this kind.
    #[arg(long, value_enum)]
    kind: Option<Kind>,
    /// Only these rows: a node's name, or where a mutant is, such as raft.rs:2190:47.
    #[arg(long, value_delimiter = ',')]
    only: Vec<String>,
    /// Hunts at a time; one a core by default.
    #[arg(long)]
    jobs: Option<usize>,
    /// Writes the rows to the table in the documentation, in place of what stands there of them, and plots it.
    #[arg(long)]
    keep: bool,
    /// Cargo passes it to every benchmark.
    #[arg(long, hide = true)]
    bench: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Kind {
    /// The reference with one mistake.
    Nodes,
    /// raft-rs with one change.
    Mutants,
}

impl Arguments {
    /// Those of these rows that are asked for.
    fn chosen<'a>(&self, kind: Kind, names: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
        let kind = self.kind.is_none_or(|only| only == kind);
        names
            .filter(|name| kind && (self.only.is_empty() || self.only.iter().any(|it| it == rows::short(name))))
            .collect()
    }
}

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct Hunt {
    /// Of the target.
    build: u64,
    limit: u64,
    /// What is hunted: a faulty node, or a mutant.
    name: String,
    guide: String,
    seed: u64,
}

/// What a hunt came to. One that was given up counts as its limit.
#[derive(Clone, Copy, Serialize, Deserialize)]
struct Found {
    executions: u64,
    events: u64,
    given_up: bool,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = std::env::var_os("CARGO_TARGET_DIR").map_or(root.join("target"), Into::into).join(FOLDER);
    fs::create_dir_all(&folder)?;
    let mut hunts = Hunts::open(&arguments, &folder.join("hunts.jsonl"))?;
    let mut measured = Vec::new();

    let nodes = arguments.chosen(Kind::Nodes, FAULTS.iter().map(|row| row.name));
    if !nodes.is_empty() {
        let target = fuzz_target(root, "faulty")?;
        measured.extend(hunts.rows(&target, &nodes, arguments.seeds)?);
    }
    let mutants = arguments.chosen(Kind::Mutants, MUTANTS.iter().copied());
    if !mutants.is_empty() {
        let mutated = Mutated::make(FOLDER)?;
        // If it were found itself, so would every mutant be.
        for row in hunts.rows(&mutated.original()?, &[ORIGINAL], 1)? {
            let innocent = row.guides.iter().all(|guide| guide.given_up == 1);
            ensure!(innocent, "{ORIGINAL} diverges, so that it means nothing that its mutants do");
        }
        for name in mutants {
            let target = mutated.mutant(name)?;
            measured.extend(hunts.rows(&target, &[name], arguments.seeds)?);
        }
    }

    print!("{}", rows::tables(&measured));
    if arguments.keep {
        let docs = root.join("src/docs");
        let all = rows::merged(&fs::read_to_string(docs.join("time_to_find.md"))?, measured)?;
        fs::write(docs.join("time_to_find.md"), rows::tables(&all))?;
        fs::write(docs.join("time_to_find.svg"), plot::plot(&all, &GUIDES))?;
    }
    Ok(())
}

/// The hunts that have been done, by this run or by one before it.
struct Hunts {
    done: BTreeMap<Hunt, Found>,
    file: File,
    limit: u64,
    jobs: usize,
}

impl Hunts {
    fn open(arguments: &Arguments, path: &Path) -> Result<Self> {
        // The last line of an interrupted run may be torn.
        let text = fs::read_to_string(path).unwrap_or_default();
        let done = text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
        let file = File::options().create(true).append(true).open(path)?;
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Ok(Hunts { done, file, limit: arguments.limit, jobs: arguments.jobs.unwrap_or(cores).max(1) })
    }

    /// Hunts what is missing of these rows with the target, and sums up.
    fn rows(&mut self, target: &Path, names: &[&str], seeds: u64) -> Result<Vec<Row>> {
        let build = {
            let mut hasher = DefaultHasher::new();
            fs::read(target)?.hash(&mut hasher);
            hasher.finish()
        };
        let limit = self.limit;
        let hunts = |name: &str, guide: &str| -> Vec<Hunt> {
            let hunt = |seed| Hunt { build, limit, name: name.into(), guide: guide.into(), seed };
            (1..=seeds).map(hunt).collect()
        };
        let all = names.iter().flat_map(|name| GUIDES.iter().flat_map(move |guide| hunts(name, guide)));
        let missing: Vec<Hunt> = all.filter(|hunt| !self.done.contains_key(hunt)).collect();
        let next = AtomicUsize::new(0);
        let jobs = self.jobs;
        let state = Mutex::new((&mut self.done, &mut self.file));
        std::thread::scope(|scope| {
            let work = || -> Result<()> {
                while let Some(hunt) = missing.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let found = hunt_down(target, hunt)?;
                    let end = if found.given_up { ", given up" } else { "" };
                    eprintln!(
                        "{} by {}, seed {}: {} executions{end}",
                        hunt.name, hunt.guide, hunt.seed, found.executions
                    );
                    let (done, file) = &mut *state.lock().expect("no other thread panics");
                    writeln!(file, "{}", serde_json::to_string(&(hunt, found))?)?;
                    done.insert(hunt.clone(), found);
                }
                Ok(())
            };
            let workers: Vec<_> = (0..jobs).map(|_| scope.spawn(work)).collect();
            workers.into_iter().try_for_each(|worker| worker.join().expect("no worker panics"))
        })?;
        let row = |name: &&str| {
            let found = |guide: &&str| hunts(name, guide).iter().map(|hunt| self.done[hunt]).collect::<Vec<Found>>();
            Row::new(name, GUIDES.iter().map(found))
        };
        Ok(names.iter().map(row).collect())
    }
}

fn hunt_down(target: &Path, hunt: &Hunt) -> Result<Found> {
    let folder = tempfile::tempdir()?;
    let corpus = folder.path().join("corpus");
    fs::create_dir(&corpus)?;
    for number in 0..FIRST.0 {
        let schedule = generate::schedule((hunt.seed << 32) + number, FIRST.1);
        fs::write(corpus.join(format!("{number:02}")), codec::encode(&schedule))?;
    }
    let output = Command::new(target)
        .env("RAFT_LOCKSTEP_FAULT", &hunt.name)
        .env("RAFT_LOCKSTEP_FEEDBACK", &hunt.guide)
        .env("RAFT_LOCKSTEP_HEARTBEAT", folder.path().join("heartbeat"))
        .args([format!("-runs={}", hunt.limit), format!("-seed={}", hunt.seed), "-max_len=1500".into()])
        .arg(format!("-artifact_prefix={}/", folder.path().display()))
        .arg(&corpus)
        .output()?;
    let log = String::from_utf8_lossy(&output.stderr);
    let count = |word: Option<&str>| word.and_then(|word| word.parse::<u64>().ok());
    if let Some(line) = log.lines().find_map(|line| line.strip_prefix("found after ")) {
        let mut words = line.split(' ');
        let executions = count(words.next()).context("executions")?;
        return Ok(Found { executions, events: count(words.nth(2)).context("events")?, given_up: false });
    }
    if !output.status.success() {
        bail!("{} of seed {} ended otherwise:\n{log}", hunt.name, hunt.seed);
    }
    let heartbeat = fs::read_to_string(folder.path().join("heartbeat"))?;
    let events = count(heartbeat.split(' ').nth(1)).context("events")?;
    Ok(Found { executions: hunt.limit, events, given_up: true })
}

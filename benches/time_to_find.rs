//! Executions until each faulty node, each mutant of raft-rs, and each known finding is found.
//!
//! Faulty nodes and mutants are hunted as `fuzz` does by default, guided by edges of the code. All guides share the first
//! 20,000 random schedules, within which each of these is found, so that comparing guides needs harder prey: findings are
//! hunted by random schedules, by edges, by states and by both.
//!
//! Every hunt is a process of a fuzz target that begins with the same few random schedules. Executions and events are
//! counted, because other work on the machine does not change them. A hunt ends at the first divergence that is no known
//! finding. Results are kept under `target/`, so that an interrupted benchmark resumes; another build of a target begins
//! anew. The benchmark ends with tables and a plot.

#[path = "time_to_find/mutants.rs"]
mod mutants;
#[path = "time_to_find/plot.rs"]
mod plot;
#[path = "time_to_find/rows.rs"]
mod rows;

use anyhow::{bail, ensure, Context, Result};
use clap::{Parser, ValueEnum};
use mutants::MUTANTS;
use raft_lockstep::cli::mutated::Mutated;
use raft_lockstep::cli::{self, fuzz_target};
use raft_lockstep::findings::IN_RAFT_RS;
use raft_lockstep::schedule::{codec, generate};
use raft_lockstep::sut::nodes::faulty::FAULTS;
use rows::Row;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::Mutex;

/// The random schedules that a hunt begins with, and the events of each.
const FIRST: (u64, usize) = (32, 80);
/// The raft-rs that the mutants are made of, which must not be found.
const ORIGINAL: &str = "raft-rs as it is";

#[derive(Parser)]
struct Arguments {
    /// Hunts for each row and guide.
    #[arg(long, default_value_t = 10)]
    seeds: u64,
    /// Executions after which a hunt is given up.
    #[arg(long, default_value_t = 50_000)]
    limit: u64,
    /// Only rows of this kind; the findings, which may take long, are hunted only so.
    #[arg(long, value_enum)]
    kind: Option<Kind>,
    /// Only these rows: a node's or a finding's name, or where a mutant is, such as raft.rs:2190:47.
    #[arg(long, value_delimiter = ',')]
    only: Vec<String>,
    /// Hunts at a time; one a core by default.
    #[arg(long)]
    jobs: Option<usize>,
    /// Updates the rows in the documentation's tables, and plots them.
    #[arg(long)]
    keep: bool,
    /// Cargo passes it to every benchmark.
    #[arg(long, hide = true)]
    bench: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
enum Kind {
    /// The reference with one mistake.
    Nodes,
    /// raft-rs with one change.
    Mutants,
    /// raft-rs as it is, with one known finding not stepped around.
    Findings,
}

impl Kind {
    /// The kind of the prey of that name.
    fn of(name: &str) -> Option<Self> {
        match name {
            name if FAULTS.iter().any(|row| row.name == name) => Some(Kind::Nodes),
            name if MUTANTS.contains(&name) => Some(Kind::Mutants),
            name if IN_RAFT_RS.iter().any(|row| row.name == name) => Some(Kind::Findings),
            _ => None,
        }
    }

    /// The guides that a row of this kind is hunted by, as values of `RAFT_LOCKSTEP_FEEDBACK`.
    fn guides(self) -> &'static [&'static str] {
        match self {
            Kind::Nodes | Kind::Mutants => &["edge"],
            Kind::Findings => &["none", "edge", "state", "both"],
        }
    }
}

impl Arguments {
    /// The selected rows.
    fn chosen<'a>(&self, kind: Kind, names: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
        let kind = self.kind.map_or(kind != Kind::Findings, |only| only == kind);
        names
            .filter(|name| kind && (self.only.is_empty() || self.only.iter().any(|it| it == rows::short(name))))
            .collect()
    }
}

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct Hunt {
    /// The hash of the target.
    build: u64,
    limit: u64,
    name: String,
    guide: String,
    seed: u64,
}

/// The result of a hunt. One that was given up counts as its limit.
#[derive(Clone, Copy, Serialize, Deserialize)]
struct Found {
    executions: u64,
    events: u64,
    given_up: bool,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = cli::target(root).join("time-to-find");
    fs::create_dir_all(&folder)?;
    let mut hunts = Hunts::open(&arguments, &folder)?;
    let nodes = arguments.chosen(Kind::Nodes, FAULTS.iter().map(|row| row.name));
    let mutants = arguments.chosen(Kind::Mutants, MUTANTS.iter().copied());
    let findings = arguments.chosen(Kind::Findings, IN_RAFT_RS.iter().map(|row| row.name));
    let mut prey = Vec::new();
    for (target, kind, names) in [("faulty", Kind::Nodes, nodes), ("conformance", Kind::Findings, findings)] {
        if !names.is_empty() {
            let build = hunts.keep(&fuzz_target(root, target)?)?;
            prey.extend(names.into_iter().map(|name| Prey { build, name, guides: kind.guides() }));
        }
    }
    if !mutants.is_empty() {
        let mutated = Mutated::make(&folder)?;
        let guides = Kind::Mutants.guides();
        let original = Prey { build: hunts.keep(&mutated.original()?)?, name: ORIGINAL, guides };
        for name in mutants {
            prey.push(Prey { build: hunts.keep(&mutated.mutant(name)?)?, name, guides });
        }
        // A divergence of the original would count for every mutant.
        let innocent = |row: &Row| row.guides.iter().all(|guide| guide.given_up == 1);
        ensure!(hunts.rows(&[original], 1)?.iter().all(innocent), "{ORIGINAL} diverges: a mutant that does is none");
    }
    let mut measured = hunts.rows(&prey, arguments.seeds)?;
    rows::sort(&mut measured);

    print!("{}", rows::tables(&measured));
    if arguments.keep {
        let docs = root.join("src/docs");
        let all = rows::merged(&fs::read_to_string(docs.join("time_to_find.md"))?, measured)?;
        fs::write(docs.join("time_to_find.md"), rows::tables(&all))?;
        fs::write(docs.join("time_to_find.svg"), plot::plot(&all))?;
    }
    Ok(())
}

/// A faulty node, a mutant, or a finding to hunt.
struct Prey<'a> {
    name: &'a str,
    /// The hash of its fuzz target.
    build: u64,
    guides: &'static [&'static str],
}

/// The hunts done, by this run or an earlier one.
struct Hunts {
    folder: PathBuf,
    done: BTreeMap<Hunt, Found>,
    file: File,
    limit: u64,
    jobs: usize,
}

impl Hunts {
    fn open(arguments: &Arguments, folder: &Path) -> Result<Self> {
        let path = folder.join("hunts.jsonl");
        // The last line of an interrupted run may be torn.
        let text = fs::read_to_string(&path).unwrap_or_default();
        let done = text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
        let file = File::options().create(true).append(true).open(path)?;
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let jobs = arguments.jobs.unwrap_or(cores).max(1);
        Ok(Hunts { folder: folder.into(), done, file, limit: arguments.limit, jobs })
    }

    /// Copies a fuzz target, which the next build overwrites; returns its hash.
    fn keep(&self, target: &Path) -> Result<u64> {
        let bytes = fs::read(target)?;
        let mut hasher = DefaultHasher::new();
        bytes.hash(&mut hasher);
        let build = hasher.finish();
        fs::copy(target, self.target(build))?;
        Ok(build)
    }

    fn target(&self, build: u64) -> PathBuf {
        self.folder.join(format!("target-{build:016x}"))
    }

    /// The hunts for a prey by one guide.
    fn all(&self, prey: &Prey, guide: &str, seeds: u64) -> impl Iterator<Item = Hunt> {
        let hunt = Hunt { build: prey.build, limit: self.limit, name: prey.name.into(), guide: guide.into(), seed: 0 };
        (1..=seeds).map(move |seed| Hunt { seed, ..hunt.clone() })
    }

    /// Does the hunts that are missing, and sums all up.
    fn rows(&mut self, prey: &[Prey], seeds: u64) -> Result<Vec<Row>> {
        let all = prey.iter().flat_map(|prey| prey.guides.iter().flat_map(|guide| self.all(prey, guide, seeds)));
        let missing: Vec<Hunt> = all.filter(|hunt| !self.done.contains_key(hunt)).collect();
        let next = AtomicUsize::new(0);
        let done = Mutex::new(Vec::new());
        std::thread::scope(|scope| {
            let work = || -> Result<()> {
                while let Some(hunt) = missing.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let Hunt { build, name, guide, seed, .. } = hunt;
                    let found = hunt_down(&self.target(*build), hunt)?;
                    let end = if found.given_up { ", given up" } else { "" };
                    eprintln!("{name} by {guide}, seed {seed}: {} executions{end}", found.executions);
                    let mut done = done.lock().expect("no other thread panics");
                    writeln!(&self.file, "{}", serde_json::to_string(&(hunt, found))?)?;
                    done.push((hunt.clone(), found));
                }
                Ok(())
            };
            let workers: Vec<_> = (0..self.jobs).map(|_| scope.spawn(work)).collect();
            workers.into_iter().try_for_each(|worker| worker.join().expect("no worker panics"))
        })?;
        self.done.extend(done.into_inner().expect("no thread panicked"));
        let row = |prey: &Prey| {
            let found = |guide: &&str| self.all(prey, guide, seeds).map(|hunt| self.done[&hunt]).collect();
            Row::new(prey.name, prey.guides.iter().map(found))
        };
        Ok(prey.iter().map(row).collect())
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
    let not_known = if Kind::of(&hunt.name) == Some(Kind::Findings) { &hunt.name } else { "" };
    let output = Command::new(target)
        .env("RAFT_LOCKSTEP_FAULT", &hunt.name)
        .env("RAFT_LOCKSTEP_NO_KNOWN", not_known)
        .env("RAFT_LOCKSTEP_FEEDBACK", &hunt.guide)
        .env("RAFT_LOCKSTEP_HEARTBEAT", folder.path().join("heartbeat"))
        .args([format!("-runs={}", hunt.limit), format!("-seed={}", hunt.seed), "-max_len=1500".into()])
        // As `fuzz` does: entropic energies would take nine tenths of the time.
        .arg("-entropic=0")
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
    let events = count(heartbeat.split_whitespace().nth(1)).context("events")?;
    Ok(Found { executions: hunt.limit, events, given_up: true })
}

//! How soon each faulty node is found: by random schedules, and by libFuzzer guided by edges of the code, by
//! states of the specification, and by both.
//!
//! Every hunt is a process of the fuzz target `faulty` from the same few random schedules, and counts executions
//! and events, which other work on the machine does not change. What was measured is kept under `target/`, so
//! that an interrupted benchmark goes on; another build of the target begins anew. Ends with a table, and draws it.

#[path = "time_to_find/plot.rs"]
mod plot;

use anyhow::{bail, ensure, Context, Result};
use clap::Parser;
use raft_lockstep::schedule::{codec, generate};
use raft_lockstep::sut::nodes::faulty::FAULTS;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::Mutex;

/// What guides a hunt; the names are those of `RAFT_LOCKSTEP_FEEDBACK`.
const GUIDES: [&str; 4] = ["none", "edge", "state", "both"];
/// The random schedules that a hunt begins with, and their events.
const FIRST: (u64, usize) = (32, 80);

#[derive(Parser)]
struct Arguments {
    /// Hunts for each node and guide.
    #[arg(long, default_value_t = 10)]
    seeds: u64,
    /// Executions after which a hunt is given up.
    #[arg(long, default_value_t = 100_000)]
    limit: u64,
    /// Only these nodes.
    #[arg(long, value_delimiter = ',')]
    only: Vec<String>,
    /// Hunts at a time; one a core by default.
    #[arg(long)]
    jobs: Option<usize>,
    /// Writes the table and the plot to the documentation.
    #[arg(long)]
    keep: bool,
    /// Cargo passes it to every benchmark.
    #[arg(long, hide = true)]
    bench: bool,
}

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct Hunt {
    node: String,
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
    let target = build(root)?;
    let build = {
        let mut hasher = DefaultHasher::new();
        fs::read(&target)?.hash(&mut hasher);
        hasher.finish()
    };
    let kept = target.with_file_name(format!("time-to-find-{build:016x}-{}.jsonl", arguments.limit));
    let mut done: BTreeMap<Hunt, Found> = BTreeMap::new();
    for line in fs::read_to_string(&kept).unwrap_or_default().lines() {
        // The last line of an interrupted run may be torn.
        let Ok((hunt, found)) = serde_json::from_str(line) else { continue };
        done.insert(hunt, found);
    }
    let chosen = |name: &str| arguments.only.is_empty() || arguments.only.iter().any(|only| only == name);
    let mut hunts = Vec::new();
    for row in FAULTS.iter().filter(|row| chosen(row.name)) {
        for guide in GUIDES {
            hunts.extend((1..=arguments.seeds).map(|seed| Hunt { node: row.name.into(), guide: guide.into(), seed }));
        }
    }
    let missing: Vec<&Hunt> = hunts.iter().filter(|hunt| !done.contains_key(hunt)).collect();
    let done = Mutex::new((done, OpenOptions::new().create(true).append(true).open(&kept)?));
    let next = AtomicUsize::new(0);
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        let work = || -> Result<()> {
            while let Some(hunt) = missing.get(next.fetch_add(1, Ordering::Relaxed)) {
                let found = hunt_down(&target, hunt, arguments.limit)?;
                eprintln!(
                    "{} by {}, seed {}: {} executions{}",
                    hunt.node,
                    hunt.guide,
                    hunt.seed,
                    found.executions,
                    if found.given_up { ", given up" } else { "" }
                );
                let (done, file) = &mut *done.lock().expect("no other thread panics");
                writeln!(file, "{}", serde_json::to_string(&(hunt, found))?)?;
                done.insert((*hunt).clone(), found);
            }
            Ok(())
        };
        let workers: Vec<_> = (0..arguments.jobs.unwrap_or(cores).max(1)).map(|_| scope.spawn(work)).collect();
        workers.into_iter().try_for_each(|worker| worker.join().expect("no worker panics"))
    })?;
    let (done, _) = done.into_inner()?;
    let rows = summary(&hunts, &done);
    let table = table(&rows);
    print!("{table}");
    if arguments.keep {
        fs::write(root.join("src/docs/time_to_find.md"), table)?;
        fs::write(root.join("src/docs/time_to_find.svg"), plot::plot(&rows, &GUIDES))?;
    }
    Ok(())
}

/// Builds the target and says where it is.
fn build(root: &Path) -> Result<PathBuf> {
    let mut command = Command::new("cargo");
    command.current_dir(root).args(["fuzz", "build", "-s", "none", "--no-trace-compares", "faulty"]);
    ensure!(command.status().context("cargo fuzz")?.success(), "the fuzz target did not build");
    let folder = std::env::var_os("CARGO_TARGET_DIR").map_or(root.join("target"), PathBuf::from);
    let triples = fs::read_dir(folder)?.filter_map(|entry| Some(entry.ok()?.path()));
    let found = triples.map(|triple| triple.join("release/faulty")).find(|path| path.is_file());
    found.context("cargo-fuzz built no target")
}

fn hunt_down(target: &Path, hunt: &Hunt, limit: u64) -> Result<Found> {
    let folder = tempfile::tempdir()?;
    let corpus = folder.path().join("corpus");
    fs::create_dir(&corpus)?;
    for number in 0..FIRST.0 {
        let schedule = generate::schedule((hunt.seed << 32) + number, FIRST.1);
        fs::write(corpus.join(format!("{number:02}")), codec::encode(&schedule))?;
    }
    let output = Command::new(target)
        .env("RAFT_LOCKSTEP_FAULT", &hunt.node)
        .env("RAFT_LOCKSTEP_FEEDBACK", &hunt.guide)
        .env("RAFT_LOCKSTEP_HEARTBEAT", folder.path().join("heartbeat"))
        .args([format!("-runs={limit}"), format!("-seed={}", hunt.seed), "-max_len=1500".into()])
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
        bail!("{} of seed {} ended otherwise:\n{log}", hunt.node, hunt.seed);
    }
    let heartbeat = fs::read_to_string(folder.path().join("heartbeat"))?;
    let events = count(heartbeat.split(' ').nth(1)).context("events")?;
    Ok(Found { executions: limit, events, given_up: true })
}

/// A node, and for each guide the quartiles of its executions, the median of its events, and the hunts given up.
struct Row {
    node: String,
    guides: Vec<Quartiles>,
}

struct Quartiles {
    executions: [u64; 3],
    events: u64,
    given_up: usize,
}

fn summary(hunts: &[Hunt], done: &BTreeMap<Hunt, Found>) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    for group in hunts.chunk_by(|one, two| (&one.node, &one.guide) == (&two.node, &two.guide)) {
        let found: Vec<Found> = group.iter().filter_map(|hunt| done.get(hunt).copied()).collect();
        let sorted = |of: fn(&Found) -> u64| {
            let mut all: Vec<u64> = found.iter().map(of).collect();
            all.sort_unstable();
            all
        };
        let (executions, events) = (sorted(|it| it.executions), sorted(|it| it.events));
        let quartile = |quarter: usize| executions[(executions.len() - 1) * quarter / 4];
        let quartiles = Quartiles {
            executions: [quartile(1), quartile(2), quartile(3)],
            events: events[(events.len() - 1) / 2],
            given_up: found.iter().filter(|it| it.given_up).count(),
        };
        match rows.last_mut().filter(|row| row.node == group[0].node) {
            Some(row) => row.guides.push(quartiles),
            None => rows.push(Row { node: group[0].node.clone(), guides: vec![quartiles] }),
        }
    }
    // The hardest last.
    rows.sort_by_key(|row| row.guides[0].executions[1]);
    rows
}

/// Executions as median and quartiles, then events.
fn table(rows: &[Row]) -> String {
    let mut table = String::from("| faulty node | random | edges | states | both | both / best of the others |\n| --- | --- | --- | --- | --- | --- |\n");
    for row in rows {
        table.push_str(&format!("| `{}` |", row.node));
        for guide in &row.guides {
            let [low, median, high] = guide.executions;
            let given_up = if guide.given_up > 0 { format!(", {} given up", guide.given_up) } else { String::new() };
            table.push_str(&format!(" {median} ({low} to {high}), {} events{given_up} |", guide.events));
        }
        let medians: Vec<u64> = row.guides.iter().map(|guide| guide.executions[1]).collect();
        let best = medians[..3].iter().min().copied().unwrap_or(1).max(1);
        table.push_str(&format!(" {:.2} |\n", medians[3] as f64 / best as f64));
    }
    table
}

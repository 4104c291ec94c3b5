//! One libFuzzer process, and the next that takes its place when it stops at a finding.

use super::Arguments;
use crate::findings::IN_RAFT_RS;
use crate::fuzzing::CANNOT_WRITE;
use anyhow::{Context, Result};
use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Instant;

/// Where a hunt has its files.
pub struct Places {
    /// The project.
    pub root: PathBuf,
    /// The fuzz target.
    pub target: PathBuf,
    /// Its inputs.
    pub corpus: PathBuf,
    /// Where findings are kept.
    pub kept: PathBuf,
    /// Where crashes, logs and heartbeats go.
    pub artifacts: PathBuf,
    /// The causes that were found, one a line: the workers let them pass.
    pub found: PathBuf,
}

/// A worker.
pub struct Worker {
    child: Child,
    number: usize,
    started: Instant,
    /// So many processes it has been before this one.
    before: u32,
    /// Executions, events and slow runs of these.
    done: [u64; 3],
    log: PathBuf,
    heartbeat: PathBuf,
    /// Bytes of the file of states that were read.
    read: u64,
    /// It is not to start again.
    over: bool,
}

/// How it is with a worker.
#[derive(PartialEq, Eq)]
pub enum State {
    /// It runs.
    Running,
    /// It has done what it was to do.
    Done,
    /// It stopped at an input.
    Crashed,
    /// Its files cannot be written.
    CannotWrite,
}

/// The input at which a worker stopped, and the cause that it printed.
pub struct Crash {
    /// Where libFuzzer wrote it.
    pub input: PathBuf,
    /// None if it did not diverge, but took too long, say.
    pub cause: Option<String>,
}

impl Worker {
    /// Starts worker `number` of `arguments.workers`.
    pub fn spawn(number: usize, places: &Places, arguments: &Arguments) -> Result<Self> {
        let log = places.artifacts.join(format!("worker-{number}.log"));
        let heartbeat = places.artifacts.join(format!("worker-{number}.heartbeat"));
        let _ = fs::remove_file(&heartbeat);
        let _ = fs::remove_file(states(&heartbeat));
        let started = Instant::now();
        let child = start(places, arguments, &log, &heartbeat, &seed(arguments, number, 0))?;
        Ok(Worker { child, number, started, before: 0, done: [0; 3], log, heartbeat, read: 0, over: false })
    }

    /// Goes on after a finding, with what is left of the time and of the runs, if anything is.
    pub fn respawn(&mut self, places: &Places, arguments: &Arguments) -> Result<()> {
        self.done = self.progress();
        let _ = fs::remove_file(&self.heartbeat);
        self.before += 1;
        let mut left = seed(arguments, self.number, self.before);
        let spent = [("-max_total_time=", self.started.elapsed().as_secs()), ("-runs=", self.done[0])];
        for (name, spent) in spent {
            let Some(whole) = flag(arguments, name).filter(|whole| *whole > 0) else { continue };
            if spent >= whole as u64 {
                self.over = true;
                return Ok(());
            }
            left.push(format!("{name}{}", whole as u64 - spent));
        }
        self.child = start(places, arguments, &self.log, &self.heartbeat, &left)?;
        Ok(())
    }

    /// How it is with it.
    pub fn state(&mut self) -> Result<State> {
        Ok(match self.child.try_wait()? {
            None => State::Running,
            Some(status) if status.success() || self.over => State::Done,
            Some(status) if status.code() == Some(INTERRUPTED) => State::Done,
            Some(status) if status.code() == Some(CANNOT_WRITE) => State::CannotWrite,
            Some(_) => State::Crashed,
        })
    }

    /// Ends it. Nothing is lost: libFuzzer writes every input to the corpus when it finds it.
    pub fn stop(&mut self) {
        // At a finding it ends by itself, when it has written it.
        if !self.printed().contains(CAUSE) {
            let _ = self.child.kill();
        }
        let _ = self.child.wait();
    }

    /// Executions, events and slow runs so far.
    pub fn progress(&self) -> [u64; 3] {
        let line = fs::read_to_string(&self.heartbeat).unwrap_or_default();
        let mut numbers = line.split_whitespace().map(|word| word.parse().unwrap_or(0));
        self.done.map(|done| done + numbers.next().unwrap_or(0))
    }

    /// Adds the abstract states that it has reached since the last call.
    pub fn states(&mut self, all: &mut HashSet<u64>) {
        let mut bytes = Vec::new();
        // There is none before the first heartbeat.
        if let Ok(mut file) = File::open(states(&self.heartbeat)) {
            let _ = file.seek(SeekFrom::Start(self.read)).and_then(|_| file.read_to_end(&mut bytes));
        }
        let fresh = bytes.chunks_exact(8);
        self.read += 8 * fresh.len() as u64;
        all.extend(fresh.filter_map(|state| Some(u64::from_le_bytes(state.try_into().ok()?))));
    }

    /// libFuzzer's newest figure for covered edges.
    pub fn coverage(&self) -> u64 {
        let log = self.printed();
        let line = log.lines().rev().find_map(|line| line.split_once("cov: ")).map_or("", |(_, rest)| rest);
        line.split(' ').next().and_then(|word| word.parse().ok()).unwrap_or(0)
    }

    /// At what it stopped, once it has ended; none if that is nothing that libFuzzer has written.
    pub fn crash(&self) -> Option<Crash> {
        let log = self.printed();
        let after = |mark| log.lines().find_map(|line| line.split_once(mark).map(|(_, rest)| rest.trim().to_string()));
        Some(Crash { input: after("Test unit written to ")?.into(), cause: after(CAUSE) })
    }

    /// What it says of a file that it cannot write, if there was room for that.
    pub fn problem(&self) -> Option<String> {
        self.printed().lines().find_map(|line| line.strip_prefix("ERROR: ").map(str::to_string))
    }

    /// Where its output is.
    pub fn log(&self) -> &Path {
        &self.log
    }

    fn printed(&self) -> String {
        String::from_utf8_lossy(&fs::read(&self.log).unwrap_or_default()).into_owned()
    }
}

/// What a target prints before the cause of a finding.
const CAUSE: &str = "DEDUP_TOKEN: ";

/// How libFuzzer exits at a signal: Ctrl-C reaches workers and this program alike.
const INTERRUPTED: i32 = 72;

fn states(heartbeat: &Path) -> PathBuf {
    heartbeat.with_extension("states")
}

/// libFuzzer takes the last flag of a name.
fn flag(arguments: &Arguments, name: &str) -> Option<i64> {
    arguments.libfuzzer.iter().rev().find_map(|flag| flag.strip_prefix(name)?.parse().ok())
}

/// Workers of one seed would walk the same way, and so would one that starts again.
fn seed(arguments: &Arguments, number: usize, before: u32) -> Vec<String> {
    let seed = flag(arguments, "-seed=").map_or(0, |seed| seed as u32);
    let other = seed.wrapping_add(number as u32).wrapping_add(before.wrapping_mul(1000)).max(1);
    if seed == 0 {
        Vec::new()
    } else {
        vec![format!("-seed={other}")]
    }
}

fn start(places: &Places, arguments: &Arguments, log: &Path, heartbeat: &Path, last: &[String]) -> Result<Child> {
    let output = File::create(log).with_context(|| format!("cannot write {}", log.display()))?;
    let mut command = Command::new(&places.target);
    // The energies of inputs, worked out anew whenever features turn out rarer, cost more than they are worth
    // (src/docs/runs.md).
    command.arg(&places.corpus).args(["-reload=1", "-entropic=0", "-print_final_stats=1"]);
    // A file of its own for each worker: two that stop at the same input at once would write over each other.
    let prefix = log.with_extension("");
    command.arg(format!("-artifact_prefix={}-", prefix.display())).args(&arguments.libfuzzer).args(last);
    let reported = IN_RAFT_RS.iter().filter(|row| !arguments.no_known.has(row.finding)).map(|row| row.name);
    command.env("RAFT_LOCKSTEP_NO_KNOWN", reported.collect::<Vec<_>>().join(","));
    command.env("RAFT_LOCKSTEP_FEEDBACK", &arguments.feedback);
    command.env("RAFT_LOCKSTEP_HEARTBEAT", heartbeat).env("RAFT_LOCKSTEP_FOUND", &places.found);
    // The child holds the reading end of a pipe, and ends when this process does.
    command.env("RAFT_LOCKSTEP_PARENT", "stdin").stdin(Stdio::piped()).stdout(output.try_clone()?).stderr(output);
    command.spawn().context("the fuzz target does not start")
}

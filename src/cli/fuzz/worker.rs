//! A worker: a libFuzzer process, and its successors after each finding.

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

/// The files and folders of a hunt.
pub struct Places {
    /// The project's folder.
    pub root: PathBuf,
    /// The fuzz target's binary.
    pub target: PathBuf,
    /// The folder of inputs.
    pub corpus: PathBuf,
    /// The folder for findings.
    pub kept: PathBuf,
    /// The folder for crash files, logs and heartbeats.
    pub artifacts: PathBuf,
    /// The file of causes found so far, one on a line, which the workers ignore.
    pub found: PathBuf,
}

/// A libFuzzer process with its log and heartbeat.
pub struct Worker {
    child: Child,
    number: usize,
    started: Instant,
    /// The number of earlier processes.
    before: u32,
    /// Executions, events and slow runs of the earlier processes.
    done: [u64; 3],
    log: PathBuf,
    heartbeat: PathBuf,
    /// The number of bytes read from the file of states.
    read: u64,
    /// True if the time or the runs are used up, so that it does not restart.
    over: bool,
}

/// The state of a worker's process.
#[derive(PartialEq, Eq)]
pub enum State {
    /// Running.
    Running,
    /// Ended by a limit or a signal.
    Done,
    /// Stopped at an input.
    Crashed,
    /// Ended because it cannot write its files.
    CannotWrite,
}

/// The input at which a worker stopped, and the cause that it printed.
pub struct Crash {
    /// The crash file.
    pub input: PathBuf,
    /// The cause; `None` without a divergence, for example after a timeout.
    pub cause: Option<String>,
}

impl Worker {
    /// Starts a worker.
    pub fn spawn(number: usize, places: &Places, arguments: &Arguments) -> Result<Self> {
        let log = places.artifacts.join(format!("worker-{number}.log"));
        let heartbeat = places.artifacts.join(format!("worker-{number}.heartbeat"));
        let _ = fs::remove_file(&heartbeat);
        let _ = fs::remove_file(states(&heartbeat));
        let started = Instant::now();
        let child = start(places, arguments, &log, &heartbeat, &seed(arguments, number, 0))?;
        Ok(Worker { child, number, started, before: 0, done: [0; 3], log, heartbeat, read: 0, over: false })
    }

    /// Starts the next process after a finding, with the rest of time and runs. Nothing starts if they are used up.
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

    /// The state of the process.
    pub fn state(&mut self) -> Result<State> {
        Ok(match self.child.try_wait()? {
            None => State::Running,
            Some(status) if status.success() || self.over => State::Done,
            Some(status) if status.code() == Some(INTERRUPTED) => State::Done,
            Some(status) if status.code() == Some(CANNOT_WRITE) => State::CannotWrite,
            Some(_) => State::Crashed,
        })
    }

    /// Ends the process. No input is lost: libFuzzer writes each one to the corpus when it finds it.
    pub fn stop(&mut self) {
        // A process at a finding ends by itself after it has written the crash file.
        if !self.printed().contains(CAUSE) {
            let _ = self.child.kill();
        }
        let _ = self.child.wait();
    }

    /// The number of executions, events and slow runs so far.
    pub fn progress(&self) -> [u64; 3] {
        let line = fs::read_to_string(&self.heartbeat).unwrap_or_default();
        let mut numbers = line.split_whitespace().map(|word| word.parse().unwrap_or(0));
        self.done.map(|done| done + numbers.next().unwrap_or(0))
    }

    /// Adds the abstract states that the worker has reached since the last call.
    pub fn states(&mut self, all: &mut HashSet<u64>) {
        let mut bytes = Vec::new();
        // The file does not exist before the first heartbeat.
        if let Ok(mut file) = File::open(states(&self.heartbeat)) {
            let _ = file.seek(SeekFrom::Start(self.read)).and_then(|_| file.read_to_end(&mut bytes));
        }
        let fresh = bytes.chunks_exact(8);
        self.read += 8 * fresh.len() as u64;
        all.extend(fresh.filter_map(|state| Some(u64::from_le_bytes(state.try_into().ok()?))));
    }

    /// The number of covered edges that libFuzzer printed last.
    pub fn coverage(&self) -> u64 {
        let log = self.printed();
        let line = log.lines().rev().find_map(|line| line.split_once("cov: ")).map_or("", |(_, rest)| rest);
        line.split(' ').next().and_then(|word| word.parse().ok()).unwrap_or(0)
    }

    /// The crash of an ended process; `None` if libFuzzer wrote no crash file.
    pub fn crash(&self) -> Option<Crash> {
        let log = self.printed();
        let after = |mark| log.lines().find_map(|line| line.split_once(mark).map(|(_, rest)| rest.trim().to_string()));
        Some(Crash { input: after("Test unit written to ")?.into(), cause: after(CAUSE) })
    }

    /// The worker's error about a file that it cannot write; `None` if the full disk left no room for the log.
    pub fn problem(&self) -> Option<String> {
        self.printed().lines().find_map(|line| line.strip_prefix("ERROR: ").map(str::to_string))
    }

    /// The file with the worker's output.
    pub fn log(&self) -> &Path {
        &self.log
    }

    fn printed(&self) -> String {
        String::from_utf8_lossy(&fs::read(&self.log).unwrap_or_default()).into_owned()
    }
}

/// The text before the cause in a target's output.
const CAUSE: &str = "DEDUP_TOKEN: ";

/// libFuzzer's exit code after a signal. Ctrl-C reaches the workers too.
const INTERRUPTED: i32 = 72;

fn states(heartbeat: &Path) -> PathBuf {
    heartbeat.with_extension("states")
}

/// The value of a libFuzzer flag. The last one of a name counts, as for libFuzzer.
fn flag(arguments: &Arguments, name: &str) -> Option<i64> {
    arguments.libfuzzer.iter().rev().find_map(|flag| flag.strip_prefix(name)?.parse().ok())
}

/// The `-seed` flag of one process. With equal seeds, workers and restarted processes would run the same inputs.
fn seed(arguments: &Arguments, number: usize, before: u32) -> Vec<String> {
    let seed = flag(arguments, "-seed=").map_or(0, |seed| seed as u32);
    let other = seed.wrapping_add(number as u32).wrapping_add(before.wrapping_mul(1000)).max(1);
    Vec::from_iter((seed != 0).then(|| format!("-seed={other}")))
}

fn start(places: &Places, arguments: &Arguments, log: &Path, heartbeat: &Path, last: &[String]) -> Result<Child> {
    let output = File::create(log).with_context(|| format!("cannot write {}", log.display()))?;
    let mut command = Command::new(&places.target);
    // Entropic scheduling recomputes the energies of inputs too often to pay off (src/docs/runs.md).
    command.arg(&places.corpus).args(["-reload=1", "-entropic=0", "-print_final_stats=1"]);
    // A prefix for each worker: two that stop at the same input would overwrite each other's crash file.
    let prefix = log.with_extension("");
    command.arg(format!("-artifact_prefix={}-", prefix.display())).args(&arguments.libfuzzer).args(last);
    let reported = IN_RAFT_RS.iter().filter(|row| !arguments.no_known.has(row.finding)).map(|row| row.name);
    command.env("RAFT_LOCKSTEP_NO_KNOWN", reported.collect::<Vec<_>>().join(","));
    command.env("RAFT_LOCKSTEP_SETTINGS", arguments.setting.join(","));
    command.env("RAFT_LOCKSTEP_FEEDBACK", &arguments.feedback).env("RAFT_LOCKSTEP_JUDGE", arguments.judge.name());
    command.env("RAFT_LOCKSTEP_HEARTBEAT", heartbeat).env("RAFT_LOCKSTEP_FOUND", &places.found);
    // The child reads a pipe from this process, and ends when the pipe closes.
    command.env("RAFT_LOCKSTEP_PARENT", "stdin").stdin(Stdio::piped()).stdout(output.try_clone()?).stderr(output);
    command.spawn().context("the fuzz target does not start")
}

//! The main loop of a hunt: workers, status, crashes and findings.

use super::finding::Finding;
use super::screen::Screen;
use super::worker::{Places, State, Worker};
use super::Arguments;
use crate::cli::{interrupt, Outcome};
use crate::fuzzing::CANNOT_WRITE;
use crate::lockstep::Options;
use crate::report::hunt::Status;
use crate::sut::nodes::raft_rs::RaftRs;
use crate::sut::Node;
use anyhow::{bail, Context, Result};
use std::collections::{BTreeMap, HashSet};
use std::fs;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// The time between two looks at the workers.
const TURN: Duration = Duration::from_millis(250);

/// A running hunt.
pub struct Hunt<'a> {
    arguments: &'a Arguments,
    places: Arc<Places>,
    workers: Vec<Worker>,
    started: Instant,
    states: HashSet<u64>,
    coverage: u64,
    causes: Vec<String>,
    /// The threads that minimise crashes.
    crashes: Vec<JoinHandle<Result<Finding>>>,
    findings: Vec<Finding>,
    stats: Option<Box<dyn Write>>,
}

impl<'a> Hunt<'a> {
    /// A hunt without workers yet.
    pub fn new(arguments: &'a Arguments, places: Places, stats: Option<Box<dyn Write>>) -> Self {
        Hunt {
            arguments,
            places: Arc::new(places),
            workers: Vec::new(),
            started: Instant::now(),
            states: HashSet::new(),
            coverage: 0,
            causes: Vec::new(),
            crashes: Vec::new(),
            findings: Vec::new(),
            stats,
        }
    }

    /// Runs the hunt with `jobs` workers, and prints the findings.
    pub fn run(mut self, jobs: usize, mut screen: Screen) -> Result<Outcome> {
        let supervised = self.supervise(jobs, &mut screen);
        let ended = self.end(&mut screen);
        let status = self.status();
        let closed = screen.close(&status, interrupt::requests() > 0);
        let told = self.summarize();
        supervised.and(ended).and(closed).and(told)?;
        Ok(Outcome::of(!self.findings.is_empty()))
    }

    /// Supervises the workers until all are done, Ctrl-C, or the first finding without `--keep-going`.
    fn supervise(&mut self, jobs: usize, screen: &mut Screen) -> Result<()> {
        for number in 0..jobs {
            self.workers.push(Worker::spawn(number, &self.places, self.arguments)?);
        }
        let mut noted = 0.0;
        loop {
            pause();
            let status = self.status();
            if status.seconds >= noted + 1.0 {
                noted = status.seconds;
                self.note(&status)?;
            }
            screen.show(&status)?;
            let running = self.look_after()?;
            self.collect(screen)?;
            let found = !self.causes.is_empty() && !self.arguments.keep_going;
            if !running || found || interrupt::requests() > 0 {
                return Ok(());
            }
        }
    }

    /// Appends to the file of `--stats`.
    fn note(&mut self, status: &Status) -> Result<()> {
        let (Some(file), Some(path)) = (&mut self.stats, &self.arguments.stats) else { return Ok(()) };
        let line = serde_json::to_string(status)?;
        writeln!(file, "{line}").with_context(|| format!("cannot write {}", path.display()))
    }

    /// Handles workers that ended, and restarts crashed ones with `--keep-going`. Returns true if any worker runs.
    fn look_after(&mut self) -> Result<bool> {
        let mut running = false;
        for number in 0..self.workers.len() {
            let worker = &mut self.workers[number];
            match worker.state()? {
                State::Running => running = true,
                State::Done => {}
                State::CannotWrite => bail!("{}", cannot_write(worker, &self.places)),
                State::Crashed if interrupt::requests() > 0 => {}
                State::Crashed => {
                    self.crashed(number)?;
                    if self.arguments.keep_going {
                        self.workers[number].respawn(&self.places, self.arguments)?;
                        running = true;
                    }
                }
            }
        }
        Ok(running)
    }

    /// Handles a worker's crash: tells the other workers to ignore its cause, and minimises it in a thread.
    fn crashed(&mut self, number: usize) -> Result<()> {
        let worker = &self.workers[number];
        let log = worker.log().display();
        let Some(crash) = worker.crash() else {
            // On a full disk libFuzzer ends at a crash without a file, and without a word.
            if let Err(error) = can_write(&self.places.artifacts) {
                bail!("{}", no_space(&self.places, &error.to_string()));
            }
            bail!("a worker stopped without a crash file; see its log, {log}");
        };
        let input = crash.input.display();
        let Some(cause) = crash.cause else {
            bail!("{input}: the worker stopped without a divergence; see its log, {log}");
        };
        // Two workers may find the same cause at the same time.
        if self.causes.contains(&cause) {
            return Ok(());
        }
        self.causes.push(cause);
        let found = &self.places.found;
        fs::write(found, self.causes.join("\n") + "\n").with_context(|| format!("cannot write {}", found.display()))?;
        let Arguments { no_known, judge, .. } = *self.arguments;
        let options = Options { known: <RaftRs as Node>::KNOWN.and(no_known), judge, ..Options::default() };
        let places = Arc::clone(&self.places);
        self.crashes.push(std::thread::spawn(move || Finding::of(crash.input, &places, options)));
        Ok(())
    }

    /// Keeps and shows the findings whose minimisation is done.
    fn collect(&mut self, screen: &mut Screen) -> Result<()> {
        let (done, busy) = std::mem::take(&mut self.crashes).into_iter().partition(JoinHandle::is_finished);
        self.crashes = busy;
        for finding in Vec::from_iter(done) {
            let finding: Finding = finding.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))?;
            // Several causes of one known finding share a folder, which keeps the shortest schedule.
            let same = |other: &&Finding| other.folder == finding.folder && other.events_out <= finding.events_out;
            if self.findings.iter().find(same).is_none() {
                finding.keep()?;
            }
            if self.arguments.keep_going || self.arguments.json {
                screen.found(&finding, &self.places.root)?;
            }
            self.findings.push(finding);
        }
        Ok(())
    }

    /// Ends the workers, and waits for the minimisations.
    fn end(&mut self, screen: &mut Screen) -> Result<()> {
        let running = self.workers.iter_mut().filter_map(|worker| worker.state().ok());
        let running = running.filter(|state| *state == State::Running).count();
        if running > 0 {
            screen.ending(&counted(running, "worker"), true);
        }
        self.workers.iter_mut().for_each(Worker::stop);
        // A worker may have crashed since the last look.
        for number in 0..self.workers.len() {
            if self.workers[number].crash().is_some_and(|crash| crash.cause.is_some()) {
                self.crashed(number)?;
            }
        }
        let mut shown = 0;
        while !self.crashes.is_empty() {
            let work = format!("the minimisation of {}; Ctrl-C stops it", counted(self.crashes.len(), "finding"));
            screen.ending(&work, shown != self.crashes.len());
            shown = self.crashes.len();
            std::thread::sleep(interrupt::PAUSE);
            self.collect(screen)?;
        }
        Ok(())
    }

    /// Prints the report at the end of a hunt.
    fn summarize(&self) -> Result<()> {
        let mut out = std::io::stdout();
        if self.arguments.json {
            return Ok(());
        }
        if !self.arguments.keep_going {
            return Ok(self.findings.iter().try_for_each(|it| write!(out, "{}", it.print(self.arguments)))?);
        }
        let mut known: BTreeMap<&str, (usize, &Finding)> = BTreeMap::new();
        for finding in &self.findings {
            if let Some(name) = finding.known {
                known.entry(name).or_insert((0, finding)).0 += 1;
            }
        }
        let new = self.findings.iter().filter(|finding| finding.known.is_none());
        writeln!(out, "{} new, {} known", counted(new.clone().count(), "cause"), counted(known.len(), "finding"))?;
        for finding in new {
            writeln!(out, "  NEW {} in {}", finding.cause, self.shown(finding))?;
        }
        for (name, (count, finding)) in known {
            writeln!(out, "  {name}: {}, in {}", counted(count, "cause"), self.shown(finding))?;
        }
        Ok(())
    }

    /// The folder of a finding, relative to the project.
    fn shown(&self, finding: &Finding) -> String {
        finding.folder.strip_prefix(&self.places.root).unwrap_or(&finding.folder).display().to_string()
    }

    fn status(&mut self) -> Status {
        let [mut executions, mut events, mut slow] = [0; 3];
        for worker in &mut self.workers {
            let [more_executions, more_events, more_slow] = worker.progress();
            (executions, events, slow) = (executions + more_executions, events + more_events, slow + more_slow);
            worker.states(&mut self.states);
            self.coverage = self.coverage.max(worker.coverage());
        }
        Status {
            seconds: self.started.elapsed().as_secs_f64(),
            executions,
            events,
            slow,
            coverage: self.coverage,
            abstract_states: self.states.len() as u64,
            corpus: fs::read_dir(&self.places.corpus).map_or(0, Iterator::count),
            findings: self.causes.len(),
        }
    }
}

/// Waits for a [`TURN`], or until Ctrl-C.
fn pause() {
    let begun = Instant::now();
    while begun.elapsed() < TURN && interrupt::requests() == 0 {
        std::thread::sleep(interrupt::PAUSE);
    }
}

fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

/// The error for a worker that cannot write its files.
fn cannot_write(worker: &Worker, places: &Places) -> String {
    no_space(places, &worker.problem().unwrap_or(format!("it exited with code {CANNOT_WRITE}")))
}

fn no_space(places: &Places, problem: &str) -> String {
    let artifacts = places.artifacts.display();
    format!(
        "a worker cannot write in {artifacts}: {problem}. Free some space there, and start again; the corpus is kept"
    )
}

/// Writes a file of the size of a large input, and removes it.
///
/// # Errors
/// The file cannot be written.
fn can_write(folder: &Path) -> std::io::Result<()> {
    let probe = folder.join("probe");
    let written = fs::write(&probe, [0; 4_096]);
    let _ = fs::remove_file(probe);
    written
}

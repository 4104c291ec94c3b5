//! The environment of a fuzz target, and the counts that it reports: executions, events, slow runs, abstract states.

use super::ending;
use crate::findings::{every, FindingSet};
use crate::lockstep::{JudgeName, Run};
use crate::report::stats::abstract_state;
use crate::schedule::aim::Aim;
use crate::sut::nodes::faulty::{FaultRow, FAULTS};
use std::cell::RefCell;
use std::collections::HashSet;
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// The feedback that guides libFuzzer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Guidance {
    /// Edges of the code.
    Edge,
    /// Abstract states of the specification, and the steps between them.
    State,
    /// Edges and abstract states.
    Both,
    /// No feedback: random schedules.
    None,
}

impl Guidance {
    /// The names in `RAFT_LOCKSTEP_FEEDBACK` and on the command line; the first is the default.
    pub const NAMED: [(&'static str, Guidance); 4] =
        [("edge", Guidance::Edge), ("state", Guidance::State), ("both", Guidance::Both), ("none", Guidance::None)];
}

/// The guidance that `RAFT_LOCKSTEP_FEEDBACK` asks for.
///
/// # Panics
/// If the name is none of [`Guidance::NAMED`].
pub fn guidance() -> Guidance {
    PROGRESS.with_borrow(|progress| progress.guidance)
}

fn named_guidance() -> Guidance {
    let Ok(name) = std::env::var("RAFT_LOCKSTEP_FEEDBACK") else { return Guidance::NAMED[0].1 };
    let row = Guidance::NAMED.iter().find(|(known, _)| *known == name);
    row.unwrap_or_else(|| panic!("RAFT_LOCKSTEP_FEEDBACK={name}: expected edge, state, both or none")).1
}

fn named_judge() -> JudgeName {
    let Ok(name) = std::env::var("RAFT_LOCKSTEP_JUDGE") else { return JudgeName::default() };
    JudgeName::named(&name).unwrap_or_else(|| panic!("RAFT_LOCKSTEP_JUDGE={name}: expected specification or clients"))
}

/// The known findings, without those that `RAFT_LOCKSTEP_NO_KNOWN` names; `all` names them all.
fn stepped_around() -> FindingSet {
    let reported = std::env::var("RAFT_LOCKSTEP_NO_KNOWN").unwrap_or_default();
    let without = |known: FindingSet, name: &str| {
        let row = every().find(|row| row.name == name);
        known.without(row.unwrap_or_else(|| panic!("RAFT_LOCKSTEP_NO_KNOWN: there is no finding {name}")).finding)
    };
    if reported == "all" {
        return FindingSet::NONE;
    }
    reported.split(',').filter(|name| !name.is_empty()).fold(FindingSet::EVERY, without)
}

fn aim() -> Aim {
    let words = std::env::var("RAFT_LOCKSTEP_SETTINGS").unwrap_or_default();
    let words = words.split(',').filter(|word| !word.is_empty());
    Aim::read(words).unwrap_or_else(|problem| panic!("RAFT_LOCKSTEP_SETTINGS: {problem}"))
}

/// The environment of a fuzz target, and its counts so far.
pub(super) struct Progress {
    guidance: Guidance,
    heartbeat: Option<PathBuf>,
    cause: Option<String>,
    found: Option<PathBuf>,
    pub known: FindingSet,
    pub judge: JudgeName,
    pub bare: bool,
    /// The settings of all inputs that the mutators make.
    pub aim: Aim,
    pub fault: Option<&'static FaultRow>,
    executions: u64,
    events: u64,
    slow: u64,
    states: HashSet<u64>,
    /// The hashes of the states that no heartbeat has written yet.
    unwritten: Vec<u8>,
    last: Instant,
}

thread_local! {
    pub(super) static PROGRESS: RefCell<Progress> = RefCell::new(Progress {
        guidance: named_guidance(),
        heartbeat: std::env::var_os("RAFT_LOCKSTEP_HEARTBEAT").map(Into::into),
        cause: std::env::var("RAFT_LOCKSTEP_CAUSE").ok(),
        found: std::env::var_os("RAFT_LOCKSTEP_FOUND").map(Into::into),
        known: stepped_around(),
        judge: named_judge(),
        fault: std::env::var("RAFT_LOCKSTEP_FAULT").ok().and_then(|name| FAULTS.iter().find(|row| row.name == name)),
        aim: aim(),
        bare: std::env::var("RAFT_LOCKSTEP_ORACLE").is_ok_and(|value| value == "off"),
        executions: 0,
        events: 0,
        slow: 0,
        states: HashSet::new(),
        unwritten: Vec::new(),
        last: Instant::now(),
    });
}

impl Progress {
    /// True if a divergence with this cause is to pass: another cause is asked for, or this one has been found before.
    pub fn passes(&self, cause: &str) -> bool {
        let found = self.found.as_ref().and_then(|path| std::fs::read_to_string(path).ok());
        self.cause.as_ref().is_some_and(|held| held != cause)
            || found.is_some_and(|found| found.lines().any(|it| it == cause))
    }

    /// Counts a run; returns the executions and events so far.
    pub fn count(&mut self, run: &Run) -> (u64, u64) {
        self.executions += 1;
        self.events += run.events as u64;
        self.slow += u64::from(run.slow.is_some());
        if let Some(path) = self.heartbeat.take() {
            if run.judge == JudgeName::Specification {
                self.note_state(abstract_state(&run.state));
            }
            self.beat_if_due(&path);
            self.heartbeat = Some(path);
        }
        (self.executions, self.events)
    }

    fn note_state(&mut self, reached: u64) {
        if self.states.insert(reached) {
            self.unwritten.extend_from_slice(&reached.to_le_bytes());
        }
    }

    /// Writes the heartbeat at the first run, and then once a second.
    fn beat_if_due(&mut self, path: &Path) {
        if self.last.elapsed() < Duration::from_secs(1) && self.executions != 1 {
            return;
        }
        self.last = Instant::now();
        if let Err(error) = self.beat(path) {
            ending::cannot_write(&format!("cannot write {}: {error}", path.display()));
        }
        self.unwritten.clear();
    }

    /// Writes the heartbeat and the new abstract states.
    fn beat(&self, path: &Path) -> std::io::Result<()> {
        std::fs::write(path, format!("{} {} {}\n", self.executions, self.events, self.slow))?;
        File::options().create(true).append(true).open(path.with_extension("states"))?.write_all(&self.unwritten)
    }
}

//! What the fuzz targets call. libFuzzer is told of a divergence by a panic; the report goes first.
//!
//! Environment variables steer a target, since libFuzzer owns its command line:
//! `RAFT_LOCKSTEP_FEEDBACK` says what guides the fuzzer ([`Guidance`]), `RAFT_LOCKSTEP_CAUSE` lets every
//! other cause pass, `RAFT_LOCKSTEP_FOUND` names a file of causes, one a line, that pass,
//! `RAFT_LOCKSTEP_NO_KNOWN` names known findings to stop at, with commas between, or `all`,
//! `RAFT_LOCKSTEP_HEARTBEAT` names a file that is rewritten every second with the executions, events and slow runs so far (the
//! abstract states that are new since are appended to another, with the extension `states`, eight bytes each),
//! `RAFT_LOCKSTEP_PARENT=stdin` ends the target when its standard input is closed (before the next input),
//! `RAFT_LOCKSTEP_FAULT` names the node of the target `faulty`, and `RAFT_LOCKSTEP_ORACLE=off` runs the
//! bare cluster, to measure what the oracle costs.

mod ending;
mod inputs;

pub use ending::CANNOT_WRITE;

use crate::feedback;
use crate::lockstep::{self, Options, Run};
use crate::report::transcript;
use crate::schedule::{codec, text, Schedule};
use crate::spec::ghost::Ghost;
use crate::spec::invariants::{Snapshot, Touched, Whole, ALL};
use crate::spec::known::every;
use crate::spec::network::Bag;
use crate::spec::{next_actions, step_in_bag, Action, KnownSet, Settings, State};
use crate::sut::nodes::faulty::{FaultRow, FAULTS};
use crate::sut::nodes::raft_rs::RaftRs;
use crate::sut::Node;
pub use inputs::{crossover, mutate};
use std::cell::RefCell;
use std::collections::HashSet;
use std::fs::File;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Lets an implementation's panic be caught and explained; any other ends the process as before.
///
/// libfuzzer-sys sets a hook that aborts before it calls this.
pub fn initialize() {
    ending::watch_parent();
    let abort = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| match lockstep::panics_are_caught() {
        true => lockstep::note_panic(info),
        false => abort(info),
    }));
}

/// What libFuzzer is told of a run.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Guidance {
    /// Which edges of the code it took.
    Edge,
    /// Which abstract states of the specification it reached, by which steps.
    State,
    /// Both.
    Both,
    /// Nothing: random schedules.
    None,
}

impl Guidance {
    /// Their names in `RAFT_LOCKSTEP_FEEDBACK` and on the command line; the first is the default.
    pub const NAMED: [(&'static str, Guidance); 4] =
        [("edge", Guidance::Edge), ("state", Guidance::State), ("both", Guidance::Both), ("none", Guidance::None)];
}

/// The guidance that `RAFT_LOCKSTEP_FEEDBACK` asks for.
///
/// # Panics
/// When there is none of that name.
pub fn guidance() -> Guidance {
    PROGRESS.with_borrow(|progress| progress.guidance)
}

fn named_guidance() -> Guidance {
    let Ok(name) = std::env::var("RAFT_LOCKSTEP_FEEDBACK") else { return Guidance::NAMED[0].1 };
    let row = Guidance::NAMED.iter().find(|(known, _)| *known == name);
    row.unwrap_or_else(|| panic!("RAFT_LOCKSTEP_FEEDBACK={name}: expected edge, state, both or none")).1
}

/// The known findings but for those that `RAFT_LOCKSTEP_NO_KNOWN` names; `all` names them all.
fn stepped_around() -> KnownSet {
    let reported = std::env::var("RAFT_LOCKSTEP_NO_KNOWN").unwrap_or_default();
    let without = |known: KnownSet, name: &str| {
        let row = every().find(|row| row.name == name);
        known.without(row.unwrap_or_else(|| panic!("RAFT_LOCKSTEP_NO_KNOWN: there is no finding {name}")).known)
    };
    if reported == "all" {
        return KnownSet::NONE;
    }
    reported.split(',').filter(|name| !name.is_empty()).fold(KnownSet::EVERY, without)
}

struct Progress {
    guidance: Guidance,
    heartbeat: Option<PathBuf>,
    cause: Option<String>,
    found: Option<PathBuf>,
    known: KnownSet,
    bare: bool,
    fault: Option<&'static FaultRow>,
    executions: u64,
    events: u64,
    slow: u64,
    states: HashSet<u64>,
    /// Of these, the ones that no heartbeat has told yet.
    untold: Vec<u8>,
    last: Instant,
}

thread_local! {
    static PROGRESS: RefCell<Progress> = RefCell::new(Progress {
        guidance: named_guidance(),
        heartbeat: std::env::var_os("RAFT_LOCKSTEP_HEARTBEAT").map(Into::into),
        cause: std::env::var("RAFT_LOCKSTEP_CAUSE").ok(),
        found: std::env::var_os("RAFT_LOCKSTEP_FOUND").map(Into::into),
        known: stepped_around(),
        fault: std::env::var("RAFT_LOCKSTEP_FAULT").ok().and_then(|name| FAULTS.iter().find(|row| row.name == name)),
        bare: std::env::var("RAFT_LOCKSTEP_ORACLE").is_ok_and(|value| value == "off"),
        executions: 0,
        events: 0,
        slow: 0,
        states: HashSet::new(),
        untold: Vec::new(),
        last: Instant::now(),
    });
}

/// Runs a schedule in lockstep on a cluster of `N`, and marks the features of the run in a table of counters, if there is
/// one. It is all that a fuzz target of any [`Node`] calls.
///
/// # Panics
/// When the two diverge, after the report on standard error.
pub fn conformance<N: Node>(schedule: &Schedule, counters: Option<&mut [u8]>) {
    let (bare, known) = PROGRESS.with_borrow(|progress| (progress.bare, progress.known));
    if bare {
        // Nobody judges: it is run for its cost.
        let _ = lockstep::run_bare::<N>(schedule);
        return;
    }
    let options = Options { known: N::KNOWN.and(known), ..Options::of::<N>() };
    let run = feedback::run::<N>(schedule, options, counters);
    report(N::NAME, schedule, &run, || transcript::transcript::<N>(schedule, options, true).0);
}

/// The same on a cluster of faulty nodes: `RAFT_LOCKSTEP_FAULT` names the row.
///
/// # Panics
/// When it is caught, and when there is no row of that name.
pub fn faulty(schedule: &Schedule, counters: Option<&mut [u8]>) {
    let row = PROGRESS.with_borrow(|progress| progress.fault).expect("RAFT_LOCKSTEP_FAULT: expected a faulty node");
    report("a faulty node", schedule, &row.run(schedule, counters), || row.transcript(schedule));
}

/// Counts a run; when it diverged, says how.
fn report(name: &str, schedule: &Schedule, run: &Run, story: impl FnOnce() -> String) {
    let (executions, events) = PROGRESS.with_borrow_mut(|progress| progress.note(run));
    let Some(divergence) = run.verdict.divergence() else { return };
    let cause = divergence.cause.to_string();
    if PROGRESS.with_borrow(|progress| progress.passes(&cause)) {
        return;
    }
    eprintln!("{}\n{}", text::write(schedule), story());
    eprintln!("found after {executions} executions and {events} events");
    fail(&cause, &format!("{name} and the specification diverged"));
}

/// Panics, and says to whom it concerns what the cause is: all crashes have the same few frames on the stack.
///
/// libFuzzer's minimiser holds on to `DEDUP_TOKEN`. ClusterFuzz takes what follows `assertion failed: ` for the crash's
/// state, up to 80 characters of it, and the stack's top frames; `FuzzerHash=` tells it that states which are
/// merely similar are not the same.
fn fail(cause: &str, what: &str) -> ! {
    panic!("{what}\nDEDUP_TOKEN: {cause}\nassertion failed: FuzzerHash={} {cause}", letters(cause));
}

/// A hash (FNV-1a) in letters: ClusterFuzz would take digits for a number that differs from run to run.
fn letters(text: &str) -> String {
    let hash = text.bytes().fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    (0..8).map(|place| char::from(b'a' + (hash >> (4 * place) & 15) as u8)).collect()
}

impl Progress {
    /// Whether a divergence with this cause is not wanted: another one is held, or it has been found before.
    fn passes(&self, cause: &str) -> bool {
        let found = self.found.as_ref().and_then(|path| std::fs::read_to_string(path).ok());
        self.cause.as_ref().is_some_and(|held| held != cause)
            || found.is_some_and(|found| found.lines().any(|it| it == cause))
    }

    /// Counts a run; returns the executions and events so far.
    fn note(&mut self, run: &Run) -> (u64, u64) {
        self.executions += 1;
        self.events += run.events as u64;
        self.slow += u64::from(run.slow.is_some());
        if let Some(path) = &self.heartbeat {
            let reached = abstract_state(&run.state);
            if self.states.insert(reached) {
                self.untold.extend_from_slice(&reached.to_le_bytes());
            }
            if self.last.elapsed() >= Duration::from_secs(1) || self.executions == 1 {
                self.last = Instant::now();
                if let Err(error) = self.beat(path) {
                    ending::cannot_write(&format!("cannot write {}: {error}", path.display()));
                }
                self.untold.clear();
            }
        }
        (self.executions, self.events)
    }

    /// Writes the heartbeat and the new abstract states.
    fn beat(&self, path: &Path) -> std::io::Result<()> {
        std::fs::write(path, format!("{} {} {}\n", self.executions, self.events, self.slow))?;
        File::options().create(true).append(true).open(path.with_extension("states"))?.write_all(&self.untold)
    }
}

/// A state without absolute terms and indexes: what a run ended in, told apart coarsely.
pub fn abstract_state(state: &State) -> u64 {
    let oldest = state.servers.iter().map(|server| server.current_term).min().unwrap_or(0);
    let lowest = state.servers.iter().map(|server| server.commit_index).min().unwrap_or(0);
    let mut hasher = DefaultHasher::new();
    for server in &state.servers {
        (server.role, server.current_term - oldest, server.commit_index - lowest).hash(&mut hasher);
        (server.log.last_index() - server.commit_index, server.votes_granted.len()).hash(&mut hasher);
    }
    hasher.finish()
}

/// Takes the actions that `bytes` choose, in the `ongaro` dialect over a bag of messages.
///
/// # Panics
/// When an invariant is broken, or its two forms disagree.
pub fn spec(bytes: &[u8]) {
    let servers = 1 + bytes.first().map_or(2, |byte| usize::from(byte % 3));
    let (mut state, mut bag, mut ghost) = (State::init(Settings::ongaro(servers)), Bag::default(), Ghost::default());
    for choice in bytes.iter().skip(1).take(256) {
        let actions = next_actions(&state, &bag, &[1, 2]);
        let action = actions[usize::from(*choice) * 7 % actions.len()].clone();
        let before = state.clone();
        let node = action.node();
        let restarted = matches!(action, Action::Restart(_));
        state.servers.iter_mut().for_each(|server| server.changed_from = u32::MAX);
        if step_in_bag(&mut state, action, &mut bag).is_err() {
            continue;
        }
        if bag.total() > 64 {
            bag = Bag::default();
        }
        let snapshot = Snapshot::of(before.server(node));
        let touched = Touched { before: snapshot, after: &state, ghost: &ghost, node, restarted };
        let whole = Whole { before: Some(&before), after: &state, ghost: &ghost, restarted: restarted.then_some(node) };
        for invariant in ALL {
            let (fast, slow) = ((invariant.touched)(&touched), (invariant.whole)(&whole));
            let holds = (invariant.holds_in)(state.settings.dialect);
            for (form, found) in [("whole", slow), ("touched", fast)] {
                let Err(broken) = found else { continue };
                if holds {
                    fail(&format!("spec/{}/{form}", invariant.name), &broken.to_string());
                }
            }
        }
        ghost.observe(&snapshot, &state, node);
    }
}

/// Every reader of traces on `bytes`: a clear error, or a schedule, which raft-rs can run.
///
/// # Panics
/// When there is neither.
#[cfg(feature = "trace")]
pub fn trace(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    for format in crate::trace::FORMATS {
        let Ok(behaviour) = (format.read)(text) else { continue };
        let plan = crate::concretize::concretize::<RaftRs>(&behaviour);
        if plan.steps.len() != behaviour.steps.len() {
            fail("trace/steps", &format!("{} steps became {}", behaviour.steps.len(), plan.steps.len()));
        }
        if codec::decode(&codec::encode(&plan.schedule)).as_ref() != Ok(&plan.schedule) {
            fail("trace/bytes", &format!("other bytes: {:?}", plan.schedule));
        }
        conformance::<RaftRs>(&plan.schedule, None);
    }
}

/// Decodes `bytes`, and takes the schedule through bytes and text and back.
///
/// # Panics
/// When it is not the same afterwards.
pub fn codec(bytes: &[u8]) {
    // Any bytes are a schedule, but those of another version.
    let Ok(schedule) = codec::decode(bytes) else { return };
    if codec::decode(&codec::encode(&schedule)).as_ref() != Ok(&schedule) {
        fail("codec/bytes", &format!("other bytes: {schedule:?}"));
    }
    if text::read(&text::write(&schedule)).as_ref() != Ok(&schedule) {
        fail("codec/text", &format!("another text: {schedule:?}"));
    }
    // Any text is a schedule or a clear error.
    let _ = text::read(&String::from_utf8_lossy(bytes));
}

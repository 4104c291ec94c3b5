//! The fuzz targets' functions. A divergence is reported on standard error, then told to libFuzzer by a panic.
//!
//! Environment variables steer a target, since libFuzzer owns its command line:
//!
//! | variable | meaning |
//! | --- | --- |
//! | `RAFT_LOCKSTEP_FEEDBACK` | the feedback that guides the fuzzer ([`Guidance`]) |
//! | `RAFT_LOCKSTEP_JUDGE` | the judge: `specification` or `clients` ([`crate::lockstep::JudgeName`]) |
//! | `RAFT_LOCKSTEP_SETTINGS` | settings of all inputs that the mutators make, such as `pre-vote=true,voters=5` |
//! | `RAFT_LOCKSTEP_CAUSE` | the only cause to stop at |
//! | `RAFT_LOCKSTEP_FOUND` | a file of causes to pass, one a line |
//! | `RAFT_LOCKSTEP_NO_KNOWN` | known findings to stop at, separated by commas, or `all` |
//! | `RAFT_LOCKSTEP_HEARTBEAT` | a file that is rewritten every second with the executions, events and slow runs so far; new abstract states are appended to another, with the extension `states`, eight bytes each |
//! | `RAFT_LOCKSTEP_PARENT=stdin` | end the target when its standard input is closed (before the next input) |
//! | `RAFT_LOCKSTEP_FAULT` | the node of the target `faulty` |
//! | `RAFT_LOCKSTEP_ORACLE=off` | run the bare cluster, to measure the oracle's cost |

#[cfg(feature = "libfuzzer")]
mod counters;
mod ending;
mod faults;
mod inputs;
mod progress;
mod spec;
#[cfg(feature = "libfuzzer")]
mod target;

#[cfg(feature = "trace")]
use crate::concretize;
use crate::feedback;
use crate::lockstep::{self, JudgeName, Options, Run};
use crate::report::transcript;
use crate::schedule::{codec, text, Schedule};
#[cfg(feature = "trace")]
use crate::sut::nodes::raft_rs::RaftRs;
use crate::sut::Node;
#[cfg(feature = "trace")]
use crate::trace;
#[cfg(feature = "libfuzzer")]
pub use counters::guided;
pub use ending::CANNOT_WRITE;
pub use inputs::{crossover, mutate};
use progress::PROGRESS;
pub use progress::{guidance, Guidance};
pub use spec::spec;

/// Sets a panic hook under which an implementation's panic is caught and explained; any other ends the process as before.
///
/// libfuzzer-sys sets a hook that aborts, and then calls this.
pub fn initialize() {
    ending::watch_parent();
    let abort = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| match lockstep::panics_are_caught() {
        true => lockstep::note_panic(info),
        false => abort(info),
    }));
}

/// Runs a schedule in lockstep on a cluster of `N`, and marks the features of the run in a table of counters, if there is
/// one. The macro `raft_lockstep::fuzz_target!` makes a fuzz target of it.
///
/// # Panics
/// If the two diverge, after the report on standard error.
pub fn conformance<N: Node>(schedule: &Schedule, counters: Option<&mut [u8]>) {
    let (bare, known, judge) = PROGRESS.with_borrow(|progress| (progress.bare, progress.known, progress.judge));
    if bare {
        // The outcome does not matter: the run is measured.
        let _ = lockstep::run_bare::<N>(schedule);
        return;
    }
    let options = Options { known: N::KNOWN.and(known), judge, ..Options::of::<N>() };
    let run = feedback::run::<N>(schedule, options, counters);
    report(N::NAME, schedule, &run, || transcript::transcript::<N>(schedule, options, true).0);
}

/// Runs a schedule in the same way on a cluster of faulty nodes: `RAFT_LOCKSTEP_FAULT` names the row.
///
/// # Panics
/// If the two diverge, or there is no row of that name.
pub fn faulty(schedule: &Schedule, counters: Option<&mut [u8]>) {
    let row = PROGRESS.with_borrow(|progress| progress.fault).expect("RAFT_LOCKSTEP_FAULT: expected a faulty node");
    report("a faulty node", schedule, &row.run(schedule, counters), || row.transcript(schedule));
}

/// Counts a run, and reports its divergence.
fn report(name: &str, schedule: &Schedule, run: &Run, story: impl FnOnce() -> String) {
    let (executions, events) = PROGRESS.with_borrow_mut(|progress| progress.count(run));
    let Some(divergence) = run.verdict.divergence() else { return };
    let cause = divergence.cause.to_string();
    if PROGRESS.with_borrow(|progress| progress.passes(&cause)) {
        return;
    }
    eprintln!("{}\n{}", text::write(schedule), story());
    eprintln!("found after {executions} executions and {events} events");
    let what = match run.judge {
        JudgeName::Specification => format!("{name} and the specification diverged"),
        JudgeName::Clients => format!("{name} harmed its clients"),
    };
    fail(&cause, &what);
}

/// Panics with the cause in the forms that tools read, since all crashes have the same few frames on the stack.
///
/// libFuzzer's minimiser keeps `DEDUP_TOKEN`. ClusterFuzz takes up to 80 characters after `assertion failed: ` as the
/// crash's state, beside the stack's top frames; `FuzzerHash=` tells it that similar states are different.
fn fail(cause: &str, what: &str) -> ! {
    panic!("{what}\nDEDUP_TOKEN: {cause}\nassertion failed: FuzzerHash={} {cause}", letters(cause));
}

/// A hash (FNV-1a) in letters: ClusterFuzz treats digits as a number that differs between runs.
fn letters(text: &str) -> String {
    let hash = text.bytes().fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    (0..8).map(|place| char::from(b'a' + (hash >> (4 * place) & 15) as u8)).collect()
}

/// Reads `bytes` as each format of traces and scripts: a clear error, or a schedule that raft-rs can run.
///
/// # Panics
/// If there is neither.
#[cfg(feature = "trace")]
pub fn trace(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    for format in trace::FORMATS {
        let schedule = match format.read {
            trace::Read::Behaviour(read) => {
                let Ok(behaviour) = read(text) else { continue };
                let plan = concretize::concretize::<RaftRs>(&behaviour);
                if plan.steps.len() != behaviour.steps.len() {
                    fail("trace/steps", &format!("{} steps became {}", behaviour.steps.len(), plan.steps.len()));
                }
                plan.schedule
            }
            trace::Read::Script(read) => {
                match read(text).and_then(|script| concretize::script::follow::<RaftRs>(&script)) {
                    Ok(followed) => followed.schedule,
                    Err(_) => continue,
                }
            }
        };
        if codec::decode(&codec::encode(&schedule)).as_ref() != Ok(&schedule) {
            fail("trace/bytes", &format!("other bytes: {schedule:?}"));
        }
        conformance::<RaftRs>(&schedule, None);
    }
}

/// Decodes `bytes` as a schedule, and converts it to bytes and text and back.
///
/// # Panics
/// If it is not the same afterwards.
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

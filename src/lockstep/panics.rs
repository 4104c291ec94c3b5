//! Panics: whose they are, where they come from, and the divergences that they are.

use super::divergence::{Failed, Panic};
use super::observe::Observer;
use super::verdict::{Skip, Verdict};
use super::Lockstep;
use crate::findings;
use crate::sut::Failure;
use std::any::Any;
use std::cell::{Cell, RefCell};
use std::panic::{catch_unwind, resume_unwind, AssertUnwindSafe, PanicHookInfo};

type Payload = Box<dyn Any + Send>;

thread_local! {
    /// True while the judge runs: a panic now is the judge's, not the implementation's.
    static JUDGING: Cell<bool> = const { Cell::new(false) };
    /// True while an implementation runs: its panics are caught and reported, not printed.
    static RUNNING: Cell<bool> = const { Cell::new(false) };
    /// The source file of the latest panic that was caught.
    static PANICKED_IN: RefCell<String> = const { RefCell::new(String::new()) };
}

/// True if a panic on this thread now is the implementation's, and is caught.
pub fn panics_are_caught() -> bool {
    RUNNING.get() && !JUDGING.get()
}

/// Notes the source file of a panic that is caught, for its cause.
pub fn note_panic(info: &PanicHookInfo) {
    let path = info.location().map_or("", |location| location.file());
    PANICKED_IN.replace(path.rsplit('/').next().unwrap_or("").to_string());
}

/// Runs code that an implementation may panic in; `None` if it panics.
pub fn contained<T>(work: impl FnOnce() -> T) -> Option<T> {
    caught(work).ok()
}

/// The same; returns the implementation's panic. The judge's panics and those of the disk go on.
pub(super) fn run<T>(work: impl FnOnce() -> T) -> Result<T, Payload> {
    caught(work).map_err(|payload| match JUDGING.replace(false) || payload.is::<Failure>() {
        true => resume_unwind(payload),
        false => payload,
    })
}

fn caught<T>(work: impl FnOnce() -> T) -> Result<T, Payload> {
    RUNNING.set(true);
    let caught = catch_unwind(AssertUnwindSafe(work));
    RUNNING.set(false);
    caught
}

/// Runs code of the judge.
#[inline(always)]
pub(super) fn judging<T>(work: impl FnOnce() -> T) -> T {
    JUDGING.set(true);
    let result = work();
    JUDGING.set(false);
    result
}

impl<O: Observer> Lockstep<'_, O> {
    /// The verdict on a panic of the node that was called last.
    pub(super) fn panicked(&self, payload: Payload) -> Verdict {
        let text = payload.downcast_ref::<String>().cloned();
        let message = text.or(payload.downcast_ref::<&str>().map(|text| text.to_string())).unwrap_or_default();
        let file = PANICKED_IN.take();
        if let Err(finding) = findings::panicked(self.known, &self.context(self.caller), &file, &message) {
            return Verdict::Skipped(Skip::Finding(finding));
        }
        // A leader still counts what was on the disk: the server is told of a commit beyond its log, and stops on purpose.
        let beyond = message.starts_with("to_commit ") && message.contains("is out of range [last_index ");
        if beyond && self.ghost.wiped.contains(self.caller) {
            return Verdict::Skipped(Skip::WipedDisk("the server stops at a commit beyond its log"));
        }
        let panic = Panic { file, message: message.replace('\n', " ") };
        let failed = match panic.message.starts_with("runaway") {
            true => Failed::RunawayHandler(panic),
            false => Failed::Panic(panic),
        };
        *self.diverged(self.caller, failed)
    }
}

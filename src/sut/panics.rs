//! Panics: whose they are, and where they come from.

use super::Failure;
use std::any::Any;
use std::cell::{Cell, RefCell};
use std::panic::{catch_unwind, resume_unwind, AssertUnwindSafe, PanicHookInfo};

thread_local! {
    /// True while a judge runs: a panic now is the judge's, not the implementation's.
    static JUDGING: Cell<bool> = const { Cell::new(false) };
    /// True while an implementation runs: its panics are caught and reported, not printed.
    static RUNNING: Cell<bool> = const { Cell::new(false) };
    /// The source file of the latest panic that was caught.
    static PANICKED_IN: RefCell<String> = const { RefCell::new(String::new()) };
}

/// A panic of the implementation.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Panic {
    /// The name of the source file.
    pub file: String,
    /// The message, on one line.
    pub message: String,
}

impl Panic {
    fn of(payload: &(dyn Any + Send)) -> Self {
        let text = payload.downcast_ref::<String>().cloned();
        let message = text.or(payload.downcast_ref::<&str>().map(|text| text.to_string())).unwrap_or_default();
        Panic { file: PANICKED_IN.take(), message: message.replace('\n', " ") }
    }

    /// File and message, with `#` for every digit: numbers differ between runs with the same cause.
    pub fn place(&self) -> String {
        let message: String = self.message.chars().map(|c| if c.is_ascii_digit() { '#' } else { c }).collect();
        format!("{}: {message}", self.file)
    }

    /// True if a handler read its storage without end, and the storage ended it.
    pub fn is_runaway(&self) -> bool {
        self.message.starts_with("runaway")
    }
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
pub(crate) fn run<T>(work: impl FnOnce() -> T) -> Result<T, Panic> {
    caught(work).map_err(|payload| match JUDGING.replace(false) || payload.is::<Failure>() {
        true => resume_unwind(payload),
        false => Panic::of(&*payload),
    })
}

fn caught<T>(work: impl FnOnce() -> T) -> Result<T, Box<dyn Any + Send>> {
    RUNNING.set(true);
    let caught = catch_unwind(AssertUnwindSafe(work));
    RUNNING.set(false);
    caught
}

/// Runs code of a judge.
#[inline(always)]
pub(crate) fn judging<T>(work: impl FnOnce() -> T) -> T {
    JUDGING.set(true);
    let result = work();
    JUDGING.set(false);
    result
}

//! Panics of the implementation, and the divergences that they are.

use super::divergence::{Failed, Panic};
use super::verdict::{Skip, Verdict};
use super::Lockstep;
use crate::findings;
pub use crate::sut::panics::{contained, note_panic, panics_are_caught};
pub(super) use crate::sut::panics::{judging, run};

impl Failed {
    /// The check that a panic fails.
    pub(super) fn panic(panic: Panic) -> Self {
        match panic.is_runaway() {
            true => Failed::RunawayHandler(panic),
            false => Failed::Panic(panic),
        }
    }
}

impl Lockstep<'_> {
    /// The verdict on a panic of the node that was called last.
    pub(super) fn panicked(&self, panic: Panic) -> Verdict {
        if let Err(finding) = findings::panicked(self.known, &self.context(self.caller), &panic.file, &panic.message) {
            return Verdict::Skipped(Skip::Finding(finding));
        }
        // A leader still counts what was on the disk: the server is told of a commit beyond its log, and stops on purpose.
        let beyond = panic.message.starts_with("to_commit ") && panic.message.contains("is out of range [last_index ");
        if beyond && self.ghost.wiped.contains(self.caller) {
            return Verdict::Skipped(Skip::WipedDisk("the server stops at a commit beyond its log"));
        }
        if self.forged && !panic.is_runaway() {
            return Verdict::Skipped(Skip::ForgedMessage("the server panics"));
        }
        *self.diverged(self.caller, Failed::panic(panic))
    }
}

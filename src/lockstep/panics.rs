//! Panics: whose they are, where they come from, and the divergences that they are.

use super::divergence::{Failed, Panic};
use super::observe::Observer;
use super::verdict::Verdict;
use super::Lockstep;
use crate::spec::{Known, NodeSet, Role};
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
        if let Some(known) = self.known_panic() {
            return Verdict::Skipped(known);
        }
        let text = payload.downcast_ref::<String>().cloned();
        let message = text.or(payload.downcast_ref::<&str>().map(|text| text.to_string())).unwrap_or_default();
        let panic = Panic { file: PANICKED_IN.take(), message: message.replace('\n', " ") };
        let failed = match panic.message.starts_with("runaway") {
            true => Failed::RunawayHandler(panic),
            false => Failed::Panic(panic),
        };
        *self.diverged(self.caller, failed)
    }

    /// The known finding that a panic of the caller is, by the state that it was called in.
    fn known_panic(&self) -> Option<&'static str> {
        let known = self.state.settings.known;
        let server = self.state.server(self.caller);
        let stranger = !server.configuration.members().contains(self.caller);
        let leads = server.role == Role::Leader;
        let alone = server.configuration.is_quorum(NodeSet::only(self.caller));
        let in_the_dark = (alone || server.role == Role::Candidate) && self.is_in_the_dark();
        if known.has(Known::LeaderBeforeNotice) && (in_the_dark || (leads && self.won_after_snapshot())) {
            return Some("known finding leader-before-notice");
        }
        let unapplied_snapshot = server.log.base().index > server.disk.applied && !server.disk.snapshot_unwritten;
        if known.has(Known::CampaignOverSnapshot) && unapplied_snapshot && !leads {
            return Some("known finding campaign-over-snapshot");
        }
        if known.has(Known::SoleVoterUnsynced) && alone && server.disk.has_unsynced() {
            return Some("known finding sole-voter-unsynced");
        }
        if known.has(Known::RemovedLeader) && stranger && leads {
            return Some("known finding removed-leader");
        }
        (known.has(Known::UnpromotableCampaigns) && stranger && !leads)
            .then_some("known finding unpromotable-campaigns")
    }

    /// Whether the caller's log is a snapshot and what it has not written yet: it may not have been told that the
    /// snapshot is durable.
    fn won_after_snapshot(&self) -> bool {
        let server = self.state.server(self.caller);
        self.setup.late_notice && server.disk.unwritten_from == server.log.base().index + 1
    }

    /// Whether the caller's whole log is durable, and it was not told so.
    fn is_in_the_dark(&self) -> bool {
        let server = self.state.server(self.caller);
        self.setup.late_notice && server.disk.is_log_durable() && server.disk.persisted < server.log.last_index()
    }
}

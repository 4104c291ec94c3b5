//! A server's disk: the writes that it was handed, what of them is durable, and what a crash keeps.

use super::configuration::Configuration;
use super::entries::Entry;
use super::ids::{Index, NodeId, Position, Term};
use super::log::Log;
use std::collections::VecDeque;

/// The state beside the log that must survive a crash (raft-rs `HardState`).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct HardState {
    /// The current term.
    pub term: Term,
    /// The vote in it.
    pub vote: Option<NodeId>,
    /// The commit index; a convenience, not a promise.
    pub commit: Index,
}

impl HardState {
    pub(super) fn promises_the_same_as(&self, other: &HardState) -> bool {
        self.term == other.term && self.vote == other.vote
    }
}

/// The contents of a snapshot: the position of its last entry, and the configuration there.
pub type Restored = (Position, Configuration);

/// One write: the hard state, a snapshot, and the log from an index on, so many entries.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Write {
    pub(super) hard_state: Option<HardState>,
    pub(super) snapshot: Option<Restored>,
    pub(super) from: Index,
    pub(super) entries: usize,
}

/// A server's disk and what it knows of it.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Disk {
    /// The hard state that a crash keeps.
    pub durable: HardState,
    /// The log that a crash keeps.
    pub durable_log: Log,
    /// Written and not synced, oldest first.
    pub(super) writes: VecDeque<Write>,
    /// Their entries, one write's after the other's.
    pub(super) unsynced: VecDeque<Entry>,
    /// The hard state of the newest write.
    pub written: HardState,
    /// The lowest index of the log that changed since the newest write; `Index::MAX` for none.
    pub unwritten_from: Index,
    /// True if the log begins after a snapshot that was not written yet.
    pub snapshot_unwritten: bool,
    /// Snapshots that were handed to the application and not applied yet, oldest first.
    pub(super) snapshots: VecDeque<Restored>,
    /// Up to here, at least, the durable log is the log.
    pub(super) shared: Index,
    /// Up to here the server takes its log to be durable.
    pub persisted: Index,
    /// Up to here entries were handed to the application.
    pub delivered: Index,
    /// Up to here the application has applied.
    pub applied: Index,
    /// The configuration there.
    pub configuration: Configuration,
    /// True if it has applied a change beyond that, and has not said so yet.
    pub changing: bool,
    /// The newest change that it has applied, in this life or in one that ended in a crash.
    pub changed: Index,
    /// Up to here it still has applied, after a crash.
    pub applied_durable: Index,
    /// The configuration there.
    pub configuration_durable: Configuration,
    /// Writes taken so far.
    pub(super) taken: u32,
    /// Writes synced so far.
    pub(super) synced: u32,
    /// The newest write that changed the term or the vote.
    pub(super) promise_write: u32,
    /// The newest write that changed the log.
    pub(super) log_write: u32,
}

impl Disk {
    /// The disk of a server that starts in `term`, with what a snapshot up to `base` says, and nothing else.
    pub(super) fn new(term: Term, base: Position, configuration: Configuration) -> Self {
        let fresh = HardState { term, vote: None, commit: base.index };
        Disk::with(fresh, Log::after(base), base.index, configuration)
    }

    /// A disk on which everything is durable, of an application that has applied up to `applied`.
    pub(super) fn with(durable: HardState, durable_log: Log, applied: Index, configuration: Configuration) -> Self {
        let last = durable_log.last_index();
        Disk {
            durable,
            durable_log,
            written: durable,
            unwritten_from: Index::MAX,
            shared: last,
            persisted: last,
            delivered: applied,
            applied,
            configuration,
            applied_durable: applied,
            configuration_durable: configuration,
            ..Disk::default()
        }
    }

    /// The application drops the log up to `index`, after it made durable what it has applied.
    pub(super) fn compact(&mut self, index: Index) {
        if index > self.durable_log.base().index {
            self.durable_log.compact(index);
            self.keep_applied();
        }
    }

    pub(super) fn keep_applied(&mut self) {
        (self.applied_durable, self.configuration_durable) = (self.applied, self.configuration);
    }

    /// The application has applied up to `index`, snapshots included.
    pub(super) fn apply(&mut self, index: Index) {
        self.applied = index;
        self.changing = false;
        while let Some((_, configuration)) = self.snapshots.front().filter(|(position, _)| position.index <= index) {
            self.configuration = *configuration;
            self.snapshots.pop_front();
        }
    }

    /// The log changed from `first` on.
    pub(super) fn log_changed(&mut self, first: Index) {
        self.unwritten_from = self.unwritten_from.min(first);
        self.shared = self.shared.min(first - 1);
        self.persisted = self.persisted.min(first - 1);
    }

    /// The index up to which the durable log equals the log.
    fn share(&mut self, log: &Log) -> Index {
        let durable = &self.durable_log;
        // Entries that a snapshot covers are committed, and so the same everywhere.
        self.shared = self.shared.max(durable.base().index);
        // The log may begin after a snapshot that is not durable yet: the entries below are the same
        // if the last one is (log matching).
        if durable.term_at(log.base().index) != log.base().term {
            return self.shared;
        }
        self.shared = self.shared.max(log.base().index);
        let rest = durable.from(self.shared + 1).iter().zip(log.from(self.shared + 1));
        self.shared += rest.take_while(|(ours, theirs)| ours == theirs).count() as Index;
        self.shared
    }

    /// True if the log up to `index` is on the disk. The log says nothing of entries that its snapshot covers.
    #[inline]
    pub(super) fn has_durable(&mut self, log: &Log, index: Index) -> bool {
        index <= self.shared || index < log.base().index || index <= self.share(log)
    }

    /// True if what is written, durable and applied is the same. Writes of nothing, and how many there were, are no
    /// matter where all are synced at once.
    pub(super) fn goes_on_like(&self, other: &Disk) -> bool {
        let outstanding = |disk: &Disk| [disk.promise_write, disk.log_write].map(|write| write > disk.synced);
        let something = |write: &&Write| write.hard_state.is_some() || write.snapshot.is_some() || write.entries > 0;
        let writes = self.writes.iter().filter(something).eq(other.writes.iter().filter(something));
        let Disk { taken, synced, promise_write, log_write, .. } = *other;
        let counted = || Disk { taken, synced, promise_write, log_write, writes: other.writes.clone(), ..self.clone() };
        writes && outstanding(self) == outstanding(other) && *other == counted()
    }

    /// The term that a crash goes back to.
    pub fn durable_term(&self) -> Term {
        self.durable.term
    }

    /// The number of durable writes.
    pub fn synced(&self) -> u32 {
        self.synced
    }

    /// True if a crash would take back anything.
    pub fn has_unsynced(&self) -> bool {
        self.synced < self.taken || self.unwritten_from != Index::MAX
    }

    /// True if the application has applied up to `index`, and nothing of that is news to the server.
    pub fn knows_applied(&self, index: Index) -> bool {
        self.applied == index && self.snapshots.is_empty() && !self.changing
    }

    /// True if everything of the log is on the disk.
    pub fn is_log_durable(&self) -> bool {
        self.unwritten_from == Index::MAX && self.log_write <= self.synced
    }
}

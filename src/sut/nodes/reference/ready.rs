//! Readys: writes, messages and committed entries for the application, and the durable state (thesis 3.8, 10.2.1).

use super::{Fault, Reference, Wire};
use crate::sut::disk;
use crate::sut::{Contents, Disk, EntryView, HardState, Ready};
use std::collections::VecDeque;

/// The state of the writes that Readys hand over.
#[derive(Debug, Default)]
pub(super) struct Writes {
    /// The index up to which the log is durable.
    pub(super) persisted: u64,
    /// True if the log begins after a snapshot that no Ready has handed over yet.
    pub(super) snapshot_unwritten: bool,
    /// The lowest index at which the log changed since the last Ready; `u64::MAX` for none.
    pub(super) changed_from: u64,
    /// The hard state that was handed over last.
    hard_state: HardState,
    /// The number of the newest Ready.
    number: u64,
    /// The number of the newest durable Ready.
    durable: u64,
    /// The number of the newest Ready with a new term or vote.
    promise: u64,
    /// Readys that changed the log and are not durable yet, oldest first.
    outstanding: VecDeque<Write>,
}

/// A write that changed the log from `from` on, and ended it at `last`.
#[derive(Debug)]
struct Write {
    number: u64,
    from: u64,
    last: u64,
}

impl Writes {
    pub(super) fn none_since(disk: &Contents<EntryView>) -> Self {
        Writes {
            persisted: disk.last_index(),
            changed_from: u64::MAX,
            hard_state: disk.hard_state,
            ..Writes::default()
        }
    }

    /// The Readys up to `number` are durable. Returns the index up to which the log is durable, then.
    fn on_durable(&mut self, number: u64) -> u64 {
        self.durable = number;
        let mut durable = self.persisted;
        while let Some(write) = self.outstanding.front().filter(|write| write.number <= number) {
            durable = write.last;
            self.outstanding.pop_front();
        }
        // A later write may replace entries that this one made durable.
        let later = self.outstanding.iter().map(|write| write.from).chain([self.changed_from]).min();
        durable.min(later.unwrap_or(u64::MAX) - 1).max(self.persisted)
    }
}

impl Reference {
    /// The log has changed from `first` on.
    pub(super) fn log_changed(&mut self, first: u64) {
        self.writes.changed_from = self.writes.changed_from.min(first);
        self.writes.persisted = self.writes.persisted.min(first - 1);
    }

    pub(super) fn is_ready(&self) -> bool {
        !self.messages.is_empty()
            || !self.read_results.is_empty()
            || self.hard_state != self.writes.hard_state
            || self.writes.snapshot_unwritten
            || self.writes.changed_from <= self.log.last_index()
            || self.deliverable() > self.delivered
    }

    /// The index up to which entries may be applied: they are committed, and durable here.
    pub(super) fn deliverable(&self) -> u64 {
        self.hard_state.commit.min(self.writes.persisted)
    }

    pub(super) fn hand_over(&mut self, out: &mut Ready<Wire>) {
        self.writes.number += 1;
        out.number = self.writes.number;
        let promises = self.hand_over_hard_state(out);
        self.hand_over_log(out);
        out.must_sync = promises || out.entries.is_some() || out.snapshot.is_some();
        self.hand_over_messages(out);
        out.reads.append(&mut self.read_results);
        self.hand_over_committed(out);
    }

    /// Hands over the hard state; true if its term or vote is new.
    fn hand_over_hard_state(&mut self, out: &mut Ready<Wire>) -> bool {
        let before = std::mem::replace(&mut self.writes.hard_state, self.hard_state);
        out.hard_state = (self.hard_state != before).then_some(self.hard_state);
        let promises = (self.hard_state.term, self.hard_state.vote) != (before.term, before.vote);
        if promises {
            self.writes.promise = self.writes.number;
        }
        promises
    }

    fn hand_over_log(&mut self, out: &mut Ready<Wire>) {
        let from = std::mem::replace(&mut self.writes.changed_from, u64::MAX);
        let (base, last) = (self.log.base(), self.log.last_index());
        out.snapshot = std::mem::take(&mut self.writes.snapshot_unwritten).then_some(base);
        let first = from.max(base.index + 1);
        out.entries = (first <= last).then_some((first, last));
        let entries = if first <= last { self.log.after(first - 1).to_vec() } else { Vec::new() };
        self.disk.write(disk::Write { hard_state: out.hard_state, snapshot: out.snapshot, first, entries });
        if out.snapshot.is_some() || out.entries.is_some() {
            self.writes.outstanding.push_back(Write { number: self.writes.number, from, last });
        }
        if let Some(snapshot) = out.snapshot {
            self.delivered = snapshot.index;
            self.received_snapshots
                .extend((snapshot.index > self.applied).then_some((snapshot.index, snapshot.configuration)));
        }
    }

    /// Hands over messages. A leader sends before its entries are durable, but not before its term and its own vote are.
    fn hand_over_messages(&mut self, out: &mut Ready<Wire>) {
        let leads = self.leads() && self.writes.promise <= self.writes.durable;
        let too_soon = self.has(Fault::AcksSnapshotTooSoon) && out.snapshot.is_some();
        match leads || too_soon || self.has(Fault::AcksBeforePersisting) {
            true => out.messages.append(&mut self.messages),
            false => out.persisted_messages.append(&mut self.messages),
        }
    }

    fn hand_over_committed(&mut self, out: &mut Ready<Wire>) {
        let due = self.deliverable();
        if due > self.delivered {
            let again = u64::from(self.has(Fault::AppliesTwice) && self.delivered > self.log.base().index);
            let first = self.delivered - again;
            let due = if self.has(Fault::HandsOverOne) { self.delivered + 1 } else { self.within_limit(due) };
            out.committed.extend(self.log.after(first).iter().take((due - first) as usize));
            self.delivered = due;
        }
    }

    /// The newest Ready is durable, and the application has applied what was handed over.
    pub(super) fn advance(&mut self, out: &mut Ready<Wire>) {
        let applied = self.delivered;
        if self.has(Fault::LosesWaiting) {
            self.messages.clear();
        }
        self.advance_append(out);
        if !self.has(Fault::AdvancesUnapplied) {
            self.advance_apply_to(applied);
        }
    }

    /// The index up to which the limit in bytes lets a Ready have committed entries, of those up to `due`: at least one.
    fn within_limit(&self, due: u64) -> u64 {
        let (limit, mut size) = (self.flow.max_committed_size, 0);
        if limit == u32::MAX || self.has(Fault::HandsOverAll) {
            return due;
        }
        let fits = |entry: &&EntryView| {
            size += u64::from(entry.size);
            entry.index <= due && size <= limit.into()
        };
        let fitting = self.log.after(self.delivered).iter().take_while(fits).count() as u64;
        self.delivered + fitting.max(1)
    }

    /// The newest Ready is durable. Hands over what that makes possible.
    pub(super) fn advance_append(&mut self, out: &mut Ready<Wire>) {
        self.on_persist_ready(self.writes.number);
        if self.writes.hard_state.commit != self.hard_state.commit {
            out.commit = Some(self.hard_state.commit);
            self.writes.hard_state.commit = self.hard_state.commit;
        }
        out.messages.append(&mut self.messages);
        self.hand_over_committed(out);
    }

    pub(super) fn on_persist_ready(&mut self, number: u64) {
        let mut durable = self.writes.on_durable(number);
        if self.has(Fault::PersistsTooMuch) {
            durable = self.log.last_index();
        }
        if durable > self.writes.persisted {
            self.writes.persisted = durable;
            self.advance_commit();
        }
    }

    /// The application has applied up to `index`, snapshots included.
    pub(super) fn advance_apply_to(&mut self, index: u64) {
        while let Some((_, configuration)) = self.received_snapshots.front().filter(|(received, _)| *received <= index)
        {
            self.application_configuration = *configuration;
            self.received_snapshots.pop_front();
        }
        self.applied = index;
        self.leave_joint_when_due();
    }
}

//! The application of a node: it receives committed entries and snapshots, applies them, compacts the log, gives
//! snapshots, and stops a node that is removed.

use super::Replica;
use crate::spec::Change;
use crate::sut::methods::ask;
use crate::sut::{Applied, Call, Disk, Judge, Node, Ready};

impl<N: Node, J: Judge<N>> Replica<N, J> {
    /// Receives the snapshot and the committed entries of a Ready.
    pub(super) fn receive(&mut self, ready: &Ready<N::Message>) {
        if let Some(snapshot) = ready.snapshot {
            self.snapshots.push_back((ready.number, snapshot));
        }
        let changes = ready.committed.iter().filter(|entry| Change::is_value(entry.value));
        self.changes.extend(changes.filter_map(|entry| Some((entry.index, Change::from_value(entry.value)?))));
        if let Some(last) = ready.committed.last() {
            self.received = last.index;
        }
    }

    /// Applies up to `count` of the received entries.
    pub(in crate::sut) fn apply(&mut self, count: u64, judge: &mut J) -> Result<(), J::Stop> {
        self.apply_snapshots(count, judge)?;
        let upto = self.received.min(self.applied.saturating_add(count));
        while let Some((index, change)) = self.changes.front().copied().filter(|(index, _)| *index <= upto) {
            self.changes.pop_front();
            self.apply_change(index, change, judge)?;
        }
        match upto == self.applied {
            true => Ok(()),
            false => self.applied_to(upto, judge),
        }
    }

    /// Applies the snapshots that are durable. Each replaces everything received before it.
    fn apply_snapshots(&mut self, count: u64, judge: &mut J) -> Result<(), J::Stop> {
        let persisted = self.persisted_ready;
        let durable = |(number, _): &(u64, _)| *number <= persisted && count > 0;
        while let Some((_, snapshot)) = self.snapshots.front().copied().filter(durable) {
            self.snapshots.pop_front();
            self.changes.retain(|(index, _)| *index > snapshot.index);
            self.configuration = snapshot.configuration;
            self.joined |= self.configuration.members().contains(self.id);
            self.received = self.received.max(snapshot.index);
            self.applied_to(snapshot.index, judge)?;
        }
        Ok(())
    }

    fn apply_change(&mut self, index: u64, change: Change, judge: &mut J) -> Result<(), J::Stop> {
        let Some(node) = self.node.as_mut() else { return Ok(()) };
        // The application is between two applied indexes: there is no snapshot of that.
        node.disk().contents_mut().offer = None;
        self.change_unreported = true;
        let configuration = ask!(N::CHANGES.apply_change(node, &change));
        self.configuration = configuration.unwrap_or(self.configuration);
        let is_member = self.configuration.members().contains(self.id);
        self.joined |= is_member;
        // A new node that replays the log is no member before it applies its addition.
        self.removed = !self.setup.keep_removed && !is_member && self.joined;
        self.called(&Call::Changed { index, change, configuration }, judge)
    }

    /// Tells the node that the application has applied up to `upto`.
    fn applied_to(&mut self, upto: u64, judge: &mut J) -> Result<(), J::Stop> {
        let Some(node) = self.node.as_mut() else { return Ok(()) };
        self.applied = upto;
        // A new configuration is durable at once, unless the setup says otherwise; this node's removal, always.
        let is_member = self.configuration.members().contains(self.id);
        let changed = std::mem::take(&mut self.change_unreported);
        let durable = self.setup.durable_apply || (changed && (!self.setup.lossy_changes || !is_member));
        if durable && upto > node.disk().contents().applied.index {
            node.disk().keep(Applied { index: upto, configuration: self.configuration });
        }
        self.offer_snapshot();
        if let Some(node) = self.node.as_mut() {
            ask!(N::DURABILITY.advance_apply_to(node, upto));
        }
        self.called(&Call::Applied(upto), judge)
    }

    /// Compacts the log, but for the newest `kept` of the applied entries.
    pub(in crate::sut) fn compact(&mut self, kept: u64, judge: &mut J) -> Result<(), J::Stop> {
        let index = self.applied.saturating_sub(kept);
        let Some(node) = self.node.as_mut() else { return Ok(()) };
        // A snapshot that the application has not applied replaces all that could be dropped.
        if index <= node.disk().contents().snapshot.index {
            return Ok(());
        }
        // This comes first, so that a log never begins after the index that the application starts from.
        node.disk().keep(Applied { index: self.applied, configuration: self.configuration });
        ask!(N::SNAPSHOTS.compact(node, index));
        self.called(&Call::Compacted(index), judge)
    }

    /// Has a snapshot to give from now on, or none; no-op while the node is down.
    pub(in crate::sut) fn set_snapshot_available(&mut self, available: bool) {
        if self.node.is_some() {
            self.snapshot_available = available;
            self.offer_snapshot();
        }
    }

    /// Sets the answer to the node's next request for a snapshot.
    pub(super) fn offer_snapshot(&mut self) {
        let Replica { applied: index, configuration, .. } = *self;
        let offer = self.snapshot_available.then_some(Applied { index, configuration });
        if let Some(node) = self.node.as_mut() {
            node.disk().contents_mut().offer = offer;
        }
    }

    /// Stops a node that is no member any more; true if it did. The caller has taken its last Ready.
    pub(super) fn destroy_if_removed(&mut self) -> bool {
        let removed = self.removed;
        if removed {
            self.crash();
            self.destroyed = true;
        }
        removed
    }
}

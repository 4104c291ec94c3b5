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

    /// Applies up to `count` of the received entries, and tells the node.
    pub(in crate::sut) fn apply(&mut self, count: u64, judge: &mut J) -> Result<(), J::Stop> {
        while count > 0 && self.apply_snapshot() {
            self.tell_applied(judge)?;
        }
        self.apply_entries(count, judge)?;
        match self.told == self.applied {
            true => Ok(()),
            false => self.tell_applied(judge),
        }
    }

    /// Applies the oldest snapshot if it is durable; true if it did. It replaces everything received before it. The node is
    /// not told.
    pub(super) fn apply_snapshot(&mut self) -> bool {
        let persisted = self.persisted_ready;
        let Some((_, snapshot)) = self.snapshots.front().copied().filter(|(number, _)| *number <= persisted) else {
            return false;
        };
        self.snapshots.pop_front();
        self.changes.retain(|(index, _)| *index > snapshot.index);
        self.configuration = snapshot.configuration;
        self.joined |= self.configuration.members().contains(self.id);
        self.received = self.received.max(snapshot.index);
        self.keep_applied(snapshot.index);
        true
    }

    /// Applies up to `count` of the received entries. The node is not told.
    pub(super) fn apply_entries(&mut self, count: u64, judge: &mut J) -> Result<(), J::Stop> {
        let upto = self.received.min(self.applied.saturating_add(count));
        while let Some((index, change)) = self.changes.front().copied().filter(|(index, _)| *index <= upto) {
            self.changes.pop_front();
            self.apply_change(index, change, judge)?;
        }
        if upto != self.applied {
            self.keep_applied(upto);
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

    /// Has applied up to `upto`, and makes that durable if the setup says so.
    fn keep_applied(&mut self, upto: u64) {
        let Some(node) = self.node.as_mut() else { return };
        self.applied = upto;
        // A new configuration is durable at once, unless the setup says otherwise; this node's removal, always.
        let is_member = self.configuration.members().contains(self.id);
        let changed = std::mem::take(&mut self.change_unreported);
        let durable = self.setup.durable_apply || (changed && (!self.setup.lossy_changes || !is_member));
        if durable && upto > node.disk().contents().applied.index {
            node.disk().keep(Applied { index: upto, configuration: self.configuration });
        }
    }

    /// Tells the node up to where the application has applied.
    fn tell_applied(&mut self, judge: &mut J) -> Result<(), J::Stop> {
        self.told = self.applied;
        self.offer_snapshot();
        if let Some(node) = self.node.as_mut() {
            ask!(N::DURABILITY.advance_apply_to(node, self.applied));
        }
        self.called(&Call::Applied(self.applied), judge)
    }

    /// Compacts the log, but for the newest `kept` of the applied entries.
    pub(in crate::sut) fn compact(
        &mut self,
        kept: u64,
        judge: &mut J,
        compacts: impl FnOnce(&mut N, u64),
    ) -> Result<(), J::Stop> {
        let index = self.applied.saturating_sub(kept);
        let Some(node) = self.node.as_mut() else { return Ok(()) };
        // A snapshot that the application has not applied replaces all that could be dropped.
        if index <= node.disk().contents().snapshot.index {
            return Ok(());
        }
        // This comes first, so that a log never begins after the index that the application starts from.
        node.disk().keep(Applied { index: self.applied, configuration: self.configuration });
        compacts(node, index);
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

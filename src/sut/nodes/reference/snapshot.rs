//! Snapshots (thesis 5): sent in place of compacted entries, or on request.

use super::log::Log;
use super::{node_id, Fault, Reference};
use crate::spec::Configuration;
use crate::sut::{Applied, Disk, MessageKind, MessageView, RoleView, Snapshot};

impl Reference {
    /// The application compacts the log up to `index`. A newer snapshot may wait for the disk.
    pub(super) fn compact(&mut self, index: u64) {
        let term = self.disk.contents().entry(index).map_or(0, |entry| entry.term);
        self.disk.compact(Snapshot { index, term, configuration: Configuration::default() });
        self.log.compact(index);
    }

    /// True if the next entries of a peer are compacted, or it requested a snapshot.
    pub(super) fn needs_snapshot(&self, to: u64) -> bool {
        let peer = &self.peers[&to];
        peer.requested > 0 || peer.next <= self.log.base().index
    }

    /// Sends an active peer the application's snapshot, if that is new enough.
    pub(super) fn send_snapshot(&mut self, to: u64) {
        let peer = &self.peers[&to];
        let least = peer.requested.max(self.log.base().index).max(1);
        let heard = peer.active || self.has(Fault::SnapshotsToSilent);
        let from_all = self.has(Fault::WithholdsFromAll) && !self.flow.withheld.is_empty();
        let given = !self.flow.withheld.contains(&to) && !from_all;
        let offer = self.disk.contents().offer.filter(|offer| offer.index >= least && heard && given);
        let Some(Applied { index, configuration }) = offer else { return };
        let log_term = self.log.term_at(index).unwrap_or(0);
        self.send(MessageView { index, log_term, configuration, ..self.head(MessageKind::Snapshot, to) });
        if let Some(peer) = self.peers.get_mut(&to) {
            peer.snapshot_sent(index);
        }
    }

    pub(super) fn on_snapshot(&mut self, head: &MessageView) {
        self.become_follower(head.term, head.from);
        let MessageView { index, log_term: term, configuration, .. } = *head;
        let every = self.has(Fault::RestoresEverySnapshot);
        let old = index < self.hard_state.commit && !every;
        let mut answer = self.head(MessageKind::AppendResponse, head.from);
        if old || !configuration.members().contains(self.me()) {
            answer.index = self.hard_state.commit;
        } else {
            answer.index = index;
            // A requested snapshot replaces state that the application cannot use.
            let requested = self.requested > 0 && index >= self.requested;
            match self.log.term_at(index) == Some(term) && !requested && !every {
                true => self.hard_state.commit = index,
                false => self.restore(Snapshot { index, term, configuration }),
            }
        }
        self.send(answer);
    }

    /// Replaces the whole log by a snapshot. The committed entries are still on the disk.
    fn restore(&mut self, snapshot: Snapshot) {
        self.log_changed(self.hard_state.commit + 1);
        if !self.has(Fault::KeepsLogUnderSnapshot) {
            self.log = Log::after_snapshot(snapshot);
        }
        self.writes.snapshot_unwritten = true;
        self.hard_state.commit = snapshot.index;
        self.requested = 0;
        // A snapshot resets what the node knows of its peers.
        self.max_inflight_msgs.clear();
        self.reported.clear();
        self.flow.groups.clear();
        if !self.has(Fault::ForgetsConfiguration) {
            self.configuration = snapshot.configuration;
        }
    }

    /// The application asks for a snapshot as new as the log; true if the leader is asked for one.
    pub(super) fn request_snapshot(&mut self) -> bool {
        let follows = self.role == RoleView::Follower && self.leader != 0;
        let current = self.log.last_term() == self.hard_state.term;
        if !follows || !current || self.requested > 0 || self.writes.snapshot_unwritten {
            return false;
        }
        self.requested = self.log.last_index();
        self.send_snapshot_request();
        true
    }

    /// Asks the leader for a snapshot: a waiting follower's answer to every append.
    pub(super) fn send_snapshot_request(&mut self) {
        let mut head = self.head(MessageKind::AppendResponse, self.leader);
        (head.index, head.reject, head.request) = (self.hard_state.commit, true, self.requested);
        (head.reject_hint, head.log_term) = (self.log.last_index(), self.log.last_term());
        self.send(head);
    }

    /// The application reports whether a snapshot arrived at a peer.
    pub(super) fn on_snapshot_report(&mut self, id: u64, arrived: bool) {
        if !self.leads() || self.has(Fault::IgnoresReports) || node_id(id) == self.me() {
            return;
        }
        if let Some(peer) = self.peers.get_mut(&id) {
            peer.reported(arrived);
        }
    }
}

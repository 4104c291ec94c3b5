//! Snapshots (thesis 5): sent where entries are gone, or where they are asked for.

use super::log::Log;
use super::{node_id, Fault, Reference};
use crate::spec::Configuration;
use crate::sut::disk::{Applied, Disk, Snapshot};
use crate::sut::view::{MessageKind, MessageView, RoleView};

impl Reference {
    /// The application drops its log up to `index`. A newer snapshot may be on its way to the disk.
    pub(super) fn drop_log(&mut self, index: u64) {
        let term = self.disk.contents().entry(index).map_or(0, |entry| entry.term);
        self.disk.compact(Snapshot { index, term, configuration: Configuration::default() });
        self.log.compact(index);
    }

    /// Whether the entries that a peer goes on with are gone, or it asked for a snapshot.
    pub(super) fn needs_snapshot(&self, to: u64) -> bool {
        let peer = &self.peers[&to];
        peer.requested > 0 || peer.next <= self.log.base().index
    }

    /// Sends a peer that is there what the application has, if that is new enough.
    pub(super) fn send_snapshot(&mut self, to: u64) {
        let peer = &self.peers[&to];
        let least = peer.requested.max(self.log.base().index).max(1);
        let offer = self.disk.contents().offer.filter(|offer| offer.index >= least && peer.active);
        let Some(Applied { index, configuration }) = offer else { return };
        let mut head = self.head(MessageKind::Snapshot, to);
        (head.index, head.log_term) = (index, self.log.term_at(index).unwrap_or(0));
        head.configuration = configuration;
        self.send(head);
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
            // One that was asked for takes the place of what the application cannot use.
            let asked_for = self.requested > 0 && index >= self.requested;
            match self.log.term_at(index) == Some(term) && !asked_for && !every {
                true => self.hard_state.commit = index,
                false => self.restore(Snapshot { index, term, configuration }),
            }
        }
        self.send(answer);
    }

    /// A snapshot takes the place of the whole log; what was committed is still on the disk.
    fn restore(&mut self, snapshot: Snapshot) {
        self.log_changed(self.hard_state.commit + 1);
        if !self.has(Fault::KeepsLogUnderSnapshot) {
            self.log = Log::after_snapshot(snapshot);
        }
        self.writes.snapshot_unwritten = true;
        self.hard_state.commit = snapshot.index;
        self.requested = 0;
        // What it knows of its peers it knows anew.
        self.windows.clear();
        self.flow.groups.clear();
        if !self.has(Fault::ForgetsConfiguration) {
            self.configuration = snapshot.configuration;
        }
    }

    /// The application wants a snapshot as new as the log; whether the leader is asked for it.
    pub(super) fn request(&mut self) -> bool {
        let follows = self.role == RoleView::Follower && self.leader != 0;
        let current = self.log.last_term() == self.hard_state.term;
        if !follows || !current || self.requested > 0 || self.writes.snapshot_unwritten {
            return false;
        }
        self.requested = self.log.last_index();
        self.ask_for_snapshot();
        true
    }

    /// What a follower that waits for a snapshot says to everything.
    pub(super) fn ask_for_snapshot(&mut self) {
        let mut head = self.head(MessageKind::AppendResponse, self.leader);
        (head.index, head.reject, head.request) = (self.hard_state.commit, true, self.requested);
        (head.reject_hint, head.log_term) = (self.log.last_index(), self.log.last_term());
        self.send(head);
    }

    pub(super) fn on_report(&mut self, id: u64, arrived: bool) {
        if !self.leads() || self.has(Fault::IgnoresReports) || node_id(id) == self.me() {
            return;
        }
        if let Some(peer) = self.peers.get_mut(&id) {
            peer.reported(arrived);
        }
    }
}

//! A leader's progress for a peer (etcd raft design.md, Progress).

use crate::sut::{PeerView, ProgressState};
use std::collections::VecDeque;

/// A peer, as its leader knows it.
#[derive(Debug, Default)]
pub(super) struct Peer {
    pub(super) matched: u64,
    pub(super) next: u64,
    pub(super) state: ProgressState,
    /// In probe: entries or a snapshot are in flight.
    pub(super) probing: bool,
    /// In snapshot: the index of the snapshot in flight.
    snapshot: u64,
    /// The index that a snapshot requested by the peer must reach; 0 for none.
    pub(super) requested: u64,
    /// In replicate: the last index of each append in flight.
    pub(super) inflight: VecDeque<u64>,
    /// True if the peer was heard from since the last check of the quorum.
    pub(super) active: bool,
}

impl Peer {
    /// A peer without a known match, probed at `next`.
    pub(super) fn new(next: u64) -> Self {
        Peer { next, ..Peer::default() }
    }

    /// A peer that has just been added. It counts as active, since it has had no time to answer.
    pub(super) fn added(next: u64) -> Self {
        Peer { active: true, ..Peer::new(next) }
    }

    /// The leader itself, with its own log up to `matched`.
    pub(super) fn own(matched: u64, next: u64) -> Self {
        Peer { matched, ..Peer::new(next) }
    }

    fn enter(&mut self, state: ProgressState) {
        self.state = state;
        self.probing = false;
        self.snapshot = 0;
        self.inflight.clear();
    }

    pub(super) fn is_paused(&self, max_inflight_msgs: usize) -> bool {
        match self.state {
            ProgressState::Probe => self.probing,
            ProgressState::Replicate => self.inflight.len() >= max_inflight_msgs,
            ProgressState::Snapshot => true,
        }
    }

    /// Entries up to `last` were sent.
    pub(super) fn entries_sent(&mut self, last: u64) {
        match self.state {
            ProgressState::Probe => self.probing = true,
            ProgressState::Replicate | ProgressState::Snapshot => {
                self.next = last + 1;
                self.inflight.push_back(last);
            }
        }
    }

    /// A snapshot was sent.
    pub(super) fn snapshot_sent(&mut self, index: u64) {
        self.enter(ProgressState::Snapshot);
        self.snapshot = index;
    }

    /// The peer has the log up to `index`; true if that is new.
    pub(super) fn acknowledged(&mut self, index: u64) -> bool {
        let waited = self.state == ProgressState::Snapshot;
        let arrived = waited && index >= self.snapshot;
        if arrived {
            self.requested = 0;
            self.enter(ProgressState::Probe);
            self.next = index + 1;
        }
        if index <= self.matched && !arrived {
            return false;
        }
        self.matched = self.matched.max(index);
        self.next = self.next.max(index + 1);
        match self.state {
            // After a snapshot the leader probes once more.
            ProgressState::Probe if waited => {}
            ProgressState::Probe => {
                self.enter(ProgressState::Replicate);
                self.next = index + 1;
            }
            ProgressState::Replicate => self.inflight.retain(|last| *last > index),
            ProgressState::Snapshot => {}
        }
        true
    }

    /// The peer rejected an append after index `rejected`, and hints where to continue; true if that is new.
    pub(super) fn rejected(&mut self, rejected: u64, hint: u64) -> bool {
        match self.state {
            // Replication starts from a match: the rejection is older than that.
            ProgressState::Replicate if rejected <= self.matched => return false,
            ProgressState::Replicate => self.probe_again(),
            ProgressState::Probe | ProgressState::Snapshot if rejected + 1 != self.next => return false,
            ProgressState::Probe | ProgressState::Snapshot => {
                self.next = rejected.min(hint + 1).max(self.matched + 1);
                self.probing = false;
            }
        }
        true
    }

    /// The peer asks for a snapshot in place of the entries after index `committed`; true if that is new.
    pub(super) fn asked(&mut self, committed: u64, request: u64) -> bool {
        match self.state {
            ProgressState::Replicate if committed < self.matched => return false,
            ProgressState::Replicate => {
                self.probe_again();
                self.requested = request;
            }
            ProgressState::Probe | ProgressState::Snapshot => {
                self.probing = false;
                self.requested = if self.requested == 0 { request } else { self.requested };
            }
        }
        true
    }

    /// The peer is active: a probe may be repeated, and one more append may be in flight.
    pub(super) fn answered_heartbeat(&mut self, max_inflight_msgs: usize) {
        self.active = true;
        self.probing = false;
        if self.state == ProgressState::Replicate && self.is_paused(max_inflight_msgs) {
            self.inflight.pop_front();
        }
    }

    /// A message to the peer was lost: its match is probed for.
    pub(super) fn unreachable(&mut self) {
        if self.state == ProgressState::Replicate {
            self.probe_again();
        }
    }

    /// The application reports whether the snapshot arrived: the leader probes once it hears from the peer.
    pub(super) fn reported(&mut self, arrived: bool) {
        if self.state == ProgressState::Snapshot {
            let sent = if arrived { self.snapshot } else { 0 };
            self.enter(ProgressState::Probe);
            self.probing = true;
            self.requested = 0;
            self.next = self.matched.max(sent) + 1;
        }
    }

    fn probe_again(&mut self) {
        self.enter(ProgressState::Probe);
        self.next = self.matched + 1;
    }

    /// The peer without its commit index and its group, which outlive the leader's term.
    pub(super) fn view(&self) -> PeerView {
        let Peer { matched, next, state, probing, snapshot, requested, ref inflight, active } = *self;
        let (inflight, committed, group) = (inflight.len(), 0, 0);
        PeerView { matched, next, state, probing, snapshot, requested, inflight, active, committed, group }
    }
}

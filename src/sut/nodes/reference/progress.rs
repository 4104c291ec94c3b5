//! What a leader knows of a peer (etcd raft design.md, Progress).

use crate::sut::view::{PeerView, ProgressState};
use std::collections::VecDeque;

#[derive(Debug)]
pub(super) struct Peer {
    pub(super) matched: u64,
    pub(super) next: u64,
    pub(super) state: ProgressState,
    /// In probe: entries, or a snapshot, are on their way.
    pub(super) probing: bool,
    /// In snapshot: the index of the one that was sent.
    snapshot: u64,
    /// The index that a snapshot which the peer asked for must reach; 0 for none.
    pub(super) requested: u64,
    /// In replicate: the last index of each append that was not answered.
    inflight: VecDeque<u64>,
    /// Heard of since the leader last counted.
    pub(super) active: bool,
}

impl Peer {
    /// A peer of which nothing is known, and where to look first.
    pub(super) fn new(next: u64) -> Self {
        Peer {
            matched: 0,
            next,
            state: ProgressState::Probe,
            probing: false,
            snapshot: 0,
            requested: 0,
            inflight: VecDeque::new(),
            active: false,
        }
    }

    /// A peer that has just become one: it counts as heard of, since it has had no time to answer.
    pub(super) fn newly_met(next: u64) -> Self {
        Peer { active: true, ..Peer::new(next) }
    }

    fn become_pace(&mut self, state: ProgressState) {
        self.state = state;
        self.probing = false;
        self.snapshot = 0;
        self.inflight.clear();
    }

    pub(super) fn is_paused(&self, window: usize) -> bool {
        match self.state {
            ProgressState::Probe => self.probing,
            ProgressState::Replicate => self.inflight.len() >= window,
            ProgressState::Snapshot => true,
        }
    }

    /// Entries up to `last` are on their way.
    pub(super) fn entries_sent(&mut self, last: u64) {
        match self.state {
            ProgressState::Probe => self.probing = true,
            ProgressState::Replicate | ProgressState::Snapshot => {
                self.next = last + 1;
                self.inflight.push_back(last);
            }
        }
    }

    /// A snapshot is on its way.
    pub(super) fn snapshot_sent(&mut self, index: u64) {
        self.become_pace(ProgressState::Snapshot);
        self.snapshot = index;
    }

    /// The peer has the log up to `index`; whether that is news.
    pub(super) fn acknowledged(&mut self, index: u64) -> bool {
        let waited = self.state == ProgressState::Snapshot;
        let arrived = waited && index >= self.snapshot;
        if arrived {
            self.requested = 0;
            self.become_pace(ProgressState::Probe);
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
                self.become_pace(ProgressState::Replicate);
                self.next = index + 1;
            }
            ProgressState::Replicate => self.inflight.retain(|last| *last > index),
            ProgressState::Snapshot => {}
        }
        true
    }

    /// The peer refused an append after index `rejected`, and hints where to go on; whether that is news.
    pub(super) fn refused(&mut self, rejected: u64, hint: u64) -> bool {
        match self.state {
            // A stream starts from what matches: the refusal is older than that.
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

    /// The peer asks for a snapshot in place of what followed index `committed`; whether that is news.
    pub(super) fn asked(&mut self, committed: u64, request: u64) -> bool {
        match self.state {
            ProgressState::Replicate if committed < self.matched => return false,
            ProgressState::Replicate => {
                self.probe_again();
                self.requested = request;
            }
            ProgressState::Probe | ProgressState::Snapshot => {
                self.probing = false;
                if self.requested == 0 {
                    self.requested = request;
                }
            }
        }
        true
    }

    /// The peer is there: a probe may be repeated, and a full stream goes on by one.
    pub(super) fn answered_heartbeat(&mut self, window: usize) {
        self.active = true;
        self.probing = false;
        if self.state == ProgressState::Replicate && self.is_paused(window) {
            self.inflight.pop_front();
        }
    }

    pub(super) fn forget_inflight(&mut self) {
        self.inflight.clear();
    }

    /// A message to the peer was lost: what it has is probed for.
    pub(super) fn unreachable(&mut self) {
        if self.state == ProgressState::Replicate {
            self.probe_again();
        }
    }

    /// The application says whether the snapshot arrived: the leader probes, once it hears of the peer.
    pub(super) fn reported(&mut self, arrived: bool) {
        if self.state == ProgressState::Snapshot {
            let sent = if arrived { self.snapshot } else { 0 };
            self.become_pace(ProgressState::Probe);
            self.probing = true;
            self.requested = 0;
            self.next = self.matched.max(sent) + 1;
        }
    }

    fn probe_again(&mut self) {
        self.become_pace(ProgressState::Probe);
        self.next = self.matched + 1;
    }

    pub(super) fn view(&self) -> PeerView {
        let Peer { matched, next, state, probing, snapshot, requested, ref inflight, active } = *self;
        PeerView { matched, next, state, probing, snapshot, requested, inflight: inflight.len(), active }
    }
}

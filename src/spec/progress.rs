//! Progress: how a leader paces what it sends to one peer (etcd raft design.md, Progress).
//!
//! In *probe* at most one append with entries is on its way; in *replicate* the leader streams,
//! with at most `max_inflight_msgs` appends unanswered; in *snapshot* it waits until one has arrived. raft.tla has none: there an append may be
//! sent at any time, and `nextIndex` moves only when it is answered.

use super::ids::{Index, NodeId, Term};

/// The state of a peer's progress (raft-rs `ProgressState`).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, serde::Serialize)]
pub enum ProgressState {
    /// One append at a time, to find out where the logs agree.
    #[default]
    Probe,
    /// A stream.
    Replicate,
    /// Nothing, until the snapshot that was sent has arrived or failed.
    Snapshot,
}

impl ProgressState {
    /// Its name in reports.
    pub fn name(self) -> &'static str {
        match self {
            ProgressState::Probe => "probe",
            ProgressState::Replicate => "replicate",
            ProgressState::Snapshot => "snapshot",
        }
    }
}

/// A leader's progress with one peer, beside raft.tla's `nextIndex` and `matchIndex`.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Progress {
    /// The way in which the leader sends to the peer.
    pub state: ProgressState,
    /// In probe: an append with entries is on its way, or the answer to a snapshot is awaited.
    pub probing: bool,
    /// In snapshot: the index of the one that was sent.
    pub snapshot: Index,
    /// The index that a snapshot which the peer asked for must reach; 0 for none.
    pub requested: Index,
    /// In replicate: the last index of each append that is not answered yet, ascending.
    pub inflight: Vec<Index>,
    /// The most appends that may be in flight, where the application set it (raft-rs
    /// `adjust_max_inflight_msgs`).
    pub max_inflight_msgs: Option<usize>,
    /// Next fell to match or below by permission `NextAtOrBelowMatch`.
    pub below_match: bool,
    /// The highest commit index that the peer has reported; of the leader itself, its own (switch
    /// `commit-in-responses`). What a peer has committed stays committed, so a new leader keeps it.
    pub committed: Index,
}

impl Progress {
    /// Changes the state, with no append in flight.
    pub(super) fn become_state(&mut self, state: ProgressState) {
        self.state = state;
        self.probing = false;
        self.snapshot = 0;
        self.inflight.clear();
    }

    /// Resets it, as for a new leader.
    pub(super) fn reset(&mut self) {
        self.become_state(ProgressState::Probe);
        self.requested = 0;
        self.below_match = false;
    }

    /// True if the leader holds appends back.
    #[inline]
    pub fn is_paused(&self, max_inflight_msgs: usize) -> bool {
        match self.state {
            ProgressState::Probe => self.probing,
            ProgressState::Replicate => self.inflight.len() >= self.max_inflight_msgs.unwrap_or(max_inflight_msgs),
            ProgressState::Snapshot => true,
        }
    }

    /// The peer reports its commit index. A late response reports an older one.
    pub(super) fn reported_commit(&mut self, index: Index) {
        self.committed = self.committed.max(index);
    }

    /// Removes the appends that an answer for `index` covers from those in flight.
    pub(super) fn answered(&mut self, index: Index) {
        let covered = self.inflight.iter().take_while(|last| **last <= index).count();
        self.inflight.drain(..covered);
    }
}

/// An append that waits for its entries.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Fetch {
    pub(super) to: NodeId,
    /// The leader's term; in another one nobody waits for it.
    pub(super) term: Term,
    /// True if the peer is to be streamed all that it lacks.
    pub(super) drain: bool,
    /// True if a snapshot is due if the entries are gone by then: not in a stream, and not for an append
    /// that nothing called for (a leader may probe its peers when the configuration changes).
    pub(super) called_for: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_pauses_at_its_limit_and_resumes_with_an_answer() {
        let mut progress = Progress { state: ProgressState::Replicate, inflight: vec![3, 5], ..Default::default() };
        assert!(progress.is_paused(2));
        progress.answered(4);
        assert_eq!(progress.inflight, [5]);
        assert!(!progress.is_paused(2));
    }

    #[test]
    fn a_probe_waits_for_its_answer() {
        let mut progress = Progress { probing: true, ..Default::default() };
        assert!(progress.is_paused(256));
        progress.reset();
        assert!(!progress.is_paused(256));
    }
}

//! A Ready: the writes, messages, reads and entries that a node hands to its application.

use super::{EntryView, HardState, Snapshot};

/// A batch of outputs of a node. One value is filled again each time, so that nothing is allocated.
#[derive(Clone, Debug)]
pub struct Ready<M> {
    /// Its number, which ascends while the node runs.
    pub number: u64,
    /// True if the write must be synced before its persisted messages are sent.
    pub must_sync: bool,
    /// The hard state, if it changed.
    pub hard_state: Option<HardState>,
    /// The snapshot to write, which replaces the log.
    pub snapshot: Option<Snapshot>,
    /// First and last index of the entries to write.
    pub entries: Option<(u64, u64)>,
    /// The commit index, if it changed after the write (raft-rs `LightReady`).
    pub commit: Option<u64>,
    /// Messages to send at once.
    pub messages: Vec<M>,
    /// Messages to send once the write is durable.
    pub persisted_messages: Vec<M>,
    /// Reads that are answered: their contexts and indexes.
    pub reads: Vec<(u32, u64)>,
    /// Committed entries to apply.
    pub committed: Vec<EntryView>,
}

impl<M> Ready<M> {
    /// Removes all content, and keeps the allocations.
    pub fn clear(&mut self) {
        self.number = 0;
        self.must_sync = false;
        self.hard_state = None;
        self.snapshot = None;
        self.entries = None;
        self.commit = None;
        self.messages.clear();
        self.persisted_messages.clear();
        self.reads.clear();
        self.committed.clear();
    }

    /// The same with messages that are all alike.
    pub fn without_messages(&self) -> Ready<()> {
        Ready {
            number: self.number,
            must_sync: self.must_sync,
            hard_state: self.hard_state,
            snapshot: self.snapshot,
            entries: self.entries,
            commit: self.commit,
            messages: vec![(); self.messages.len()],
            persisted_messages: vec![(); self.persisted_messages.len()],
            reads: self.reads.clone(),
            committed: self.committed.clone(),
        }
    }

    /// True if there is nothing to write, send, answer or apply.
    pub fn is_empty(&self) -> bool {
        let writes = self.hard_state.is_some() || self.snapshot.is_some() || self.entries.is_some();
        let sends = !self.messages.is_empty() || !self.persisted_messages.is_empty();
        !writes && !sends && self.commit.is_none() && self.reads.is_empty() && self.committed.is_empty()
    }
}

impl<M> Default for Ready<M> {
    fn default() -> Self {
        Ready {
            number: 0,
            must_sync: false,
            hard_state: None,
            snapshot: None,
            entries: None,
            commit: None,
            messages: Vec::new(),
            persisted_messages: Vec::new(),
            reads: Vec::new(),
            committed: Vec::new(),
        }
    }
}

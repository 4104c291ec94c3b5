//! A node's log as its calls showed it last.

use super::acknowledged::{is_same, History};
use crate::sut::{EntryView, Node};

/// A copy of a node's log. It outlives a crash until the node shows itself again.
#[derive(Debug)]
pub(super) struct LogCopy {
    /// The index of the snapshot before the first entry.
    base: u64,
    entries: Vec<EntryView>,
    /// The index up to which the log has the acknowledged entries.
    pub matched: u64,
}

impl LogCopy {
    /// An empty log after a snapshot.
    pub fn after(base: u64) -> Self {
        LogCopy { base, entries: Vec::new(), matched: base }
    }

    fn last(&self) -> u64 {
        self.base + self.entries.len() as u64
    }

    /// Reads the entries from `changed` on, and those that are new. `last` is the last index of the node's log.
    #[inline]
    pub fn read<N: Node>(&mut self, node: &N, changed: u64, last: u64, history: &History) {
        if changed > last && self.last() == last {
            return;
        }
        if last < self.base {
            return self.read_anew(node, last, history);
        }
        let from = changed.min(self.last() + 1).min(last + 1).max(self.base + 1);
        self.entries.truncate((from - 1 - self.base) as usize);
        self.matched = self.matched.min(from - 1);
        node.entries(from, |entry| self.push(entry));
        // A snapshot replaced all entries.
        if self.last() < last {
            self.base = last;
            self.entries.clear();
        }
        self.extend(history);
    }

    /// Reads the whole log: that of a node that has started.
    pub fn read_anew<N: Node>(&mut self, node: &N, last: u64, history: &History) {
        *self = LogCopy::after(0);
        match last {
            0 => {}
            _ => self.read(node, 1, last, history),
        }
    }

    fn push(&mut self, entry: EntryView) {
        // The log begins after a snapshot.
        if entry.index > self.last() + 1 {
            self.base = entry.index - 1;
            self.entries.clear();
        }
        if entry.index > self.last() {
            self.entries.push(entry);
        }
    }

    /// A snapshot replaced the log up to `index`.
    pub fn restored(&mut self, index: u64, history: &History) {
        (self.base, self.matched) = (index, index.min(history.last()));
        self.entries.clear();
    }

    /// Compares further entries with the acknowledged ones.
    #[inline]
    pub fn extend(&mut self, history: &History) {
        // A snapshot has the acknowledged entries that it covers.
        self.matched = self.matched.max(self.base.min(history.last()));
        while let (Some(own), Some(known)) = (self.at(self.matched + 1), history.at(self.matched + 1)) {
            if !is_same(own, &known.entry) {
                return;
            }
            self.matched += 1;
        }
    }

    fn at(&self, index: u64) -> Option<&EntryView> {
        self.entries.get(index.checked_sub(self.base + 1)? as usize)
    }
}

//! The acknowledged entries: those that an application has applied.
//!
//! An application answers its client when it applies the client's entry, and shows the entry to every read from then on.

use crate::spec::NodeId;
use crate::sut::EntryView;

/// An acknowledged entry.
#[derive(Clone, Copy, Debug)]
pub(super) struct Acknowledged {
    pub entry: EntryView,
    /// The node whose application applied it first.
    pub by: NodeId,
    /// A term in or before which it was committed.
    pub committed_in: u64,
}

/// The acknowledged entries after the bootstrap snapshot, in order.
#[derive(Debug, Default)]
pub(super) struct History {
    /// The index of the bootstrap snapshot.
    pub base: u64,
    entries: Vec<Acknowledged>,
}

/// Two facts about applications that contradict each other.
#[derive(Clone, Copy, Debug)]
pub(super) enum Difference {
    /// A node applied an entry where another entry was applied before.
    Entry { node: NodeId, entry: EntryView, before: Acknowledged },
    /// A node was handed an entry that does not follow the last one.
    Order { node: NodeId, last: u64, next: u64 },
    /// A node applied an entry or a snapshot above everything that any application has applied.
    Beyond { node: NodeId, index: u64, last: u64 },
    /// A node restored a snapshot of another term than the entry there.
    Snapshot { node: NodeId, term: u64, before: Acknowledged },
}

impl History {
    pub fn after(base: u64) -> Self {
        History { base, entries: Vec::new() }
    }

    /// The index of the last acknowledged entry.
    #[inline]
    pub fn last(&self) -> u64 {
        self.base + self.entries.len() as u64
    }

    /// The entry at an index, if one is acknowledged there.
    #[inline]
    pub fn at(&self, index: u64) -> Option<&Acknowledged> {
        self.entries.get(index.checked_sub(self.base + 1)? as usize)
    }

    /// The application of `node` applies an entry, which was committed in or before `committed_in`.
    pub fn apply(&mut self, node: NodeId, entry: EntryView, committed_in: u64) -> Result<(), Difference> {
        let last = self.last();
        if entry.index > last + 1 {
            return Err(Difference::Beyond { node, index: entry.index, last });
        }
        if entry.index == last + 1 {
            self.entries.push(Acknowledged { entry, by: node, committed_in });
        }
        match self.at(entry.index) {
            Some(before) if !is_same(&before.entry, &entry) => Err(Difference::Entry { node, entry, before: *before }),
            _ => Ok(()),
        }
    }

    /// The entries up to `index` were committed in or before `term`.
    pub fn committed_by(&mut self, index: u64, term: u64) {
        let count = index.saturating_sub(self.base) as usize;
        let known = self.entries.iter_mut().take(count).rev();
        known.take_while(|it| it.committed_in > term).for_each(|it| it.committed_in = term);
    }

    /// The application of `node` restores a snapshot.
    pub fn restore(&self, node: NodeId, index: u64, term: u64) -> Result<(), Difference> {
        match self.at(index) {
            Some(before) if before.entry.term != term => Err(Difference::Snapshot { node, term, before: *before }),
            None if index > self.last() => Err(Difference::Beyond { node, index, last: self.last() }),
            _ => Ok(()),
        }
    }
}

/// True if two entries at one index are the same one.
#[inline]
pub(super) fn is_same(one: &EntryView, other: &EntryView) -> bool {
    (one.term, one.value) == (other.term, other.value)
}

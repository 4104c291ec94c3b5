//! The log of a server: raft.tla `log`, a sequence of entries counted from 1, whose beginning a
//! snapshot may have taken the place of (thesis 5.1).

use super::entries::Entry;
use super::ids::{Index, Position, Term};

/// A snapshot's position, and the entries after it. In raft.tla nothing comes before the first entry.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Log {
    base: Position,
    entries: Vec<Entry>,
}

/// Most logs of a run stay below it.
const ROOM: usize = 64;

impl Log {
    /// A log that begins after a snapshot, without entries.
    pub fn after(base: Position) -> Self {
        Log { base, entries: Vec::with_capacity(ROOM) }
    }

    /// The last position that the snapshot covers.
    #[inline]
    pub fn base(&self) -> Position {
        self.base
    }

    /// The entries after the snapshot.
    #[inline]
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// raft.tla `Len(log[i])`.
    #[inline]
    pub fn last_index(&self) -> Index {
        self.base.index + self.entries.len() as Index
    }

    /// raft.tla `LastTerm(log[i])`.
    #[inline]
    pub fn last_term(&self) -> Term {
        self.entries.last().map_or(self.base.term, |entry| entry.term)
    }

    /// The term at `index`; 0 where the log says nothing.
    #[inline]
    pub fn term_at(&self, index: Index) -> Term {
        match index == self.base.index {
            true => self.base.term,
            false => self.get(index).map_or(0, |entry| entry.term),
        }
    }

    /// The entry at `index`, if it is there.
    #[inline]
    pub fn get(&self, index: Index) -> Option<Entry> {
        self.entries.get((index as usize).checked_sub(self.base.index as usize + 1)?).copied()
    }

    /// The entries from `first` to the end; none when `first` lies past it, or in the snapshot.
    #[inline]
    pub fn from(&self, first: Index) -> &[Entry] {
        let place = (first as usize).checked_sub(self.base.index as usize + 1);
        place.and_then(|place| self.entries.get(place..)).unwrap_or(&[])
    }

    /// The entries with index `first` to `last`, as far as they are there.
    pub fn between(&self, first: Index, last: Index) -> &[Entry] {
        let rest = self.from(first);
        &rest[..rest.len().min((last + 1).saturating_sub(first) as usize)]
    }

    /// `index` with its term.
    #[inline]
    pub fn position(&self, index: Index) -> Position {
        Position { index, term: self.term_at(index) }
    }

    /// The position of the last entry.
    #[inline]
    pub fn last(&self) -> Position {
        Position { index: self.last_index(), term: self.last_term() }
    }

    /// Cuts the log back to its last index `last`.
    pub(super) fn truncate(&mut self, last: Index) {
        self.entries.truncate(last.saturating_sub(self.base.index) as usize);
    }

    /// Appends entries.
    pub(super) fn extend(&mut self, entries: impl IntoIterator<Item = Entry>) {
        self.entries.extend(entries);
    }

    /// A snapshot takes the place of everything up to `index`, which the log has.
    pub(super) fn compact(&mut self, index: Index) {
        if index > self.base.index {
            let base = self.position(index);
            self.entries.drain(..(index - self.base.index) as usize);
            self.base = base;
        }
    }

    /// The same log as `other`, in the memory of this one.
    pub(super) fn copy_from(&mut self, other: &Log) {
        self.base = other.base;
        self.entries.clone_from(&other.entries);
    }

    /// A log without a snapshot, of those entries, in the memory of this one.
    pub(super) fn refill(&mut self, entries: impl Iterator<Item = Entry>) {
        self.base = Position::default();
        self.entries.clear();
        self.entries.extend(entries);
    }

    /// The first index at which both logs have an entry, and not the same one.
    pub(super) fn first_difference(&self, other: &Log) -> Option<Index> {
        let first = self.base.index.max(other.base.index) + 1;
        let pairs = self.from(first).iter().zip(other.from(first));
        pairs.enumerate().find(|(_, (ours, theirs))| ours != theirs).map(|(place, _)| first + place as Index)
    }

    /// The highest position that may still match a log whose entry at `position` was refused: all entries above it have
    /// a higher term than the other log has there (paper 5.3, end).
    pub(super) fn find_conflict_by_term(&self, position: Position) -> Position {
        let mut index = position.index.min(self.last_index());
        while self.term_at(index) > position.term {
            index -= 1;
        }
        self.position(index)
    }

    /// A log of those entries.
    pub fn of(entries: impl IntoIterator<Item = Entry>) -> Self {
        Log { base: Position::default(), entries: entries.into_iter().collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn log(terms: &[Term]) -> Log {
        Log::of(terms.iter().map(|&term| Entry { term, value: 1 }))
    }

    #[test]
    fn compaction_changes_nothing_above_it() {
        let whole = log(&[2, 2, 3, 4]);
        let mut compacted = whole.clone();
        compacted.compact(2);
        assert_eq!((compacted.base(), compacted.last()), (whole.position(2), whole.last()));
        assert_eq!((compacted.get(2), compacted.get(3)), (None, whole.get(3)));
        assert_eq!((compacted.from(4), compacted.from(1), compacted.from(9)), (whole.from(4), &[][..], &[][..]));
        assert_eq!((compacted.term_at(1), compacted.term_at(2)), (0, 2));
    }

    #[test]
    fn logs_differ_where_both_have_an_entry() {
        let (ours, mut theirs) = (log(&[2, 2, 3]), log(&[1, 2, 4, 4]));
        assert_eq!(ours.first_difference(&theirs), Some(1));
        theirs.compact(1);
        assert_eq!(ours.first_difference(&theirs), Some(3));
        theirs.compact(3);
        assert_eq!(ours.first_difference(&theirs), None);
    }
}

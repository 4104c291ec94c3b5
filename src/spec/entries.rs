//! The entries of one append: nearly always a few, so the first few need no allocation.

use super::change::Change;
use super::ids::{Term, Value, NO_OP};
use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::Deref;

/// One log entry.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Entry {
    /// The term of the leader that made it.
    pub term: Term,
    /// The client's value, or [`NO_OP`].
    pub value: Value,
}

impl fmt::Display for Entry {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self.value {
            NO_OP => write!(f, "{}:-", self.term),
            value => match Change::from_value(value) {
                Some(change) => write!(f, "{}:({change})", self.term),
                None => write!(f, "{}:{value}", self.term),
            },
        }
    }
}

/// As many as keep a message in one cache line.
const INLINE: usize = 3;

/// A short list of entries, compared and hashed as a slice.
#[derive(Clone)]
pub struct Entries(Repr);

#[derive(Clone)]
enum Repr {
    Inline(u8, [Entry; INLINE]),
    Heap(Box<[Entry]>),
}

impl From<&[Entry]> for Entries {
    fn from(entries: &[Entry]) -> Self {
        entries.iter().copied().collect()
    }
}

impl FromIterator<Entry> for Entries {
    fn from_iter<I: IntoIterator<Item = Entry>>(entries: I) -> Self {
        let mut entries = entries.into_iter();
        let mut first = [Entry { term: 0, value: 0 }; INLINE];
        for len in 0..INLINE {
            match entries.next() {
                Some(entry) => first[len] = entry,
                None => return Entries(Repr::Inline(len as u8, first)),
            }
        }
        match entries.next() {
            Some(next) => Entries(Repr::Heap(first.into_iter().chain([next]).chain(entries).collect())),
            None => Entries(Repr::Inline(INLINE as u8, first)),
        }
    }
}

impl Deref for Entries {
    type Target = [Entry];

    #[inline]
    fn deref(&self) -> &[Entry] {
        match &self.0 {
            Repr::Inline(len, entries) => &entries[..usize::from(*len)],
            Repr::Heap(entries) => entries,
        }
    }
}

impl PartialEq for Entries {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl Eq for Entries {}

impl PartialOrd for Entries {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Entries {
    fn cmp(&self, other: &Self) -> Ordering {
        (**self).cmp(&**other)
    }
}

impl Hash for Entries {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        (**self).hash(hasher);
    }
}

impl fmt::Debug for Entries {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        (**self).fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_holds_what_it_was_made_of() {
        for count in 0..8 {
            let entries: Vec<Entry> = (0..count).map(|value| Entry { term: 1, value }).collect();
            assert_eq!(*Entries::from(&entries[..]), entries[..]);
        }
        assert!(std::mem::size_of::<crate::spec::message::Message>() <= 64);
    }
}

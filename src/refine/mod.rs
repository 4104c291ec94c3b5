//! Refinement: how what an implementation shows maps to the specification.
//!
//! Indexes and terms are aligned: the bootstrap snapshot's index is subtracted, and its term
//! becomes raft.tla's initial term 1. In raft.tla the position of the snapshot itself is (0, 0), as if
//! there were nothing. With snapshots it is (1, 1): a node may start from nothing, and a leader does
//! not know at first that its peers have even that. A cluster that starts with an empty log in term 0 keeps its
//! indexes and terms.

pub mod abstraction;
pub mod actions;
mod difference;
mod field;
pub mod translation;

use crate::schedule::Setup;
use crate::spec::choice::free;
use crate::spec::{Dialect, Index, Position, Switch, Term};
pub use difference::{Difference, Value};
pub use field::{Field, FieldRow, FIELDS};

/// The map from an implementation's indexes and terms to the specification's, and back.
#[derive(Clone, Copy, Debug)]
pub struct Alignment {
    /// The bootstrap snapshot's.
    index: u64,
    term: u64,
    /// The implementation's term that is the specification's term 1.
    first_term: u64,
    /// The specification's position of the bootstrap.
    bootstrap: Position,
}

impl Alignment {
    /// The alignment of a cluster's bootstrap.
    pub fn of(setup: &Setup, dialect: Dialect) -> Self {
        let (index, term) = (setup.first_index.into(), setup.first_term.into());
        let (bootstrap, first_term) = match (dialect.has(Switch::Snapshots), setup.starts_empty()) {
            (true, false) => (Position { index: 1, term: 1 }, term),
            (true, true) => (Position::default(), 1),
            (false, _) => (Position::default(), term),
        };
        Alignment { index, term, first_term, bootstrap }
    }

    /// The position after which the log of a bootstrapped node begins.
    pub fn bootstrap(self) -> Position {
        self.bootstrap
    }

    /// An index. A place before the snapshot is 0 where nothing is there, and 1 where something would
    /// be that only the snapshot has.
    #[inline]
    pub fn index(self, index: u64) -> Index {
        free!(BeforeBootstrap);
        match index.checked_sub(self.index) {
            Some(after) => after as Index + self.bootstrap.index,
            None => u32::from(index > 0).min(self.bootstrap.index),
        }
    }

    /// True if `index` and `ours` are the same place in the log, at the bootstrap or after it. Before that it may be
    /// true of two places: who asks looks at `ours`, too ([`Alignment::has`]).
    #[inline(always)]
    pub fn is_at(self, ours: Index, index: u64) -> bool {
        u64::from(ours).wrapping_add(self.index.wrapping_sub(self.bootstrap.index.into())) == index
    }

    /// True if an index of the specification is not before the bootstrap.
    #[inline(always)]
    pub fn has(self, ours: Index) -> bool {
        ours >= self.bootstrap.index
    }

    /// True if `term` is the specification's `ours`.
    #[inline(always)]
    pub fn is_term(self, ours: Term, term: u64) -> bool {
        u64::from(ours).wrapping_add(self.first_term.wrapping_sub(1)) == term
    }

    /// A term. A node that starts from nothing is in term 0.
    #[inline]
    pub fn term(self, term: u64) -> Term {
        (term + 1).saturating_sub(self.first_term) as Term
    }

    /// A term of the specification as the implementation counts.
    #[inline]
    pub fn concrete_term(self, term: Term) -> u64 {
        match term {
            0 => 0,
            _ => u64::from(term) + self.first_term - 1,
        }
    }

    /// A position.
    #[inline]
    pub fn position(self, index: u64, term: u64) -> Position {
        match (index == self.index && term == self.term, index, term) {
            (true, ..) => self.bootstrap,
            (false, 0, 0) => Position::default(),
            (false, ..) => Position { index: self.index(index), term: self.term(term) },
        }
    }

    /// An index of the specification as the implementation counts; 0 where it is before the snapshot.
    #[inline]
    pub fn concrete(self, index: Index) -> u64 {
        match index.checked_sub(self.bootstrap.index) {
            Some(after) => u64::from(after) + self.index,
            None => 0,
        }
    }
}

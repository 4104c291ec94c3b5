//! Refinement: how what an implementation shows maps to the specification.
//!
//! Indexes and terms are aligned: the bootstrap snapshot's index is subtracted, and its term
//! becomes raft.tla's initial term 1. The position of the snapshot itself is (0, 0).

pub mod abstraction;
pub mod actions;

use crate::schedule::Setup;
use crate::spec::{Index, Position, Term};

/// The map from an implementation's indexes and terms to the specification's, and back.
#[derive(Clone, Copy, Debug)]
pub struct Alignment {
    index: u64,
    term: u64,
}

impl Alignment {
    /// The alignment of a cluster's bootstrap.
    pub fn of(setup: &Setup) -> Self {
        Alignment { index: setup.first_index.into(), term: setup.first_term.into() }
    }

    /// An index; what lies before the snapshot wraps to a huge one, which equals nothing.
    #[inline]
    pub fn index(self, index: u64) -> Index {
        index.wrapping_sub(self.index) as Index
    }

    /// A term.
    #[inline]
    pub fn term(self, term: u64) -> Term {
        (term + 1).wrapping_sub(self.term) as Term
    }

    /// A position.
    #[inline]
    pub fn position(self, index: u64, term: u64) -> Position {
        match index == self.index && term == self.term {
            true => Position::default(),
            false => Position { index: self.index(index), term: self.term(term) },
        }
    }

    /// An index of the specification as the implementation counts.
    #[inline]
    pub fn concrete(self, index: Index) -> u64 {
        u64::from(index) + self.index
    }
}

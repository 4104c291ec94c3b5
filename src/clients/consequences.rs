//! The table of consequences: the harm that clients, applications and operators see.
//!
//! Rows are in the order of gravity. A run ends at the first check that fires; of several after one call, at the gravest.

use super::book::Book;
use crate::spec::NodeId;

/// A kind of harm, the gravest first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[allow(missing_docs)]
pub enum Consequence {
    EntryLost,
    LeaderLacksEntry,
    TwoLeaders,
    ReplicasDiffer,
    StaleRead,
    Panic,
    Hang,
    Standstill,
}

impl Consequence {
    /// Its row.
    pub fn row(self) -> &'static ConsequenceRow {
        &CONSEQUENCES[self as usize]
    }
}

/// Returns the words of a harm, in the call of a node that has just ended.
pub type Check = fn(&Book, NodeId) -> Option<String>;

/// A row of [`CONSEQUENCES`].
#[derive(Debug)]
pub struct ConsequenceRow {
    /// The consequence.
    pub consequence: Consequence,
    /// Its name.
    pub name: &'static str,
    /// The harm, in a sentence.
    pub sentence: &'static str,
    /// Raft's promise that is broken.
    pub promise: &'static str,
    /// The source of the promise.
    pub source: &'static str,
    /// The check after each call; `None` if the run itself ends by the harm.
    pub check: Option<Check>,
}

/// Rows are compared by their names.
impl PartialEq for ConsequenceRow {
    fn eq(&self, other: &Self) -> bool {
        self.consequence == other.consequence
    }
}

impl Eq for ConsequenceRow {}

/// Every consequence, in the order of [`Consequence`].
pub static CONSEQUENCES: [ConsequenceRow; 8] = [
    ConsequenceRow {
        consequence: Consequence::EntryLost,
        name: "entry-lost",
        sentence: "The voters that lack an acknowledged entry are a quorum: they can go on without it.",
        promise: "An acknowledged entry stays on so many voters that no quorum is without it.",
        source: "thesis 3.6.2; thesis figure 3.2, Leader Completeness",
        check: Some(Book::lost_entry),
    },
    ConsequenceRow {
        consequence: Consequence::LeaderLacksEntry,
        name: "leader-lacks-entry",
        sentence: "The leader of a later term lacks an acknowledged entry.",
        promise: "If an entry is committed in a term, it is in the logs of the leaders of all later terms.",
        source: "thesis figure 3.2, Leader Completeness",
        check: Some(Book::lacking_leader),
    },
    ConsequenceRow {
        consequence: Consequence::TwoLeaders,
        name: "two-leaders",
        sentence: "Two nodes lead in one term.",
        promise: "At most one leader is elected in a term.",
        source: "thesis figure 3.2, Election Safety",
        check: Some(Book::second_leader),
    },
    ConsequenceRow {
        consequence: Consequence::ReplicasDiffer,
        name: "replicas-differ",
        sentence: "Two applications apply different entries at one index, or one skips or repeats an entry.",
        promise: "All applications apply the same entries in the same order.",
        source: "thesis figure 3.2, State Machine Safety",
        check: Some(Book::difference),
    },
    ConsequenceRow {
        consequence: Consequence::StaleRead,
        name: "stale-read",
        sentence: "A read is answered without an entry that was acknowledged before the read was asked.",
        promise: "A read returns the results of all writes that were acknowledged before it was asked.",
        source: "thesis 6.4",
        check: Some(Book::stale_read),
    },
    ConsequenceRow {
        consequence: Consequence::Panic,
        name: "panic",
        sentence: "A node panics.",
        promise: "An implementation never panics on what its contract allows.",
        source: "the contract: src/docs/contract.md",
        check: None,
    },
    ConsequenceRow {
        consequence: Consequence::Hang,
        name: "hang",
        sentence: "A call of a node, the Readys of a node, or the messages between nodes do not end.",
        promise: "Every call ends, and every exchange of messages.",
        source: "a bound counted in steps",
        check: None,
    },
    ConsequenceRow {
        consequence: Consequence::Standstill,
        name: "standstill",
        sentence: "All faults are over and a quorum runs, and a client's request is never answered.",
        promise: "The cluster is available while a majority of its servers runs and communicates.",
        source: "paper 2",
        check: None,
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_consequence_has_the_row_of_its_place() {
        for (place, row) in CONSEQUENCES.iter().enumerate() {
            assert_eq!((row.consequence as usize, row.consequence.row().name), (place, row.name));
        }
    }
}

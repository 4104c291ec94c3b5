//! Invariants: the properties of every state and every step, one file each.
//!
//! Each invariant has two forms: *whole*, over all servers (exploration, the end of a run), and
//! *touched*, over the one node that has just moved (every call of a run). A test walks random
//! steps and proves that they agree. Each names the dialects that it holds in.

mod applied_within_commit;
mod commit_within_log;
mod election_safety;
mod forgotten;
mod leader_append_only;
mod leader_completeness;
mod linearizable_reads;
mod log_matching;
mod monotonic_commit;
mod monotonic_match;
mod monotonic_term;
mod next_above_match;
mod property;
mod state_machine_safety;
mod vote_once;

pub use crate::spec::ghost::Snapshot;
pub use forgotten::{explains, is_early};
pub use property::{Invariant, Touched, Verdict, Whole};
use std::fmt;

use crate::spec::dialect::Dialect;
use property::{COMMIT, LOG, PEERS, ROLE};

/// Names tell invariants apart.
impl PartialEq for Invariant {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Invariant {}

impl fmt::Debug for Invariant {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(self.name)
    }
}

pub use linearizable_reads::{check as check_reads, INVARIANT as LINEARIZABLE_READS};
pub use vote_once::{check as check_votes, INVARIANT as VOTE_ONCE};

/// Every invariant.
pub const ALL: &[Invariant] = &[
    election_safety::INVARIANT,
    leader_append_only::INVARIANT,
    log_matching::INVARIANT,
    leader_completeness::INVARIANT,
    state_machine_safety::INVARIANT,
    monotonic_term::INVARIANT,
    monotonic_commit::INVARIANT,
    monotonic_match::INVARIANT,
    vote_once::INVARIANT,
    next_above_match::INVARIANT,
    commit_within_log::INVARIANT,
    applied_within_commit::INVARIANT,
    linearizable_reads::INVARIANT,
];

/// By what has changed, the places in [`ALL`] of those that look at any of it, as bits.
const LOOKING: [u16; (ROLE | LOG | COMMIT | PEERS) as usize + 1] = {
    let mut looking = [0; (ROLE | LOG | COMMIT | PEERS) as usize + 1];
    let mut changes = 0;
    while changes < looking.len() {
        let mut place = 0;
        while place < ALL.len() {
            looking[changes] |= ((ALL[place].looks_at as usize & changes != 0) as u16) << place;
            place += 1;
        }
        changes += 1;
    }
    looking
};

/// The first invariant of the state's dialect that the node's move breaks, which has made `changes`.
#[inline]
pub fn check_touched(touched: &Touched, changes: u8) -> Result<(), (&'static Invariant, String)> {
    let dialect = touched.after.settings.dialect;
    let mut looking = LOOKING[usize::from(changes)];
    while looking != 0 {
        let invariant = &ALL[looking.trailing_zeros() as usize];
        looking &= looking - 1;
        if let Err(why) = (invariant.touched)(touched) {
            if (invariant.holds_in)(dialect) {
                return Err((invariant, why));
            }
        }
    }
    Ok(())
}

/// The first invariant of the state's dialect that the state breaks.
pub fn check_whole(whole: &Whole) -> Result<(), (&'static Invariant, String)> {
    let dialect = whole.after.settings.dialect;
    for invariant in holding_in(dialect) {
        (invariant.whole)(whole).map_err(|why| (invariant, why))?;
    }
    Ok(())
}

/// The invariants of a dialect.
pub fn holding_in(dialect: Dialect) -> impl Iterator<Item = &'static Invariant> {
    ALL.iter().filter(move |invariant| (invariant.holds_in)(dialect))
}

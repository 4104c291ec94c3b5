//! What must be true of every state and every step, one property a file.
//!
//! Each invariant has two forms: *whole*, over all servers (exploration, the end of a run), and
//! *touched*, over the one node that has just moved (every call of a run). A test walks random
//! steps and proves that they agree. Each names the dialects that it holds in.

mod commit_within_log;
mod election_safety;
mod leader_append_only;
mod leader_completeness;
mod linearizable_reads;
mod log_matching;
mod monotonic_commit;
mod monotonic_match;
mod monotonic_term;
mod next_above_match;
mod state_machine_safety;
mod vote_once;

use super::dialect::Dialect;
use super::ghost::Ghost;
use super::ids::{Index, NodeId, Term, MAX_NODES};
use super::state::{Role, Server, State};
use std::fmt;

/// One property.
pub struct Invariant {
    /// Its name in reports.
    pub name: &'static str,
    /// Its name in raft.tla's proofs and in other specifications, or what it would be there.
    pub tla: &'static str,
    /// What it says.
    pub sentence: &'static str,
    /// Where it is stated.
    pub reference: &'static str,
    /// Whether it holds in a dialect.
    pub holds_in: fn(Dialect) -> bool,
    /// What of a node it looks at: its incremental form need not be asked when nothing of that changed.
    pub looks_at: u8,
    /// Over all servers, and over the step that led here if there was one.
    pub whole: fn(&Whole) -> Verdict,
    /// Over the node that has just moved.
    pub touched: fn(&Touched) -> Verdict,
}

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

/// Term and role.
const ROLE: u8 = 1;
/// Entries of the log.
const LOG: u8 = 2;
/// The commit index.
const COMMIT: u8 = 4;
/// What a leader knows of its peers.
const PEERS: u8 = 8;
/// The vote: only the history tells in every dialect which votes count.
const VOTE: u8 = 32;
/// The history alone, which is checked where it is written.
const HISTORY: u8 = 16;

/// `Err` says in words what is wrong.
pub type Verdict = Result<(), String>;

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
    linearizable_reads::INVARIANT,
];

/// A whole state and how it came about.
pub struct Whole<'a> {
    /// The state before the step, when it is known.
    pub before: Option<&'a State>,
    /// The state.
    pub after: &'a State,
    /// The history, empty where there is none.
    pub ghost: &'a Ghost,
    /// The node that the step restarted.
    pub restarted: Option<NodeId>,
}

/// One node that has just moved.
pub struct Touched<'a> {
    /// The node as it was.
    pub before: Snapshot,
    /// The state.
    pub after: &'a State,
    /// The history before the step.
    pub ghost: &'a Ghost,
    /// The node.
    pub node: NodeId,
    /// Whether it moved by crashing.
    pub restarted: bool,
}

/// What the incremental forms need of a node's past.
#[derive(Clone, Copy, Debug)]
pub struct Snapshot {
    /// `currentTerm`.
    pub term: Term,
    /// `state`.
    pub role: Role,
    /// `commitIndex`.
    pub commit_index: Index,
    /// `Len(log)`.
    pub last_index: Index,
    /// `matchIndex`.
    pub match_index: [Index; MAX_NODES],
    /// `nextIndex`.
    pub next_index: [Index; MAX_NODES],
}

impl Snapshot {
    /// The node as it is.
    #[inline]
    pub fn of(server: &Server) -> Self {
        Snapshot {
            term: server.current_term,
            role: server.role,
            commit_index: server.commit_index,
            last_index: server.log.last_index(),
            match_index: server.match_index,
            next_index: server.next_index,
        }
    }

    /// What changed that invariants look at. Only a leader's peers count.
    #[inline]
    pub fn changes(&self, server: &Server) -> u8 {
        let role = self.term != server.current_term || self.role != server.role;
        let peers = server.role == Role::Leader
            && (self.match_index != server.match_index || self.next_index != server.next_index);
        let bit = |changed: bool, bit: u8| if changed { bit } else { 0 };
        bit(role, ROLE)
            | bit(server.changed_from != Index::MAX, LOG)
            | bit(self.commit_index != server.commit_index, COMMIT)
            | bit(peers, PEERS)
    }
}

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

impl Invariant {
    /// Whether states and steps alone show it.
    pub fn needs_no_history(&self) -> bool {
        self.looks_at != HISTORY
    }
}

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

fn always(_: Dialect) -> bool {
    true
}

/// The whole form of a property of single steps: its incremental form over every server.
fn each_server(whole: &Whole, touched: fn(&Touched) -> Verdict) -> Verdict {
    let Some(before) = whole.before else { return Ok(()) };
    for node in whole.after.nodes() {
        touched(&Touched {
            before: Snapshot::of(before.server(node)),
            after: whole.after,
            ghost: whole.ghost,
            node,
            restarted: whole.restarted == Some(node),
        })?;
    }
    Ok(())
}

#[cfg(test)]
pub(crate) mod testing {
    //! States made by hand, to see an invariant fire and stay silent.

    use super::*;
    use crate::spec::{Entry, KnownSet, Log, Settings};

    /// Three servers under the full dialect.
    pub fn three() -> State {
        let settings = Settings { dialect: Dialect::RAFT_RS, known: KnownSet::NONE, ..Settings::ongaro(3) };
        State::init(settings)
    }

    pub fn node(number: u8) -> NodeId {
        NodeId::new(number)
    }

    pub fn set_log(state: &mut State, number: u8, terms: &[Term]) {
        let entries = terms.iter().map(|&term| Entry { term, value: term });
        state.server_mut(node(number)).log = Log::of(entries);
        state.server_mut(node(number)).changed_from = 1;
    }

    pub fn lead(state: &mut State, number: u8, term: Term) {
        let server = state.server_mut(node(number));
        server.role = Role::Leader;
        server.current_term = term;
    }

    /// Both forms on a step of `number`; they must agree.
    pub fn both(invariant: &Invariant, before: &State, after: &State, ghost: &Ghost, number: u8) -> bool {
        let touched = Touched {
            before: Snapshot::of(before.server(node(number))),
            after,
            ghost,
            node: node(number),
            restarted: false,
        };
        let whole = Whole { before: Some(before), after, ghost, restarted: None };
        let (fast, slow) = ((invariant.touched)(&touched), (invariant.whole)(&whole));
        assert_eq!(fast.is_ok(), slow.is_ok(), "{}: {fast:?} but {slow:?}", invariant.name);
        fast.is_ok()
    }
}

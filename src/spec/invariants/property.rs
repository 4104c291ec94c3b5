//! The shape of an invariant, and what the invariants' files share.

use crate::spec::dialect::Dialect;
use crate::spec::ghost::{Ghost, Snapshot};
use crate::spec::ids::{Index, NodeId};
use crate::spec::server::{Role, Server};
use crate::spec::state::State;

/// One property.
pub struct Invariant {
    /// Its name in reports.
    pub name: &'static str,
    /// Its name in raft.tla's proofs and in other specifications, or what it would be there.
    pub tla: &'static str,
    /// The property, as a sentence.
    pub sentence: &'static str,
    /// The source of the property.
    pub reference: &'static str,
    /// True if it holds in a dialect.
    pub holds_in: fn(Dialect) -> bool,
    /// The parts of a node that it reads: its incremental form is skipped when none of them changed.
    pub looks_at: u8,
    /// Over all servers, and over the step that led here if there was one.
    pub whole: fn(&Whole) -> Verdict,
    /// Over the node that has just moved.
    pub touched: fn(&Touched) -> Verdict,
}

/// Term and role.
pub(super) const ROLE: u8 = 1;
/// Entries of the log.
pub(super) const LOG: u8 = 2;
/// The commit index.
pub(super) const COMMIT: u8 = 4;
/// A leader's match and next indexes.
pub(super) const PEERS: u8 = 8;
/// The vote: only the history tells in every dialect which votes count.
pub(super) const VOTE: u8 = 32;
/// The history alone, which is checked where it is written.
pub(super) const HISTORY: u8 = 16;

/// `Err` gives the reason in words.
pub type Verdict = Result<(), String>;

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
    /// True if it moved by crashing.
    pub restarted: bool,
}

impl Snapshot {
    /// The changed parts that invariants read. Only a leader's peers count.
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

impl Touched<'_> {
    /// True if the node led before the step, and still leads in the same term.
    pub(super) fn leads_on(&self) -> bool {
        let server = self.after.server(self.node);
        [self.before.role, server.role] == [Role::Leader; 2] && self.before.term == server.current_term
    }
}

impl Invariant {
    /// True if states and steps alone show it.
    pub fn needs_no_history(&self) -> bool {
        self.looks_at != HISTORY
    }
}

pub(super) fn always(_: Dialect) -> bool {
    true
}

/// The whole form of a property of single steps: its incremental form over every server.
pub(super) fn each_server(whole: &Whole, touched: fn(&Touched) -> Verdict) -> Verdict {
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
    use crate::spec::ids::Term;
    use crate::spec::{entries::Entry, log::Log, permission::Permissions, settings::Settings};

    /// Three servers under the full dialect.
    pub fn three() -> State {
        let settings = Settings { dialect: Dialect::RAFT_RS, permissions: Permissions::NONE, ..Settings::ongaro(3) };
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

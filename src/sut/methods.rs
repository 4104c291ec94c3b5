//! The methods of each ability that has more than one; and reads of what a node may not show.
//!
//! A node declares an ability by the functions that make it up, so an ability cannot be declared without them. Each is a
//! constant of [`Node`], so that a call through it is a direct call.

use super::ability::ABILITIES;
use super::{Abilities, Ability, Node, PeerView, Ready};
use crate::schedule::Knob;
use crate::spec::{Change, Configuration, MAX_NODES};

/// Calls a function of an ability; the default value for a node that lacks it.
macro_rules! ask {
    ($node:ident::$ability:ident($($argument:expr),*)) => {
        $node::$ability.map(|ability| ability($($argument),*)).unwrap_or_default()
    };
    ($node:ident::$ability:ident.$method:ident($($argument:expr),*)) => {
        $node::$ability.map(|ability| (ability.$method)($($argument),*)).unwrap_or_default()
    };
}
pub(super) use ask;

/// The method of an ability that has knobs: the application sets one.
pub type Set<N> = fn(&mut N, &Knob);

/// Sets a knob. A node that lacks its ability ignores it.
pub(super) fn set<N: Node>(node: &mut N, knob: &Knob) {
    let set = match knob.row().needs {
        Ability::CheckQuorum => N::CHECK_QUORUM,
        Ability::Priority => N::PRIORITY,
        Ability::Limits => N::LIMITS,
        Ability::Groups => N::GROUPS,
        Ability::Flow => N::FLOW.map(|flow| flow.set),
        ability => unreachable!("{ability:?} has no knob"),
    };
    if let Some(set) = set {
        set(node, knob);
    }
}

/// The methods of ability `durability` (raft-rs `RawNode`).
#[allow(missing_debug_implementations)]
pub struct Durability<N: Node> {
    /// The last Ready is durable, and the application has applied everything that was handed over; fills `Ready` with
    /// what that makes possible.
    pub advance: fn(&mut N, &mut Ready<N::Message>),
    /// The last Ready is durable; fills `Ready` with what that makes possible.
    pub advance_append: fn(&mut N, &mut Ready<N::Message>),
    /// The last Ready is written, and not durable.
    pub advance_append_async: fn(&mut N),
    /// The Ready of this number, and all before it, are durable.
    pub on_persist_ready: fn(&mut N, u64),
    /// The application has applied the entries up to an index.
    pub advance_apply_to: fn(&mut N, u64),
}

/// The methods of ability `changes`.
#[allow(missing_debug_implementations)]
pub struct Changes<N: Node> {
    /// The bytes of data of an entry with this change.
    pub change_size: fn(&Change) -> u32,
    /// A client proposes a change of the configuration; true if it was taken.
    pub propose_change: fn(&mut N, &Change) -> bool,
    /// The application applies a change; the configuration then, unless the change may not be applied.
    pub apply_change: fn(&mut N, &Change) -> Option<Configuration>,
    /// The configuration that the node acts on.
    pub configuration: fn(&N) -> Configuration,
}

/// The methods of ability `snapshots`.
#[allow(missing_debug_implementations)]
pub struct Snapshots<N: Node> {
    /// The application drops the log up to an index, which it has applied.
    pub compact: fn(&mut N, u64),
    /// The application reports whether a snapshot arrived at a peer.
    pub report_snapshot: fn(&mut N, u64, bool),
    /// The application asks for a snapshot; true if the node requested one.
    pub request_snapshot: fn(&mut N) -> bool,
}

/// The methods of ability `flow`.
#[allow(missing_debug_implementations)]
pub struct Flow<N: Node> {
    /// The application asks for heartbeats now.
    pub ping: fn(&mut N),
    /// The number of entries of an append, from a place on, that are one append within a limit in bytes: a batched
    /// append is several.
    pub piece: fn(&N::Message, usize, u32) -> usize,
    /// The application asks the node to free buffers that it does not need.
    pub free_buffers: fn(&mut N),
    /// The application reports that a message to a peer was lost.
    pub unreachable: fn(&mut N, u64),
    /// Sets a knob of this ability.
    pub set: Set<N>,
}

/// The methods of ability `async-fetch`.
#[allow(missing_debug_implementations)]
pub struct AsyncFetch<N: Node> {
    /// The oldest fetch is complete (raft-rs `on_entries_fetched`); `false` if there is none.
    pub on_entries_fetched: fn(&mut N) -> bool,
    /// The oldest fetch is complete, and its entries are gone again before the node reads them; `false` if there is none.
    pub on_entries_missed: fn(&mut N) -> bool,
    /// The peer that a fetch is for, by its place; the oldest fetch is at 0.
    pub fetching: fn(&N, usize) -> Option<u64>,
}

/// The methods of ability `storage-answers`.
#[allow(missing_debug_implementations)]
pub struct StorageAnswers<N: Node> {
    /// The application drops the log up to an index, which it has applied, while the node reads it in its next call.
    pub compact_meanwhile: fn(&mut N, u64),
    /// The application has a snapshot for a peer from now on, or has none.
    pub snapshots_for: fn(&mut N, u64, bool),
    /// The application has a snapshot for every peer from now on.
    pub snapshots_for_all: fn(&mut N),
}

impl Abilities {
    /// The abilities that an implementation declares.
    #[inline]
    pub const fn of<N: Node>() -> Self {
        const { Self::declared::<N>() }
    }

    const fn declared<N: Node>() -> Self {
        let mut abilities = Abilities::NONE;
        let mut place = 0;
        while place < ABILITIES.len() {
            let ability = ABILITIES[place].ability;
            if declares::<N>(ability) {
                abilities = abilities.with(ability);
            }
            place += 1;
        }
        abilities
    }
}

/// True if `N` declares `ability`.
const fn declares<N: Node>(ability: Ability) -> bool {
    match ability {
        Ability::Campaign => N::CAMPAIGN.is_some(),
        Ability::DirectElections => N::DIRECT_ELECTIONS,
        Ability::PreVote => N::PRE_VOTE,
        Ability::Durability => N::DURABILITY.is_some(),
        Ability::DurableApply => N::DURABLE_APPLY,
        Ability::CheckQuorum => N::CHECK_QUORUM.is_some(),
        Ability::Priority => N::PRIORITY.is_some(),
        Ability::Transfer => N::TRANSFER.is_some(),
        Ability::Reads => N::READS.is_some(),
        Ability::Changes => N::CHANGES.is_some(),
        Ability::Snapshots => N::SNAPSHOTS.is_some(),
        Ability::Flow => N::FLOW.is_some(),
        Ability::Limits => N::LIMITS.is_some(),
        Ability::AsyncFetch => N::ASYNC_FETCH.is_some(),
        Ability::Groups => N::GROUPS.is_some(),
        Ability::Answers => N::ANSWERS.is_some(),
        Ability::ForgedMessages => N::FORGED_MESSAGES.is_some(),
        Ability::ManyProposals => N::MANY_PROPOSALS.is_some(),
        Ability::StorageAnswers => N::STORAGE_ANSWERS.is_some(),
        Ability::ShowsVotes => N::SHOWS_VOTES.is_some(),
        Ability::ShowsPeers => N::SHOWS_PEERS.is_some(),
        Ability::ShowsTimer => N::SHOWS_TIMER,
    }
}

/// Reads of a node's abilities. A node that lacks one shows nothing.
pub trait Shows: Node {
    /// The configuration that the node acts on; the empty one without ability `changes`.
    #[inline]
    fn configuration(&self) -> Configuration {
        ask!(Self::CHANGES.configuration(self))
    }

    /// The state of a peer, as a leader.
    #[inline]
    fn peer(&self, id: u64) -> Option<PeerView> {
        ask!(Self::SHOWS_PEERS(self, id))
    }

    /// Calls `each` for every vote that a candidate has received.
    fn votes(&self, mut each: impl FnMut(u64, bool)) {
        for id in 1..=MAX_NODES as u64 {
            if let Some(granted) = ask!(Self::SHOWS_VOTES(self, id)) {
                each(id, granted);
            }
        }
    }

    /// The peer for which the entries of the fetch at a place are fetched; the oldest fetch is at 0.
    fn fetching(&self, place: usize) -> Option<u64> {
        ask!(Self::ASYNC_FETCH.fetching(self, place))
    }

    /// The number of entries of an append, from `from` on, that are one append of at most `limit` bytes.
    fn piece(message: &Self::Message, from: usize, limit: u32) -> usize {
        ask!(Self::FLOW.piece(message, from, limit))
    }
}

impl<N: Node> Shows for N {}

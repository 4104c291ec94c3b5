//! One replica of any Raft implementation, as the deterministic world sees it.

use super::methods::{AsyncFetch, Changes, Durability, Flow, Set, Snapshots, StorageAnswers};
use super::{Abilities, Answers, Disk, EntryView, MessageView, PeerView, Ready, Shows, View};
use crate::findings::FindingSet;
use crate::schedule::{Event, Forged, Setup};
use crate::spec::{Configuration, Dialect, MAX_NODES};

/// The parameters that a node is started with.
#[derive(Clone, Copy, Debug)]
pub struct NodeConfig {
    /// The node's number, from 1.
    pub id: u64,
    /// The settings of this node, which may have options of its own (`configure`).
    pub setup: Setup,
    /// Its election priority.
    pub priority: u8,
    /// The index up to which the application has applied the log, in the implementation's own indexes.
    pub applied: u64,
    /// The configuration at that index.
    pub configuration: Configuration,
    /// True if log lines are wanted (see [`super::log`]).
    pub record: bool,
}

/// One replica. Indexes and terms are the implementation's own; messages are opaque.
///
/// The required part is what every Raft has. The rest is abilities: constants that are `None` or `false` for a Raft that
/// lacks them. A node declares an ability by its methods:
///
/// ```
/// use raft_lockstep::sut::{methods::Snapshots, nodes::reference::Reference};
/// const SNAPSHOTS: Option<Snapshots<Reference>> =
///     Some(Snapshots { compact: |_, _| {}, report_snapshot: |_, _, _| {}, request_snapshot: |_| false });
/// ```
///
/// so that an ability without all of its methods does not compile:
///
/// ```compile_fail,E0063
/// use raft_lockstep::sut::{methods::Snapshots, nodes::reference::Reference};
/// const SNAPSHOTS: Option<Snapshots<Reference>> = Some(Snapshots { compact: |_, _| {} });
/// ```
pub trait Node: Sized {
    /// The implementation's name in reports.
    const NAME: &'static str;
    /// The type of the messages that replicas send each other.
    type Message: Clone;
    /// The disk that they keep their log on.
    type Disk: Disk;
    /// The documented differences from raft.tla.
    const DIALECT: Dialect;
    /// The findings of this implementation that runs step around.
    const KNOWN: FindingSet = FindingSet::NONE;

    /// Starts a node from its disk.
    fn start(config: &NodeConfig, disk: Self::Disk) -> Self;
    /// Stops the node and returns its disk with all that was written.
    fn into_disk(self) -> Self::Disk;
    /// The disk.
    fn disk(&mut self) -> &mut Self::Disk;

    /// The clock ticks.
    fn tick(&mut self);
    /// A message arrives.
    fn step(&mut self, message: Self::Message);
    /// A client proposes a value and `size` more bytes; true if the proposal was taken.
    fn propose(&mut self, value: u32, size: u8) -> bool;
    /// Sets the drawn election timeout; an implementation with entropy of its own ignores it.
    fn pin_timeout(&mut self, _ticks: u64) {}

    /// The node's state.
    fn view(&self) -> View;
    /// The current term.
    fn term(&self) -> u64 {
        self.view().term
    }
    /// The index up to which the node takes its application to have applied the log.
    fn applied(&self) -> u64 {
        self.view().applied
    }
    /// Calls `each` for the entries from an index on.
    fn entries(&self, from: u64, each: impl FnMut(EntryView));
    /// The messages that no Ready has taken yet.
    fn messages(&self) -> &[Self::Message];
    /// The node that a message is for.
    fn receiver(message: &Self::Message) -> u64;
    /// A message in the form that every implementation shares; its entries are appended to `entries`.
    fn describe(message: &Self::Message, entries: &mut Vec<EntryView>) -> MessageView;
    /// True for a message that contradicts itself: its entries do not follow the position that it names, or are of a
    /// later term than its own. No receiver can make sense of it, and some panic.
    fn is_contradictory(_message: &Self::Message) -> bool {
        false
    }

    /// True if there is something to hand over.
    fn has_ready(&self) -> bool;
    /// Hands over all messages, and all committed entries that were not handed over since the start. Before it returns,
    /// the node writes to the disk what it has to write.
    fn ready(&mut self, out: &mut Ready<Self::Message>);

    /// Ability `campaign`: starts an election at the application's request.
    const CAMPAIGN: Option<fn(&mut Self)> = None;
    /// Ability `direct-elections`.
    const DIRECT_ELECTIONS: bool = false;
    /// Ability `pre-vote`.
    const PRE_VOTE: bool = false;
    /// Ability `durability`.
    const DURABILITY: Option<Durability<Self>> = None;
    /// Ability `durable-apply`.
    const DURABLE_APPLY: bool = false;
    /// Ability `transfer`: hands leadership over to a node at the application's request.
    const TRANSFER: Option<fn(&mut Self, u64)> = None;
    /// Ability `reads`: a client reads; the answer is in a Ready, under this context, or nowhere.
    const READS: Option<fn(&mut Self, u32)> = None;
    /// Ability `changes`.
    const CHANGES: Option<Changes<Self>> = None;
    /// Ability `snapshots`.
    const SNAPSHOTS: Option<Snapshots<Self>> = None;
    /// Ability `flow`.
    const FLOW: Option<Flow<Self>> = None;
    /// Ability `async-fetch`.
    const ASYNC_FETCH: Option<AsyncFetch<Self>> = None;
    /// Ability `answers`: answers the application's questions.
    const ANSWERS: Option<fn(&mut Self) -> Answers> = None;
    /// Ability `forged-messages`: a message that no correct peer sends arrives, in the name of a node; true if it is
    /// refused by an error.
    const FORGED_MESSAGES: Option<fn(&mut Self, u64, Forged) -> bool> = None;
    /// Ability `many-proposals`: a client proposes the values from the first to the last in one message; true if the
    /// proposal was taken.
    const MANY_PROPOSALS: Option<fn(&mut Self, u32, u32) -> bool> = None;
    /// Ability `storage-answers`.
    const STORAGE_ANSWERS: Option<StorageAnswers<Self>> = None;
    /// Ability `shows-votes`: the vote that a candidate has received from a node.
    const SHOWS_VOTES: Option<fn(&Self, u64) -> Option<bool>> = None;
    /// Ability `shows-peers`: the state of a peer, as a leader.
    const SHOWS_PEERS: Option<fn(&Self, u64) -> Option<PeerView>> = None;
    /// Ability `shows-timer`.
    const SHOWS_TIMER: bool = false;

    // Abilities that are knobs alone.
    /// Ability `check-quorum`: sets whether the leader checks its quorum.
    const CHECK_QUORUM: Option<Set<Self>> = None;
    /// Ability `priority`: sets the election priority.
    const PRIORITY: Option<Set<Self>> = None;
    /// Ability `limits`: sets how many bytes of committed entries a Ready has.
    const LIMITS: Option<Set<Self>> = None;
    /// Ability `groups`: sets the groups, and whether commitment needs two of them.
    const GROUPS: Option<Set<Self>> = None;

    /// Calls `each` for all peers of a leader, in any order; the leader itself may be among them. An implementation
    /// overrides it where it can iterate faster.
    fn peers(&self, mut each: impl FnMut(u64, PeerView)) {
        for id in 1..=MAX_NODES as u64 {
            if let Some(peer) = self.peer(id) {
                each(id, peer);
            }
        }
    }

    /// True if the implementation has a call for the event. Without one the event is a no-op.
    fn has_call(event: &Event) -> bool {
        Abilities::of::<Self>().allow(event)
    }
    /// The settings with neutral values where the implementation does not know them.
    fn settings(setup: Setup) -> Setup {
        Abilities::of::<Self>().restrict(setup)
    }
}

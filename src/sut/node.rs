//! One replica of any Raft implementation, as the deterministic world sees it.

use super::answers::Answers;
use super::disk::{Disk, HardState, Snapshot};
use crate::schedule::ability::Abilities;
use crate::schedule::{Event, Knob, Setup};
use crate::spec::{Change, Configuration, Dialect, KnownSet};
use serde::{Serialize, Serializer};
use std::fmt;

/// What a node is started with.
#[derive(Clone, Copy, Debug)]
pub struct NodeConfig {
    /// The node's number, from 1.
    pub id: u64,
    /// The cluster's settings.
    pub setup: Setup,
    /// What its application has applied, in the implementation's own indexes.
    pub applied: u64,
    /// The configuration there.
    pub configuration: Configuration,
    /// Whether its log lines are wanted (see [`super::log`]).
    pub record: bool,
}

/// The role of a node.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize)]
#[allow(missing_docs)]
pub enum RoleView {
    #[default]
    Follower,
    Candidate,
    PreCandidate,
    Leader,
}

/// What a node shows of itself, in its own indexes and terms. Every node has role, term, vote, leader, commit and
/// last index; the others are 0 where it lacks them.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize)]
#[allow(missing_docs)]
pub struct View {
    pub role: RoleView,
    pub term: u64,
    /// 0 for nobody.
    pub vote: u64,
    /// 0 for nobody.
    pub leader: u64,
    /// Whom a leader makes its successor; 0 for nobody.
    pub transferee: u64,
    pub commit: u64,
    /// Reads that wait for a quorum, at a leader.
    pub pending_reads: usize,
    /// Reads that no Ready has taken yet.
    pub read_results: usize,
    pub applied: u64,
    pub persisted: u64,
    pub last_index: u64,
    /// Up to where a change of the configuration may be pending, at a leader.
    pub pending_change: u64,
    /// The index that a snapshot which the node asked for must reach; 0 for none.
    pub requested: u64,
    /// As a leader, bytes of its own entries that count as uncommitted, where they are limited.
    pub uncommitted: u64,
    /// Ticks since the last reset of the election timer.
    pub elapsed: u64,
}

/// How a leader sends to a peer.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[allow(missing_docs)]
pub enum PaceView {
    Probe,
    Replicate,
    Snapshot,
}

/// What a leader shows of a peer.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[allow(missing_docs)]
pub struct PeerView {
    pub matched: u64,
    pub next: u64,
    pub pace: PaceView,
    /// In probe: paused.
    pub probing: bool,
    /// In snapshot: the index of the one that was sent.
    pub snapshot: u64,
    /// The index that a snapshot which the peer asked for must reach; 0 for none.
    pub requested: u64,
    pub inflight: usize,
    /// Heard of since the leader last counted.
    pub active: bool,
}

/// One entry; `value` 0 is the empty entry of a new leader, and some values are changes
/// ([`Change::from_value`]).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[allow(missing_docs)]
pub struct EntryView {
    pub index: u64,
    pub term: u64,
    pub value: u32,
    /// Bytes of data.
    pub size: u32,
}

/// The kinds of messages that the specification knows.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize)]
#[allow(missing_docs)]
pub enum MessageKind {
    RequestVote,
    RequestVoteResponse,
    RequestPreVote,
    RequestPreVoteResponse,
    ReadIndex,
    ReadIndexResponse,
    TransferLeader,
    TimeoutNow,
    Append,
    AppendResponse,
    Snapshot,
    Heartbeat,
    HeartbeatResponse,
    Propose,
    /// Anything else.
    #[default]
    Other,
}

/// A message, without its entries. What a message does not say is 0.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize)]
#[allow(missing_docs)]
pub struct MessageView {
    pub kind: MessageKind,
    pub from: u64,
    pub to: u64,
    pub term: u64,
    pub index: u64,
    pub log_term: u64,
    pub commit: u64,
    pub commit_term: u64,
    pub reject: bool,
    pub reject_hint: u64,
    /// In a refusal: the index that a snapshot which is asked for must reach; 0 for none.
    pub request: u64,
    /// In a snapshot, whose position is in `index` and `log_term`: the configuration there.
    #[serde(serialize_with = "in_words")]
    pub configuration: Configuration,
    /// The candidate's priority, in requests for votes.
    pub priority: i64,
    /// The read that a heartbeat and its answer are for; 0 for none.
    pub context: u32,
    /// Whether the leader itself wants the election, in requests for votes.
    pub transfer: bool,
}

fn in_words<S: Serializer>(configuration: &Configuration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(configuration)
}

impl fmt::Display for MessageView {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let MessageView { kind, from, to, configuration, .. } = self;
        write!(f, "{from}->{to} {kind:?}")?;
        let numbers = [
            ("term", self.term),
            ("index", self.index),
            ("log term", self.log_term),
            ("commit", self.commit),
            ("commit term", self.commit_term),
            ("hint", self.reject_hint),
            ("asks for a snapshot of", self.request),
            ("read", self.context.into()),
        ];
        numbers
            .iter()
            .filter(|(_, number)| *number != 0)
            .try_for_each(|(name, number)| write!(f, " {name} {number}"))?;
        if self.priority != 0 {
            write!(f, " priority {}", self.priority)?;
        }
        if *configuration != Configuration::default() {
            write!(f, " configuration {configuration}")?;
        }
        f.write_str(if self.reject { " refused" } else { "" })?;
        f.write_str(if self.transfer { " transfer" } else { "" })
    }
}

/// What a node hands to its application: filled anew each time, so that nothing is allocated.
#[derive(Clone, Debug)]
pub struct Ready<M> {
    /// Its number, ascending in a node's life.
    pub number: u64,
    /// Whether the write must be synced before anything that depends on it.
    pub must_sync: bool,
    /// The hard state, if it changed.
    pub hard_state: Option<HardState>,
    /// The snapshot to write, which takes the place of the log.
    pub snapshot: Option<Snapshot>,
    /// First and last index of the entries to write.
    pub entries: Option<(u64, u64)>,
    /// The commit index, if it changed after the write (raft-rs `LightReady`).
    pub commit: Option<u64>,
    /// To be sent at once.
    pub messages: Vec<M>,
    /// To be sent once the write is durable.
    pub persisted_messages: Vec<M>,
    /// Reads that were answered: their contexts and indexes.
    pub reads: Vec<(u32, u64)>,
    /// To be applied.
    pub committed: Vec<EntryView>,
}

impl<M> Ready<M> {
    /// Nothing.
    pub fn clear(&mut self) {
        self.number = 0;
        self.must_sync = false;
        self.hard_state = None;
        self.snapshot = None;
        self.entries = None;
        self.commit = None;
        self.messages.clear();
        self.persisted_messages.clear();
        self.reads.clear();
        self.committed.clear();
    }
}

impl<M> Ready<M> {
    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        let written = self.hard_state.is_none() && self.snapshot.is_none() && self.entries.is_none();
        let told = self.commit.is_none() && self.messages.is_empty() && self.persisted_messages.is_empty();
        written && told && self.reads.is_empty() && self.committed.is_empty()
    }
}

impl<M> Default for Ready<M> {
    fn default() -> Self {
        Ready {
            number: 0,
            must_sync: false,
            hard_state: None,
            snapshot: None,
            entries: None,
            commit: None,
            messages: Vec::new(),
            persisted_messages: Vec::new(),
            reads: Vec::new(),
            committed: Vec::new(),
        }
    }
}

/// One replica. Indexes and terms are the implementation's own; messages are opaque.
///
/// Required is what every Raft has. All else has a default, for one that lacks it: what it can be asked besides, and
/// what it shows, it says in [`Node::ABILITIES`], and the rest is not asked. An ability's methods come as a group.
pub trait Node: Sized {
    /// What it is called in reports.
    const NAME: &'static str;
    /// What replicas send each other.
    type Message: Clone;
    /// What they keep their log on.
    type Disk: Disk;
    /// What it does otherwise than raft.tla, by design, and where it says so.
    const DIALECT: Dialect;
    /// Findings of it that are stepped around.
    const KNOWN: KnownSet = KnownSet::NONE;
    /// What can be asked of it besides, and what it shows.
    const ABILITIES: Abilities = Abilities::NONE;

    /// Whether it has a call for the event: without one the event is a no-op.
    fn has_call(event: &Event) -> bool {
        Self::ABILITIES.allow(event)
    }
    /// The settings, without those that it does not know.
    fn settings(setup: Setup) -> Setup {
        Self::ABILITIES.restrict(setup)
    }

    /// Starts from what the disk has.
    fn start(config: &NodeConfig, disk: Self::Disk) -> Self;
    /// Stops; what was written is on the disk.
    fn into_disk(self) -> Self::Disk;
    /// The disk.
    fn disk(&mut self) -> &mut Self::Disk;

    /// The clock ticks.
    fn tick(&mut self);
    /// A message arrives.
    fn step(&mut self, message: Self::Message);
    /// A client proposes; whether it was taken.
    fn propose(&mut self, value: u32, size: u8) -> bool;
    /// The drawn election timeout, for an implementation that has no entropy of its own.
    fn pin_timeout(&mut self, _ticks: u64) {}

    /// The node's state.
    fn view(&self) -> View;
    /// The current term.
    fn term(&self) -> u64 {
        self.view().term
    }
    /// The entries from an index on.
    fn entries(&self, from: u64, each: impl FnMut(EntryView));
    /// Messages that no Ready has taken yet.
    fn messages(&self) -> &[Self::Message];
    /// Whom a message is for.
    fn receiver(message: &Self::Message) -> u64;
    /// A message in words that every implementation shares; entries are appended to `entries`.
    fn describe(message: &Self::Message, entries: &mut Vec<EntryView>) -> MessageView;

    /// Whether a message contradicts itself: its entries do not follow the place that it names, or are of a later term
    /// than its own. No receiver can make sense of it, and some panic.
    fn is_contradictory(_message: &Self::Message) -> bool {
        false
    }

    /// Whether there is something to hand over.
    fn has_ready(&self) -> bool;
    /// Hands it over: all messages, and all that is committed and was not handed over in this life. It writes what it
    /// has to write to the disk, here or before.
    fn ready(&mut self, out: &mut Ready<Self::Message>);

    /// Ability `campaign`: the application asks for an election.
    fn campaign(&mut self) {}

    /// Ability `durability`: the last Ready is durable; what that makes possible is handed over.
    fn advance_append(&mut self, _out: &mut Ready<Self::Message>) {}
    /// The last Ready is written, not durable.
    fn advance_append_async(&mut self) {}
    /// The Ready of this number, and all before it, are durable.
    fn on_persist(&mut self, _number: u64) {}
    /// Up to where it takes its application to have applied.
    fn applied(&self) -> u64 {
        self.view().applied
    }
    /// The application has applied up to `index`.
    fn advance_apply_to(&mut self, _index: u64) {}

    /// Abilities `check-quorum`, `priority`, `flow`, `limits` and `groups`: the application changes a setting at run
    /// time. Knobs of an ability that the node lacks are never set.
    fn set(&mut self, _knob: &Knob) {}

    /// Ability `transfer`: the application asks for `target` to become leader.
    fn transfer(&mut self, _target: u64) {}

    /// Ability `reads`: a client reads; what comes of it is in a Ready, under the context, or nowhere.
    fn read(&mut self, _context: u32) {}

    /// Ability `changes`: how many bytes of data an entry with this change has.
    fn change_size(_change: &Change) -> u32 {
        0
    }
    /// A client proposes a change of the configuration; whether it was taken.
    fn propose_change(&mut self, _change: &Change) -> bool {
        false
    }
    /// The application applies a change; the configuration then, unless the change may not be applied.
    fn apply_change(&mut self, _change: &Change) -> Option<Configuration> {
        None
    }
    /// The configuration that it acts on.
    fn configuration(&self) -> Configuration {
        Configuration::default()
    }

    /// Ability `snapshots`: the application drops the log up to `index`, which it has applied.
    fn compact(&mut self, _index: u64) {}
    /// The application says whether a snapshot arrived at a peer.
    fn report_snapshot(&mut self, _id: u64, _arrived: bool) {}
    /// The application wants a snapshot; whether one was asked for.
    fn request_snapshot(&mut self) -> bool {
        false
    }

    /// Ability `flow`: the application asks for heartbeats now.
    fn ping(&mut self) {}
    /// Of an append, how many entries from place `from` on are one append of at most so many bytes:
    /// a joined one is several.
    fn piece(_message: &Self::Message, _from: usize, _limit: u32) -> usize {
        0
    }
    /// The application has buffers freed that are not needed.
    fn free_buffers(&mut self) {}
    /// The application says that a message to a peer was lost.
    fn unreachable(&mut self, _id: u64) {}

    /// Ability `async-fetch`: the oldest entries that are being fetched are there; `false` if none are.
    fn fetched(&mut self) -> bool {
        false
    }
    /// For whom entries are being fetched, oldest first.
    fn fetching(&self, _each: impl FnMut(u64)) {}

    /// Ability `answers`: what it answers its application.
    fn answers(&mut self) -> Answers {
        Answers::default()
    }

    /// Ability `shows-votes`: as a candidate, who has answered, and how.
    fn votes(&self, _each: impl FnMut(u64, bool)) {}
    /// Ability `shows-peers`: as a leader, the state of a peer.
    fn peer(&self, _id: u64) -> Option<PeerView> {
        None
    }
    /// As a leader, the state of all peers, in any order; the leader itself may be among them.
    fn peers(&self, _each: impl FnMut(u64, PeerView)) {}
}

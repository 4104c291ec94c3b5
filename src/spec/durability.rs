//! Durability: what a server has written, what of it a crash keeps, and what may leave before that.
//!
//! raft.tla's `Restart` keeps term, vote and log whatever happened. With the switch `durability`
//! a server hands its changes to the application (*write*), which makes the oldest of them durable
//! (*sync*); a crash keeps what was synced. A promise leaves only after it is durable (thesis 3.8);
//! a leader may send entries that are not on its own disk yet (thesis 10.2.1), but never in a term,
//! or on a vote of its own, that is not.

use super::action::{guard, ActionName, Disabled};
use super::configuration::Configuration;
use super::dialect::Switch;
use super::groups::Groups;
use super::ids::{Entry, Index, NodeId, NodeSet, Term};
use super::log::Log;
use super::membership;
use super::message::{Body, Message, Position};
use super::network::Network;
use super::state::{Owed, Role, State};
use std::collections::VecDeque;
use std::fmt;

/// What must survive a crash beside the log (raft-rs `HardState`).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct HardState {
    /// The current term.
    pub term: Term,
    /// The vote in it.
    pub vote: Option<NodeId>,
    /// The commit index; a convenience, not a promise.
    pub commit: Index,
}

impl HardState {
    fn promises_the_same_as(&self, other: &HardState) -> bool {
        self.term == other.term && self.vote == other.vote
    }
}

/// What a snapshot says of the past: its last entry, and the configuration there.
pub type Restored = (Position, Configuration);

/// One write: the hard state, a snapshot, and the log from an index on, so many entries.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Write {
    hard_state: Option<HardState>,
    snapshot: Option<Restored>,
    from: Index,
    entries: usize,
}

/// A server's disk and what it knows of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Disk {
    /// What a crash keeps.
    pub durable: HardState,
    /// The log that a crash keeps.
    pub durable_log: Log,
    /// Written and not synced, oldest first.
    writes: VecDeque<Write>,
    /// Their entries, one write's after the other's.
    unsynced: VecDeque<Entry>,
    /// The hard state of the newest write.
    pub written: HardState,
    /// The lowest index of the log that changed since the newest write; `Index::MAX` for none.
    pub unwritten_from: Index,
    /// Whether the log begins after a snapshot that was not written yet.
    pub snapshot_unwritten: bool,
    /// Snapshots that were handed to the application and not applied yet, oldest first.
    snapshots: VecDeque<Restored>,
    /// Up to here, at least, the durable log is the log.
    shared: Index,
    /// Up to here the server takes its log to be durable.
    pub persisted: Index,
    /// Up to here entries were handed to the application.
    pub delivered: Index,
    /// Up to here the application has applied.
    pub applied: Index,
    /// The configuration there.
    pub configuration: Configuration,
    /// Whether it has applied a change beyond that, and has not said so yet.
    pub changing: bool,
    /// The newest change that it has applied, in this life or in one that ended in a crash.
    changed: Index,
    /// Up to here it still has applied, after a crash.
    pub applied_durable: Index,
    /// The configuration there.
    pub configuration_durable: Configuration,
    /// Writes taken so far.
    taken: u32,
    /// Writes synced so far.
    synced: u32,
    /// The newest write that changed the term or the vote.
    promise_write: u32,
    /// The newest write that changed the log.
    log_write: u32,
}

impl Disk {
    /// The disk of a server that starts in `term`, with what a snapshot up to `base` says, and nothing else.
    pub(super) fn new(term: Term, base: Position, configuration: Configuration) -> Self {
        let fresh = HardState { term, vote: None, commit: base.index };
        Disk::with(fresh, Log::after(base), base.index, configuration)
    }

    /// A disk on which everything is durable, of an application that has applied up to `applied`.
    fn with(durable: HardState, durable_log: Log, applied: Index, configuration: Configuration) -> Self {
        let last = durable_log.last_index();
        Disk {
            durable,
            durable_log,
            writes: VecDeque::new(),
            unsynced: VecDeque::new(),
            written: durable,
            unwritten_from: Index::MAX,
            snapshot_unwritten: false,
            snapshots: VecDeque::new(),
            shared: last,
            persisted: last,
            delivered: applied,
            applied,
            configuration,
            changing: false,
            changed: 0,
            applied_durable: applied,
            configuration_durable: configuration,
            taken: 0,
            synced: 0,
            promise_write: 0,
            log_write: 0,
        }
    }

    /// The application drops the log up to `index`, after it made durable what it has applied.
    pub(super) fn compact(&mut self, index: Index) {
        if index > self.durable_log.base().index {
            self.durable_log.compact(index);
            self.keep_applied();
        }
    }

    fn keep_applied(&mut self) {
        (self.applied_durable, self.configuration_durable) = (self.applied, self.configuration);
    }

    /// The application has applied up to `index`, snapshots included.
    fn apply(&mut self, index: Index) {
        self.applied = index;
        self.changing = false;
        while let Some((_, configuration)) = self.snapshots.front().filter(|(position, _)| position.index <= index) {
            self.configuration = *configuration;
            self.snapshots.pop_front();
        }
    }

    /// The log changed from `first` on.
    pub(super) fn log_changed(&mut self, first: Index) {
        self.unwritten_from = self.unwritten_from.min(first);
        self.shared = self.shared.min(first - 1);
        self.persisted = self.persisted.min(first - 1);
    }

    /// How far the durable log really is the log.
    fn share(&mut self, log: &Log) -> Index {
        let durable = &self.durable_log;
        // What a snapshot covers is committed, and so the same everywhere.
        self.shared = self.shared.max(durable.base().index);
        // The log may begin after a snapshot that is not durable yet: the entries below are the same
        // if the last one is (log matching).
        if durable.term_at(log.base().index) != log.base().term {
            return self.shared;
        }
        self.shared = self.shared.max(log.base().index);
        let rest = durable.from(self.shared + 1).iter().zip(log.from(self.shared + 1));
        self.shared += rest.take_while(|(ours, theirs)| ours == theirs).count() as Index;
        self.shared
    }

    /// Whether the log up to `index` is on the disk. Of what its snapshot covers, a log says nothing.
    #[inline]
    fn has_durable(&mut self, log: &Log, index: Index) -> bool {
        index <= self.shared || index < log.base().index || index <= self.share(log)
    }

    /// Whether what is written, durable and applied is the same. Writes of nothing, and how many there were, are no
    /// matter where all are synced at once.
    pub(super) fn goes_on_like(&self, other: &Disk) -> bool {
        let outstanding = |disk: &Disk| [disk.promise_write, disk.log_write].map(|write| write > disk.synced);
        let something = |write: &&Write| write.hard_state.is_some() || write.snapshot.is_some() || write.entries > 0;
        let writes = self.writes.iter().filter(something).eq(other.writes.iter().filter(something));
        let Disk { taken, synced, promise_write, log_write, .. } = *other;
        let counted = || Disk { taken, synced, promise_write, log_write, writes: other.writes.clone(), ..self.clone() };
        writes && outstanding(self) == outstanding(other) && *other == counted()
    }

    /// The term that a crash goes back to.
    pub fn durable_term(&self) -> Term {
        self.durable.term
    }

    /// How many writes are durable.
    pub fn synced(&self) -> u32 {
        self.synced
    }

    /// Whether a crash would take back anything.
    pub fn has_unsynced(&self) -> bool {
        self.synced < self.taken || self.unwritten_from != Index::MAX
    }

    /// Whether everything of the log is on the disk.
    pub fn is_log_durable(&self) -> bool {
        self.unwritten_from == Index::MAX && self.log_write <= self.synced
    }
}

/// What a server hands over to be written, as the specification has it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Handed {
    /// The hard state, if it changed.
    pub hard_state: Option<HardState>,
    /// The snapshot, if there is one.
    pub snapshot: Option<Restored>,
    /// The first and the last index of the entries, if there are any.
    pub entries: Option<(Index, Index)>,
    /// Whether the write is one to wait for (raft-rs `Ready::must_sync`).
    pub must_sync: bool,
}

impl fmt::Display for Handed {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        if let Some(HardState { term, vote, commit }) = self.hard_state {
            let vote = vote.map_or(0, NodeId::number);
            write!(f, "hard state term {term} vote {vote} commit {commit}, ")?;
        }
        if let Some((position, configuration)) = self.snapshot {
            write!(f, "snapshot of {position} configuration {configuration}, ")?;
        }
        if let Some((first, last)) = self.entries {
            write!(f, "entries {first} to {last}, ")?;
        }
        f.write_str(if self.must_sync { "to be synced" } else { "need not be synced" })
    }
}

fn hard_state(state: &State, i: NodeId) -> HardState {
    let server = state.server(i);
    HardState { term: server.current_term, vote: server.voted_for, commit: server.commit_index }
}

/// Hands over what changed since the last write. *Must* be all of it.
pub fn write<N: Network>(state: &mut State, i: NodeId, net: &mut N) -> Handed {
    let hard_state = hard_state(state, i);
    let server = state.server_mut(i);
    net.took(ActionName::Write, i);
    let disk = &mut server.disk;
    disk.taken += 1;
    let promised = !hard_state.promises_the_same_as(&disk.written);
    if promised {
        disk.promise_write = disk.taken;
    }
    let base = server.log.base();
    let snapshot = std::mem::take(&mut disk.snapshot_unwritten).then_some((base, server.configuration));
    if let Some(snapshot) = snapshot {
        disk.snapshots.push_back(snapshot);
        disk.delivered = base.index;
    }
    let from = std::mem::replace(&mut disk.unwritten_from, Index::MAX).max(base.index + 1);
    let entries = server.log.from(from);
    if !entries.is_empty() || snapshot.is_some() {
        disk.log_write = disk.taken;
    }
    let handed = Handed {
        hard_state: (hard_state != disk.written).then_some(hard_state),
        snapshot,
        entries: (!entries.is_empty()).then(|| (from, server.log.last_index())),
        must_sync: promised || !entries.is_empty() || snapshot.is_some(),
    };
    disk.written = hard_state;
    disk.writes.push_back(Write { hard_state: handed.hard_state, snapshot, from, entries: entries.len() });
    // Nearly always one or none.
    entries.iter().for_each(|entry| disk.unsynced.push_back(*entry));
    handed
}

/// A commit index that was told apart from a write (raft-rs `LightReady::commit_index`).
pub fn commit_told(state: &mut State, i: NodeId) {
    let server = state.server_mut(i);
    server.disk.written.commit = server.commit_index;
}

/// The oldest `count` writes become durable. What the server takes for durable stays so.
pub(super) fn sync<N: Network>(state: &mut State, i: NodeId, count: usize, net: &mut N) -> Result<(), Disabled> {
    let server = state.server_mut(i);
    net.took(ActionName::Sync, i);
    let disk = &mut server.disk;
    for _ in 0..count {
        let write = disk.writes.pop_front().expect("the disk has as many writes as were handed over");
        disk.synced += 1;
        disk.durable = write.hard_state.unwrap_or(disk.durable);
        if let Some((position, configuration)) = write.snapshot {
            disk.durable_log = Log::after(position);
            (disk.applied_durable, disk.configuration_durable) = (position.index, configuration);
        }
        if write.entries > 0 {
            disk.durable_log.truncate(write.from - 1);
            let unsynced = &mut disk.unsynced;
            let entry = |_| unsynced.pop_front().expect("each write has its entries");
            disk.durable_log.extend((0..write.entries).map(entry));
            disk.shared = disk.shared.min(write.from - 1);
        }
    }
    let persisted = disk.persisted;
    guard!(
        disk.has_durable(&server.log, persisted),
        Sync,
        "what the server takes for durable is on its disk",
        "thesis 3.8; raft-rs RaftLog::persisted: the highest position known to be persisted in stable storage"
    );
    Ok(())
}

/// The server takes its log up to `index` to be durable.
pub(super) fn persist<N: Network>(state: &mut State, i: NodeId, index: Index, net: &mut N) -> Result<(), Disabled> {
    let server = state.server_mut(i);
    net.took(ActionName::Persist, i);
    guard!(
        server.disk.has_durable(&server.log, index),
        Persist,
        "what the server takes for durable is on its disk",
        "thesis 3.8; raft-rs RaftLog::persisted: the highest position known to be persisted in stable storage"
    );
    guard!(index >= server.disk.persisted, Persist, "a sync takes nothing away", "raft-rs RawNode::on_persist_ready");
    server.disk.persisted = index;
    Ok(())
}

/// Whether the server *must* know that its whole log is durable: all of it is.
pub fn must_persist(state: &State, i: NodeId) -> bool {
    let server = state.server(i);
    server.disk.is_log_durable() && server.disk.persisted < server.log.last_index()
}

/// Up to where `i` knows its log to be durable: without `durability` all that it writes is at once.
fn known_durable(state: &State, i: NodeId) -> Index {
    let server = state.server(i);
    match state.settings.dialect.has(Switch::Durability) {
        true => server.disk.persisted,
        false => server.log.last_index(),
    }
}

/// The entry at `index` is handed to the application: in order, once per life, committed and durable.
pub fn deliver(state: &mut State, i: NodeId, index: Index) -> Result<(), Disabled> {
    let durable = known_durable(state, i);
    let server = state.server_mut(i);
    guard!(
        index == server.disk.delivered + 1,
        Apply,
        "entries are applied in order, each once",
        "paper figure 2: increment lastApplied, apply log[lastApplied]"
    );
    guard!(
        index <= server.commit_index,
        Apply,
        "an applied entry is committed",
        "paper figure 3, state machine safety"
    );
    guard!(
        index <= durable,
        Apply,
        "an applied entry is durable on this server",
        "raft-rs doc, processing the Ready state: only persisted entries can be committed and applied"
    );
    server.disk.delivered = index;
    Ok(())
}

/// Up to where entries *must* have been handed over.
pub fn deliverable(state: &State, i: NodeId) -> Index {
    let server = state.server(i);
    server.commit_index.min(known_durable(state, i))
}

/// The application sets whether a Ready of `i` may hold back entries, for their size.
pub(super) fn set_rationed<N: Network>(state: &mut State, i: NodeId, rationed: bool, net: &mut N) {
    net.took(ActionName::SetMaxCommittedSizePerReady, i);
    state.server_mut(i).rationed = rationed;
}

/// The application of `i` has applied up to `index`.
pub(super) fn apply<N: Network>(state: &mut State, i: NodeId, index: Index, net: &mut N) -> Result<(), Disabled> {
    let durable = known_durable(state, i);
    let server = state.server_mut(i);
    net.took(ActionName::Apply, i);
    guard!(
        server.disk.applied <= index && index <= server.disk.delivered,
        Apply,
        "only what was handed over is applied",
        "raft-rs RawNode::advance_apply_to"
    );
    guard!(
        index <= durable,
        Apply,
        "what is applied is durable on this server",
        "raft-rs doc, processing the Ready state: a snapshot is applied once it is persisted"
    );
    // A new configuration is kept at once (raft-rs doc, processing the Ready state: set_conf_state). One
    // that lacks its own server is in any case, or it would be back to be removed again.
    let always = state.settings.durable_apply;
    let changes = state.settings.durable_changes;
    let disk = &mut state.server_mut(i).disk;
    let kept = always || (disk.changing && (changes || !disk.configuration.members().contains(i)));
    if disk.changing {
        disk.changed = disk.changed.max(index);
    }
    disk.apply(index);
    if kept && index > disk.applied_durable {
        disk.keep_applied();
    }
    membership::leave_when_due(state, i, net);
    Ok(())
}

/// raft.tla `Restart(i)`; with `durability`, from what the disk kept.
pub(super) fn restart<N: Network>(state: &mut State, i: NodeId, net: &mut N) {
    let durability = state.settings.dialect.has(Switch::Durability);
    let (quiet, joins) = (state.settings.quiet_commit, state.settings.batch_append);
    let checks_quorum = state.settings.check_quorum;
    let (first_priority, rationed) = (state.settings.first_priority, state.settings.rationed_apply);
    let server = state.server_mut(i);
    net.took(ActionName::Restart, i);
    server.role = Role::Follower;
    server.votes_responded = NodeSet::EMPTY;
    server.votes_granted = NodeSet::EMPTY;
    server.next_index.fill(1);
    server.match_index.fill(0);
    server.requested = 0;
    server.commit_index = 0;
    server.leader = None;
    server.clock.reset();
    server.clock.election_due = false;
    server.active = NodeSet::EMPTY;
    server.clear_leader_state();
    server.read_results.clear();
    server.chosen = false;
    server.snapshots_unavailable = false;
    server.quiet = quiet;
    server.joins = joins;
    server.fetching.clear();
    server.checks_quorum = checks_quorum;
    server.progress.iter_mut().for_each(|progress| progress.window = None);
    server.priority = if i.slot() == 0 { first_priority } else { 0 };
    server.groups = Groups::default();
    server.rationed = rationed;
    server.owed = Owed::default();
    server.changed_from = 1;
    if !durability {
        (server.disk.delivered, server.disk.applied) = (0, 0);
        return;
    }
    let disk = &mut server.disk;
    server.log.copy_from(&disk.durable_log);
    server.configuration = disk.configuration_durable;
    disk.durable.commit = disk.durable.commit.max(disk.applied_durable);
    server.current_term = disk.durable.term;
    server.voted_for = disk.durable.vote;
    server.commit_index = disk.durable.commit;
    let durable_log = std::mem::take(&mut disk.durable_log);
    let changed = disk.changed;
    *disk = Disk::with(disk.durable, durable_log, disk.applied_durable, disk.configuration_durable);
    disk.changed = changed;
}

/// The known finding `configuration-lost`: `i` stands for election or leads, and a crash took back the
/// configuration that it had and how far its log was committed.
pub fn stands_on_lost_configuration(state: &State, i: NodeId) -> bool {
    let server = state.server(i);
    server.role != Role::Follower && server.commit_index < server.disk.changed
}

/// The write that has to be durable before a message that `i` makes now may leave.
pub fn write_before(state: &State, i: NodeId, message: &Message) -> u32 {
    let server = state.server(i);
    let disk = &server.disk;
    let next = disk.taken + 1;
    let promise = match hard_state(state, i).promises_the_same_as(&disk.written) {
        true => disk.promise_write,
        false => next,
    };
    let log = if disk.unwritten_from == Index::MAX { disk.log_write } else { next };
    match message.body {
        // A match of nothing acknowledges no entry.
        Body::AppendEntriesResponse { success: true, match_index: 1.., .. } => promise.max(log),
        // A pre-vote promises nothing.
        Body::RequestVoteRequest { pre: true, .. } | Body::RequestVoteResponse { pre: true, granted: true, .. } => 0,
        Body::AppendEntriesResponse { .. }
        | Body::RequestVoteRequest { .. }
        | Body::RequestVoteResponse { .. }
        | Body::AppendEntriesRequest { .. }
        | Body::Snapshot { .. }
        | Body::Heartbeat { .. }
        | Body::HeartbeatResponse { .. }
        | Body::TransferLeader
        | Body::TimeoutNow
        | Body::ReadIndexResponse { .. } => promise,
        Body::Proposal { .. } | Body::ReadIndex { .. } => 0,
    }
}

/// A message of `i` enters the network: what it promises is durable.
pub fn release(state: &State, i: NodeId, write_before: u32) -> Result<(), Disabled> {
    guard!(
        !state.settings.dialect.has(Switch::Durability) || write_before <= state.server(i).disk.synced,
        Release,
        "a promise is durable before it leaves: a term, a vote, an acknowledged entry",
        "paper figure 2: persistent state is updated on stable storage before responding to RPCs"
    );
    Ok(())
}

//! raft-rs behind [`Node`]. Here alone, and in `raft_rs/` for what differs from release to release, the `raft` crate is
//! named.

#[cfg_attr(feature = "raft-0-6", path = "raft_rs/v0_6.rs")]
#[cfg_attr(not(feature = "raft-0-6"), path = "raft_rs/v0_7.rs")]
mod version;

use crate::schedule::{Event, Knob, Setup};
use crate::spec::{Change, Configuration, Dialect, KnownSet, NodeId, NodeSet, Step, Transition};
use crate::sut::ability::Abilities;
use crate::sut::answers::Answers;
use crate::sut::disk::memory::MemoryDisk;
#[cfg(feature = "wal")]
use crate::sut::disk::wal;
use crate::sut::disk::{Applied, Contents, Disk, HardState, Snapshot, Write};
use crate::sut::log::{self, Source};
use crate::sut::node::{
    EntryView, MessageKind, MessageView, Node, NodeConfig, PaceView, PeerView, Ready, RoleView, View,
};
use protobuf::Message as _;
use raft::eraftpb::{self, Entry, EntryType, Message, MessageType};
use raft::eraftpb::{ConfChange, ConfChangeSingle, ConfChangeTransition, ConfChangeType, ConfChangeV2, ConfState};
use raft::{Config, Error, LightReady, ProgressState, RaftState, RawNode, ReadOnlyOption};
use raft::{SnapshotStatus, StateRole, Storage, StorageError};
use std::cell::Cell;
use std::fmt::{self, Debug, Write as _};
use std::sync::OnceLock;

/// More reads of the log than this in one call are an endless handler. A call reads at most a few
/// times a message sent, and every entry once a message.
const MAX_READS: u32 = 1_000_000;

/// What marks the request for a vote that the leader wants (raft-rs `CAMPAIGN_TRANSFER`).
const TRANSFER: &[u8] = b"CampaignTransfer";

/// raft-rs's view of the disk: what is written, synced or not.
pub struct Store<D> {
    disk: D,
    /// What the application had applied when the node was started.
    configuration: Configuration,
    reads: Cell<u32>,
    fetches: version::Fetches,
}

impl<D: Disk<Entry = Entry>> Store<D> {
    fn contents(&self) -> &Contents<Entry> {
        self.disk.contents()
    }

    fn read(&self) {
        self.reads.set(self.reads.get() + 1);
        assert!(self.reads.get() <= MAX_READS, "runaway handler: it reads the log without end");
    }

    fn first(&self) -> u64 {
        self.contents().snapshot.index + 1
    }
}

impl<D: Disk<Entry = Entry>> Storage for Store<D> {
    fn initial_state(&self) -> raft::Result<RaftState> {
        let HardState { term, vote, commit } = self.contents().hard_state;
        let hard_state = eraftpb::HardState { term, vote, commit, ..Default::default() };
        Ok(RaftState::new(hard_state, conf_state(&self.configuration)))
    }

    fn entries(
        &self,
        low: u64,
        high: u64,
        max_size: impl Into<Option<u64>>,
        #[cfg(not(feature = "raft-0-6"))] context: raft::GetEntriesContext,
    ) -> raft::Result<Vec<Entry>> {
        self.read();
        if low < self.first() {
            return Err(Error::Store(StorageError::Compacted));
        }
        #[cfg(not(feature = "raft-0-6"))]
        if self.fetches.begin(context) {
            return Err(Error::Store(StorageError::LogTemporarilyUnavailable));
        }
        let offset = |index: u64| (index - self.first()) as usize;
        let found = self.contents().entries.get(offset(low)..offset(high));
        let mut entries = found.ok_or(Error::Store(StorageError::Unavailable))?.to_vec();
        raft::util::limit_size(&mut entries, max_size.into());
        Ok(entries)
    }

    fn term(&self, index: u64) -> raft::Result<u64> {
        self.read();
        if index == self.contents().snapshot.index {
            return Ok(self.contents().snapshot.term);
        }
        if index < self.first() {
            return Err(Error::Store(StorageError::Compacted));
        }
        let entry = self.contents().entry(index);
        entry.map(|entry| entry.term).ok_or(Error::Store(StorageError::Unavailable))
    }

    fn first_index(&self) -> raft::Result<u64> {
        Ok(self.first())
    }

    fn last_index(&self) -> raft::Result<u64> {
        Ok(self.contents().last_index())
    }

    fn snapshot(
        &self,
        request_index: u64,
        #[cfg(not(feature = "raft-0-6"))] _to: u64,
    ) -> raft::Result<eraftpb::Snapshot> {
        let least = request_index.max(self.contents().snapshot.index).max(1);
        let offer = self.contents().offer.filter(|offer| offer.index >= least);
        let Some(Applied { index, configuration }) = offer else {
            return Err(Error::Store(StorageError::SnapshotTemporarilyUnavailable));
        };
        let mut snapshot = eraftpb::Snapshot::default();
        let metadata = snapshot.mut_metadata();
        metadata.index = index;
        metadata.term = self.term(index)?;
        metadata.set_conf_state(conf_state(&configuration));
        Ok(snapshot)
    }
}

/// A raft-rs node, in memory unless another disk is named.
pub struct RaftRs<D: Disk<Entry = Entry> = MemoryDisk<Entry>> {
    raw: RawNode<Store<D>>,
    taken: Option<raft::Ready>,
    /// Leader and role as its Readys have told them.
    told: (u64, StateRole),
}

/// Takes from a Ready what it shows there: the same memory, so that nothing is copied to compare the two.
fn take<R, T>(ready: &mut R, show: fn(&R) -> &[T], take: fn(&mut R) -> Vec<T>) -> Vec<T> {
    let shown: *const [T] = show(ready);
    let taken = take(ready);
    let same = std::ptr::eq(shown, taken.as_slice()) || (shown.len() == 0 && taken.is_empty());
    assert!(same, "a Ready gives another {} than it shows", std::any::type_name::<T>());
    taken
}

fn config(config: &NodeConfig) -> Config {
    let Setup {
        election_tick,
        heartbeat_tick,
        max_inflight_msgs,
        max_size_per_msg,
        pre_vote,
        check_quorum,
        skip_bcast_commit,
        max_committed_size_per_ready,
        max_uncommitted_size,
        batch_append,
        lease_reads,
        first_priority,
        ..
    } = config.setup;
    Config {
        id: config.id,
        applied: config.applied,
        election_tick: election_tick.into(),
        heartbeat_tick: heartbeat_tick.into(),
        max_inflight_msgs: max_inflight_msgs.into(),
        max_size_per_msg: limit(max_size_per_msg),
        pre_vote,
        check_quorum,
        skip_bcast_commit,
        max_committed_size_per_ready: limit(max_committed_size_per_ready),
        max_uncommitted_size: limit(max_uncommitted_size),
        batch_append,
        priority: if config.id == 1 { first_priority.into() } else { 0 },
        read_only_option: if lease_reads { ReadOnlyOption::LeaseBased } else { ReadOnlyOption::Safe },
        ..Default::default()
    }
}

fn limit(size: u32) -> u64 {
    match size {
        u32::MAX => raft::util::NO_LIMIT,
        size => size.into(),
    }
}

impl<D: Disk<Entry = Entry>> RaftRs<D> {
    fn call(&mut self) -> &mut RawNode<Store<D>> {
        self.raw.raft.mut_store().reads.set(0);
        &mut self.raw
    }
}

impl<D: Disk<Entry = Entry>> Node for RaftRs<D> {
    const NAME: &'static str = "raft-rs";
    type Message = Message;
    type Disk = D;
    const DIALECT: Dialect = Dialect::RAFT_RS;
    const KNOWN: KnownSet = KnownSet::ALL;
    const ABILITIES: Abilities = Abilities::ALL;

    fn has_call(event: &Event) -> bool {
        version::VERSION.has_call(event)
    }

    fn settings(setup: Setup) -> Setup {
        version::VERSION.settings(setup)
    }

    fn start(node: &NodeConfig, disk: D) -> Self {
        let store = Store {
            disk,
            configuration: node.configuration,
            reads: Cell::new(0),
            fetches: version::Fetches::new(node.setup.async_fetch),
        };
        let raw = RawNode::new(&config(node), store, &logger(node.record));
        let raw = raw.expect("the settings are valid and storage does not fail");
        RaftRs { told: (raw.raft.leader_id, raw.raft.state), raw, taken: None }
    }

    fn into_disk(self) -> D {
        self.raw.raft.r.raft_log.store.disk
    }

    fn disk(&mut self) -> &mut D {
        &mut self.raw.raft.r.raft_log.mut_store().disk
    }

    fn tick(&mut self) {
        self.call().tick();
    }

    fn campaign(&mut self) {
        // Ok or not: what it did shows in its state.
        let _ = self.call().campaign();
    }

    fn step(&mut self, message: Message) {
        // A dropped proposal is an error, but not of the node.
        let _ = self.call().step(message);
    }

    fn read(&mut self, context: u32) {
        self.call().read_index(context.to_le_bytes().to_vec());
    }

    fn ping(&mut self) {
        self.call().ping();
    }

    fn set(&mut self, knob: &Knob) {
        let node = self.call();
        match *knob {
            Knob::Priority(priority) => node.set_priority(priority.into()),
            Knob::CheckQuorum(check) => version::set_check_quorum(node, check),
            Knob::SkipBcastCommit(skip) => node.skip_bcast_commit(skip),
            Knob::BatchAppend(batch) => node.set_batch_append(batch),
            Knob::MaxCommittedSizePerReady(place) => {
                node.raft.set_max_committed_size_per_ready(limit(Setup::SIZES[usize::from(place)]));
            }
            Knob::MaxInflightMsgs(peer, most) => {
                version::adjust_max_inflight_msgs(node, peer.number().into(), most.into());
            }
            Knob::GroupCommit(on) => node.raft.enable_group_commit(on),
            Knob::CommitGroup(peer, group) => {
                node.raft.assign_commit_groups(&[(peer.number().into(), group.into())]);
            }
            Knob::ClearCommitGroups => node.raft.clear_commit_group(),
        }
    }

    fn fetched(&mut self) -> bool {
        version::fetched(self.call())
    }

    fn free_buffers(&mut self) {
        version::free_buffers(self.call());
    }

    fn answers(&mut self) -> Answers {
        let in_two_groups = self.call().raft.check_group_commit_consistent();
        let raft = &self.raw.raft;
        let log = &raft.raft_log;
        let status = self.raw.status();
        let hard_state = (status.hs.term, status.hs.vote, status.hs.commit);
        let same = hard_state == (raft.term, raft.vote, log.committed)
            && (status.id, status.applied) == (raft.id, log.applied())
            && (status.ss.leader_id, status.ss.raft_state) == (raft.leader_id, raft.state)
            && status.progress.is_some() == (raft.state == StateRole::Leader);
        assert!(same, "a status is what the node shows");
        let next = log.next_entries(None);
        assert!(next.is_some() == log.has_next_entries(), "a log says that it has entries to apply, and gives some");
        let mut entries = Vec::new();
        self.entries(log.first_index(), |entry| entries.push(entry));
        assert!(log.all_entries().iter().map(entry_view).eq(entries), "a log gives all of its entries");
        Answers {
            electable: raft.promotable(),
            leased: raft.in_lease(),
            election_timeout: raft.election_timeout() as u64,
            heartbeat_timeout: raft.heartbeat_timeout() as u64,
            drawn_timeout: raft.randomized_election_timeout() as u64,
            heartbeat_elapsed: raft.heartbeat_elapsed() as u64,
            to_apply: next.as_deref().and_then(ends),
            group_commit: raft.group_commit(),
            in_two_groups,
        }
    }

    fn unreachable(&mut self, id: u64) {
        self.call().report_unreachable(id);
    }

    fn report_snapshot(&mut self, id: u64, arrived: bool) {
        let status = if arrived { SnapshotStatus::Finish } else { SnapshotStatus::Failure };
        self.call().report_snapshot(id, status);
    }

    fn request_snapshot(&mut self) -> bool {
        version::request_snapshot(self.call())
    }

    fn change_size(change: &Change) -> u32 {
        let (first, second) = conf_change(change);
        first.map_or(second.compute_size(), |first| first.compute_size())
    }

    fn propose_change(&mut self, change: &Change) -> bool {
        let (first, second) = conf_change(change);
        match first {
            Some(first) => self.call().propose_conf_change(Vec::<u8>::new(), first).is_ok(),
            None => self.call().propose_conf_change(Vec::<u8>::new(), second).is_ok(),
        }
    }

    fn apply_change(&mut self, change: &Change) -> Option<Configuration> {
        let (first, second) = conf_change(change);
        let state = match first {
            Some(first) => self.call().apply_conf_change(&first),
            None => self.call().apply_conf_change(&second),
        };
        state.ok().map(|state| configuration_of(&state))
    }

    fn configuration(&self) -> Configuration {
        configuration_of(&self.raw.raft.prs().conf().to_conf_state())
    }

    fn compact(&mut self, index: u64) {
        let store = self.raw.raft.mut_store();
        let term = store.contents().entry(index).map_or(0, |entry| entry.term);
        store.disk.compact(Snapshot { index, term, configuration: Configuration::default() });
    }

    fn transfer(&mut self, target: u64) {
        self.call().transfer_leader(target);
    }

    fn propose(&mut self, value: u32, size: u8) -> bool {
        let mut data = value.to_le_bytes().to_vec();
        data.resize(4 + usize::from(size), 0);
        self.call().propose(Vec::<u8>::new(), data).is_ok()
    }

    fn pin_timeout(&mut self, ticks: u64) {
        self.raw.raft.set_randomized_election_timeout(ticks as usize);
    }

    fn term(&self) -> u64 {
        self.raw.raft.term
    }

    fn applied(&self) -> u64 {
        self.raw.raft.raft_log.applied()
    }

    fn view(&self) -> View {
        let raft = &self.raw.raft;
        let log = &raft.raft_log;
        View {
            role: match raft.state {
                StateRole::Follower => RoleView::Follower,
                StateRole::Candidate => RoleView::Candidate,
                StateRole::PreCandidate => RoleView::PreCandidate,
                StateRole::Leader => RoleView::Leader,
            },
            term: raft.term,
            vote: raft.vote,
            leader: raft.leader_id,
            transferee: raft.lead_transferee.unwrap_or(0),
            commit: log.committed,
            pending_reads: raft.pending_read_count(),
            read_results: raft.ready_read_count(),
            applied: log.applied(),
            persisted: log.persisted,
            last_index: log.last_index(),
            pending_change: raft.pending_conf_index,
            requested: raft.pending_request_snapshot,
            uncommitted: raft.uncommitted_size() as u64,
            elapsed: raft.election_elapsed as u64,
        }
    }

    fn peer(&self, id: u64) -> Option<PeerView> {
        self.raw.raft.prs().get(id).map(peer_view)
    }

    fn peers(&self, mut each: impl FnMut(u64, PeerView)) {
        self.raw.raft.prs().iter().for_each(|(id, progress)| each(*id, peer_view(progress)));
    }

    fn votes(&self, mut each: impl FnMut(u64, bool)) {
        self.raw.raft.prs().votes().iter().for_each(|(id, granted)| each(*id, *granted));
    }

    fn entries(&self, from: u64, mut each: impl FnMut(EntryView)) {
        let log = &self.raw.raft.raft_log;
        let store = log.store().contents();
        let unstable = log.unstable();
        let stable_end = unstable.offset.min(store.last_index() + 1);
        for index in from..stable_end {
            store.entry(index).into_iter().for_each(|entry| each(entry_view(entry)));
        }
        let skipped = from.saturating_sub(unstable.offset) as usize;
        unstable.entries.iter().skip(skipped).for_each(|entry| each(entry_view(entry)));
    }

    fn messages(&self) -> &[Message] {
        &self.raw.raft.msgs
    }

    fn fetching(&self, each: impl FnMut(u64)) {
        self.raw.store().fetches.receivers(each);
    }

    fn receiver(message: &Message) -> u64 {
        message.to
    }

    #[inline]
    fn is_contradictory(message: &Message) -> bool {
        let (Some(first), Some(last)) = (message.entries.first(), message.entries.last()) else { return false };
        let appends = message.get_msg_type() == MessageType::MsgAppend;
        appends && (first.index != message.index + 1 || last.term > message.term)
    }

    // Its kind is known where it is told apart in the specification's words, at the same time.
    #[inline(always)]
    fn describe(message: &Message, entries: &mut Vec<EntryView>) -> MessageView {
        entries.extend(message.entries.iter().map(entry_view));
        let metadata = message.has_snapshot().then(|| message.get_snapshot().get_metadata());
        MessageView {
            kind: match message.get_msg_type() {
                MessageType::MsgRequestVote => MessageKind::RequestVote,
                MessageType::MsgRequestVoteResponse => MessageKind::RequestVoteResponse,
                MessageType::MsgRequestPreVote => MessageKind::RequestPreVote,
                MessageType::MsgRequestPreVoteResponse => MessageKind::RequestPreVoteResponse,
                MessageType::MsgReadIndex => MessageKind::ReadIndex,
                MessageType::MsgReadIndexResp => MessageKind::ReadIndexResponse,
                MessageType::MsgTransferLeader => MessageKind::TransferLeader,
                MessageType::MsgTimeoutNow => MessageKind::TimeoutNow,
                MessageType::MsgAppend => MessageKind::Append,
                MessageType::MsgAppendResponse => MessageKind::AppendResponse,
                MessageType::MsgSnapshot => MessageKind::Snapshot,
                MessageType::MsgHeartbeat => MessageKind::Heartbeat,
                MessageType::MsgHeartbeatResponse => MessageKind::HeartbeatResponse,
                MessageType::MsgPropose => MessageKind::Propose,
                _ => MessageKind::Other,
            },
            from: message.from,
            to: message.to,
            term: message.term,
            index: metadata.map_or(message.index, |metadata| metadata.index),
            log_term: metadata.map_or(message.log_term, |metadata| metadata.term),
            request: message.request_snapshot,
            configuration: metadata.map_or(Configuration::default(), |it| configuration_of(it.get_conf_state())),
            commit: message.commit,
            commit_term: message.commit_term,
            reject: message.reject,
            reject_hint: message.reject_hint,
            priority: version::priority(message),
            context: match message.get_msg_type() {
                MessageType::MsgHeartbeat | MessageType::MsgHeartbeatResponse => number(&message.context),
                _ => 0,
            },
            transfer: match message.get_msg_type() {
                MessageType::MsgRequestVote | MessageType::MsgRequestPreVote => *message.context == *TRANSFER,
                _ => false,
            },
        }
    }

    fn piece(message: &Message, from: usize, max_size: u32) -> usize {
        // Counted here: raft-rs's own `limit_size` is among what is judged.
        let mut size = 0;
        let fits = |entry: &&Entry| {
            let is_first = size == 0;
            size += u64::from(entry.compute_size());
            is_first || size <= limit(max_size)
        };
        message.entries.iter().skip(from).take_while(fits).count()
    }

    fn has_ready(&self) -> bool {
        self.raw.has_ready()
    }

    fn ready(&mut self, out: &mut Ready<Message>) {
        let mut ready = self.call().ready();
        out.number = ready.number();
        out.must_sync = ready.must_sync();
        out.hard_state = ready.hs().map(|hs| HardState { term: hs.term, vote: hs.vote, commit: hs.commit });
        let metadata = ready.snapshot().get_metadata();
        out.snapshot = (!ready.snapshot().is_empty()).then(|| Snapshot {
            index: metadata.index,
            term: metadata.term,
            configuration: configuration_of(metadata.get_conf_state()),
        });
        let soft = (self.raw.raft.leader_id, self.raw.raft.state);
        let told = ready.ss().map_or(self.told, |told| (told.leader_id, told.raft_state));
        assert!(told == soft && ready.ss().is_some() == (soft != self.told), "a Ready tells of a new leader or role");
        self.told = soft;
        let entries = take(&mut ready, |it| it.entries(), raft::Ready::take_entries);
        out.entries = ends(&entries);
        out.messages = take(&mut ready, |it| it.messages(), raft::Ready::take_messages);
        let reads = take(&mut ready, |it| it.read_states(), raft::Ready::take_read_states);
        out.reads.extend(reads.iter().map(|read| (number(&read.request_ctx), read.index)));
        out.persisted_messages = take(&mut ready, |it| it.persisted_messages(), raft::Ready::take_persisted_messages);
        let committed = take(&mut ready, |it| it.committed_entries(), raft::Ready::take_committed_entries);
        out.committed.extend(committed.iter().map(entry_view));
        let first = out.entries.map_or(0, |(first, _)| first);
        self.disk().write(Write { hard_state: out.hard_state, snapshot: out.snapshot, first, entries });
        self.taken = Some(ready);
    }

    fn advance_append(&mut self, out: &mut Ready<Message>) {
        let Some(ready) = self.taken.take() else { return };
        let mut light = self.call().advance_append(ready);
        out.commit = light.commit_index();
        out.messages = take(&mut light, |it| it.messages(), LightReady::take_messages);
        let committed = take(&mut light, |it| it.committed_entries(), LightReady::take_committed_entries);
        out.committed.extend(committed.iter().map(entry_view));
    }

    fn advance_append_async(&mut self) {
        if let Some(ready) = self.taken.take() {
            self.call().advance_append_async(ready);
        }
    }

    fn on_persist(&mut self, number: u64) {
        self.call().on_persist_ready(number);
    }

    fn advance_apply_to(&mut self, index: u64) {
        self.call().advance_apply_to(index);
    }
}

/// The first and the last index of entries, if there are any.
fn ends(entries: &[Entry]) -> Option<(u64, u64)> {
    Some((entries.first()?.index, entries.last()?.index))
}

fn peer_view(progress: &raft::Progress) -> PeerView {
    PeerView {
        matched: progress.matched,
        next: progress.next_idx,
        pace: match progress.state {
            ProgressState::Probe => PaceView::Probe,
            ProgressState::Replicate => PaceView::Replicate,
            ProgressState::Snapshot => PaceView::Snapshot,
        },
        snapshot: progress.pending_snapshot,
        requested: progress.pending_request_snapshot,
        probing: progress.state == ProgressState::Probe && progress.paused,
        inflight: version::in_flight(progress),
        active: progress.recent_active,
    }
}

/// The number after `name` in the debug form of what does not show it otherwise. What follows is not written.
fn number_after(name: &'static str, of: &impl Debug) -> Option<u64> {
    struct Search {
        name: &'static str,
        /// What comes before the number, and the number as soon as it is there.
        text: String,
        number: Option<u64>,
    }
    impl fmt::Write for Search {
        fn write_str(&mut self, part: &str) -> fmt::Result {
            // A number is written in one piece.
            self.number = if self.text.ends_with(self.name) { part.parse().ok() } else { None };
            self.text.push_str(part);
            // An error is how it says that it has enough.
            self.number.map_or(Ok(()), |_| Err(fmt::Error))
        }
    }
    let mut search = Search { name, text: String::with_capacity(64), number: None };
    let _ = write!(search, "{of:?}");
    search.number
}

/// The number that data or a context begins with; 0 when it is empty.
fn number(bytes: &[u8]) -> u32 {
    bytes.first_chunk().map_or(0, |bytes| u32::from_le_bytes(*bytes))
}

fn entry_view(entry: &Entry) -> EntryView {
    let value = match entry.get_entry_type() {
        EntryType::EntryNormal => number(&entry.data),
        EntryType::EntryConfChange | EntryType::EntryConfChangeV2 => change_value(entry),
    };
    EntryView { index: entry.index, term: entry.term, value, size: entry.data.len() as u32 }
}

/// The value of an entry that changes the configuration; [`u32::MAX`] for one that nobody proposed.
fn change_value(entry: &Entry) -> u32 {
    let step = |node_id: u64, change_type| {
        let step = match change_type {
            ConfChangeType::AddNode => Step::Voter,
            ConfChangeType::AddLearnerNode => Step::Learner,
            ConfChangeType::RemoveNode => Step::Remove,
        };
        (step, NodeId::new(node_id as u8))
    };
    if entry.get_entry_type() == EntryType::EntryConfChange {
        let Ok(first) = ConfChange::parse_from_bytes(&entry.data) else { return u32::MAX };
        let steps = [Some(step(first.node_id, first.get_change_type())), None];
        return Change { transition: Transition::First, steps }.value();
    }
    let Ok(change) = ConfChangeV2::parse_from_bytes(&entry.data) else { return u32::MAX };
    let mut steps = change.changes.iter().map(|single| step(single.node_id, single.get_change_type()));
    let transition = match change.get_transition() {
        ConfChangeTransition::Auto => Transition::Auto,
        ConfChangeTransition::Implicit => Transition::Implicit,
        ConfChangeTransition::Explicit => Transition::Explicit,
    };
    Change { transition, steps: [steps.next(), steps.next()] }.value()
}

/// The change in raft-rs's words: in the old form, or in the new one.
fn conf_change(change: &Change) -> (Option<ConfChange>, ConfChangeV2) {
    let single = |(step, node): (Step, NodeId)| {
        let mut single = ConfChangeSingle { node_id: node.number().into(), ..Default::default() };
        single.set_change_type(match step {
            Step::Voter => ConfChangeType::AddNode,
            Step::Learner => ConfChangeType::AddLearnerNode,
            Step::Remove => ConfChangeType::RemoveNode,
        });
        single
    };
    let mut second = ConfChangeV2::default();
    second.set_changes(change.steps().map(single).collect::<Vec<_>>().into());
    second.set_transition(match change.transition {
        Transition::First | Transition::Auto => ConfChangeTransition::Auto,
        Transition::Implicit => ConfChangeTransition::Implicit,
        Transition::Explicit => ConfChangeTransition::Explicit,
    });
    let first = (change.transition == Transition::First).then(|| {
        let mut first = ConfChange::default();
        for single in second.get_changes() {
            first.node_id = single.node_id;
            first.set_change_type(single.get_change_type());
        }
        first
    });
    (first, second)
}

fn conf_state(configuration: &Configuration) -> ConfState {
    let ids = |set: NodeSet| set.iter().map(|node| node.number().into()).collect::<Vec<u64>>();
    let mut state = ConfState::from((ids(configuration.voters), ids(configuration.learners)));
    state.set_voters_outgoing(ids(configuration.outgoing));
    state.set_learners_next(ids(configuration.learners_next));
    state.set_auto_leave(configuration.auto_leave);
    state
}

fn configuration_of(state: &ConfState) -> Configuration {
    let set = |ids: &[u64]| ids.iter().map(|id| NodeId::new(*id as u8)).collect();
    Configuration {
        voters: set(state.get_voters()),
        outgoing: set(state.get_voters_outgoing()),
        learners: set(state.get_learners()),
        learners_next: set(state.get_learners_next()),
        auto_leave: state.get_auto_leave(),
    }
}

/// A logger that keeps lines while a run is recorded, and otherwise drops them unformatted.
fn logger(record: bool) -> slog::Logger {
    static SILENT: OnceLock<slog::Logger> = OnceLock::new();
    match record {
        true => slog::Logger::root(Lines, slog::o!()),
        false => SILENT.get_or_init(|| slog::Logger::root(slog::Discard, slog::o!())).clone(),
    }
}

struct Lines;

impl slog::Drain for Lines {
    type Ok = ();
    type Err = slog::Never;

    fn log(&self, record: &slog::Record, context: &slog::OwnedKVList) -> Result<(), slog::Never> {
        use slog::KV;
        // What raft-rs drew itself: random, and replaced by the schedule's draw at once.
        let message = record.msg().to_string();
        if message.starts_with("reset election timeout") {
            return Ok(());
        }
        let mut pairs = Pairs(String::new());
        // Writing to a string does not fail; a value that does not print is left out.
        let _ = record.kv().serialize(record, &mut pairs);
        let _ = context.serialize(record, &mut pairs);
        log::push(Source::Implementation, format!("{} {message}{}", record.level().as_short_str(), pairs.0));
        Ok(())
    }
}

struct Pairs(String);

impl slog::Serializer for Pairs {
    fn emit_arguments(&mut self, key: slog::Key, value: &std::fmt::Arguments) -> slog::Result {
        self.0.push_str(&format!(" {key}={value}"));
        Ok(())
    }
}

/// A raft-rs node on a write-ahead log.
#[cfg(feature = "wal")]
pub type RaftRsOnWal = RaftRs<wal::WalDisk<Eraftpb>>;

/// What is kept, in raft-rs's own messages, as TiKV writes them.
#[cfg(feature = "wal")]
pub struct Eraftpb;

#[cfg(feature = "wal")]
impl raft_engine::MessageExt for Eraftpb {
    type Entry = Entry;

    fn index(entry: &Entry) -> u64 {
        entry.index
    }
}

#[cfg(feature = "wal")]
impl wal::Records for Eraftpb {
    type HardState = eraftpb::HardState;
    type Snapshot = eraftpb::SnapshotMetadata;

    fn hard_state(HardState { term, vote, commit }: HardState) -> eraftpb::HardState {
        eraftpb::HardState { term, vote, commit, ..Default::default() }
    }

    fn read_hard_state(&eraftpb::HardState { term, vote, commit, .. }: &eraftpb::HardState) -> HardState {
        HardState { term, vote, commit }
    }

    fn snapshot(snapshot: &Snapshot) -> eraftpb::SnapshotMetadata {
        let Snapshot { index, term, configuration } = snapshot;
        let mut metadata = eraftpb::SnapshotMetadata { index: *index, term: *term, ..Default::default() };
        metadata.set_conf_state(conf_state(configuration));
        metadata
    }

    fn read_snapshot(metadata: &eraftpb::SnapshotMetadata) -> Snapshot {
        let configuration = configuration_of(metadata.get_conf_state());
        Snapshot { index: metadata.index, term: metadata.term, configuration }
    }
}

//! raft-rs behind [`Node`]. Only this file and the folder `raft_rs/` name the `raft` crate.

mod answers;
mod configuration;
mod convert;
mod forged;
#[cfg(test)]
mod local_messages;
mod log;
mod ready;
mod storage;
#[cfg_attr(feature = "raft-0-6", path = "raft_rs/v0_6.rs")]
#[cfg_attr(not(feature = "raft-0-6"), path = "raft_rs/v0_7.rs")]
mod version;
#[cfg(feature = "wal")]
mod wal;

use crate::findings::FindingSet;
use crate::schedule::{Event, Forged, Knob, Setup};
use crate::spec::{Change, Configuration, Dialect};
use crate::sut::methods::{AsyncFetch, Changes, Durability, Flow, Set, Snapshots, StorageAnswers};
use crate::sut::{
    Answers, Disk, EntryView, MemoryDisk, MessageView, Node, NodeConfig, PeerView, Ready, Snapshot, View,
};
use configuration::{conf_change, configuration_of};
use convert::{entry_view, limit, peer_view, role};
use protobuf::Message as _;
use raft::eraftpb::{Entry, Message, MessageType};
use raft::{Config, RawNode, ReadOnlyOption, SnapshotStatus, StateRole};
pub use storage::Store;
#[cfg(feature = "wal")]
pub use wal::{Eraftpb, RaftRsOnWal};

/// A raft-rs node, in memory unless another disk is named.
pub struct RaftRs<D: Disk<Entry = Entry> = MemoryDisk<Entry>> {
    raw: RawNode<Store<D>>,
    /// The Ready that was taken and not advanced.
    taken: Option<raft::Ready>,
    /// The leader and the role of the last Ready that showed them.
    soft_state: (u64, StateRole),
}

fn config(config: &NodeConfig) -> Config {
    let setup = &config.setup;
    Config {
        id: config.id,
        applied: config.applied,
        election_tick: setup.election_tick.into(),
        heartbeat_tick: setup.heartbeat_tick.into(),
        max_inflight_msgs: setup.max_inflight_msgs.into(),
        max_size_per_msg: limit(setup.max_size_per_msg),
        pre_vote: setup.pre_vote,
        check_quorum: setup.check_quorum,
        skip_bcast_commit: setup.skip_bcast_commit,
        max_committed_size_per_ready: limit(setup.max_committed_size_per_ready),
        max_uncommitted_size: limit(setup.max_uncommitted_size),
        batch_append: setup.batch_append,
        priority: config.priority.into(),
        read_only_option: if setup.lease_reads { ReadOnlyOption::LeaseBased } else { ReadOnlyOption::Safe },
        ..Default::default()
    }
}

impl<D: Disk<Entry = Entry>> RaftRs<D> {
    /// The node, at the beginning of a call.
    fn call(&mut self) -> &mut RawNode<Store<D>> {
        self.raw.raft.mut_store().begin_call();
        &mut self.raw
    }

    fn advance_append_async(&mut self) {
        if let Some(ready) = self.taken.take() {
            self.call().advance_append_async(ready);
        }
    }

    fn report_snapshot(&mut self, id: u64, arrived: bool) {
        let status = if arrived { SnapshotStatus::Finish } else { SnapshotStatus::Failure };
        self.call().report_snapshot(id, status);
    }

    fn compact(&mut self, index: u64) {
        let store = self.raw.raft.mut_store();
        let term = store.contents().entry(index).map_or(0, |entry| entry.term);
        store.disk.compact(Snapshot { index, term, configuration: Configuration::default() });
    }

    /// Compacts the log while the node reads it in its next call.
    fn compact_meanwhile(&mut self, index: u64) {
        self.raw.raft.mut_store().keep_first_index();
        self.compact(index);
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

    /// Sets a knob.
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
}

impl<D: Disk<Entry = Entry>> Node for RaftRs<D> {
    const NAME: &'static str = "raft-rs";
    type Message = Message;
    type Disk = D;
    const DIALECT: Dialect = Dialect::RAFT_RS;
    const KNOWN: FindingSet = FindingSet::RAFT_RS;

    // raft-rs has every ability.
    const DIRECT_ELECTIONS: bool = true;
    const PRE_VOTE: bool = true;
    const DURABLE_APPLY: bool = true;
    const SHOWS_TIMER: bool = true;
    // A campaign that fails changes nothing, which the state shows.
    const CAMPAIGN: Option<fn(&mut Self)> = Some(|node| _ = node.call().campaign());
    const TRANSFER: Option<fn(&mut Self, u64)> = Some(|node, target| node.call().transfer_leader(target));
    const READS: Option<fn(&mut Self, u32)> =
        Some(|node, context| node.call().read_index(context.to_le_bytes().to_vec()));
    const ANSWERS: Option<fn(&mut Self) -> Answers> = Some(Self::answers);
    const SHOWS_VOTES: Option<fn(&Self, u64) -> Option<bool>> =
        Some(|node, id| node.raw.raft.prs().votes().get(&id).copied());
    const SHOWS_PEERS: Option<fn(&Self, u64) -> Option<PeerView>> =
        Some(|node, id| node.raw.raft.prs().get(id).map(peer_view));
    const DURABILITY: Option<Durability<Self>> = Some(Durability {
        advance: Self::advance,
        advance_append: Self::advance_append,
        advance_append_async: Self::advance_append_async,
        on_persist_ready: |node, number| node.call().on_persist_ready(number),
        advance_apply_to: |node, index| node.call().advance_apply_to(index),
    });
    const CHANGES: Option<Changes<Self>> = Some(Changes {
        change_size: Self::change_size,
        propose_change: Self::propose_change,
        apply_change: Self::apply_change,
        configuration: |node| configuration_of(&node.raw.raft.prs().conf().to_conf_state()),
    });
    const SNAPSHOTS: Option<Snapshots<Self>> = Some(Snapshots {
        compact: Self::compact,
        report_snapshot: Self::report_snapshot,
        request_snapshot: |node| version::request_snapshot(node.call()),
    });
    const FLOW: Option<Flow<Self>> = Some(Flow {
        ping: |node| node.call().ping(),
        piece: convert::piece,
        free_buffers: |node| version::free_buffers(node.call()),
        unreachable: |node, id| node.call().report_unreachable(id),
        set: Self::set,
    });
    const ASYNC_FETCH: Option<AsyncFetch<Self>> = Some(AsyncFetch {
        on_entries_fetched: |node| version::fetched(node.call(), true),
        on_entries_missed: |node| version::fetched(node.call(), false),
        fetching: |node, place| node.raw.store().fetches.receiver(place),
    });

    const FORGED_MESSAGES: Option<fn(&mut Self, u64, Forged) -> bool> = Some(Self::forged);
    const MANY_PROPOSALS: Option<fn(&mut Self, u32, u32) -> bool> = Some(Self::propose_many);
    const STORAGE_ANSWERS: Option<StorageAnswers<Self>> = Some(StorageAnswers {
        compact_meanwhile: Self::compact_meanwhile,
        snapshots_for: |node, id, given| node.raw.raft.mut_store().give_to(id, given),
        snapshots_for_all: |node| node.raw.raft.mut_store().give_to_all(),
    });

    const CHECK_QUORUM: Option<Set<Self>> = Some(Self::set);
    const PRIORITY: Option<Set<Self>> = Some(Self::set);
    const LIMITS: Option<Set<Self>> = Some(Self::set);
    const GROUPS: Option<Set<Self>> = Some(Self::set);

    fn has_call(event: &Event) -> bool {
        version::VERSION.has_call(event)
    }

    fn settings(setup: Setup) -> Setup {
        version::VERSION.settings(setup)
    }

    fn start(node: &NodeConfig, disk: D) -> Self {
        let store = Store::on(disk, node.configuration, node.setup.async_fetch);
        let raw = RawNode::new(&config(node), store, &log::logger(node.record));
        let raw = raw.expect("the settings are valid and storage does not fail");
        RaftRs { soft_state: (raw.raft.leader_id, raw.raft.state), raw, taken: None }
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

    fn step(&mut self, message: Message) {
        // A dropped proposal is an error, but not of the node.
        let _ = self.call().step(message);
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
            role: role(raft.state),
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

    fn peers(&self, mut each: impl FnMut(u64, PeerView)) {
        self.raw.raft.prs().iter().for_each(|(id, progress)| each(*id, peer_view(progress)));
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

    fn receiver(message: &Message) -> u64 {
        message.to
    }

    #[inline]
    fn is_contradictory(message: &Message) -> bool {
        let (Some(first), Some(last)) = (message.entries.first(), message.entries.last()) else { return false };
        let appends = message.get_msg_type() == MessageType::MsgAppend;
        appends && (first.index != message.index + 1 || last.term > message.term)
    }

    #[inline(always)]
    fn describe(message: &Message, entries: &mut Vec<EntryView>) -> MessageView {
        convert::describe(message, entries)
    }

    fn has_ready(&self) -> bool {
        self.raw.has_ready()
    }

    fn ready(&mut self, out: &mut Ready<Message>) {
        self.take_ready(out);
    }
}

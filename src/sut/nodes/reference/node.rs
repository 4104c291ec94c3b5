//! The reference behind the trait: each call goes to the concept that it is about.

use super::{Fault, Peer, Reference, Wire};
use crate::findings::{Finding, FindingSet};
use crate::schedule::{Forged, Knob, Setup};
use crate::spec::{Change, Dialect, NodeId};
use crate::sut::methods::{AsyncFetch, Changes, Durability, Flow, Set, Snapshots, StorageAnswers};
use crate::sut::{Answers, EntryView, MemoryDisk, MessageView, Node, NodeConfig, PeerView, Ready, View};

impl Reference {
    /// The node, unless it does nothing.
    fn working(&mut self) -> Option<&mut Self> {
        Some(self).filter(|node| !node.has(Fault::DoesNothing))
    }

    fn ping(&mut self) {
        if self.leads() {
            self.send_heartbeats(self.newest_read());
        }
    }

    fn unreachable(&mut self, id: u64) {
        let leads = self.leads();
        self.peers.get_mut(&id).filter(|_| leads).into_iter().for_each(Peer::unreachable);
    }

    fn answers(&mut self) -> Answers {
        let setup = self.config.setup;
        let (next, last) = (self.applied.max(self.log.base().index) + 1, self.deliverable());
        Answers {
            electable: self.is_elector() || self.has(Fault::PromotesLearners),
            leased: self.leads() && self.flow.check_quorum_on,
            election_timeout: setup.election_tick.into(),
            heartbeat_timeout: setup.heartbeat_tick.into(),
            drawn_timeout: self.timeout,
            heartbeat_elapsed: self.heartbeat_elapsed,
            to_apply: (next <= last).then_some((next, last)),
            group_commit: self.flow.group_commit,
            in_two_groups: self.is_in_two_groups(),
        }
    }

    fn piece(message: &Wire, from: usize, max_size: u32) -> usize {
        let rest = message.entries.len() - from;
        if max_size == u32::MAX {
            rest
        } else {
            rest.min(1)
        }
    }

    fn propose_change(&mut self, change: &Change) -> bool {
        let (value, size) = (change.value(), change_size(change));
        !self.has(Fault::DoesNothing) && self.on_proposal(self.config.id, value, size)
    }

    /// A message that no correct peer sends arrives in the name of a node; true if it is refused, as all are.
    fn on_forged(&mut self, _from: u64, forged: Forged) -> bool {
        let takes = self.has(Fault::TakesLocalMessages) && forged == Forged::Hup;
        if takes {
            self.start_election();
        }
        if forged == Forged::TermZero && self.has(Fault::EntersTermZero) {
            self.become_follower(0, 0);
        }
        !takes
    }

    fn propose_many(&mut self, first: u32, last: u32) -> bool {
        let entries = (first..=last).map(|value| EntryView { index: 0, term: 0, value, size: 4 });
        !self.has(Fault::DoesNothing) && self.on_proposals(self.config.id, entries.collect())
    }

    fn set(&mut self, knob: &Knob) {
        match *knob {
            Knob::Priority(priority) => self.priority = priority,
            Knob::CheckQuorum(check) => {
                self.flow.check_quorum_on =
                    check || (self.flow.check_quorum_on && self.has(Fault::KeepsCheckingQuorum));
            }
            Knob::SkipBcastCommit(skip) => self.skip_bcast_commit = skip,
            Knob::BatchAppend(batch) => self.flow.batch_append = batch,
            Knob::MaxCommittedSizePerReady(place) => {
                self.flow.max_committed_size = Setup::SIZES[usize::from(place)];
            }
            Knob::MaxInflightMsgs(peer, most) => {
                self.max_inflight_msgs.insert(peer.number().into(), most.into());
            }
            Knob::GroupCommit(on) => {
                self.flow.group_commit = on;
                self.advance_commit();
            }
            Knob::CommitGroup(peer, group) => self.set_group(peer.number().into(), group.into()),
            Knob::ClearCommitGroups => self.flow.groups.clear(),
        }
    }

    fn peer_view(&self, id: u64) -> Option<PeerView> {
        let own = Peer::own(self.matched(id), self.log.last_index() + 1);
        let peer = if id == self.config.id { Some(&own).filter(|_| self.leads()) } else { self.peers.get(&id) }?;
        let committed = match id == self.config.id {
            true => self.hard_state.commit,
            false => self.reported.get(&id).copied().unwrap_or(0),
        };
        let group = self.flow.groups.get(&id).copied().unwrap_or(0);
        Some(PeerView { committed, group, ..peer.view() })
    }

    fn vote_of(&self, id: u64) -> Option<bool> {
        let node = NodeId::new(id as u8);
        match self.granted.contains(node) {
            true => Some(true),
            false => self.rejected.contains(node).then_some(false),
        }
    }
}

fn change_size(change: &Change) -> u32 {
    2 * change.steps().count() as u32
}

impl Node for Reference {
    const NAME: &'static str = "the reference";
    type Message = Wire;
    type Disk = MemoryDisk<EntryView>;
    const DIALECT: Dialect = Dialect::RAFT_RS;
    // The known findings are raft-rs's, but for four that follow from raft-rs's interface and dialect.
    const KNOWN: FindingSet = FindingSet::NONE
        .with(Finding::PriorityDeadlock)
        .with(Finding::RequestDeadlock)
        .with(Finding::RetriedRead)
        .with(Finding::ShutOut);

    // The reference has every ability.
    const DIRECT_ELECTIONS: bool = true;
    const PRE_VOTE: bool = true;
    const DURABLE_APPLY: bool = true;
    const SHOWS_TIMER: bool = true;
    const CAMPAIGN: Option<fn(&mut Self)> = Some(|node| node.working().into_iter().for_each(Self::start_election));
    const TRANSFER: Option<fn(&mut Self, u64)> =
        Some(|node, target| node.working().into_iter().for_each(|node| node.transfer_to(target)));
    const READS: Option<fn(&mut Self, u32)> =
        Some(|node, context| node.working().into_iter().for_each(|node| node.on_read(node.config.id, context)));
    const ANSWERS: Option<fn(&mut Self) -> Answers> = Some(Self::answers);
    const SHOWS_VOTES: Option<fn(&Self, u64) -> Option<bool>> = Some(Self::vote_of);
    const SHOWS_PEERS: Option<fn(&Self, u64) -> Option<PeerView>> = Some(Self::peer_view);
    const DURABILITY: Option<Durability<Self>> = Some(Durability {
        advance: Self::advance,
        advance_append: Self::advance_append,
        advance_append_async: |_| {},
        on_persist_ready: Self::on_persist_ready,
        advance_apply_to: Self::advance_apply_to,
    });
    const CHANGES: Option<Changes<Self>> = Some(Changes {
        change_size,
        propose_change: Self::propose_change,
        apply_change: Self::on_change_applied,
        configuration: |node| node.configuration,
    });
    const SNAPSHOTS: Option<Snapshots<Self>> = Some(Snapshots {
        compact: Self::compact,
        report_snapshot: Self::on_snapshot_report,
        request_snapshot: Self::request_snapshot,
    });
    const FLOW: Option<Flow<Self>> = Some(Flow {
        ping: Self::ping,
        piece: Self::piece,
        free_buffers: Self::free_buffers,
        unreachable: Self::unreachable,
        set: Self::set,
    });
    const ASYNC_FETCH: Option<AsyncFetch<Self>> = Some(AsyncFetch {
        on_entries_fetched: |node| node.on_entries_fetched(true),
        on_entries_missed: |node| node.on_entries_fetched(false),
        fetching: |node, place| node.flow.fetches.get(place).map(|fetch| fetch.0),
    });

    const FORGED_MESSAGES: Option<fn(&mut Self, u64, Forged) -> bool> = Some(Self::on_forged);
    const MANY_PROPOSALS: Option<fn(&mut Self, u32, u32) -> bool> = Some(Self::propose_many);
    const STORAGE_ANSWERS: Option<StorageAnswers<Self>> = Some(StorageAnswers {
        compact_meanwhile: Self::compact,
        snapshots_for: |node, id, given| match given {
            true => drop(node.flow.withheld.remove(&id)),
            false => drop(node.flow.withheld.insert(id)),
        },
        snapshots_for_all: |node| node.flow.withheld.clear(),
    });

    const CHECK_QUORUM: Option<Set<Self>> = Some(Self::set);
    const PRIORITY: Option<Set<Self>> = Some(Self::set);
    const LIMITS: Option<Set<Self>> = Some(Self::set);
    const GROUPS: Option<Set<Self>> = Some(Self::set);

    fn start(config: &NodeConfig, disk: MemoryDisk<EntryView>) -> Self {
        Reference::start_from(config, disk)
    }

    fn into_disk(self) -> MemoryDisk<EntryView> {
        self.disk
    }

    fn disk(&mut self) -> &mut MemoryDisk<EntryView> {
        &mut self.disk
    }

    fn tick(&mut self) {
        self.working().into_iter().for_each(Self::on_tick);
    }

    fn step(&mut self, message: Wire) {
        let panics = self.has(Fault::PanicsInNewTerm) && message.head.term > self.hard_state.term + 1;
        assert!(!panics, "the term is too new");
        if !self.has(Fault::DoesNothing) && !self.has(Fault::Deaf) {
            self.receive(message);
        }
    }

    fn propose(&mut self, value: u32, size: u8) -> bool {
        !self.has(Fault::DoesNothing) && self.on_proposal(self.config.id, value, 4 + u32::from(size))
    }

    fn pin_timeout(&mut self, ticks: u64) {
        self.timeout = ticks;
    }

    fn term(&self) -> u64 {
        self.hard_state.term
    }

    fn applied(&self) -> u64 {
        self.applied
    }

    fn view(&self) -> View {
        View {
            role: self.role,
            term: self.hard_state.term,
            vote: self.hard_state.vote,
            leader: self.leader,
            transferee: self.transferee,
            commit: self.hard_state.commit,
            pending_reads: self.reads.len(),
            read_results: self.read_results.len(),
            applied: self.applied,
            persisted: self.writes.persisted,
            last_index: self.log.last_index(),
            pending_change: self.pending_change,
            requested: self.requested,
            uncommitted: self.uncommitted(),
            elapsed: self.elapsed,
        }
    }

    fn entries(&self, from: u64, each: impl FnMut(EntryView)) {
        let before = from.saturating_sub(1).max(self.log.base().index);
        self.log.after(before).iter().copied().for_each(each);
    }

    fn messages(&self) -> &[Wire] {
        &self.messages
    }

    fn receiver(message: &Wire) -> u64 {
        message.head.to
    }

    fn describe(message: &Wire, entries: &mut Vec<EntryView>) -> MessageView {
        entries.extend(&message.entries);
        message.head
    }

    fn has_ready(&self) -> bool {
        self.is_ready() || (self.has(Fault::AlwaysReady) && self.applied > self.log.base().index)
    }

    fn ready(&mut self, out: &mut Ready<Wire>) {
        self.hand_over(out);
    }
}

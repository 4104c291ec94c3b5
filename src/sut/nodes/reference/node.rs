//! The reference behind the trait: each call goes to the concept that it is about.

use super::{faulty, Fault, Peer, Reference, Wire};
use crate::schedule::Knob;
use crate::spec::{Change, Configuration, Dialect, KnownSet};
use crate::sut::ability::Abilities;
use crate::sut::answers::Answers;
use crate::sut::disk::memory::MemoryDisk;
use crate::sut::node::{EntryView, MessageView, Node, NodeConfig, PeerView, Ready, View};

impl Node for Reference {
    const NAME: &'static str = "the reference";
    type Message = Wire;
    type Disk = MemoryDisk<EntryView>;
    const DIALECT: Dialect = faulty::OPTIONS.dialect;
    const KNOWN: KnownSet = faulty::OPTIONS.known;
    const ABILITIES: Abilities = Abilities::ALL;

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
        if !self.has(Fault::DoesNothing) {
            self.on_tick();
        }
    }

    fn campaign(&mut self) {
        if !self.has(Fault::DoesNothing) {
            self.start_election();
        }
    }

    fn step(&mut self, message: Wire) {
        if !self.has(Fault::DoesNothing) && !self.has(Fault::Deaf) {
            self.receive(message);
        }
    }

    fn read(&mut self, context: u32) {
        if !self.has(Fault::DoesNothing) {
            self.take_read(self.config.id, context);
        }
    }

    fn ping(&mut self) {
        if self.leads() {
            self.send_heartbeats(self.newest_read());
        }
    }

    fn set(&mut self, knob: &Knob) {
        match *knob {
            Knob::Priority(priority) => self.priority = priority,
            Knob::CheckQuorum(check) => {
                self.flow.checks_quorum = check || (self.flow.checks_quorum && self.has(Fault::KeepsCheckingQuorum));
            }
            Knob::SkipBcastCommit(skip) => self.quiet = skip,
            Knob::BatchAppend(batch) => self.flow.joins = batch,
            // It hands over all committed entries.
            Knob::MaxCommittedSizePerReady(_) => {}
            Knob::MaxInflightMsgs(peer, most) => {
                self.windows.insert(peer.number().into(), most.into());
            }
            Knob::GroupCommit(on) => {
                self.flow.group_commit = on;
                self.advance_commit();
            }
            Knob::CommitGroup(peer, group) => self.set_group_of(peer.number().into(), group.into()),
            Knob::ClearCommitGroups => self.flow.groups.clear(),
        }
    }

    fn fetched(&mut self) -> bool {
        self.on_fetched()
    }

    fn free_buffers(&mut self) {
        self.free_too_much();
    }

    fn answers(&mut self) -> Answers {
        let setup = self.config.setup;
        let (next, last) = (self.applied.max(self.log.base().index) + 1, self.deliverable());
        Answers {
            electable: self.is_elector() || self.has(Fault::PromotesLearners),
            leased: self.leads() && self.flow.checks_quorum,
            election_timeout: setup.election_tick.into(),
            heartbeat_timeout: setup.heartbeat_tick.into(),
            drawn_timeout: self.timeout,
            heartbeat_elapsed: self.heartbeat_elapsed,
            to_apply: (next <= last).then_some((next, last)),
            group_commit: self.flow.group_commit,
            in_two_groups: self.is_in_two_groups(),
        }
    }

    fn unreachable(&mut self, id: u64) {
        let leads = self.leads();
        self.peers.get_mut(&id).filter(|_| leads).into_iter().for_each(Peer::unreachable);
    }

    fn report_snapshot(&mut self, id: u64, arrived: bool) {
        self.on_report(id, arrived);
    }

    fn request_snapshot(&mut self) -> bool {
        self.request()
    }

    fn change_size(change: &Change) -> u32 {
        2 * change.steps().count() as u32
    }

    fn propose_change(&mut self, change: &Change) -> bool {
        let (value, size) = (change.value(), Self::change_size(change));
        !self.has(Fault::DoesNothing) && self.take_proposal(self.config.id, value, size)
    }

    fn apply_change(&mut self, change: &Change) -> Option<Configuration> {
        self.take_change(change)
    }

    fn transfer(&mut self, target: u64) {
        if !self.has(Fault::DoesNothing) {
            self.transfer_to(target);
        }
    }

    fn propose(&mut self, value: u32, size: u8) -> bool {
        !self.has(Fault::DoesNothing) && self.take_proposal(self.config.id, value, 4 + u32::from(size))
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

    fn configuration(&self) -> Configuration {
        self.configuration
    }

    fn peer(&self, id: u64) -> Option<PeerView> {
        self.peers.get(&id).map(Peer::view)
    }

    fn peers(&self, mut each: impl FnMut(u64, PeerView)) {
        self.peers.iter().for_each(|(id, peer)| each(*id, peer.view()));
    }

    fn votes(&self, mut each: impl FnMut(u64, bool)) {
        self.granted.iter().for_each(|node| each(node.number().into(), true));
        self.refused.iter().for_each(|node| each(node.number().into(), false));
    }

    fn entries(&self, from: u64, each: impl FnMut(EntryView)) {
        let before = from.saturating_sub(1).max(self.log.base().index);
        self.log.after(before).iter().copied().for_each(each);
    }

    fn messages(&self) -> &[Wire] {
        &self.messages
    }

    fn fetching(&self, each: impl FnMut(u64)) {
        self.flow.fetches.iter().map(|fetch| fetch.0).for_each(each);
    }

    fn receiver(message: &Wire) -> u64 {
        message.head.to
    }

    fn describe(message: &Wire, entries: &mut Vec<EntryView>) -> MessageView {
        entries.extend(&message.entries);
        message.head
    }

    fn piece(message: &Wire, from: usize, max_size: u32) -> usize {
        let rest = message.entries.len() - from;
        if max_size == u32::MAX {
            rest
        } else {
            rest.min(1)
        }
    }

    fn has_ready(&self) -> bool {
        self.is_anything_ready()
    }

    fn ready(&mut self, out: &mut Ready<Wire>) {
        self.hand_over(out);
    }

    fn advance_append(&mut self, out: &mut Ready<Wire>) {
        self.hand_over_more(out);
    }

    fn advance_append_async(&mut self) {}

    fn on_persist(&mut self, number: u64) {
        self.persisted_up_to(number);
    }

    fn compact(&mut self, index: u64) {
        self.drop_log(index);
    }

    fn advance_apply_to(&mut self, index: u64) {
        self.applied_up_to(index);
    }
}

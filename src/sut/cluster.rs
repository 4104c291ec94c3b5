//! A cluster: replicas, links, disks and clocks, driven by events.
//!
//! The whole Ready protocol is here, as raft-rs documents it: what a Ready writes is on disk before
//! its `persisted_messages` leave, `advance_append` follows the sync, `advance_apply` the
//! application. While a disk is stalled, writes stay outstanding (`advance_append_async`) and each
//! sync is told by `on_persist_ready`. After every call of a replica a [`Judge`] looks at it.

use super::ability::Ability;
use super::answers::Answers;
use super::clock::Draw;
use super::disk::{Applied, Disk, Snapshot};
use super::network::{Network, Passage};
use super::node::{Node, NodeConfig, Ready, RoleView};
use crate::schedule::{Event, Knob, Link, Setup};
use crate::spec::{Change, Configuration, NodeId};
use std::collections::VecDeque;
use std::fmt;

/// More Readys than this in a row that hand nothing over to be applied are a loop: the application may
/// get its entries one by one.
pub const MAX_READYS: usize = 32;
/// More messages than this that no Ready has taken are a flood. A busy node answers at most every
/// message that reaches it, and a schedule has at most 16,384 events.
pub const MAX_UNSENT: usize = 100_000;

/// A proposal's data begin with its value, in so many bytes.
pub const DATA: u32 = 4;

/// So many contexts are used over and over, where they are.
const CONTEXTS: u32 = 3;

/// What a replica was just asked.
#[derive(Debug)]
#[allow(missing_docs)]
pub enum Call<'a, M, T> {
    Tick,
    Campaign,
    /// A client reads, under this context.
    Read(u32),
    /// It was asked for heartbeats.
    Ping,
    /// Its application set a knob.
    Set(Knob),
    /// Entries that its storage fetched are there.
    Fetched,
    FreeBuffers,
    /// It was asked, and answered.
    Asked(Answers),
    /// It was told that a message to another node was lost.
    Unreachable(NodeId),
    /// Its application dropped its log up to an index.
    Compacted(u64),
    /// Its application has snapshots to give from now on, or has none.
    Snapshots(bool),
    /// It was told whether its snapshot arrived at another node.
    ReportSnapshot(NodeId, bool),
    /// It was asked for a snapshot, and asked its leader for it, or did not.
    RequestSnapshot {
        taken: bool,
    },
    /// Its application applied the change at an index; the configuration then, if it may be applied.
    Changed {
        index: u64,
        change: Change,
        configuration: Option<Configuration>,
    },
    /// It was asked to make another node leader.
    Transfer(NodeId),
    /// The message that travelled with this tag.
    Deliver(T),
    /// So many bytes, the value included.
    Propose {
        value: u32,
        size: u32,
        taken: bool,
    },
    /// It handed over a Ready, which is written.
    Ready(&'a Ready<M>),
    /// So many of its oldest writes were synced; it does not know yet.
    Synced(usize),
    /// It handed over what a durable Ready made possible.
    Advanced(&'a Ready<M>),
    /// It was told that writes are durable: of `all` that are, or of some.
    Persisted {
        all: bool,
    },
    /// It was told that its application has applied up to an index.
    Applied(u64),
    /// It came up from its disk.
    Restarted,
}

/// Looks at every call of every replica. The tags that it gives messages travel with them.
pub trait Judge<N: Node> {
    /// What travels beside a message.
    type Tag: Clone;
    /// Why a run ends early.
    type Stop;

    /// A node is about to be called: what it does now, it does.
    fn calling(&mut self, _id: NodeId) {}

    /// `node` was called; `tags` gets one for each of its new messages.
    fn called(
        &mut self,
        id: NodeId,
        call: &Call<N::Message, Self::Tag>,
        node: &N,
        tags: &mut Vec<Self::Tag>,
    ) -> Result<(), Self::Stop>;

    /// A message of `id` enters the network.
    fn released(&mut self, id: NodeId, tag: &Self::Tag) -> Result<(), Self::Stop>;

    /// True if the network loses the message. A cluster without a judge loses contradictory messages (known findings
    /// `joined-gap` and `joined-term`).
    #[inline]
    fn loses(&self, message: &N::Message, _tag: &Self::Tag) -> bool {
        N::is_contradictory(message)
    }

    /// What becomes of a message once it was made.
    #[inline]
    fn travels(&mut self, _tag: &Self::Tag, _passage: Passage) {}

    /// `id` stopped: it crashed, or its application had it removed.
    #[inline]
    fn stopped(&mut self, _id: NodeId) {}

    /// An event of the healing epilogue is about to happen.
    #[inline]
    fn healing(&mut self, _event: &Event) {}

    /// From now on the election timer of this node is favoured.
    fn favoured(&mut self, _id: NodeId) {}

    /// A replica does not come to an end.
    fn runaway(&mut self, id: NodeId, what: &'static str) -> Self::Stop;
}

/// The judge that agrees with everything: the bare cluster.
#[derive(Debug)]
pub struct Unjudged;

impl<N: Node> Judge<N> for Unjudged {
    type Tag = ();
    type Stop = &'static str;

    #[inline]
    fn called(
        &mut self,
        _: NodeId,
        call: &Call<N::Message, ()>,
        node: &N,
        tags: &mut Vec<()>,
    ) -> Result<(), &'static str> {
        match call {
            // Their messages have their tags, and wait to be released.
            Call::Ready(_) | Call::Synced(_) => {}
            Call::Advanced(ready) => tags.resize(ready.messages.len(), ()),
            _ => tags.resize(node.messages().len(), ()),
        }
        Ok(())
    }

    #[inline]
    fn released(&mut self, _: NodeId, _: &()) -> Result<(), &'static str> {
        Ok(())
    }

    fn runaway(&mut self, _: NodeId, what: &'static str) -> &'static str {
        what
    }
}

#[derive(Debug)]
struct Outstanding<M, T> {
    number: u64,
    written: u64,
    messages: Vec<(M, T)>,
}

#[derive(Debug)]
struct Replica<N: Node, T> {
    node: Option<N>,
    /// What is left of the disk while the node is down.
    left: Option<<N::Disk as Disk>::Left>,
    tags: Vec<T>,
    outstanding: VecDeque<Outstanding<N::Message, T>>,
    /// Syncs that the node was not told of.
    notices: VecDeque<u64>,
    stalled: bool,
    busy: bool,
    held: bool,
    /// The newest Ready that the node knows to be durable.
    told: u64,
    /// Snapshots that were handed over and not applied, with the number of their Ready.
    snapshots: VecDeque<(u64, Snapshot)>,
    /// Changes that were handed over and not applied, with their index.
    changes: VecDeque<(u64, Change)>,
    handed: u64,
    applied: u64,
    /// The configuration there.
    configuration: Configuration,
    /// Whether its application is about to say that it has applied a change.
    changing: bool,
    /// Whether its application has a snapshot to give.
    gives_snapshots: bool,
    /// Whether its application has applied its own removal, and will stop it.
    doomed: bool,
    /// Whether it did.
    destroyed: bool,
    /// The term of the last draw, and the timeout that was drawn.
    drawn: (u64, u64),
    draw: Draw,
}

/// A cluster and its world.
pub struct Cluster<N: Node, J: Judge<N>> {
    setup: Setup,
    record: bool,
    replicas: Vec<Replica<N, J::Tag>>,
    network: Network<(N::Message, J::Tag)>,
    ready: Ready<N::Message>,
    proposals: u32,
    reads: u32,
}

/// All that its next event can make a difference by.
impl<N: Node + fmt::Debug, J: Judge<N>> fmt::Debug for Cluster<N, J>
where
    N::Message: fmt::Debug,
    N::Disk: fmt::Debug,
    J::Tag: fmt::Debug,
{
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let Cluster { replicas, network, proposals, reads, .. } = self;
        write!(f, "{replicas:?} {network:?} {proposals} {reads}")
    }
}

impl<N: Node, J: Judge<N>> Cluster<N, J> {
    /// A cluster whose nodes were bootstrapped from the same snapshot.
    pub fn new(setup: Setup, record: bool) -> Self {
        let setup = N::settings(setup);
        let configuration = setup.configuration();
        let bootstrap = Snapshot { index: setup.first_index.into(), term: setup.first_term.into(), configuration };
        let replicas = setup.nodes().map(|node| {
            let member = configuration.members().contains(node);
            let mut replica = Replica::on(if member { bootstrap } else { Snapshot::default() });
            replica.start(node, &setup, record);
            replica
        });
        Cluster {
            setup,
            record,
            replicas: replicas.collect(),
            network: Network::new(setup.count().into()),
            ready: Ready::default(),
            proposals: 0,
            reads: 0,
        }
    }

    /// The node, unless it is down.
    pub fn node(&self, id: NodeId) -> Option<&N> {
        self.replicas[id.slot()].node.as_ref()
    }

    /// The tags of the messages on a link, in order.
    pub fn tags(&self, link: Link) -> impl Iterator<Item = &J::Tag> {
        self.network.packets(link).map(|(_, tag)| tag)
    }

    /// Whether no message is on its way.
    pub fn is_quiet(&self) -> bool {
        self.network.is_quiet()
    }

    /// Whether a node is still to be told that something it wrote is durable.
    pub fn owes_notice(&self, id: NodeId) -> bool {
        !self.replicas[id.slot()].notices.is_empty()
    }

    /// Favours the election timer of `id`: it draws the shortest timeouts from now on, all others draw the longest.
    /// Timers that run are drawn anew.
    pub fn favour(&mut self, id: NodeId, judge: &mut J) {
        for node in self.setup.nodes() {
            let replica = &mut self.replicas[node.slot()];
            (replica.draw, replica.drawn) = (Draw::of(node, id), (0, 0));
            replica.pin_timeout(node, &self.setup);
        }
        judge.favoured(id);
    }

    /// Lets `event` happen.
    ///
    /// # Errors
    /// What the judge says.
    pub fn apply(&mut self, event: &Event, judge: &mut J) -> Result<(), J::Stop> {
        if !N::has_call(event) {
            return Ok(());
        }
        match *event {
            Event::Tick(id) => self.input(id, judge, |node| {
                node.tick();
                Call::Tick
            }),
            Event::TickAll => {
                (1..=self.setup.count()).try_for_each(|n| self.apply(&Event::Tick(NodeId::new(n)), judge))
            }
            // An application does not ask a node to campaign that has no vote.
            Event::Campaign(id) if !self.has_vote(id) && !self.setup.stray_campaigns => Ok(()),
            Event::Campaign(id) if !N::ABILITIES.has(Ability::Campaign) => self.wait_for_election(id, judge),
            Event::Campaign(id) => self.input(id, judge, |node| {
                node.campaign();
                Call::Campaign
            }),
            Event::Read(id) => {
                self.reads += 1;
                let context = match self.setup.reuse_contexts {
                    true => 1 + self.reads % CONTEXTS,
                    false => self.reads,
                };
                self.input(id, judge, |node| {
                    node.read(context);
                    Call::Read(context)
                })
            }
            Event::Ping(id) => self.input(id, judge, |node| {
                node.ping();
                Call::Ping
            }),
            Event::Set(id, knob) => self.input(id, judge, |node| {
                node.set(&knob);
                Call::Set(knob)
            }),
            Event::EntriesFetched(id, count) => self.fetched(id, count, judge),
            Event::FreeBuffers(id) => self.input(id, judge, |node| {
                node.free_buffers();
                Call::FreeBuffers
            }),
            Event::Ask(id) => self.input(id, judge, |node| Call::Asked(node.answers())),
            Event::Unreachable(Link { from, to }) => self.input(from, judge, |node| {
                node.unreachable(to.number().into());
                Call::Unreachable(to)
            }),
            Event::Compact(id, kept) => self.compact(id, kept.into(), judge),
            Event::SnapshotAvailable(id, given) => {
                self.replicas[id.slot()].set_snapshots(given);
                self.input(id, judge, |_| Call::Snapshots(given))
            }
            Event::ReportSnapshot(Link { from, to }, arrived) => self.input(from, judge, |node| {
                node.report_snapshot(to.number().into(), arrived);
                Call::ReportSnapshot(to, arrived)
            }),
            Event::RequestSnapshot(id) => {
                self.input(id, judge, |node| Call::RequestSnapshot { taken: node.request_snapshot() })
            }
            Event::Change(id, change) => self.input(id, judge, |node| Call::Propose {
                value: change.value(),
                size: N::change_size(&change),
                taken: node.propose_change(&change),
            }),
            Event::Transfer(Link { from, to }) => self.input(from, judge, |node| {
                node.transfer(to.number().into());
                Call::Transfer(to)
            }),
            Event::Deliver(link, place) => self.deliver(link, place.into(), judge),
            Event::Drop(link, place) => {
                if let Some((_, tag)) = self.network.take(link, place.into()) {
                    judge.travels(&tag, Passage::Lost);
                }
                Ok(())
            }
            Event::Duplicate(link, place) => {
                if let Some((_, tag)) = self.network.duplicate(link, place.into()) {
                    judge.travels(tag, Passage::Copied);
                }
                Ok(())
            }
            Event::Round => self.round(judge),
            Event::Partition(side) => {
                self.network.partition(side);
                Ok(())
            }
            Event::Heal => {
                self.network.partition(crate::spec::NodeSet::EMPTY);
                Ok(())
            }
            Event::Propose(id, size) => {
                self.proposals += 1;
                let value = self.proposals;
                let taken = |node: &mut N| node.propose(value, size);
                self.input(id, judge, |node| Call::Propose { value, size: DATA + u32::from(size), taken: taken(node) })
            }
            Event::Crash(id) => {
                self.replicas[id.slot()].crash();
                judge.stopped(id);
                Ok(())
            }
            Event::Restart(id) => self.restart(id, judge),
            Event::Stall(id) => {
                self.replicas[id.slot()].stalled = true;
                Ok(())
            }
            Event::Sync(id, count) => self.sync(id, count.into(), judge),
            Event::Notice(id, count) => {
                judge.calling(id);
                self.replicas[id.slot()].notify(id, &self.setup, count.into(), judge)?;
                self.process_unless_busy(id, judge)
            }
            Event::Resume(id) => {
                self.replicas[id.slot()].stalled = false;
                self.sync(id, usize::MAX, judge)
            }
            Event::Busy(id) => {
                self.replicas[id.slot()].busy = true;
                Ok(())
            }
            Event::Process(id) => {
                self.replicas[id.slot()].busy = false;
                self.process(id, judge)
            }
            Event::Hold(id) => {
                self.replicas[id.slot()].held = true;
                Ok(())
            }
            Event::Apply(id, count) => self.apply_committed(id, count.into(), judge),
            Event::ApplyAll(id) => {
                self.replicas[id.slot()].held = false;
                self.apply_committed(id, u64::MAX, judge)
            }
        }
    }

    /// A node that cannot be asked to campaign is left alone until it does: its clock runs.
    fn wait_for_election(&mut self, id: NodeId, judge: &mut J) -> Result<(), J::Stop> {
        for _ in 0..2 * self.setup.election_tick {
            if self.node(id).is_none_or(|node| node.view().role != RoleView::Follower) {
                break;
            }
            self.apply(&Event::Tick(id), judge)?;
        }
        Ok(())
    }

    /// Whether `id` has a vote by what its application has applied.
    fn has_vote(&self, id: NodeId) -> bool {
        self.replicas[id.slot()].configuration.electors().contains(id)
    }

    /// One input of a node, and then its Readys unless it is busy.
    fn input<'a>(
        &mut self,
        id: NodeId,
        judge: &mut J,
        call: impl FnOnce(&mut N) -> Call<'a, N::Message, J::Tag>,
    ) -> Result<(), J::Stop>
    where
        N::Message: 'a,
        J::Tag: 'a,
    {
        judge.calling(id);
        let Some(node) = self.replicas[id.slot()].node.as_mut() else { return Ok(()) };
        let call = call(node);
        self.replicas[id.slot()].called(id, &self.setup, &call, judge)?;
        self.process_unless_busy(id, judge)
    }

    fn deliver(&mut self, link: Link, place: usize, judge: &mut J) -> Result<(), J::Stop> {
        match self.network.take(link, place) {
            Some((message, tag)) => {
                judge.travels(&tag, Passage::Arrives);
                self.input(link.to, judge, |node| {
                    node.step(message);
                    Call::Deliver(tag)
                })
            }
            None => Ok(()),
        }
    }

    /// Delivers what is on its way now; answers wait for the next round.
    fn round(&mut self, judge: &mut J) -> Result<(), J::Stop> {
        let nodes = usize::from(self.setup.count());
        let lengths = self.network.lengths();
        for (place, count) in lengths.into_iter().enumerate().take(nodes * nodes) {
            let link = Link { from: NodeId::from_slot(place / nodes), to: NodeId::from_slot(place % nodes) };
            for _ in 0..count {
                self.deliver(link, 0, judge)?;
            }
        }
        Ok(())
    }

    fn restart(&mut self, id: NodeId, judge: &mut J) -> Result<(), J::Stop> {
        judge.calling(id);
        // A node that was destroyed returns when it is a member again.
        let wanted = self.replicas.iter().any(|other| other.configuration.members().contains(id));
        let replica = &mut self.replicas[id.slot()];
        if replica.node.is_some() || (replica.destroyed && !wanted) {
            return Ok(());
        }
        replica.start(id, &self.setup, self.record);
        replica.called(id, &self.setup, &Call::Restarted, judge)?;
        self.process(id, judge)
    }

    fn process_unless_busy(&mut self, id: NodeId, judge: &mut J) -> Result<(), J::Stop> {
        match self.replicas[id.slot()].busy {
            true => Ok(()),
            false => self.process(id, judge),
        }
    }

    /// Takes Readys until there are none.
    fn process(&mut self, id: NodeId, judge: &mut J) -> Result<(), J::Stop> {
        let mut idle = 0;
        while idle < MAX_READYS {
            let replica = &self.replicas[id.slot()];
            let handed = replica.handed;
            match replica.node.as_ref() {
                Some(node) if node.has_ready() => self.take_ready(id, judge)?,
                _ => {
                    if self.replicas[id.slot()].destroy_if_doomed() {
                        judge.stopped(id);
                    }
                    return Ok(());
                }
            }
            idle += usize::from(self.replicas[id.slot()].handed == handed);
        }
        Err(judge.runaway(id, "there is always another Ready"))
    }

    fn take_ready(&mut self, id: NodeId, judge: &mut J) -> Result<(), J::Stop> {
        judge.calling(id);
        let Cluster { setup, replicas, network, ready, .. } = self;
        let replica = &mut replicas[id.slot()];
        let Some(node) = replica.node.as_mut() else { return Ok(()) };
        ready.clear();
        node.ready(ready);
        let number = ready.number;
        replica.called(id, setup, &Call::Ready(ready), judge)?;
        replica.release(id, &mut ready.messages, network, judge)?;
        replica.hand_over(ready);
        let Some(node) = replica.node.as_mut() else { return Ok(()) };
        if replica.stalled {
            node.advance_append_async();
            let written = node.disk().written();
            let messages = ready.persisted_messages.drain(..).zip(replica.tags.drain(..)).collect();
            replica.outstanding.push_back(Outstanding { number: ready.number, written, messages });
        } else {
            if ready.must_sync || !setup.lazy_sync {
                let count = node.disk().sync(u64::MAX);
                replica.called(id, setup, &Call::Synced(count), judge)?;
            }
            replica.release(id, &mut ready.persisted_messages, network, judge)?;
            let Some(node) = replica.node.as_mut() else { return Ok(()) };
            ready.clear();
            node.advance_append(ready);
            // Which tells it of everything before, too.
            replica.notices.clear();
            replica.told = number;
            replica.called(id, setup, &Call::Advanced(ready), judge)?;
            replica.release(id, &mut ready.messages, network, judge)?;
            replica.hand_over(ready);
        }
        match replica.held {
            true => Ok(()),
            false => replica.apply(id, setup, u64::MAX, judge),
        }
    }

    /// The oldest `count` outstanding writes become durable, one after the other.
    fn sync(&mut self, id: NodeId, count: usize, judge: &mut J) -> Result<(), J::Stop> {
        judge.calling(id);
        let Cluster { setup, replicas, network, .. } = self;
        let replica = &mut replicas[id.slot()];
        for _ in 0..count {
            let (Some(node), Some(write)) = (replica.node.as_mut(), replica.outstanding.pop_front()) else { break };
            let count = node.disk().sync(write.written);
            replica.called(id, setup, &Call::Synced(count), judge)?;
            for packet in write.messages {
                release_one::<N, J>(id, packet, network, judge)?;
            }
            replica.notices.push_back(write.number);
            if !setup.late_notice {
                replica.notify(id, setup, 1, judge)?;
            }
        }
        self.process_unless_busy(id, judge)
    }

    /// The application of `id` drops its log, all but `kept` of the entries that it has applied.
    fn compact(&mut self, id: NodeId, kept: u64, judge: &mut J) -> Result<(), J::Stop> {
        judge.calling(id);
        let replica = &mut self.replicas[id.slot()];
        let index = replica.applied.saturating_sub(kept);
        let Some(node) = replica.node.as_mut() else { return Ok(()) };
        // A snapshot on its way to the application comes after all that could be dropped.
        if index <= node.disk().contents().snapshot.index {
            return Ok(());
        }
        // First, so that a log never begins after what the application starts from.
        node.disk().keep(Applied { index: replica.applied, configuration: replica.configuration });
        node.compact(index);
        replica.called(id, &self.setup, &Call::Compacted(index), judge)
    }

    /// The oldest `count` entries that its storage fetches are there, one after the other.
    fn fetched(&mut self, id: NodeId, count: u8, judge: &mut J) -> Result<(), J::Stop> {
        judge.calling(id);
        let replica = &mut self.replicas[id.slot()];
        for _ in 0..count {
            if !replica.node.as_mut().is_some_and(N::fetched) {
                break;
            }
            replica.called(id, &self.setup, &Call::Fetched, judge)?;
        }
        self.process_unless_busy(id, judge)
    }

    fn apply_committed(&mut self, id: NodeId, count: u64, judge: &mut J) -> Result<(), J::Stop> {
        judge.calling(id);
        self.replicas[id.slot()].apply(id, &self.setup, count, judge)?;
        self.process_unless_busy(id, judge)
    }
}

fn release_one<N: Node, J: Judge<N>>(
    id: NodeId,
    packet: (N::Message, J::Tag),
    network: &mut Network<(N::Message, J::Tag)>,
    judge: &mut J,
) -> Result<(), J::Stop> {
    judge.released(id, &packet.1)?;
    let to = N::receiver(&packet.0);
    // A node that sends to itself, or to nobody, sends nothing.
    if to != u64::from(id.number()) && to >= 1 && to <= network.nodes() as u64 {
        judge.travels(&packet.1, Passage::Leaves);
        let link = Link { from: id, to: NodeId::new(to as u8) };
        let lost = if judge.loses(&packet.0, &packet.1) { Some(packet) } else { network.send(link, packet) };
        if let Some((_, tag)) = lost {
            judge.travels(&tag, Passage::Lost);
        }
    }
    Ok(())
}

impl<N: Node, T: Clone> Replica<N, T> {
    /// A replica that is down, and whose disk begins after a snapshot.
    fn on(snapshot: Snapshot) -> Self {
        let Snapshot { index, configuration, .. } = snapshot;
        Replica {
            node: None,
            left: Some(N::Disk::bootstrapped(snapshot)),
            tags: Vec::new(),
            outstanding: VecDeque::new(),
            notices: VecDeque::new(),
            stalled: false,
            busy: false,
            held: false,
            told: 0,
            snapshots: VecDeque::new(),
            changes: VecDeque::new(),
            handed: index,
            applied: index,
            configuration,
            changing: false,
            gives_snapshots: true,
            doomed: false,
            destroyed: false,
            drawn: (0, 0),
            draw: Draw::default(),
        }
    }

    fn start(&mut self, id: NodeId, setup: &Setup, record: bool) {
        let Some(left) = self.left.take() else { return };
        let mut disk = N::Disk::open(left, id.number().into(), record);
        let Snapshot { index, configuration, .. } = disk.contents().snapshot;
        if index > disk.contents().applied.index {
            disk.keep(Applied { index, configuration });
        }
        let contents = disk.contents_mut();
        let Applied { index: applied, configuration } = contents.applied;
        contents.hard_state.commit = contents.hard_state.commit.max(applied);
        (self.applied, self.configuration, self.handed) = (applied, configuration, applied);
        let config = NodeConfig { id: id.number().into(), setup: *setup, applied, configuration, record };
        self.node = Some(N::start(&config, disk));
        self.destroyed = false;
        self.offer_snapshot();
        self.drawn = (0, 0);
        self.pin_timeout(id, setup);
    }

    /// What the application answers from now on when it is asked for a snapshot.
    fn offer_snapshot(&mut self) {
        let Replica { applied: index, configuration, .. } = *self;
        let offer = self.gives_snapshots.then_some(Applied { index, configuration });
        if let Some(node) = self.node.as_mut() {
            node.disk().contents_mut().offer = offer;
        }
    }

    /// From now on the application has snapshots to give, or has none; one that is down does not change.
    fn set_snapshots(&mut self, given: bool) {
        if self.node.is_some() {
            self.gives_snapshots = given;
            self.offer_snapshot();
        }
    }

    /// A node that is no member any more is stopped once it has nothing left to hand over; whether it is.
    fn destroy_if_doomed(&mut self) -> bool {
        let doomed = self.doomed;
        if doomed {
            self.crash();
            self.destroyed = true;
        }
        doomed
    }

    fn crash(&mut self) {
        if let Some(node) = self.node.take() {
            self.left = Some(node.into_disk().crash());
            self.tags.clear();
            self.outstanding.clear();
            self.notices.clear();
            self.snapshots.clear();
            self.changes.clear();
            self.changing = false;
            self.gives_snapshots = true;
            self.told = 0;
            self.busy = false;
            self.doomed = false;
        }
    }

    /// The timeout is drawn with the term; a node that redraws it within one gets the same back.
    fn pin_timeout(&mut self, id: NodeId, setup: &Setup) {
        let Some(node) = self.node.as_mut() else { return };
        let term = node.term();
        if self.drawn.0 != term || self.drawn.1 == 0 {
            self.drawn = (term, self.draw.timeout(setup, id, term));
        }
        node.pin_timeout(self.drawn.1);
    }

    fn called<J: Judge<N, Tag = T>>(
        &mut self,
        id: NodeId,
        setup: &Setup,
        call: &Call<N::Message, T>,
        judge: &mut J,
    ) -> Result<(), J::Stop> {
        self.pin_timeout(id, setup);
        let Some(node) = self.node.as_ref() else { return Ok(()) };
        if node.messages().len() > MAX_UNSENT {
            return Err(judge.runaway(id, "messages without end"));
        }
        judge.called(id, call, node, &mut self.tags)
    }

    fn release<J: Judge<N, Tag = T>>(
        &mut self,
        id: NodeId,
        messages: &mut Vec<N::Message>,
        network: &mut Network<(N::Message, T)>,
        judge: &mut J,
    ) -> Result<(), J::Stop> {
        let count = messages.len();
        let mut packets = messages.drain(..).zip(self.tags.drain(..count));
        packets.try_for_each(|packet| release_one::<N, J>(id, packet, network, judge))
    }

    /// The node is told of its oldest `count` syncs, one after the other.
    fn notify<J: Judge<N, Tag = T>>(
        &mut self,
        id: NodeId,
        setup: &Setup,
        count: usize,
        judge: &mut J,
    ) -> Result<(), J::Stop> {
        for _ in 0..count {
            let (Some(node), Some(number)) = (self.node.as_mut(), self.notices.pop_front()) else { break };
            node.on_persist(number);
            self.told = number;
            let all = self.notices.is_empty();
            self.called(id, setup, &Call::Persisted { all }, judge)?;
        }
        Ok(())
    }

    fn hand_over(&mut self, ready: &Ready<N::Message>) {
        if let Some(snapshot) = ready.snapshot {
            self.snapshots.push_back((ready.number, snapshot));
        }
        let changes = ready.committed.iter().filter(|entry| Change::is_value(entry.value));
        self.changes.extend(changes.filter_map(|entry| Some((entry.index, Change::from_value(entry.value)?))));
        if let Some(last) = ready.committed.last() {
            self.handed = last.index;
        }
    }

    fn apply<J: Judge<N, Tag = T>>(
        &mut self,
        id: NodeId,
        setup: &Setup,
        count: u64,
        judge: &mut J,
    ) -> Result<(), J::Stop> {
        self.apply_snapshots(id, setup, count, judge)?;
        let upto = self.handed.min(self.applied.saturating_add(count));
        while let Some((index, change)) = self.changes.front().copied().filter(|(index, _)| *index <= upto) {
            self.changes.pop_front();
            self.apply_change(id, setup, index, change, judge)?;
        }
        match upto == self.applied {
            true => Ok(()),
            false => self.applied_to(id, setup, upto, judge),
        }
    }

    /// Snapshots that are durable take the place of everything that was handed over before them.
    fn apply_snapshots<J: Judge<N, Tag = T>>(
        &mut self,
        id: NodeId,
        setup: &Setup,
        count: u64,
        judge: &mut J,
    ) -> Result<(), J::Stop> {
        let told = self.told;
        while let Some((_, snapshot)) =
            self.snapshots.front().copied().filter(|(number, _)| *number <= told && count > 0)
        {
            self.snapshots.pop_front();
            self.changes.retain(|(index, _)| *index > snapshot.index);
            self.configuration = snapshot.configuration;
            self.handed = self.handed.max(snapshot.index);
            self.applied_to(id, setup, snapshot.index, judge)?;
        }
        Ok(())
    }

    fn apply_change<J: Judge<N, Tag = T>>(
        &mut self,
        id: NodeId,
        setup: &Setup,
        index: u64,
        change: Change,
        judge: &mut J,
    ) -> Result<(), J::Stop> {
        let Some(node) = self.node.as_mut() else { return Ok(()) };
        // What the application has applied is in between: there is no snapshot of it.
        node.disk().contents_mut().offer = None;
        self.changing = true;
        let configuration = node.apply_change(&change);
        self.configuration = configuration.unwrap_or(self.configuration);
        self.doomed = !setup.keep_removed && !self.configuration.members().contains(id);
        self.called(id, setup, &Call::Changed { index, change, configuration }, judge)
    }

    /// The node is told up to where its application has applied.
    fn applied_to<J: Judge<N, Tag = T>>(
        &mut self,
        id: NodeId,
        setup: &Setup,
        upto: u64,
        judge: &mut J,
    ) -> Result<(), J::Stop> {
        let Some(node) = self.node.as_mut() else { return Ok(()) };
        self.applied = upto;
        // A new configuration is kept at once, unless the setup says otherwise; its own removal, always.
        let removed = !self.configuration.members().contains(id);
        let changed = std::mem::take(&mut self.changing);
        let kept = setup.durable_apply || (changed && (!setup.lossy_changes || removed));
        if kept && upto > node.disk().contents().applied.index {
            node.disk().keep(Applied { index: upto, configuration: self.configuration });
        }
        self.offer_snapshot();
        if let Some(node) = self.node.as_mut() {
            node.advance_apply_to(upto);
        }
        self.called(id, setup, &Call::Applied(upto), judge)
    }
}

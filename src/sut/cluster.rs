//! A cluster: replicas, links, disks and clocks, driven by events.
//!
//! Each event becomes calls of replicas and changes of links. A [`Judge`] sees every call of a replica.

use super::clock::Draw;
use super::methods::{self, ask};
use super::network::Network;
use super::replica::{Replica, World};
use super::{Abilities, Ability, Call, Judge, Node, Ready, RoleView, Snapshot, Transit};
use crate::schedule::{Event, Link, Setup};
use crate::spec::{Change, NodeId, Open};
use std::fmt;

/// The number of bytes in which a proposal's data hold its value; the rest is padding.
pub const DATA: u32 = 4;

/// The number of read contexts in use where a setup reuses them.
pub const CONTEXTS: u32 = 3;

/// A cluster and its world.
pub struct Cluster<N: Node, J: Judge<N>> {
    setup: Setup,
    replicas: Vec<Replica<N, J>>,
    world: World<N, J>,
    proposals: u32,
    reads: u32,
}

/// Everything that can influence later events.
impl<N: Node + fmt::Debug, J: Judge<N> + fmt::Debug> fmt::Debug for Cluster<N, J>
where
    N::Message: fmt::Debug,
    N::Disk: fmt::Debug,
    J::MessageId: fmt::Debug,
{
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let Cluster { replicas, world, proposals, reads, .. } = self;
        write!(f, "{replicas:?} {:?} {proposals} {reads}", world.links)
    }
}

impl<N: Node, J: Judge<N>> Cluster<N, J> {
    /// A cluster whose members are bootstrapped from the same snapshot. Where logs start empty, the other nodes have the
    /// configuration, too: the start states of all nodes are the same. With `record`, nodes and disks write log lines.
    pub fn new(setup: Setup, record: bool) -> Self {
        let setup = N::settings(setup);
        let configuration = setup.configuration();
        let bootstrap = Snapshot { index: setup.first_index.into(), term: setup.first_term.into(), configuration };
        let replicas = setup.nodes().map(|node| {
            let snapshot = match configuration.members().contains(node) {
                true => bootstrap,
                false => Snapshot { configuration: setup.first_configuration(), ..Snapshot::default() },
            };
            let mut replica = Replica::on(snapshot, node, setup, record);
            replica.start();
            replica
        });
        Cluster {
            setup,
            replicas: replicas.collect(),
            world: World { links: Network::new(setup.count().into()), ready: Ready::default() },
            proposals: 0,
            reads: 0,
        }
    }

    /// The node, unless it is down.
    pub fn node(&self, id: NodeId) -> Option<&N> {
        self.replicas[id.slot()].node.as_ref()
    }

    /// The settings that the node was started with.
    pub fn setup_of(&self, id: NodeId) -> &Setup {
        self.replicas[id.slot()].setup()
    }

    /// The handles of the messages in flight on a link, in order.
    pub fn in_flight(&self, link: Link) -> impl Iterator<Item = &J::MessageId> {
        self.world.links.packets(link).map(|(_, message_id)| message_id)
    }

    /// The links that are open.
    pub fn open_links(&self) -> Open {
        self.world.links.open()
    }

    /// True if no message is in flight.
    pub fn is_quiet(&self) -> bool {
        self.world.links.is_empty()
    }

    /// True if a write of the node is durable and the node does not know.
    pub fn has_unreported_sync(&self, id: NodeId) -> bool {
        self.replicas[id.slot()].has_unreported_sync()
    }

    /// Makes the election timer of `id` expire first: from now on it draws the shortest timeouts, and all other nodes
    /// the longest. Running timers are drawn again.
    pub fn expire_first(&mut self, id: NodeId, judge: &mut J) {
        for node in self.setup.nodes() {
            self.replica(node).set_draw(Draw::of(node, id));
        }
        judge.on_first_timeout(id);
    }

    /// Applies an event: each arm is the calls that it makes.
    ///
    /// The match is long because an arm for each event is the whole map from events to calls.
    ///
    /// # Errors
    /// The judge's reason to end the run.
    pub fn apply(&mut self, event: &Event, judge: &mut J) -> Result<(), J::Stop> {
        if !N::has_call(event) {
            return Ok(());
        }
        match *event {
            Event::Tick(id) => self.input(id, judge, |node| {
                node.tick();
                Call::Tick
            })?,
            Event::TickAll => {
                (1..=self.setup.count()).try_for_each(|n| self.apply(&Event::Tick(NodeId::new(n)), judge))?;
            }
            // An application asks no node without a vote to campaign.
            Event::Campaign(id) if !self.has_vote(id) && !self.setup.stray_campaigns => {}
            Event::Campaign(id) if !Abilities::of::<N>().has(Ability::Campaign) => self.wait_for_election(id, judge)?,
            Event::Campaign(id) => self.input(id, judge, |node| {
                ask!(N::CAMPAIGN(node));
                Call::Campaign
            })?,
            Event::Read(id) => {
                self.reads += 1;
                let context = match self.setup.reuse_contexts {
                    true => 1 + self.reads % CONTEXTS,
                    false => self.reads,
                };
                self.input(id, judge, |node| {
                    ask!(N::READS(node, context));
                    Call::Read(context)
                })?;
            }
            Event::Ping(id) => self.input(id, judge, |node| {
                ask!(N::FLOW.ping(node));
                Call::Ping
            })?,
            Event::Set(id, knob) => self.input(id, judge, |node| {
                methods::set(node, &knob);
                Call::Set(knob)
            })?,
            Event::EntriesFetched(id, count) => {
                self.fetched(id, count, judge, |node| ask!(N::ASYNC_FETCH.on_entries_fetched(node)))?;
            }
            Event::EntriesMissed(id) => {
                self.fetched(id, 1, judge, |node| ask!(N::ASYNC_FETCH.on_entries_missed(node)))?;
            }
            Event::FreeBuffers(id) => self.input(id, judge, |node| {
                ask!(N::FLOW.free_buffers(node));
                Call::FreeBuffers
            })?,
            Event::Ask(id) => self.input(id, judge, |node| Call::Asked(ask!(N::ANSWERS(node))))?,
            Event::Unreachable(Link { from, to }) => self.input(from, judge, |node| {
                ask!(N::FLOW.unreachable(node, to.number().into()));
                Call::Unreachable(to)
            })?,
            Event::Compact(id, kept) => {
                self.compact(id, kept.into(), judge, |node, index| ask!(N::SNAPSHOTS.compact(node, index)))?;
            }
            Event::CompactMeanwhile(id, kept) => self.compact(id, kept.into(), judge, |node, index| {
                ask!(N::STORAGE_ANSWERS.compact_meanwhile(node, index));
            })?,
            Event::SnapshotAvailable(id, given) => {
                self.replica(id).set_snapshot_available(given);
                self.input(id, judge, |node| {
                    ask!(N::STORAGE_ANSWERS.snapshots_for_all(node));
                    Call::Snapshots(given)
                })?;
            }
            Event::SnapshotFor(Link { from, to }, given) => self.input(from, judge, |node| {
                ask!(N::STORAGE_ANSWERS.snapshots_for(node, to.number().into(), given));
                Call::SnapshotsFor(to, given)
            })?,
            Event::ReportSnapshot(Link { from, to }, arrived) => self.input(from, judge, |node| {
                ask!(N::SNAPSHOTS.report_snapshot(node, to.number().into(), arrived));
                Call::ReportSnapshot(to, arrived)
            })?,
            Event::RequestSnapshot(id) => {
                self.input(id, judge, |node| Call::RequestSnapshot {
                    taken: ask!(N::SNAPSHOTS.request_snapshot(node)),
                })?;
            }
            Event::Change(id, change) => self.change(id, &change, judge)?,
            Event::ChangeNobody(id, change) => self.change(id, &change.of_nobody(), judge)?,
            Event::Forge(_, forged) if forged.is_hostile() && !self.setup.hostile_messages => {}
            Event::Forge(Link { from, to }, forged) => {
                judge.before_forged(forged);
                self.input(to, judge, |node| {
                    let refused = ask!(N::FORGED_MESSAGES(node, from.number().into(), forged));
                    Call::Forged { from, forged, refused }
                })?;
                judge.after_forged();
            }
            Event::ProposeMany(id, count) => {
                let first = self.proposals + 1;
                self.proposals += u32::from(count);
                let last = self.proposals;
                self.input(id, judge, |node| {
                    let taken = ask!(N::MANY_PROPOSALS(node, first, last));
                    Call::ProposeMany { first, last, size: DATA, taken }
                })?;
            }
            Event::Transfer(Link { from, to }) => self.input(from, judge, |node| {
                ask!(N::TRANSFER(node, to.number().into()));
                Call::Transfer(to)
            })?,
            Event::Deliver(link, place) => self.deliver(link, place.into(), judge)?,
            Event::Drop(link, place) => {
                if let Some((_, message_id)) = self.world.links.take(link, place.into()) {
                    judge.on_transit(&message_id, Transit::Lost);
                }
            }
            Event::Duplicate(link, place) => {
                if let Some((_, message_id)) = self.world.links.duplicate(link, place.into()) {
                    judge.on_transit(message_id, Transit::Duplicated);
                }
            }
            Event::Round => self.round(judge)?,
            Event::Partition(side) => self.world.links.partition(side),
            Event::Heal => self.world.links.heal(),
            Event::Cut(link) => self.world.links.cut(link),
            Event::Mend(link) => self.world.links.mend(link),
            Event::Propose(id, size) => {
                self.proposals += 1;
                let value = self.proposals;
                let taken = |node: &mut N| node.propose(value, size);
                self.input(id, judge, |node| Call::Propose {
                    value,
                    size: DATA + u32::from(size),
                    taken: taken(node),
                })?;
            }
            Event::Crash(id) => {
                self.replica(id).crash();
                judge.on_stop(id);
            }
            Event::Restart(id) => self.restart(id, judge)?,
            Event::Wipe(id) if self.setup.wiped_disks => {
                self.replica(id).wipe();
                judge.on_stop(id);
                judge.on_wiped(id)?;
            }
            Event::Wipe(_) => {}
            Event::Configure(id, option) => self.replica(id).configure(option, judge)?,
            Event::Stall(id) => self.replica(id).stalled = true,
            Event::Sync(id, count) => self.sync(id, count.into(), judge)?,
            Event::Notice(id, count) => {
                judge.before_call(id);
                self.replica(id).report_syncs(count.into(), judge)?;
                self.process_unless_busy(id, judge)?;
            }
            Event::Resume(id) => {
                self.replica(id).stalled = false;
                self.sync(id, usize::MAX, judge)?;
            }
            Event::Busy(id) => self.replica(id).busy = true,
            Event::Process(id) => {
                self.replica(id).busy = false;
                self.process(id, judge)?;
            }
            Event::Hold(id) => self.replica(id).held = true,
            Event::Apply(id, count) => self.apply_committed(id, count.into(), judge)?,
            Event::ApplyAll(id) => {
                self.replica(id).held = false;
                self.apply_committed(id, u64::MAX, judge)?;
            }
        }
        Ok(())
    }

    fn replica(&mut self, id: NodeId) -> &mut Replica<N, J> {
        &mut self.replicas[id.slot()]
    }

    /// Lets the clock of a node run until it starts an election: the substitute for a request to campaign where the
    /// implementation takes none.
    fn wait_for_election(&mut self, id: NodeId, judge: &mut J) -> Result<(), J::Stop> {
        for _ in 0..2 * self.setup_of(id).election_tick {
            if self.node(id).is_none_or(|node| node.view().role != RoleView::Follower) {
                break;
            }
            self.apply(&Event::Tick(id), judge)?;
        }
        Ok(())
    }

    /// True if `id` has a vote in the configuration that its application has applied.
    fn has_vote(&self, id: NodeId) -> bool {
        self.replicas[id.slot()].configuration.electors().contains(id)
    }

    /// Makes one call of a node, and takes its Readys unless it is busy.
    fn input<'a>(
        &mut self,
        id: NodeId,
        judge: &mut J,
        call: impl FnOnce(&mut N) -> Call<'a, N::Message, J::MessageId>,
    ) -> Result<(), J::Stop>
    where
        N::Message: 'a,
        J::MessageId: 'a,
    {
        judge.before_call(id);
        let replica = self.replica(id);
        let Some(node) = replica.node.as_mut() else { return Ok(()) };
        let call = call(node);
        replica.called(&call, judge)?;
        self.process_unless_busy(id, judge)
    }

    fn deliver(&mut self, link: Link, place: usize, judge: &mut J) -> Result<(), J::Stop> {
        match self.world.links.take(link, place) {
            Some((message, message_id)) => {
                judge.on_transit(&message_id, Transit::Delivered);
                self.input(link.to, judge, |node| {
                    node.step(message);
                    Call::Deliver(message_id)
                })
            }
            None => Ok(()),
        }
    }

    /// Delivers the messages that are in flight now; their answers wait for the next round.
    fn round(&mut self, judge: &mut J) -> Result<(), J::Stop> {
        let nodes = usize::from(self.setup.count());
        let lengths = self.world.links.lengths();
        for (place, count) in lengths.into_iter().enumerate().take(nodes * nodes) {
            let link = Link { from: NodeId::from_slot(place / nodes), to: NodeId::from_slot(place % nodes) };
            for _ in 0..count {
                self.deliver(link, 0, judge)?;
            }
        }
        Ok(())
    }

    fn restart(&mut self, id: NodeId, judge: &mut J) -> Result<(), J::Stop> {
        judge.before_call(id);
        // A node that was destroyed returns when it is a member again.
        let wanted = self.replicas.iter().any(|other| other.configuration.members().contains(id));
        match self.replica(id).restart(wanted, judge)? {
            true => self.process(id, judge),
            false => Ok(()),
        }
    }

    fn sync(&mut self, id: NodeId, count: usize, judge: &mut J) -> Result<(), J::Stop> {
        judge.before_call(id);
        self.replicas[id.slot()].sync(count, &mut self.world.links, judge)?;
        self.process_unless_busy(id, judge)
    }

    fn change(&mut self, id: NodeId, change: &Change, judge: &mut J) -> Result<(), J::Stop> {
        self.input(id, judge, |node| Call::Propose {
            value: change.value(),
            size: ask!(N::CHANGES.change_size(change)),
            taken: ask!(N::CHANGES.propose_change(node, change)),
        })
    }

    fn compact(
        &mut self,
        id: NodeId,
        kept: u64,
        judge: &mut J,
        compacts: impl FnOnce(&mut N, u64),
    ) -> Result<(), J::Stop> {
        judge.before_call(id);
        self.replica(id).compact(kept, judge, compacts)
    }

    /// Completes the oldest `count` fetches of entries, one after the other.
    fn fetched(
        &mut self,
        id: NodeId,
        count: u8,
        judge: &mut J,
        completes: impl Fn(&mut N) -> bool,
    ) -> Result<(), J::Stop> {
        judge.before_call(id);
        let replica = self.replica(id);
        for _ in 0..count {
            let Some(node) = replica.node.as_mut() else { break };
            if !completes(node) {
                break;
            }
            replica.called(&Call::Fetched, judge)?;
        }
        self.process_unless_busy(id, judge)
    }

    fn apply_committed(&mut self, id: NodeId, count: u64, judge: &mut J) -> Result<(), J::Stop> {
        judge.before_call(id);
        self.replica(id).apply(count, judge)?;
        self.process_unless_busy(id, judge)
    }

    fn process(&mut self, id: NodeId, judge: &mut J) -> Result<(), J::Stop> {
        self.replicas[id.slot()].process(&mut self.world, judge)
    }

    fn process_unless_busy(&mut self, id: NodeId, judge: &mut J) -> Result<(), J::Stop> {
        match self.replica(id).busy {
            true => Ok(()),
            false => self.process(id, judge),
        }
    }
}

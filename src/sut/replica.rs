//! A replica: one node with its disk, its clock and its application.
//!
//! The Ready protocol (`replica/processing.rs`) and the application's part (`replica/application.rs`) follow raft-rs's
//! documentation.

mod application;
mod processing;

use super::clock::Draw;
use super::network::Network;
use super::{Applied, Call, Disk, Judge, Node, NodeConfig, Ready, Snapshot};
use crate::schedule::{NodeOption, Setup};
use crate::spec::{Change, Configuration, NodeId};
use processing::Outstanding;
use std::collections::VecDeque;

/// The most messages that a node holds before a Ready takes them; more are a livelock. A busy node answers at most every
/// message that reaches it, and a schedule has at most 16,384 events.
pub const MAX_UNSENT: usize = 100_000;

/// The links between replicas: each message with the judge's handle of it.
pub(super) type Links<N, J> = Network<(<N as Node>::Message, <J as Judge<N>>::MessageId)>;

/// The world outside of the replicas.
pub(super) struct World<N: Node, J: Judge<N>> {
    pub(super) links: Links<N, J>,
    /// The Ready in use, kept for its allocations.
    pub(super) ready: Ready<N::Message>,
}

/// A node, or its disk while it is down, and the state of its application.
#[derive(Debug)]
pub(super) struct Replica<N: Node, J: Judge<N>> {
    id: NodeId,
    /// The settings that the node was started with.
    setup: Setup,
    /// The settings that it will be started with.
    next_setup: Setup,
    record: bool,
    /// True once the node was called.
    called: bool,
    /// `None` while the node is down.
    pub(super) node: Option<N>,
    /// The durable image of the disk while the node is down.
    image: Option<<N::Disk as Disk>::Image>,
    /// The judge's handles of the messages that no Ready has handed over yet.
    message_ids: Vec<J::MessageId>,
    /// Those of the messages that wait for the write of the Ready in hand.
    persisted_ids: Vec<J::MessageId>,

    /// The writes that are not durable, oldest first.
    outstanding: VecDeque<Outstanding<N::Message, J::MessageId>>,
    /// The numbers of durable Readys that the node does not know to be durable, oldest first.
    unreported: VecDeque<u64>,
    /// The number of the newest Ready that the node knows to be durable.
    persisted_ready: u64,
    /// True while the disk syncs nothing.
    pub(super) stalled: bool,
    /// True while no Ready is taken.
    pub(super) busy: bool,

    /// True while the application applies nothing.
    pub(super) held: bool,
    /// Snapshots that the application has received and not applied, with the number of their Ready.
    snapshots: VecDeque<(u64, Snapshot)>,
    /// Changes that the application has received and not applied, with their index.
    changes: VecDeque<(u64, Change)>,
    /// The index up to which the application has received committed entries.
    received: u64,
    /// The index up to which it has applied them.
    applied: u64,
    /// The index up to which the node knows that.
    told: u64,
    /// The configuration at that index.
    pub(super) configuration: Configuration,
    /// True while the application has applied a change and not yet told the node up to where it has applied.
    change_unreported: bool,
    /// True while the application has a snapshot to give.
    snapshot_available: bool,
    /// True once this node was a member.
    joined: bool,
    /// True once the application has applied this node's removal. It stops the node when no Ready is left.
    removed: bool,
    /// True once it has stopped the node for that.
    destroyed: bool,

    /// The term of the last draw of an election timeout, and the drawn timeout; 0 for none.
    drawn: (u64, u64),
    draw: Draw,
}

impl<N: Node, J: Judge<N>> Replica<N, J> {
    /// A replica that is down, and whose disk begins after a snapshot.
    pub(super) fn on(snapshot: Snapshot, id: NodeId, setup: Setup, record: bool) -> Self {
        let Snapshot { index, configuration, .. } = snapshot;
        Replica {
            id,
            setup: setup.of_node(id),
            next_setup: setup.of_node(id),
            record,
            called: false,
            node: None,
            image: Some(N::Disk::bootstrapped(snapshot)),
            message_ids: Vec::new(),
            persisted_ids: Vec::new(),
            outstanding: VecDeque::new(),
            unreported: VecDeque::new(),
            persisted_ready: 0,
            stalled: false,
            busy: false,
            held: false,
            snapshots: VecDeque::new(),
            changes: VecDeque::new(),
            received: index,
            applied: index,
            told: index,
            configuration,
            change_unreported: false,
            snapshot_available: true,
            joined: configuration.members().contains(id),
            removed: false,
            destroyed: false,
            drawn: (0, 0),
            draw: Draw::default(),
        }
    }

    /// Starts the node from its disk; no-op while it runs.
    pub(super) fn start(&mut self) {
        let Some(image) = self.image.take() else { return };
        let id = self.id.number().into();
        let mut disk = N::Disk::open(image, id, self.record);
        let Snapshot { index, configuration, .. } = disk.contents().snapshot;
        if index > disk.contents().applied.index {
            disk.keep(Applied { index, configuration });
        }
        let contents = disk.contents_mut();
        let Applied { index: applied, configuration } = contents.applied;
        contents.hard_state.commit = contents.hard_state.commit.max(applied);
        (self.applied, self.told, self.received, self.configuration) = (applied, applied, applied, configuration);
        self.setup = N::settings(self.next_setup.started());
        let (setup, priority, record) = (self.setup, self.setup.first_priority, self.record);
        let config = NodeConfig { id, setup, priority, applied, configuration, record };
        self.node = Some(N::start(&config, disk));
        self.destroyed = false;
        self.offer_snapshot();
        self.drawn = (0, 0);
        self.pin_timeout();
    }

    /// Gives the node an option of its own from its next start on, which is the first if nobody has called it yet.
    pub(super) fn configure(&mut self, option: NodeOption, judge: &mut J) -> Result<(), J::Stop> {
        option.set(&mut self.next_setup);
        let starts = !self.called && self.node.is_some();
        if starts {
            self.crash();
            self.start();
        }
        judge.on_configured(self.id, &N::settings(self.next_setup.started()), starts)
    }

    /// Starts a node that is down, and takes its first Readys. A node that was destroyed starts only if it is `wanted`.
    pub(super) fn restart(&mut self, wanted: bool, judge: &mut J) -> Result<bool, J::Stop> {
        if self.node.is_some() || (self.destroyed && !wanted) {
            return Ok(false);
        }
        self.start();
        self.called(&Call::Restarted, judge)?;
        Ok(true)
    }

    /// Stops the node. Its disk keeps what is durable; all else is lost.
    pub(super) fn crash(&mut self) {
        if let Some(node) = self.node.take() {
            self.image = Some(node.into_disk().crash());
            self.message_ids.clear();
            self.persisted_ids.clear();
            self.outstanding.clear();
            self.unreported.clear();
            self.persisted_ready = 0;
            self.busy = false;
            self.snapshots.clear();
            self.changes.clear();
            self.change_unreported = false;
            self.snapshot_available = true;
            self.removed = false;
        }
    }

    /// Stops the node, and replaces its disk by an empty one, as a new node has it.
    pub(super) fn wipe(&mut self) {
        self.crash();
        let start = Snapshot { configuration: self.setup.first_configuration(), ..Snapshot::default() };
        self.image = Some(N::Disk::bootstrapped(start));
        self.configuration = start.configuration;
        self.joined = start.configuration.members().contains(self.id);
    }

    /// Draws election timeouts in another way from now on.
    pub(super) fn set_draw(&mut self, draw: Draw) {
        (self.draw, self.drawn) = (draw, (0, 0));
        self.pin_timeout();
    }

    /// Gives the node the timeout of its term. A node that draws again within a term gets the same timeout back.
    fn pin_timeout(&mut self) {
        let Some(node) = self.node.as_mut() else { return };
        let term = node.term();
        if self.drawn.0 != term || self.drawn.1 == 0 {
            self.drawn = (term, self.draw.timeout(self.setup.election_tick.into(), self.setup.seed, self.id, term));
        }
        node.pin_timeout(self.drawn.1);
    }

    /// Shows a call that the node has just taken to the judge.
    pub(super) fn called(&mut self, call: &Call<N::Message, J::MessageId>, judge: &mut J) -> Result<(), J::Stop> {
        self.called = true;
        self.pin_timeout();
        let Some(node) = self.node.as_ref() else { return Ok(()) };
        if node.messages().len() > MAX_UNSENT {
            return Err(judge.on_livelock(self.id, "messages without end"));
        }
        judge.after_call(self.id, call, node, &mut self.message_ids)
    }

    /// The settings that the node was started with.
    pub(super) fn setup(&self) -> &Setup {
        &self.setup
    }

    /// True if a write is durable and the node does not know.
    pub(super) fn has_unreported_sync(&self) -> bool {
        !self.unreported.is_empty()
    }
}

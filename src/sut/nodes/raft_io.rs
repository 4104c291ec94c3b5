//! raft-io behind [`Node`]: a Raft without a common origin with raft-rs. Only this file and the folder `raft_io/` name the
//! `raft_io` crate.
//!
//! raft-io stores its log and its vote through a trait of its own, and calls `sync` where data must be durable. `Journal`
//! implements that trait: at the end of a call its writes go to the cluster's disk, and a crash loses those that were not
//! synced. raft-io's log begins at index 0, and the cluster's after a snapshot: raft-io's indexes are offset by that.
//! Elections, replication and restarts are driven. Transfers, reads, changes of the configuration and snapshots are
//! skipped, although raft-io has them.

mod journal;
mod wire;

use crate::findings::FindingSet;
use crate::spec::Dialect;
use crate::sut::{Disk, EntryView, HardState, MemoryDisk, MessageView, Node, NodeConfig, Ready, RoleView, View, Write};
use journal::{Journal, Op};
use raft_io::{Action, EntryKind, Event, LogEntry, Message, RaftConfig, RaftLog, RaftNode, Role};
use wire::Origin;
pub use wire::Wire;

/// The entries in an append where a message has no limit: raft-io's default.
const MAX_BATCH: usize = 64;
/// The bytes of a limited message for each entry in an append.
const BYTES_AN_ENTRY: usize = 16;

/// A replica of raft-io.
pub struct RaftIo {
    node: RaftNode<Journal>,
    disk: MemoryDisk<LogEntry>,
    origin: Origin,
    messages: Vec<Wire>,
    /// Committed entries to apply, including those that raft-io does not hand to its application.
    committed: Vec<EntryView>,
    /// raft-io's index up to which entries are in `committed`.
    handed_over: u64,
    /// The term of the last pre-vote campaign, which raft-io does not show.
    pre_vote_term: Option<u64>,
    readys: u64,
}

impl RaftIo {
    /// Steps raft-io; true if it took the event.
    ///
    /// # Panics
    /// When raft-io reports an error of its log: the log was asked for the impossible.
    fn step_event(&mut self, event: Event) -> bool {
        let actions = match self.node.step(event) {
            Ok(actions) => actions,
            Err(raft_io::Error::NotLeader { .. }) => return false,
            Err(error) => panic!("raft-io: {error}"),
        };
        self.write();
        for action in actions {
            self.carry_out(action);
        }
        self.add_configurations();
        true
    }

    /// Writes the journal of the call to the disk, and syncs where raft-io did.
    fn write(&mut self) {
        let mut cut = None;
        for op in self.node.log().take_writes() {
            match op {
                Op::Truncate(from) => cut = Some(from),
                Op::Append(entries) => {
                    let Some(first) = entries.first().map(|entry| entry.index) else { continue };
                    assert!(cut.take().is_none_or(|cut| cut == first), "raft-io appends where it cut its log back");
                    let first = self.origin.index + first;
                    self.disk.write(Write { hard_state: None, snapshot: None, first, entries });
                }
                Op::HardState(raft_io::HardState { term, voted_for }) => {
                    let commit = self.disk.contents().hard_state.commit;
                    let hard_state = HardState { term, vote: voted_for.unwrap_or(0), commit };
                    self.disk.write(Write {
                        hard_state: Some(hard_state),
                        snapshot: None,
                        first: 0,
                        entries: Vec::new(),
                    });
                }
                Op::Sync => {
                    self.disk.sync(u64::MAX);
                }
            }
        }
        assert!(cut.is_none(), "raft-io cuts its log back to append");
    }

    fn carry_out(&mut self, action: Action) {
        match action {
            Action::Send { to, message } => {
                if let Message::PreVote(_) = message {
                    self.pre_vote_term = Some(self.node.term());
                }
                self.messages.push(Wire { origin: self.origin, to, message });
            }
            Action::Apply { index, term, command } => {
                self.add_configurations();
                self.committed.push(self.origin.entry(&LogEntry::new(term, index, command)));
                self.handed_over = index;
            }
            // Hints, and features that are not driven.
            _ => {}
        }
    }

    /// Adds the applied configurations, which an election appends: raft-io does not hand them to its application.
    fn add_configurations(&mut self) {
        while self.handed_over < self.node.last_applied() {
            let next = self.node.log().entry(self.handed_over + 1);
            let Some(entry) = next.filter(|entry| entry.kind == EntryKind::Config) else { break };
            self.committed.push(self.origin.entry(&entry));
            self.handed_over = entry.index;
        }
    }

    /// True during a pre-vote campaign: raft-io stays a follower, and knows no leader.
    fn is_pre_candidate(&self) -> bool {
        let follows_nobody = self.node.role() == Role::Follower && self.node.leader().is_none();
        follows_nobody && self.pre_vote_term == Some(self.node.term())
    }
}

impl Node for RaftIo {
    type Message = Wire;
    type Disk = MemoryDisk<LogEntry>;
    const NAME: &'static str = "raft-io";
    const DIALECT: Dialect = Dialect::RAFT_IO;
    const KNOWN: FindingSet = FindingSet::RAFT_IO;
    const PRE_VOTE: bool = true;

    fn start(config: &NodeConfig, disk: MemoryDisk<LogEntry>) -> Self {
        let setup = &config.setup;
        let timeout = u32::from(setup.election_tick);
        let batch = match setup.max_size_per_msg {
            u32::MAX => MAX_BATCH,
            bytes => bytes as usize / BYTES_AN_ENTRY,
        };
        let peers = setup.nodes().map(|node| node.number().into());
        let settings = RaftConfig::new(config.id, peers)
            .with_election_timeout(timeout, 2 * timeout - 1)
            .with_heartbeat_interval(setup.heartbeat_tick.into())
            .with_max_batch(batch)
            .with_seed(u64::from(setup.seed) << 8 | config.id);
        let journal = Journal::on(disk.contents()).expect("what is on a disk is a log");
        let node = RaftNode::with_log(settings, journal);
        let (origin, handed_over) = (disk.contents().snapshot, node.last_applied());
        let origin = Origin { index: origin.index, term: origin.term };
        RaftIo {
            node,
            disk,
            origin,
            messages: Vec::new(),
            committed: Vec::new(),
            handed_over,
            pre_vote_term: None,
            readys: 0,
        }
    }

    fn into_disk(self) -> MemoryDisk<LogEntry> {
        self.disk
    }

    fn disk(&mut self) -> &mut MemoryDisk<LogEntry> {
        &mut self.disk
    }

    fn tick(&mut self) {
        self.step_event(Event::Tick);
    }

    fn step(&mut self, message: Wire) {
        self.step_event(Event::Message(message.message));
    }

    fn propose(&mut self, value: u32, size: u8) -> bool {
        let mut command = value.to_le_bytes().to_vec();
        command.resize(command.len() + usize::from(size), 0);
        self.step_event(Event::Propose(command))
    }

    fn view(&self) -> View {
        View {
            role: match self.node.role() {
                Role::Follower if self.is_pre_candidate() => RoleView::PreCandidate,
                Role::Follower => RoleView::Follower,
                Role::Candidate => RoleView::Candidate,
                Role::Leader => RoleView::Leader,
            },
            term: self.node.term(),
            vote: self.node.log().hard_state().voted_for.unwrap_or(0),
            leader: self.node.leader().unwrap_or(0),
            commit: self.origin.index + self.node.commit_index(),
            last_index: self.origin.index + self.node.log().last_index(),
            ..View::default()
        }
    }

    fn term(&self) -> u64 {
        self.node.term()
    }

    fn entries(&self, from: u64, each: impl FnMut(EntryView)) {
        let log = self.node.log();
        let from = from.saturating_sub(self.origin.index).max(1);
        log.entries(from, log.last_index()).iter().map(|entry| self.origin.entry(entry)).for_each(each);
    }

    fn messages(&self) -> &[Wire] {
        &self.messages
    }

    fn receiver(message: &Wire) -> u64 {
        message.to
    }

    fn describe(wire: &Wire, entries: &mut Vec<EntryView>) -> MessageView {
        wire::describe(wire, entries)
    }

    fn has_ready(&self) -> bool {
        !self.messages.is_empty() || !self.committed.is_empty()
    }

    fn ready(&mut self, out: &mut Ready<Wire>) {
        self.readys += 1;
        out.number = self.readys;
        out.messages.append(&mut self.messages);
        out.committed.append(&mut self.committed);
    }
}

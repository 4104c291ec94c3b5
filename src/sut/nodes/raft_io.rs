//! raft-io behind [`Node`]: a Raft that owes raft-rs nothing. The only file that names the `raft_io` crate.
//!
//! raft-io keeps its log and its vote through a trait of its own, and says with `sync` what must be durable before the
//! call goes on. That trait is `Journal` here: each write goes to the cluster's disk when the call is over, and what
//! was not synced by then is lost in a crash. raft-io's log begins at nothing, where the cluster's begins after a
//! snapshot: its indexes are counted on from there. Elections, replication and restarts are driven; what raft-io has
//! besides (transfer, reads, changes of the configuration, snapshots) is skipped.

use crate::spec::{Dialect, KnownSet};
use crate::sut::ability::{Abilities, Ability};
use crate::sut::disk::memory::MemoryDisk;
use crate::sut::disk::{Contents, Disk, HardState, Write};
use crate::sut::node::{EntryView, MessageKind, MessageView, Node, NodeConfig, Ready, RoleView, View};
use raft_io::{Action, EntryKind, Event, LogEntry, MemoryLog, Message, RaftConfig, RaftLog, RaftNode, Role};
use std::cell::RefCell;

/// Entries in an append where a message has no limit: raft-io's default. Otherwise one for every so many bytes.
const MAX_BATCH: usize = 64;
const BYTES_AN_ENTRY: usize = 16;

/// One write of raft-io to its log.
#[derive(Debug)]
enum Op {
    HardState(raft_io::HardState),
    Append(Vec<LogEntry>),
    Truncate(u64),
    Sync,
}

/// The log that raft-io reads, and what it wrote in the call under way.
#[derive(Debug)]
struct Journal {
    log: MemoryLog,
    /// raft-io lends its log out for reading alone.
    tape: RefCell<Vec<Op>>,
}

impl Journal {
    /// The log as the disk has it.
    fn on(disk: &Contents<LogEntry>) -> raft_io::Result<Self> {
        let mut log = MemoryLog::new();
        log.append(&disk.entries)?;
        let HardState { term, vote, .. } = disk.hard_state;
        log.set_hard_state(raft_io::HardState { term, voted_for: (vote != 0).then_some(vote) })?;
        Ok(Journal { log, tape: RefCell::default() })
    }

    fn note(&mut self, op: Op) {
        self.tape.get_mut().push(op);
    }
}

impl RaftLog for Journal {
    fn last_index(&self) -> u64 {
        self.log.last_index()
    }

    fn last_term(&self) -> u64 {
        self.log.last_term()
    }

    fn term_at(&self, index: u64) -> Option<u64> {
        self.log.term_at(index)
    }

    fn entry(&self, index: u64) -> Option<LogEntry> {
        self.log.entry(index)
    }

    fn entries(&self, from: u64, to: u64) -> Vec<LogEntry> {
        self.log.entries(from, to)
    }

    fn append(&mut self, entries: &[LogEntry]) -> raft_io::Result<()> {
        self.log.append(entries)?;
        self.note(Op::Append(entries.to_vec()));
        Ok(())
    }

    fn truncate(&mut self, from: u64) -> raft_io::Result<()> {
        self.log.truncate(from)?;
        self.note(Op::Truncate(from));
        Ok(())
    }

    fn hard_state(&self) -> raft_io::HardState {
        self.log.hard_state()
    }

    fn set_hard_state(&mut self, state: raft_io::HardState) -> raft_io::Result<()> {
        self.log.set_hard_state(state)?;
        self.note(Op::HardState(state));
        Ok(())
    }

    fn sync(&mut self) -> raft_io::Result<()> {
        self.note(Op::Sync);
        Ok(())
    }
}

/// The snapshot that the cluster begins after: raft-io's index 0.
#[derive(Clone, Copy, Debug)]
struct Origin {
    index: u64,
    term: u64,
}

impl Origin {
    fn entry(self, entry: &LogEntry) -> EntryView {
        let value = match entry.kind {
            EntryKind::Normal => entry.command.first_chunk().map_or(0, |value| u32::from_le_bytes(*value)),
            // The configuration as it was: the empty entry of a new leader.
            EntryKind::Config => 0,
        };
        EntryView { index: self.index + entry.index, term: entry.term, value, size: entry.command.len() as u32 }
    }

    /// The term of the entry at one of raft-io's indexes, which says 0 of the origin.
    fn term(self, index: u64, term: u64) -> u64 {
        if index == 0 {
            self.term
        } else {
            term
        }
    }
}

/// A message and whom it is for, which raft-io says beside it.
#[derive(Clone, Debug)]
pub struct Wire {
    origin: Origin,
    to: u64,
    message: Message,
}

/// A replica of raft-io.
pub struct RaftIo {
    node: RaftNode<Journal>,
    disk: MemoryDisk<LogEntry>,
    origin: Origin,
    messages: Vec<Wire>,
    /// To be applied, entries that raft-io keeps from its application included.
    committed: Vec<EntryView>,
    /// Up to here there is nothing more to come.
    handed: u64,
    /// The term in which it asked for pre-votes last: it does not show that it does.
    asked_in: u64,
    readys: u64,
}

impl RaftIo {
    /// Lets something happen; whether raft-io took it.
    ///
    /// # Panics
    /// When raft-io says that its log failed it: it was asked for what no log can do.
    fn happen(&mut self, event: Event) -> bool {
        let actions = match self.node.step(event) {
            Ok(actions) => actions,
            Err(raft_io::Error::NotLeader { .. }) => return false,
            Err(error) => panic!("raft-io: {error}"),
        };
        self.write();
        for action in actions {
            self.carry_out(action);
        }
        self.pass_over_configurations();
        true
    }

    /// What raft-io wrote goes to the disk, and is durable as far as it synced.
    fn write(&mut self) {
        let mut cut = None;
        for op in self.node.log().tape.take() {
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
                    self.asked_in = self.node.term();
                }
                self.messages.push(Wire { origin: self.origin, to, message });
            }
            Action::Apply { index, term, command } => {
                self.pass_over_configurations();
                self.committed.push(self.origin.entry(&LogEntry::new(term, index, command)));
                self.handed = index;
            }
            // Hints, and what is not asked for.
            _ => {}
        }
    }

    /// Applied configurations, which an election appends, are raft-io's own business: nobody is told.
    fn pass_over_configurations(&mut self) {
        while self.handed < self.node.last_applied() {
            let next = self.node.log().entry(self.handed + 1);
            let Some(entry) = next.filter(|entry| entry.kind == EntryKind::Config) else { break };
            self.committed.push(self.origin.entry(&entry));
            self.handed = entry.index;
        }
    }

    /// It stays a follower for the while, and knows of no leader.
    fn asks_for_pre_votes(&self) -> bool {
        let follows_nobody = self.node.role() == Role::Follower && self.node.leader().is_none();
        follows_nobody && self.asked_in == self.node.term()
    }
}

impl Node for RaftIo {
    type Message = Wire;
    type Disk = MemoryDisk<LogEntry>;
    const NAME: &'static str = "raft-io";
    const DIALECT: Dialect = Dialect::RAFT_IO;
    const KNOWN: KnownSet = KnownSet::RAFT_IO;
    const ABILITIES: Abilities = Abilities::NONE.with(Ability::PreVote);

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
        let (origin, handed) = (disk.contents().snapshot, node.last_applied());
        let origin = Origin { index: origin.index, term: origin.term };
        RaftIo { node, disk, origin, messages: Vec::new(), committed: Vec::new(), handed, asked_in: 0, readys: 0 }
    }

    fn into_disk(self) -> MemoryDisk<LogEntry> {
        self.disk
    }

    fn disk(&mut self) -> &mut MemoryDisk<LogEntry> {
        &mut self.disk
    }

    fn tick(&mut self) {
        self.happen(Event::Tick);
    }

    fn step(&mut self, message: Wire) {
        self.happen(Event::Message(message.message));
    }

    fn propose(&mut self, value: u32, size: u8) -> bool {
        let mut command = value.to_le_bytes().to_vec();
        command.resize(command.len() + usize::from(size), 0);
        self.happen(Event::Propose(command))
    }

    fn view(&self) -> View {
        View {
            role: match self.node.role() {
                Role::Follower if self.asks_for_pre_votes() => RoleView::PreCandidate,
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
        describe(wire, entries)
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

/// The hints of a refusal are left out: where a leader goes on is its own choice.
fn describe(wire: &Wire, entries: &mut Vec<EntryView>) -> MessageView {
    let (origin, term) = (wire.origin, wire.message.term());
    let view = |kind, from| MessageView { kind, from, to: wire.to, term, ..MessageView::default() };
    match &wire.message {
        Message::PreVote(m) => MessageView {
            index: origin.index + m.last_log_index,
            log_term: origin.term(m.last_log_index, m.last_log_term),
            ..view(MessageKind::RequestPreVote, m.candidate)
        },
        Message::PreVoteReply(m) => {
            MessageView { reject: !m.vote_granted, ..view(MessageKind::RequestPreVoteResponse, m.from) }
        }
        Message::RequestVote(m) => MessageView {
            index: origin.index + m.last_log_index,
            log_term: origin.term(m.last_log_index, m.last_log_term),
            transfer: m.force,
            ..view(MessageKind::RequestVote, m.candidate)
        },
        Message::RequestVoteReply(m) => {
            MessageView { reject: !m.vote_granted, ..view(MessageKind::RequestVoteResponse, m.from) }
        }
        Message::AppendEntries(m) => {
            entries.extend(m.entries.iter().map(|entry| origin.entry(entry)));
            MessageView {
                index: origin.index + m.prev_log_index,
                log_term: origin.term(m.prev_log_index, m.prev_log_term),
                commit: origin.index + m.leader_commit,
                ..view(MessageKind::Append, m.leader)
            }
        }
        Message::AppendEntriesReply(m) if m.success => {
            MessageView { index: origin.index + m.match_index, ..view(MessageKind::AppendResponse, m.from) }
        }
        Message::AppendEntriesReply(m) => MessageView { reject: true, ..view(MessageKind::AppendResponse, m.from) },
        // What is not asked for is not said.
        _ => view(MessageKind::Other, 0),
    }
}

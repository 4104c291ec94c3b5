//! One server: raft.tla's variables of it, and what the dialects add.

use super::clock::Clock;
use super::configuration::Configuration;
use super::disk::Disk;
use super::entries::Entry;
use super::groups::Groups;
use super::ids::{Context, Index, NodeId, NodeSet, Position, Term, MAX_NODES};
use super::log::Log;
use super::options::Options;
use super::progress::{Fetch, Progress};
use super::settings::Settings;
use std::collections::VecDeque;
use std::hash::{Hash, Hasher};

/// A read that waits at the leader for a quorum.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Pending {
    /// Its name.
    pub context: Context,
    /// The server whose client asked.
    pub from: NodeId,
    /// The commit index when it was asked.
    pub index: Index,
    /// The servers that have acknowledged the leader since.
    pub acks: NodeSet,
}

/// raft.tla `state`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub enum Role {
    /// Answers candidates and leaders.
    #[default]
    Follower,
    /// Asks for votes.
    Candidate,
    /// Asks whether it would get votes (switch `pre-vote`).
    PreCandidate,
    /// Replicates its log.
    Leader,
}

impl Role {
    /// The role's name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Role::Follower => "follower",
            Role::Candidate => "candidate",
            Role::PreCandidate => "pre-candidate",
            Role::Leader => "leader",
        }
    }
}

/// The obligations of a server before the call under way returns (the *must* of a guard).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Owed {
    /// Vote requests.
    pub votes: NodeSet,
    /// At least one append, or a snapshot, each.
    pub appends: NodeSet,
    /// Appends until the peer is paused or has been sent the whole log.
    pub drains: NodeSet,
    /// Peers whose stream waits for a fetch of entries: no append is due to them.
    pub awaiting_fetch: NodeSet,
    /// Heartbeats.
    pub heartbeats: NodeSet,
    /// The read that they are for, if it was just asked for.
    pub read: Context,
    /// The call to start an election at once.
    pub timeout_now: NodeSet,
    /// Nothing: the call reset the progress of these peers.
    pub forgotten: NodeSet,
}

impl Owed {
    /// True if there is anything left to send.
    #[inline]
    pub fn is_anything(&self) -> bool {
        let entries = self.appends.or(self.drains);
        !entries.or(self.votes).or(self.heartbeats).or(self.timeout_now).is_empty()
    }
}

/// One server.
#[derive(Clone, Debug, Default)]
pub struct Server {
    /// raft.tla `currentTerm`.
    pub current_term: Term,
    /// raft.tla `state`.
    pub role: Role,
    /// raft.tla `votedFor`.
    pub voted_for: Option<NodeId>,
    /// raft.tla `log`.
    pub log: Log,
    /// raft.tla `commitIndex`.
    pub commit_index: Index,
    /// raft.tla `votesResponded`.
    pub votes_responded: NodeSet,
    /// raft.tla `votesGranted`.
    pub votes_granted: NodeSet,
    /// raft.tla `nextIndex`.
    pub next_index: [Index; MAX_NODES],
    /// raft.tla `matchIndex`.
    pub match_index: [Index; MAX_NODES],

    /// The leader of its term, if it knows one (switch `leader-known`, and all of reporting).
    pub leader: Option<NodeId>,
    /// Its ticks (switch `clocks`).
    pub clock: Clock,
    /// As a leader, how it sends to each peer (switch `pipelining`).
    pub progress: [Progress; MAX_NODES],
    /// As a leader, the peers that it has heard from since it last counted (switch `check-quorum`).
    pub active: NodeSet,
    /// As a leader, the reads that wait for a quorum, oldest first (switch `reads`).
    pub reads: VecDeque<Pending>,
    /// As a leader, the reads that wait until it has committed in its term, and whose clients asked (switch `reads`).
    pub early_reads: Vec<(NodeId, Context)>,
    /// Reads that were answered and not handed to the application yet.
    pub read_results: Vec<(Context, Index)>,
    /// As a leader, the target of the pending leadership transfer (switch `transfer`).
    pub transferee: Option<NodeId>,
    /// True if the leader asked for its election (switch `transfer`).
    pub campaigns_for_transfer: bool,
    /// The configuration that it acts on: that of the last change it applied (switch `applied-configuration`).
    pub configuration: Configuration,
    /// As a leader, the index up to which a change may be pending (raft-rs `pending_conf_index`).
    pub pending_change: Index,
    /// As a leader, the index up to which it does not count its own log (permission `ForgetOwnLog`); 0 for none.
    pub own_log_uncounted_to: Index,
    /// As a follower, the index that a snapshot it asked for must reach; 0 for none (switch `snapshots`).
    pub requested: Index,
    /// True if its application has no snapshot to give now (switch `snapshots`).
    pub snapshots_unavailable: bool,
    /// The servers for which its application has no snapshot now (switch `snapshots`).
    pub snapshots_withheld: NodeSet,
    /// As a leader, true if it sends no append for a commit alone (switch `skip-bcast-commit`).
    pub skip_bcast_commit: bool,
    /// True if it checks its quorum as a leader, and holds to its leader as a follower (switch `check-quorum`).
    pub checks_quorum: bool,
    /// As a leader, true if it told another server to start an election (switch `transfer`).
    pub sent_timeout_now: bool,
    /// Appends whose entries its storage fetches, oldest first (switch `async-fetch`).
    pub fetching: VecDeque<Fetch>,
    /// The groups that commits must reach (switch `group-commit`).
    pub groups: Groups,
    /// The most bytes of committed entries in a Ready, if there is a limit (raft-rs `max_committed_size_per_ready`).
    pub max_committed_size: Option<u32>,
    /// As a leader, true if it adds entries to an append that waits for its Ready (switch `batch-append`).
    pub batch_append: bool,
    /// Its election priority (switch `priority`).
    pub priority: u8,
    /// The options that it was started with.
    pub options: Options,
    /// The options that it will be started with next.
    pub next_options: Options,
    /// The entries and hard states that it has written, synced and applied (switch `durability`).
    pub disk: Disk,
    /// The obligations that the call under way still requires.
    pub owed: Owed,
    /// The lowest index whose entry changed in the call under way; `Index::MAX` for none.
    pub changed_from: Index,
}

impl Server {
    /// A server that was bootstrapped with everybody else, or one that starts from nothing. Where logs start empty, every
    /// server has the configuration: else one that replays the log would compute another (raft-rs,
    /// `MemStorage::initialize_with_conf_state`: all start states are the same, or new nodes catch up by a snapshot first).
    pub(super) fn new(settings: &Settings, i: NodeId) -> Self {
        let (base, configuration, term) = match settings.configuration.members().contains(i) {
            true => (settings.bootstrap, settings.configuration, settings.first_term),
            false => return Server::without_data(settings, settings.first_options(i)),
        };
        Server::start(settings, settings.first_options(i), Log::after(base), Disk::new(term, base, configuration))
    }

    /// A server with an empty disk.
    pub(super) fn without_data(settings: &Settings, options: Options) -> Self {
        let (configuration, term) = match settings.starts_empty {
            true => (settings.configuration, settings.first_term),
            false => (Configuration::default(), 0),
        };
        let base = Position::default();
        Server::start(settings, options, Log::after(base), Disk::new(term, base, configuration))
    }

    /// A server as it starts with a log and a disk: everything else is volatile.
    pub(super) fn start(settings: &Settings, options: Options, log: Log, disk: Disk) -> Self {
        let mut server = Server {
            current_term: disk.durable.term,
            voted_for: disk.durable.vote,
            commit_index: disk.durable.commit,
            log,
            next_index: [1; MAX_NODES],
            configuration: disk.configuration_durable,
            skip_bcast_commit: settings.skip_bcast_commit,
            next_options: options,
            max_committed_size: settings.max_committed_size,
            batch_append: settings.batch_append,
            disk,
            changed_from: Index::MAX,
            ..Server::default()
        };
        server.start_with(options);
        server
    }

    /// Starts with these options.
    pub(super) fn start_with(&mut self, options: Options) {
        (self.options, self.checks_quorum, self.priority) = (options, options.check_quorum, options.priority);
    }

    /// True if it tells a leader of an older term of its own (switch `depose-stale`).
    pub fn answers_stale(&self) -> bool {
        self.options.pre_vote || self.checks_quorum
    }

    /// Cuts the log back to its last index `len`.
    pub(super) fn truncate_log(&mut self, len: Index) {
        self.log.truncate(len);
        self.log_changed(len + 1);
    }

    /// Appends entries to the log.
    pub(super) fn append_to_log(&mut self, entries: &[Entry]) {
        self.log_changed(self.log.last_index() + 1);
        self.log.extend(entries.iter().copied());
    }

    /// A snapshot takes the place of the whole log. Committed entries stay the same.
    pub(super) fn restore_log(&mut self, snapshot: Position) {
        self.log_changed(self.commit_index + 1);
        self.log = Log::after(snapshot);
        self.disk.snapshot_unwritten = true;
    }

    /// Returns to the follower state without a leader.
    pub(super) fn step_down(&mut self) {
        self.clear_leader_state();
        self.role = Role::Follower;
        self.leader = None;
        self.clock.reset();
    }

    /// Clears the state that only a leader has.
    pub(super) fn clear_leader_state(&mut self) {
        self.transferee = None;
        self.reads.clear();
        self.early_reads.clear();
        self.pending_change = 0;
        self.own_log_uncounted_to = 0;
    }

    /// Returns to the follower state: a candidate has found the leader of its own term.
    pub(super) fn follow(&mut self, leader: NodeId) {
        self.role = Role::Follower;
        self.hear(leader);
    }

    /// Notes a message of the leader, as a follower.
    pub(super) fn hear(&mut self, leader: NodeId) {
        self.leader = Some(leader);
        self.clock.elapsed = 0;
    }

    fn log_changed(&mut self, first: Index) {
        self.changed_from = self.changed_from.min(first);
        self.disk.log_changed(first);
    }

    /// Takes over raft.tla's ten variables from `other`.
    pub fn take_variables(&mut self, other: &Server) {
        self.current_term = other.current_term;
        self.role = other.role;
        self.voted_for = other.voted_for;
        self.log.copy_from(&other.log);
        self.commit_index = other.commit_index;
        self.votes_responded = other.votes_responded;
        self.votes_granted = other.votes_granted;
        self.next_index = other.next_index;
        self.match_index = other.match_index;
    }

    fn identity(&self) -> impl Eq + Hash + '_ {
        (
            (self.current_term, self.role, self.voted_for, &self.log, self.commit_index),
            (self.votes_responded, self.votes_granted, &self.next_index, &self.match_index),
        )
    }
}

impl PartialEq for Server {
    fn eq(&self, other: &Self) -> bool {
        self.identity() == other.identity()
    }
}

impl Eq for Server {}

impl Hash for Server {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        self.identity().hash(hasher);
    }
}

//! The state of the specification: raft.tla's variables, server by server, and what the dialects add.
//!
//! The ten variables of raft.tla carry its names in snake case. Two states are *equal* when those
//! are: what a dialect adds is constant in `ongaro`, so that exploration counts what TLC counts.

use super::clock::Clock;
use super::configuration::Configuration;
use super::dialect::Dialect;
use super::durability::Disk;
use super::fetch::Fetch;
use super::groups::Groups;
use super::ids::{Entry, Index, NodeId, NodeSet, Term, MAX_NODES};
use super::log::Log;
use super::message::Position;
use super::permission::{Permission, Permissions};
use super::progress::Progress;
use super::reads::{Context, Pending};
use super::uncommitted::Sizes;
use std::collections::VecDeque;
use std::hash::{Hash, Hasher};

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

/// What a server must still do before the call that it is in returns (the *must* of a guard).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Owed {
    /// Vote requests.
    pub votes: NodeSet,
    /// At least one append, or a snapshot, each.
    pub appends: NodeSet,
    /// Appends until the peer is paused or has been sent everything.
    pub drains: NodeSet,
    /// Peers whose stream waits for entries that are fetched: nothing is owed to them any more.
    pub put_off: NodeSet,
    /// Heartbeats.
    pub heartbeats: NodeSet,
    /// The read that they are for, if it was just asked for.
    pub read: Context,
    /// The call to start an election at once.
    pub timeout_now: NodeSet,
    /// Nothing: of these peers the call made the leader forget all that it knew.
    pub forgotten: NodeSet,
}

impl Owed {
    /// Whether there is anything left to send.
    #[inline]
    pub fn is_anything(&self) -> bool {
        let entries = self.appends.or(self.drains);
        !entries.or(self.votes).or(self.heartbeats).or(self.timeout_now).is_empty()
    }
}

/// One server.
#[derive(Clone, Debug)]
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

    /// Whom it takes for the leader of its term (switch `leader-known`, and all of reporting).
    pub leader: Option<NodeId>,
    /// Its ticks (switch `clocks`).
    pub clock: Clock,
    /// As a leader, how it sends to each peer (switch `pipelining`).
    pub progress: [Progress; MAX_NODES],
    /// As a leader, whom it has heard of since it last counted (switch `check-quorum`).
    pub active: NodeSet,
    /// As a leader, the reads that wait for a quorum, oldest first (switch `reads`).
    pub reads: VecDeque<Pending>,
    /// Reads that were answered and not handed to the application yet.
    pub read_results: Vec<(Context, Index)>,
    /// As a leader, whom it makes its successor (switch `transfer`).
    pub transferee: Option<NodeId>,
    /// Whether its election is one that the leader asked for (switch `transfer`).
    pub chosen: bool,
    /// The configuration that it acts on: that of the last change it applied (switch `applied-configuration`).
    pub configuration: Configuration,
    /// As a leader, up to where a change of the configuration may be pending (switch `one-change`).
    pub pending_change: Index,
    /// As a leader, up to where it does not count its own log (permission `ForgetOwnLog`); 0 for nowhere.
    pub own_forgotten: Index,
    /// As a follower, the index that a snapshot it asked for must reach; 0 for none (switch `snapshots`).
    pub requested: Index,
    /// Whether its application has no snapshot to give now (switch `snapshots`).
    pub snapshots_unavailable: bool,
    /// As a leader, whether it tells nobody that it has committed (switch `quiet-commit`).
    pub quiet: bool,
    /// Whether it counts whom it hears of, and holds to its leader (switch `check-quorum`).
    pub checks_quorum: bool,
    /// As a leader, whether it told another server to start an election (switch `transfer`).
    pub yielded: bool,
    /// Appends whose entries its storage fetches, oldest first (switch `late-entries`).
    pub fetching: VecDeque<Fetch>,
    /// The groups that commits must reach (switch `group-commit`).
    pub groups: Groups,
    /// Whether a Ready may hold back entries to apply, for their size.
    pub rationed: bool,
    /// As a leader, whether it joins appends that wait (switch `joined-appends`).
    pub joins: bool,
    /// Its election priority (switch `priority`).
    pub priority: u8,
    /// What it has written, synced and applied (switch `durability`).
    pub disk: Disk,
    /// What the call under way still requires of it.
    pub owed: Owed,
    /// The lowest index whose entry changed in the call under way; `Index::MAX` for none.
    pub changed_from: Index,
}

impl Server {
    /// A server that was bootstrapped with everybody else, or one that starts from nothing.
    fn new(settings: &Settings, bootstrapped: bool) -> Self {
        let (base, configuration, current_term) = match bootstrapped {
            true => (settings.bootstrap, settings.configuration, 1),
            false => (Position::default(), Configuration::default(), 0),
        };
        Server {
            current_term,
            role: Role::Follower,
            voted_for: None,
            log: Log::after(base),
            commit_index: base.index,
            votes_responded: NodeSet::EMPTY,
            votes_granted: NodeSet::EMPTY,
            next_index: [1; MAX_NODES],
            match_index: [0; MAX_NODES],
            leader: None,
            clock: Clock::default(),
            progress: std::array::from_fn(|_| Progress::default()),
            active: NodeSet::EMPTY,
            reads: VecDeque::new(),
            read_results: Vec::new(),
            transferee: None,
            chosen: false,
            configuration,
            pending_change: 0,
            own_forgotten: 0,
            requested: 0,
            snapshots_unavailable: false,
            quiet: settings.quiet_commit,
            checks_quorum: settings.check_quorum,
            yielded: false,
            fetching: VecDeque::new(),
            groups: Groups::default(),
            rationed: settings.rationed_apply,
            joins: settings.batch_append,
            priority: 0,
            disk: Disk::new(current_term, base, configuration),
            owed: Owed::default(),
            changed_from: Index::MAX,
        }
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

    /// A snapshot takes the place of the whole log. What was committed stays what it was.
    pub(super) fn restore_log(&mut self, snapshot: Position) {
        self.log_changed(self.commit_index + 1);
        self.log = Log::after(snapshot);
        self.disk.snapshot_unwritten = true;
    }

    /// Clears the state that only a leader has.
    pub(super) fn clear_leader_state(&mut self) {
        self.transferee = None;
        self.reads.clear();
        self.pending_change = 0;
        self.own_forgotten = 0;
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

impl Server {
    /// Whether it does from now on what `other` does, if the same happens to both. How often it has written is no
    /// matter, and what one call owed is paid.
    fn goes_on_like(&self, other: &Server, election_timeout: u32) -> bool {
        // All fields: what is added later must be thought of.
        let Server {
            current_term: _,
            role: _,
            voted_for: _,
            log: _,
            commit_index: _,
            votes_responded: _,
            votes_granted: _,
            next_index: _,
            match_index: _,
            leader,
            clock,
            progress,
            active,
            reads,
            read_results,
            transferee,
            chosen,
            configuration,
            pending_change,
            own_forgotten,
            requested,
            snapshots_unavailable,
            quiet,
            checks_quorum,
            yielded,
            fetching,
            groups,
            rationed,
            joins,
            priority,
            disk,
            owed: _,
            changed_from: _,
        } = self;
        let variables = self == other;
        // Whoever starts no election counts on: past every timeout it is all the same.
        let capped = |clock: &Clock| Clock { elapsed: clock.elapsed.min(2 * election_timeout), ..*clock };
        let leads = (active, transferee, pending_change, own_forgotten, yielded, quiet, joins, groups)
            == (
                &other.active,
                &other.transferee,
                &other.pending_change,
                &other.own_forgotten,
                &other.yielded,
                &other.quiet,
                &other.joins,
                &other.groups,
            );
        let follows =
            (leader, &capped(clock), chosen, configuration, requested, snapshots_unavailable, checks_quorum, priority)
                == (
                    &other.leader,
                    &capped(&other.clock),
                    &other.chosen,
                    &other.configuration,
                    &other.requested,
                    &other.snapshots_unavailable,
                    &other.checks_quorum,
                    &other.priority,
                );
        let queues = (reads, read_results, fetching, rationed)
            == (&other.reads, &other.read_results, &other.fetching, &other.rationed);
        variables && leads && follows && queues && *progress == other.progress && disk.goes_on_like(&other.disk)
    }
}

impl State {
    /// Whether its servers do from now on what those of `other`, an earlier state of the same run, did then.
    pub fn goes_on_like(&self, other: &State) -> bool {
        let timeout = self.settings.election_timeout;
        self.servers.iter().zip(&other.servers).all(|(ours, theirs)| ours.goes_on_like(theirs, timeout))
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

/// What stays the same for a whole run.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Settings {
    /// Which documented deviations are on.
    pub dialect: Dialect,
    /// The steps that are allowed besides.
    pub permissions: Permissions,
    /// How many servers there are, those outside the configuration included.
    pub servers: usize,
    /// The configuration at the start. Servers outside it start from nothing.
    pub configuration: Configuration,
    /// What the log of its members starts after.
    pub bootstrap: Position,
    /// Whether candidates ask for pre-votes first.
    pub pre_vote: bool,
    /// Whether leaders count whom they hear of, and followers hold to their leader.
    pub check_quorum: bool,
    /// The least election timeout, in ticks: how long a follower holds to its leader.
    pub election_timeout: u32,
    /// Ticks between two heartbeats.
    pub heartbeat_timeout: u32,
    /// The most appends that may be in flight to one peer in replicate.
    pub max_inflight: usize,
    /// Whether leaders tell nobody of a commit by itself, until the application says otherwise.
    pub quiet_commit: bool,
    /// Whether leaders answer reads by their lease.
    pub lease_reads: bool,
    /// Whether storage may fetch the entries of an append late.
    pub late_entries: bool,
    /// The election priority that the first server starts with.
    pub first_priority: u8,
    /// Whether leaders join appends that wait, until the application says otherwise.
    pub batch_append: bool,
    /// The most bytes of a leader's own entries that are not committed, if there is a limit.
    pub max_uncommitted: Option<u32>,
    /// Whether a Ready may hold back entries to apply, for their size.
    pub rationed_apply: bool,
    /// Whether what an application applied survives a crash with it.
    pub durable_apply: bool,
    /// Whether it does at least where a change of the configuration was applied.
    pub durable_changes: bool,
}

impl Settings {
    /// True if the specification allows this besides.
    #[inline]
    pub fn permits(&self, permission: Permission) -> bool {
        self.permissions.has(permission)
    }

    /// raft.tla as it stands, with so many servers.
    pub fn ongaro(servers: usize) -> Self {
        Settings {
            dialect: Dialect::ONGARO,
            permissions: Permissions::NONE,
            servers,
            configuration: Configuration::of(NodeSet::first(servers)),
            bootstrap: Position::default(),
            pre_vote: false,
            check_quorum: false,
            election_timeout: 1,
            heartbeat_timeout: 1,
            max_inflight: usize::MAX,
            quiet_commit: false,
            lease_reads: false,
            late_entries: false,
            first_priority: 0,
            batch_append: false,
            max_uncommitted: None,
            rationed_apply: false,
            durable_apply: false,
            durable_changes: false,
        }
    }
}

/// The state of all servers. Messages live in a [`Network`](super::network::Network).
#[derive(Clone, Debug)]
pub struct State {
    /// What never changes.
    pub settings: Settings,
    /// The servers, by slot.
    pub servers: Vec<Server>,
    /// The bytes of each client's value, where they are limited (switch `uncommitted-limit`).
    pub sizes: Sizes,
}

impl State {
    /// raft.tla `Init`.
    pub fn init(settings: Settings) -> Self {
        let members = settings.configuration.members();
        let server = |slot| Server::new(&settings, members.contains(NodeId::from_slot(slot)));
        let mut servers: Vec<Server> = (0..settings.servers).map(server).collect();
        servers[0].priority = settings.first_priority;
        State { settings, servers, sizes: Sizes::default() }
    }

    /// The server `node`.
    #[inline]
    pub fn server(&self, node: NodeId) -> &Server {
        &self.servers[node.slot()]
    }

    /// The server `node`, to change.
    #[inline]
    pub fn server_mut(&mut self, node: NodeId) -> &mut Server {
        &mut self.servers[node.slot()]
    }

    /// All servers' ids.
    pub fn nodes(&self) -> impl Iterator<Item = NodeId> {
        (0..self.servers.len()).map(NodeId::from_slot)
    }

    /// Whom `node` takes for the other members of the cluster.
    #[inline]
    pub fn peers(&self, node: NodeId) -> NodeSet {
        self.server(node).configuration.members().without(node)
    }
}

impl PartialEq for State {
    fn eq(&self, other: &Self) -> bool {
        self.servers == other.servers
    }
}

impl Eq for State {}

impl Hash for State {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        self.servers.hash(hasher);
    }
}

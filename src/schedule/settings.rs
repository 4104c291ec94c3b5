//! The table of settings: the shape of a cluster, and what its nodes are started with.
//!
//! A row of [`SETTINGS`] declares a setting: its field, values, default, the ability that it needs, its draw in the
//! generator, and its words. The struct, codec, text, generator, shrinking and the schedule reference of the docs
//! follow from the rows. Rows are only ever appended, since their order is that of the bytes
//! ([`VERSIONS`](super::codec::VERSIONS)), of the text, and of the draws.

use super::ability::Ability;
use super::generate::Random;
use crate::spec::{Configuration, NodeId, NodeSet, MAX_NODES};

/// A row of [`SETTINGS`].
#[derive(Clone, Copy, Debug)]
pub struct SettingRow {
    /// The name in text.
    pub name: &'static str,
    /// The values that it takes.
    pub values: Values,
    /// The value in a schedule that does not name it.
    pub default: u32,
    /// A sentence about it.
    pub about: &'static str,
    /// The abilities that it needs, each with the value that takes its place without.
    pub needs: &'static [(Ability, u32)],
    /// A random value.
    pub(super) drawn: fn(&mut Random) -> u32,
    /// A sentence of a story about a value other than the default.
    pub words: Option<fn(u32) -> String>,
    get: fn(&Setup) -> u32,
    set: fn(&mut Setup, u32),
}

impl SettingRow {
    /// The value in `setup`.
    pub fn get(&self, setup: &Setup) -> u32 {
        (self.get)(setup)
    }

    /// Sets the value in `setup`.
    pub fn set(&self, setup: &mut Setup, value: u32) {
        (self.set)(setup, value);
    }
}

/// The values of a setting. Flags are 0 and 1.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Values {
    /// From the first to the second.
    Range(u32, u32),
    /// One of these; the first is the default.
    OneOf(&'static [u32]),
    /// One of these names, by its place.
    Named(&'static [&'static str]),
    /// On or off.
    Flag,
}

impl Values {
    /// The number of values.
    pub fn count(self) -> u32 {
        match self {
            Values::Range(least, most) => most - least + 1,
            Values::OneOf(known) => known.len() as u32,
            Values::Named(names) => names.len() as u32,
            Values::Flag => 2,
        }
    }

    /// The value at a place below [`count`](Self::count).
    pub fn at(self, place: u32) -> u32 {
        match self {
            Values::Range(least, _) => least + place,
            Values::OneOf(known) => known[place as usize],
            Values::Named(_) | Values::Flag => place,
        }
    }

    /// A value in text.
    pub fn word(self, value: u32) -> String {
        match self {
            Values::Flag => (value != 0).to_string(),
            Values::Named(names) => names[value as usize].into(),
            Values::Range(..) | Values::OneOf(_) => value.to_string(),
        }
    }

    /// The place of a value.
    pub fn place(self, value: u32) -> u32 {
        match self {
            Values::Range(least, _) => value - least,
            Values::OneOf(known) => known.iter().position(|known| *known == value).unwrap_or(0) as u32,
            Values::Named(_) | Values::Flag => value,
        }
    }
}

/// The type of a field, from a number.
trait Field {
    fn of(number: u32) -> Self;
}

macro_rules! fields {
    ($($type:ty, $of:expr;)*) => {
        $(impl Field for $type {
            fn of(number: u32) -> Self {
                $of(number)
            }
        })*
    };
}

fields! {
    bool, |number| number != 0;
    u8, |number| number as u8;
    u16, |number| number as u16;
    u32, |number| number;
    ReadyOrder, |number| ReadyOrder::ALL[number as usize];
}

/// The order in which an application processes a Ready while its disk syncs; each is documented by raft-rs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ReadyOrder {
    /// It writes and calls `advance_append`, then applies (raft-rs doc of `RawNode::advance_append`).
    AppendFirst,
    /// It applies, then writes and calls `advance` (raft-rs doc, processing the Ready state; example `five_mem_node`).
    ApplyFirst,
    /// It writes, applies, and calls `advance` (raft-rs doc of `RawNode::advance`: fully processing a Ready).
    WriteFirst,
    /// It writes and calls `advance_append`, then applies the Ready's entries and the light Ready's apart, each with
    /// `advance_apply_to` (raft-rs doc of `RawNode::advance_apply_to`).
    ApplyApart,
}

impl ReadyOrder {
    const ALL: [ReadyOrder; 4] =
        [ReadyOrder::AppendFirst, ReadyOrder::ApplyFirst, ReadyOrder::WriteFirst, ReadyOrder::ApplyApart];
    const NAMES: [&str; 4] = ["append-first", "apply-first", "write-first", "apply-apart"];

    /// True if the application calls `advance`.
    pub fn advances(self) -> bool {
        matches!(self, ReadyOrder::ApplyFirst | ReadyOrder::WriteFirst)
    }
}

impl From<ReadyOrder> for u32 {
    fn from(order: ReadyOrder) -> u32 {
        order as u32
    }
}

macro_rules! settings {
    ($($field:ident: $type:ty, $name:literal, $values:expr, $default:expr, $about:literal,
        [$(($ability:ident, $without:expr)),*], $drawn:expr, $words:expr;)*) => {
        /// A cluster. Every field is one of its row's values; [`Setup::clamped`] makes it so.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        pub struct Setup { $(#[doc = $about] pub $field: $type,)* }

        impl Default for Setup {
            fn default() -> Self {
                Setup { $($field: <$type as Field>::of($default),)* }
            }
        }

        /// Every setting.
        pub const SETTINGS: &[SettingRow] = &[$(SettingRow {
            name: $name,
            values: $values,
            default: $default,
            about: $about,
            needs: &[$((Ability::$ability, $without)),*],
            drawn: $drawn,
            words: $words,
            get: |setup| setup.$field.into(),
            set: |setup, value| setup.$field = <$type as Field>::of(value),
        },)*];
    };
}

use Values::{Flag, Named, OneOf, Range};

settings! {
    election_tick: u8, "election-tick", Range(2, 17), 10,
        "Ticks after which a follower campaigns, at least (raft-rs `Config::election_tick`).", [],
        |random| [10, 3, 5, 3][random.below(4)], None;
    voters: u8, "voters", Range(1, 7), 3,
        "Number of voters: the first nodes.", [],
        |random| [3, 3, 3, 5, 3, 5, 1, 2, 4, 7][random.below(10)], None;
    learners: u8, "learners", Range(0, 2), 0,
        "Number of learners: the nodes after the voters.", [],
        |random| [0, 0, 0, 0, 1, 2][random.below(6)], None;
    spares: u8, "spares", Range(0, 2), 0,
        "Number of nodes outside the configuration, which start from nothing: the last nodes.", [],
        |random| [0, 0, 1, 2][random.below(4)], None;
    keep_removed: bool, "keep-removed", Flag, 0,
        "A node that applied its own removal keeps running. Otherwise its application stops it at once.",
        [(Changes, 0)], |random| random.percent(30), Some(|_| "A node that was removed runs on.".into());
    stray_campaigns: bool, "stray-campaigns", Flag, 0,
        "Applications ask nodes that have no vote to campaign, too.",
        [(Changes, 0)], |random| random.percent(5),
        Some(|_| "Applications ask nodes to campaign that have no vote.".into());
    heartbeat_tick: u8, "heartbeat-tick", Range(1, 16), 2,
        "Ticks between two heartbeats, fewer than `election-tick` (raft-rs `Config::heartbeat_tick`).", [],
        |random| 1 + random.below(2) as u32, None;
    seed: u16, "seed", Range(0, 65_535), 0,
        "Seed of the randomized election timeouts.", [],
        |random| random.below(1 << 16) as u32, None;
    max_inflight_msgs: u16, "max-inflight-msgs", OneOf(&Setup::MAX_INFLIGHT_MSGS), 256,
        "Appends in flight to a peer, at most (raft-rs `Config::max_inflight_msgs`).",
        [(Flow, 256)], |random| Setup::MAX_INFLIGHT_MSGS[random.below(4)],
        Some(|most| format!("At most {most} appends are in flight to a peer."));
    max_size_per_msg: u32, "max-size-per-msg", OneOf(&Setup::SIZES), u32::MAX,
        "Bytes of entries in an append, at most, though always one entry (raft-rs `Config::max_size_per_msg`). \
         At most `max-uncommitted-size`.", [],
        |random| Setup::SIZES[random.below(4)],
        Some(|size| format!("An append has entries of at most {size} bytes, or one."));
    first_index: u8, "first-index", Range(0, 16), 1,
        "Index of the snapshot that all nodes are bootstrapped from. With 0 they start from an empty log instead, in term \
         0, with the configuration in their storage (raft-rs `MemStorage::new_with_conf_state`).", [],
        |random| {
            // Drawn aside, so that all later draws of a seed stay as they were.
            let starts_empty = random.aside(11).chance(20);
            let index = 1 + random.below(3) as u32;
            if starts_empty { 0 } else { index }
        }, None;
    first_term: u8, "first-term", Range(0, 16), 1,
        "Term of the snapshot that all nodes are bootstrapped from; 0 if and only if `first-index` is 0.", [],
        |random| 1 + random.below(3) as u32, None;
    lazy_sync: bool, "lazy-sync", Flag, 0,
        "A write that need not be synced (raft-rs `Ready::must_sync`) is left unsynced.",
        [(Durability, 0)], |random| random.percent(30),
        Some(|_| "A write that need not be synced is left unsynced (must_sync).".into());
    durable_apply: bool, "durable-apply", Flag, 1,
        "The applied state survives a crash. Otherwise the application applies all entries again.",
        [(DurableApply, 0)], |random| random.percent(70),
        Some(|_| "The applied state does not survive a crash: an application applies all entries again.".into());
    // raft-rs's example keeps each change at once (`set_conf_state`), and does not say that it must be kept.
    lossy_changes: bool, "lossy-changes", Flag, 0,
        "A crash may undo an applied change of the configuration, but never a node's own removal.",
        [(Changes, 0)], |random| random.percent(5),
        Some(|_| "A crash may take back even a change of the configuration that was applied.".into());
    // raft-rs's documentation sends persisted messages once the write is durable, and does not say whether before or
    // after `on_persist_ready`.
    late_notice: bool, "late-notice", Flag, 0,
        "A node is told of a sync by the event `notice` alone, while messages that waited for the sync leave at once.",
        [(Durability, 0)], |random| random.percent(20),
        Some(|_| "A node is told of a sync later than what waited for the sync leaves it.".into());
    pre_vote: bool, "pre-vote", Flag, 0,
        "Candidates ask for pre-votes first (raft-rs `Config::pre_vote`).",
        [(DirectElections, 1), (PreVote, 0)], |random| random.percent(30),
        Some(|_| "Candidates ask for pre-votes first (pre_vote).".into());
    check_quorum: bool, "check-quorum", Flag, 0,
        "A leader that hears of no quorum steps down (raft-rs `Config::check_quorum`).",
        [(CheckQuorum, 0)], |random| random.percent(30),
        Some(|_| "Leaders count whom they hear of, and followers hold to their leader (check_quorum).".into());
    heal: bool, "heal", Flag, 0,
        "All faults end with the schedule, and the cluster must then make progress.", [],
        |random| random.percent(20),
        Some(|_| "When the schedule is over all faults end, and the cluster must make progress.".into());
    skip_bcast_commit: bool, "skip-bcast-commit", Flag, 0,
        "A leader does not send appends only to announce a commit (raft-rs `Config::skip_bcast_commit`).",
        [(Flow, 0)], |random| random.percent(20),
        Some(|_| "Leaders tell nobody of a commit alone (skip_bcast_commit).".into());
    max_committed_size_per_ready: u32, "max-committed-size-per-ready", OneOf(&Setup::SIZES), u32::MAX,
        "Bytes of committed entries in a Ready, at most, though always one entry \
         (raft-rs `Config::max_committed_size_per_ready`).",
        [(Limits, u32::MAX)], |random| Setup::SIZES[[0, 0, 0, 1, 2, 3][random.below(6)]],
        Some(|size| format!("A Ready has committed entries of at most {size} bytes, or one."));
    max_uncommitted_size: u32, "max-uncommitted-size", OneOf(&Setup::SIZES), u32::MAX,
        "Bytes of uncommitted entries at a leader, at most (raft-rs `Config::max_uncommitted_size`).",
        [(Limits, u32::MAX)], |random| Setup::SIZES[[0, 0, 0, 0, 0, 1, 2, 3][random.below(8)]],
        Some(|size| format!("A leader's uncommitted entries have at most {size} bytes."));
    batch_append: bool, "batch-append", Flag, 0,
        "Appends to one peer that wait for the same Ready become one (raft-rs `Config::batch_append`).",
        [(Flow, 0)], |random| random.percent(20), Some(|_| "Appends that wait are joined (batch_append).".into());
    lease_reads: bool, "lease-reads", Flag, 0,
        "Leaders answer reads by their lease (raft-rs `ReadOnlyOption::LeaseBased`). Needs `check-quorum`.",
        [(CheckQuorum, 0), (Reads, 0)], |random| random.percent(15),
        Some(|_| "Leaders answer reads by their lease (ReadOnlyOption::LeaseBased).".into());
    // raft-rs's `ReadState` has the caller tell its reads apart, "e.g. given a unique id as request_ctx".
    reuse_contexts: bool, "reuse-contexts", Flag, 0,
        "Reads share a few contexts.",
        [(Reads, 0)], |random| random.percent(15), Some(|_| "Reads share a few contexts.".into());
    async_fetch: bool, "async-fetch", Flag, 0,
        "Storage fetches the entries of appends asynchronously (raft-rs `StorageError::LogTemporarilyUnavailable`), \
         until the event `entries-fetched`.",
        [(AsyncFetch, 0)], |random| random.percent(15),
        Some(|_| "Storage fetches the entries of appends late (LogTemporarilyUnavailable).".into());
    first_priority: u8, "first-priority", Range(0, 3), 0,
        "Election priority of node 1 (raft-rs `Config::priority`); the others start with 0.",
        [(Priority, 0)], |random| if random.chance(10) { 1 + random.below(3) as u32 } else { 0 },
        Some(|priority| format!("Node 1 has the election priority {priority}."));
    // raft-rs's documentation has all of these orders. An application that is held applies last in each of them.
    ready_order: ReadyOrder, "ready-order", Named(&ReadyOrder::NAMES), 0,
        "The order in which an application processes a Ready. `append-first`: it writes and calls `advance_append`, then \
         applies and calls `advance_apply_to`. `apply-first`: it applies, then writes and calls `advance`. \
         `write-first`: it writes, applies, and calls `advance`. `apply-apart`: as `append-first`, but the entries that \
         `advance_append` returns are applied, and told, apart.",
        [(Durability, 0)], |random| [0, 0, 0, 1, 2, 3][random.aside(28).below(6)],
        Some(|order| format!("Applications process a Ready in the order `{}`.", ReadyOrder::NAMES[order as usize]));
    wiped_disks: bool, "wiped-disks", Flag, 0,
        "Outside the contract: the event `wipe` takes a node's disk away, and the node returns under its old number.",
        [(Snapshots, 0)],
        // Drawn aside, so that all later draws of a seed stay as they were.
        |random| random.aside(29).percent(8),
        Some(|_| "Nodes may lose their disks, which is outside the contract.".into());
    partial_heal: bool, "partial-heal", Flag, 0,
        "Links that the schedule leaves cut stay cut when faults end, as long as the members of some quorum hear each \
         other. Matters with `heal`.", [],
        |random| random.aside(30).percent(25),
        Some(|_| "Links that are cut when the schedule is over stay cut, unless no quorum hears each other then.".into());
    hostile_messages: bool, "hostile-messages", Flag, 0,
        "Outside the contract: the event `forge` lets messages arrive that no correct peer sends, and whose answer no \
         document promises.",
        [(ForgedMessages, 0)],
        |random| random.aside(31).percent(6),
        Some(|_| "Messages may arrive that no correct peer sends, which is outside the contract.".into());
}

impl Setup {
    /// The settings of one node, before it is told otherwise: `first_priority` is its own.
    #[must_use]
    pub fn of_node(self, node: NodeId) -> Self {
        let first_priority = if node.slot() == 0 { self.first_priority } else { 0 };
        Setup { first_priority, ..self }
    }

    /// A node's own settings as it starts with them: without check-quorum it answers reads by no lease (raft-rs
    /// `Config::read_only_option`), and heartbeats are more frequent than elections (`Config::election_tick`).
    #[must_use]
    pub fn started(self) -> Self {
        let heartbeat_tick = self.heartbeat_tick.min(self.election_tick - 1);
        Setup { lease_reads: self.lease_reads && self.check_quorum, heartbeat_tick, ..self }
    }

    /// Limits of appends in flight: raft-rs's default, and small ones.
    pub const MAX_INFLIGHT_MSGS: [u32; 4] = [256, 1, 2, 4];
    /// Limits in bytes: unlimited, one entry (raft-rs's default for a message), and a few entries.
    pub const SIZES: [u32; 4] = [u32::MAX, 0, 24, 64];

    /// Brings every setting into its range, and those that depend on others in line with them.
    #[must_use]
    pub fn clamped(mut self) -> Self {
        for row in SETTINGS {
            if let Range(least, most) = row.values {
                let value = row.get(&self).clamp(least, most);
                row.set(&mut self, value);
            }
        }
        self.spares = self.spares.min(MAX_NODES as u8 - self.voters - self.learners);
        self.heartbeat_tick = self.heartbeat_tick.min(self.election_tick - 1);
        self.check_quorum |= self.lease_reads;
        self.max_size_per_msg = self.max_size_per_msg.min(self.max_uncommitted_size);
        self.first_term = if self.first_index == 0 { 0 } else { self.first_term.max(1) };
        self
    }

    /// Checks the rules between settings (raft-rs `Config::validate`), for a reader of text.
    pub(super) fn check(&self) -> Result<(), String> {
        if self.heartbeat_tick >= self.election_tick {
            return Err("heartbeat-tick must be below election-tick".into());
        }
        if usize::from(self.count()) > MAX_NODES {
            return Err(format!("{} nodes are too many: at most {MAX_NODES}", self.count()));
        }
        if self.lease_reads && !self.check_quorum {
            return Err("lease-reads needs check-quorum: set it too".into());
        }
        // A term begins with an election, so that no entry is of term 0 (paper figure 2: terms are initialized to 0). A
        // snapshot of nothing has no term (raft-rs: a snapshot with index 0 is empty; `Storage::term` of index 0 is 0).
        if (self.first_index == 0) != (self.first_term == 0) {
            let (index, term) = (self.first_index, self.first_term);
            return Err(format!(
                "first-index {index} with first-term {term}: an empty log has index 0 and term 0, so set both or none to 0"
            ));
        }
        if self.max_uncommitted_size < self.max_size_per_msg {
            return Err("max-size-per-msg must not be above max-uncommitted-size: set it too".into());
        }
        Ok(())
    }

    /// True if all nodes start from an empty log in term 0, with the configuration in their storage.
    pub fn starts_empty(&self) -> bool {
        self.first_index == 0
    }

    /// The number of nodes.
    pub fn count(&self) -> u8 {
        self.voters + self.learners + self.spares
    }

    /// The nodes.
    pub fn nodes(&self) -> impl Iterator<Item = NodeId> {
        (1..=self.count()).map(NodeId::new)
    }

    /// True if the cluster has `node`.
    pub fn has(&self, node: NodeId) -> bool {
        node.number() <= self.count()
    }

    /// The configuration in the storage of a node with an empty log.
    pub fn first_configuration(&self) -> Configuration {
        if self.starts_empty() {
            self.configuration()
        } else {
            Configuration::default()
        }
    }

    /// The configuration that the members are bootstrapped with.
    pub fn configuration(&self) -> Configuration {
        let (voters, members) = (self.voters.into(), usize::from(self.voters + self.learners));
        let learners = NodeSet::first(members).minus(NodeSet::first(voters));
        Configuration { learners, ..Configuration::of(NodeSet::first(voters)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_are_values_and_within_the_rules() {
        let setup = Setup::default();
        assert_eq!((setup.clamped(), setup.check()), (setup, Ok(())));
        for row in SETTINGS {
            assert_eq!(row.values.at(row.values.place(row.default)), row.default, "{}", row.name);
            assert_eq!(row.get(&setup), row.default, "{}", row.name);
            assert!(row.needs.iter().all(|(_, without)| row.values.at(row.values.place(*without)) == *without));
        }
    }
}

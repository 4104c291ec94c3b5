//! Dialects: the differences by design between implementations and raft.tla, one switch each.
//!
//! A step that some sequence of raft.tla's actions yields is a refinement and needs no switch. Everything else that an
//! implementation documents is one named switch here; a row says which part of it no document has. The `ongaro` dialect
//! has all of them off; each row of the table [`SWITCHES`] names the dialects that have it on.

use std::fmt;

macro_rules! switches {
    ($($variant:ident $name:literal [$($dialect:ident)*] $sentence:literal $source:literal
        $(undocumented $undocumented:literal)?;)*) => {
        /// One deviation from raft.tla by design.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        #[repr(u8)]
        pub enum Switch { $(#[doc = $sentence] $variant,)* }

        /// Every switch, with what it means and where that is written down.
        pub const SWITCHES: &[SwitchRow] = &[$(SwitchRow {
            switch: Switch::$variant, name: $name, dialects: $($dialect)|*, sentence: $sentence, source: $source,
            undocumented: concat!($($undocumented)?),
        },)*];
    };
}

/// A row of [`SWITCHES`].
#[derive(Clone, Copy, Debug)]
pub struct SwitchRow {
    /// The switch.
    pub switch: Switch,
    /// Its name in reports and on the command line.
    pub name: &'static str,
    /// The dialects that have it, as bits.
    dialects: u8,
    /// The step that the implementation takes and raft.tla cannot.
    pub sentence: &'static str,
    /// The documents that say so, and where the rest was decided.
    pub source: &'static str,
    /// The part of it that no document says: only the code does, and its review. Empty for none.
    pub undocumented: &'static str,
}

const RAFT_RS: u8 = 1;
const RAFT_IO: u8 = 2;

switches! {
    NoOpOnElection "no-op-on-election" [RAFT_RS RAFT_IO]
        "A new leader appends an empty entry of its term at once."
        "thesis 6.4; raft-rs doc of Ready, step 3: a leader sends an empty entry";
    Heartbeats "heartbeats" [RAFT_RS]
        "Heartbeats are messages of their own; they carry min(match, commit) and are not checked against the log."
        "etcd raft doc.go, MsgHeartbeat: a follower takes the commit index of a heartbeat; etcd pull request 1737"
        undocumented "the bound by the match index";
    CommitInVotes "commit-in-votes" [RAFT_RS]
        "Vote requests and refusals carry the sender's commit position, and a receiver that has that entry takes it."
        "raft-rs pull request 411, allow vote to inform log commit"
        undocumented "all of it";
    CommitInResponses "commit-in-responses" [RAFT_RS]
        "Append and heartbeat responses carry the follower's commit index, and the leader records the highest of each."
        "raft-rs pull requests 364 and 366, committed index in Progress: the index recorded in followers"
        undocumented "all of it";
    RejectionHint "rejection-hint" [RAFT_RS]
        "A refused append names a position at which the leader may try next, instead of one index less."
        "paper 5.3, end; eraftpb.proto Message.log_term; raft-rs pull request 367, fast log append rejection";
    CommittedAck "committed-ack" [RAFT_RS]
        "An append that starts below the commit index is answered by the commit index, its entries unread."
        "etcd-io/raft Raft.handleAppendEntries; paper 5.4: what is committed matches"
        undocumented "all of it";
    LeaderKnown "leader-known" [RAFT_RS]
        "A server that knows the leader of its term gives away no vote in it."
        "etcd pull request 9204: a server that knows the leader of its term gives no vote; paper 5.2: a term has one leader"
        undocumented "all of it";
    StaleUnanswered "stale-unanswered" [RAFT_RS]
        "A request of an older term is dropped without an answer (unless pre-vote or check-quorum is on)."
        "raft-rs paper tests, test_reject_stale_term_message: the implementation ignores the request instead";
    LostElection "lost-election" [RAFT_RS]
        "A candidate that a quorum has refused becomes a follower at once."
        "etcd raft doc.go, MsgVoteResp: if a majority has rejected, it becomes a follower";
    FirstVoteCounts "first-vote-counts" [RAFT_RS]
        "The first answer of a voter in an election counts, a later one does not."
        "etcd-io/raft ProgressTracker.RecordVote; paper 5.2: a server gives one vote in a term"
        undocumented "all of it";
    MonotonicCommit "monotonic-commit" [RAFT_RS RAFT_IO]
        "A follower's commit index never goes down while it lives; raft.tla lets an old request lower it."
        "paper figure 2: commitIndex increases monotonically";
    MonotonicMatch "monotonic-match" [RAFT_RS RAFT_IO]
        "A leader's match index of a peer never goes down in its term; raft.tla lets a late response lower it."
        "paper figure 2: matchIndex increases monotonically";
    Pipelining "pipelining" [RAFT_RS]
        "A leader moves next past what it sent before it hears of it, within the limit of messages in flight."
        "thesis 10.2.1; etcd raft design.md, Progress";
    Clocks "clocks" [RAFT_RS RAFT_IO]
        "An election starts exactly when the drawn timeout has passed, which a new term restarts as a heartbeat does; heartbeats go out in their interval."
        "thesis 3.4; raft-rs Config.election_tick (ticks that pass between elections, without the leader of the current term), heartbeat_tick; etcd-io/raft pull request 167 (a newer term restarts the timer)"
        undocumented "that a new term restarts the timer";
    Durability "durability" [RAFT_RS]
        "A crash keeps the synced state alone, commit index included; a leader counts itself once its entry is on disk."
        "thesis 3.8 and 10.2.1; raft-rs doc, processing the Ready state";
    PreVote "pre-vote" [RAFT_RS RAFT_IO]
        "Before it raises its term, a candidate asks whether it would be elected in the next one."
        "thesis 9.6; raft-rs Config.pre_vote";
    CheckQuorum "check-quorum" [RAFT_RS]
        "A leader that has not heard of a quorum for an election timeout steps down."
        "thesis 6.2; raft-rs Config.check_quorum";
    Lease "lease" [RAFT_RS]
        "With check-quorum, a server that heard of its leader within an election timeout ignores requests for votes."
        "thesis 4.2.3; raft-rs Config.read_only_option: leases require check_quorum";
    DeposeStale "depose-stale" [RAFT_RS]
        "With pre-vote or check-quorum, an append or heartbeat of an older term is answered, so that its leader hears of the newer one."
        "paper figure 2: a request of an older term is refused with the newer one; etcd pull request 8346; thesis 9.6: a server that was away must be able to come back";
    Priority "priority" [RAFT_RS]
        "A server of higher priority refuses a candidate whose log is as up to date as its own, but not longer."
        "raft-rs Config.priority, pull request 327"
        undocumented "which candidates are refused";
    Transfer "transfer" [RAFT_RS]
        "A leader that is asked to brings another server up to date and tells it to start an election. Meanwhile it takes no proposals; it still appends the entry that leaves a joint configuration by itself."
        "thesis 3.10: the prior leader stops accepting new client requests; raft-rs doc of RawNode::transfer_leader; eraftpb.proto ConfChangeTransition: implicit changes are left automatically";
    Reads "reads" [RAFT_RS]
        "A read takes the leader's commit index after a round of heartbeats, without a log entry; followers hand reads on."
        "thesis 6.4; raft-rs RawNode::read_index, ReadOnlyOption::Safe";
    CommitInReads "commit-in-reads" [RAFT_RS]
        "The answer to a read carries the leader's commit index, and a follower that has that entry takes it."
        "raft-rs pull request 346, advance commit index by MsgReadIndexResp"
        undocumented "all of it";
    SkipBcastCommit "skip-bcast-commit" [RAFT_RS]
        "With skip_bcast_commit a leader sends nothing for a commit alone; followers hear of it with what comes next. While a change of the configuration is not applied, commits are sent all the same."
        "raft-rs Config.skip_bcast_commit; TiKV pull request 2184: commits are broadcast while a change is pending, or followers count the quorums of an old configuration";
    Snapshots "snapshots" [RAFT_RS]
        "Applied entries may be dropped from the log; a peer that needs them, or asks for a snapshot, is sent one instead once it is heard from, and appends wait."
        "thesis 5; etcd raft design.md, Progress: snapshot; etcd pull request 3976: only to a member that is online; raft-rs RawNode::request_snapshot";
    AppliedConfiguration "applied-configuration" [RAFT_RS]
        "The configuration changes when a change is applied, not when it is appended. A leader refuses a change while another may be unapplied, and one that does not fit a joint configuration: an empty entry takes its place, and the answer is Ok. No server campaigns over a committed change that it has not applied."
        "thesis 4; etcd raft doc.go and README, on implementation: a membership change takes effect when its entry is applied; etcd raft Node.ProposeConfChange: a change is dropped, with or without an error, while a prior one may be unapplied; etcd raft Config.DisableConfChangeValidation; raft-rs doc of Raft::pending_conf_index; etcd-io/raft issues 43 and 354"
        undocumented "that no server campaigns over a change that it has not applied";
    Joint "joint" [RAFT_RS]
        "Changes of more than one voter go through a joint configuration, which the leader leaves by itself or when asked."
        "thesis 4.3; eraftpb.proto ConfChangeTransition";
    Learners "learners" [RAFT_RS]
        "Learners are sent the log and count for nothing; they do not campaign, and vote when they are asked."
        "thesis 4.2.1; eraftpb.proto ConfState.learners; raft-rs Raft::step, MsgRequestVote"
        undocumented "that learners vote when they are asked";
    OutsidersUnheard "outsiders-unheard" [RAFT_RS]
        "Answers from servers outside the configuration are not heard."
        "raft-rs Error::StepPeerNotFound; etcd raft RawNode.Step, ErrStepPeerNotFound";
    ForwardedProposals "forwarded-proposals" [RAFT_RS]
        "A follower hands proposals to the leader it knows."
        "etcd raft doc.go, MsgProp: forwarded to the leader";
    UncommittedLimit "uncommitted-limit" [RAFT_RS]
        "A leader drops a proposal that would take its uncommitted entries past a limit, unless they have no data."
        "etcd raft Config.MaxUncommittedEntriesSize, pull request 10167; raft-rs Config.max_uncommitted_size, pull request 398";
    LeaseReads "lease-reads" [RAFT_RS]
        "With ReadOnlyOption::LeaseBased, a leader answers a read at once with its commit index: it relies on clocks."
        "thesis 6.4.1; raft-rs ReadOnlyOption.LeaseBased";
    AsyncFetch "async-fetch" [RAFT_RS]
        "An append whose entries storage has to fetch first goes out when they are there."
        "raft-rs Storage::entries, LogTemporarilyUnavailable; RawNode::on_entries_fetched";
    GroupCommit "group-commit" [RAFT_RS]
        "A leader commits only what is in two groups of servers, or everywhere where it does not know of two."
        "raft-rs Raft::enable_group_commit, assign_commit_groups; pull request 359 and its test_group_commit"
        undocumented "what is committed where no two groups are known";
    BatchAppend "batch-append" [RAFT_RS]
        "With batch_append, appends to one peer that wait for the same Ready may be joined into one message."
        "raft-rs Config.batch_append, pull request 179";
    Applies "applies" [RAFT_IO]
        "Committed entries are applied in order and once; after a crash all are applied again."
        "paper figure 2: lastApplied, volatile state on all servers; raft-io PROTOCOL.md 2";
    OwnTimeouts "own-timeouts" [RAFT_IO]
        "A server draws its election timeout itself, from a least one to just below twice that. Its timer starts anew with its leader's messages, votes given and elections begun, not with a term, and stands still while it leads."
        "paper 5.2 and figure 2, rules for followers; raft-io RaftConfig::with_election_timeout";
    FreeNext "free-next" [RAFT_IO]
        "A leader sends from where it likes, above what it knows to match: nextIndex is a guess."
        "paper 5.3: after a rejection, the leader decrements nextIndex and retries; raft-io PROTOCOL.md 3.5, 3.7";
    NoOpOverTail "no-op-over-tail" [RAFT_IO]
        "A new leader appends its empty entry only over entries that it does not know to be committed."
        "thesis 6.4: the entry is there for the leader to learn what is committed; raft-io PROTOCOL.md 11";
    PlainPreVote "plain-pre-vote" [RAFT_IO]
        "A pre-vote is given by the log and a leader's silence alone. The answer names the voter's own term, and is heard in a pre-vote alone."
        "thesis 9.6; raft-io PROTOCOL.md 3.3.1";
    Sticky "sticky" [RAFT_IO]
        "A server that heard of its leader within the least election timeout hears no request for a vote, of whatever term, and refuses pre-votes."
        "thesis 4.2.3; raft-io PROTOCOL.md 3.4";
}

/// A set of switches.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Dialect(u64);

impl Dialect {
    /// raft.tla as it stands.
    pub const ONGARO: Dialect = Dialect(0);

    /// Everything that raft-rs documents.
    pub const RAFT_RS: Dialect = Dialect::of(RAFT_RS);

    /// Everything that raft-io documents, and is asked: elections, replication and restarts.
    pub const RAFT_IO: Dialect = Dialect::of(RAFT_IO);

    /// The dialects that have names.
    pub const NAMED: &[(&'static str, Dialect)] =
        &[("ongaro", Dialect::ONGARO), ("raft-rs", Dialect::RAFT_RS), ("raft-io", Dialect::RAFT_IO)];

    /// The switches of a dialect, by its bit in [`SWITCHES`].
    const fn of(bit: u8) -> Self {
        let (mut dialect, mut place) = (Dialect::ONGARO, 0);
        while place < SWITCHES.len() {
            if SWITCHES[place].dialects & bit != 0 {
                dialect = dialect.with(SWITCHES[place].switch);
            }
            place += 1;
        }
        dialect
    }

    /// True if `switch` is on.
    #[inline]
    pub const fn has(self, switch: Switch) -> bool {
        self.0 & (1 << switch as u64) != 0
    }

    /// This dialect with `switch` on.
    #[must_use]
    pub const fn with(self, switch: Switch) -> Self {
        Dialect(self.0 | (1 << switch as u64))
    }

    /// This dialect with `switch` off.
    #[must_use]
    pub const fn without(self, switch: Switch) -> Self {
        Dialect(self.0 & !(1 << switch as u64))
    }

    /// The dialect of that name.
    pub fn named(name: &str) -> Option<Dialect> {
        Self::NAMED.iter().find(|(known, _)| *known == name).map(|(_, dialect)| *dialect)
    }
}

impl Switch {
    /// The row of [`SWITCHES`] that describes it.
    pub const fn row(self) -> &'static SwitchRow {
        &SWITCHES[self as usize]
    }
}

impl fmt::Display for Switch {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(self.row().name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ongaro_has_none_and_each_is_of_some_implementation() {
        for (position, row) in SWITCHES.iter().enumerate() {
            assert_eq!(row.switch as usize, position);
            assert!(!Dialect::ONGARO.has(row.switch));
            assert!(Dialect::RAFT_RS.has(row.switch) || Dialect::RAFT_IO.has(row.switch), "{}", row.name);
            assert!(!Dialect::RAFT_RS.without(row.switch).has(row.switch));
            assert!(row.sentence.ends_with('.'), "{}", row.name);
        }
    }
}

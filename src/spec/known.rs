//! Known findings: divergences of raft-rs 0.7.0 that are kept, explained and stepped around.
//!
//! Each is a named deviation under which the specification follows raft-rs at exactly the
//! finding's condition, so that a run goes on with all other checks and nothing hides behind it.

macro_rules! findings {
    ($($variant:ident $name:literal $sentence:literal $source:literal;)*) => {
        /// One known finding.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        #[repr(u8)]
        pub enum Known { $(#[doc = $sentence] $variant,)* }

        /// Every known finding. `artifacts/<name>/` keeps its counterexample and report.
        pub const KNOWN: &[KnownRow] = &[$(KnownRow {
            known: Known::$variant, name: $name, sentence: $sentence, source: $source,
        },)*];
    };
}

/// A row of [`KNOWN`].
#[derive(Clone, Copy, Debug)]
pub struct KnownRow {
    /// The finding.
    pub known: Known,
    /// Its name, which is also its folder under `artifacts/`.
    pub name: &'static str,
    /// What raft-rs does, and when.
    pub sentence: &'static str,
    /// Where it is discussed or mended.
    pub source: &'static str,
}

findings! {
    NextBelowMatch "next-below-match"
        "A refusal that was delayed past an acknowledgement sets a probed peer's next index to its match index or below."
        "raft-rs issue 555; mended after 0.7.0 by pull request 557";
    StalePreVote "stale-pre-vote"
        "A pre-candidate counts a late grant that was given for the term of an earlier pre-election."
        "thesis 9.6: a candidate first learns that a quorum would give it its votes";
    PriorityDeadlock "priority-deadlock"
        "A server of higher priority refuses a candidate of a newer term whose log is not longer, and cannot win itself: a running quorum elects nobody."
        "thesis 3.4 and 3.6.1: a quorum that runs and hears of each other elects a leader; raft-rs Config.priority";
    LeaderBeforeNotice "leader-before-notice"
        "A candidate whose log is durable, but that was not told so by on_persist_ready, panics when it wins."
        "raft-rs doc: persisted messages are sent after the write is persisted, with no word of on_persist_ready; Raft::become_leader";
    LeaseOutlived "lease-outlived"
        "A leader answers reads by its lease until it has counted twice, up to two election timeouts after it heard of a quorum; the others elect another leader after one."
        "thesis 6.4.1: the lease ends an election timeout after the heartbeats were sent that a majority answered; etcd-io/raft issue 166";
    LeaseInTransfer "lease-in-transfer"
        "A leader that told its successor to start an election, which no lease holds up, goes on to answer reads by its lease."
        "thesis 6.4.1 and 4.2.3; etcd-io/raft issue 99, etcd issue 12704";
    JoinedGap "joined-gap"
        "With batch_append, entries are joined to a waiting append without entries wherever that one is: the message says that they begin elsewhere than they do."
        "raft-rs Config.batch_append, pull request 179; eraftpb.proto Message.index: the entry before the first; util::is_continuous_ents";
    JoinedCommit "joined-commit"
        "With batch_append, a commit is told by the oldest append that waits for a peer, which ends below it, and by none after: the peer that has all hears of it late."
        "raft-rs Config.batch_append, pull request 179; paper figure 2: AppendEntries carries leaderCommit; Raft::try_batching";
}

/// Which findings are stepped around.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct KnownSet(u32);

impl KnownSet {
    /// None: every divergence is reported (`--no-known`).
    pub const NONE: KnownSet = KnownSet(0);
    /// All of [`KNOWN`].
    pub const ALL: KnownSet = KnownSet((1 << KNOWN.len()) - 1);

    /// Whether `known` is stepped around.
    #[inline]
    pub const fn has(self, known: Known) -> bool {
        self.0 & (1 << known as u8) != 0
    }

    /// This set without `known`.
    #[must_use]
    pub const fn without(self, known: Known) -> Self {
        KnownSet(self.0 & !(1 << known as u8))
    }
}

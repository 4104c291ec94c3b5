//! Known findings: divergences of raft-rs 0.7.0 and raft-io 1.0.0 that are kept, explained and stepped around.
//!
//! Each is a named deviation under which the specification follows the implementation at exactly the
//! finding's condition, so that a run goes on with all other checks and nothing hides behind it.

macro_rules! findings {
    (
        raft_rs { $($variant:ident $name:literal $sentence:literal $source:literal;)* }
        raft_io { $($its_variant:ident $its_name:literal $its_sentence:literal $its_source:literal;)* }
    ) => {
        /// One known finding.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        #[repr(u8)]
        pub enum Known { $(#[doc = $sentence] $variant,)* $(#[doc = $its_sentence] $its_variant,)* }

        /// Every known finding in raft-rs. `artifacts/<name>/` keeps its counterexample and report.
        pub const KNOWN: &[KnownRow] = &[$(KnownRow {
            known: Known::$variant, name: $name, sentence: $sentence, source: $source,
        },)*];

        /// Every known finding in raft-io, kept in `artifacts/raft-io/<name>/`.
        pub const KNOWN_IN_RAFT_IO: &[KnownRow] = &[$(KnownRow {
            known: Known::$its_variant, name: $its_name, sentence: $its_sentence, source: $its_source,
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
    raft_rs {
        NextBelowMatch "next-below-match"
            "A refusal that was delayed past an acknowledgement sets a probed peer's next index to its match index or below."
            "raft-rs issue 555; mended after 0.7.0 by pull request 557";
        StalePreVote "stale-pre-vote"
            "A pre-candidate counts a late grant that was given for the term of an earlier pre-election."
            "thesis 9.6: a candidate first learns that a quorum would give it its votes";
        PriorityDeadlock "priority-deadlock"
            "A server of higher priority refuses a candidate of a newer term whose log is not longer, and cannot win itself: a running quorum elects nobody."
            "thesis 3.4 and 3.6.1: a quorum that runs and hears of each other elects a leader; raft-rs Config.priority";
        PreVoteUnheard "pre-vote-unheard"
            "A refused pre-vote tells of a commit that would let the pre-candidate win, and is dropped for its older term, which no pre-election raises: nobody is elected."
            "thesis 4.1 and 3.4: a server uses the latest configuration in its log, and a quorum elects; raft-rs Raft::maybe_commit_by_vote";
        SnapshotUnreported "snapshot-unreported"
            "A snapshot that was acknowledged is not done with until report_snapshot says so: the leader sends a requested one again, or stays paused."
            "raft-rs doc of Ready::messages: the application must report; etcd raft Node.ReportSnapshot: reporting SnapshotFinish is a no-op";
        RemovedLeader "removed-leader"
            "A leader that applies its own removal or demotion goes on leading: it keeps others from elections, answers reads by itself if one voter is left, and, if removed, panics when it next persists or commits."
            "thesis 4.2.2: a leader that is removed steps down; etcd raft Config.StepDownOnRemoval; raft-rs pull request 584";
        AutoLeaveUnsent "auto-leave-unsent"
            "The entry that leaves a joint configuration by itself is appended and not sent, until something else makes the leader send."
            "thesis 3.5 and 4.3; mended in etcd by pull requests 14538 and 14545";
        UnpromotableCampaigns "unpromotable-campaigns"
            "A learner, a removed server or one that knows no configuration campaigns when its application asks it to; one that is no member panics when it wins, and without a configuration it wins at once."
            "thesis 4.2.1 and 4.2.3; etcd raft commit db54973: an unpromotable server does not campaign";
        JointSoleVoterRead "joint-sole-voter-read"
            "A leader whose only voter in both halves of a joint configuration is itself waits with a read for an answer of somebody else; if there is nobody, until the configuration changes."
            "thesis 6.4: a leader waits for a majority, which it is by itself";
        RequestDeadlock "request-deadlock"
            "A follower that asks for a snapshot up to an entry which is not committed acknowledges nothing meanwhile; if its acknowledgement is needed to commit the entry, neither ever comes."
            "thesis 3.5: followers acknowledge what they have; raft-rs RawNode::request_snapshot, pull request 499";
        CampaignOverSnapshot "campaign-over-snapshot"
            "A follower whose application has not applied a snapshot that is written panics when it campaigns."
            "raft-rs doc of RawNode::advance_append: applying may come later; mended in etcd by pull request 12163";
        ChangeUnderSnapshot "change-under-snapshot"
            "A change that is applied after a newer snapshot was received is made to the snapshot's configuration, which has it already: the server goes on with a configuration that never was."
            "thesis 4.1: a server uses the latest configuration that it knows; etcd issue 11510, TiKV pull request 6352";
        RequestDropsLog "request-drops-log"
            "While a follower waits for a snapshot that it asked for, an older one, sent before, takes the place of its log: entries are gone that it has acknowledged, and that may be committed."
            "paper figure 13, step 6: entries after the snapshot's last are retained; paper figure 2; raft-rs RawNode::request_snapshot";
        LeaderAddedAgain "leader-added-again"
            "A leader that was demoted to a learner, and that one change removes and adds again, does not count its own log for a quorum until it persists another entry."
            "paper figure 2 and thesis 10.2.1: a leader counts what is durable in its own log";
        DroppedChangePending "dropped-change-pending"
            "A change that a leader drops for its limit of uncommitted entries counts as pending: others are refused until another entry has taken its place and is applied."
            "etcd raft, ProposeConfChange: a change is refused while another is in the log; raft-rs Config::max_uncommitted_size: proposals are dropped";
        SoleVoterUnsynced "sole-voter-unsynced"
            "The only voter of a configuration with learners leads and sends appends in a term that is not durable: after a crash it gives out the same term and indexes for other entries."
            "paper figure 2 and thesis 3.8: term and vote are durable before anything is sent in the term; mended in etcd by raft pull request 8";
        LeaderBeforeNotice "leader-before-notice"
            "A candidate whose log is durable, but that was not told so by on_persist_ready, panics when it wins."
            "raft-rs doc: persisted messages are sent after the write is persisted, with no word of on_persist_ready; Raft::become_leader";
        ConfigurationLost "configuration-lost"
            "A server whose crash took back the configuration that it had applied, and the commit index that need not be saved, campaigns in a configuration that was replaced: two leaders share a term."
            "raft-rs doc of LightReady::commit_index: need not be saved, and no word of the applied configuration; paper figure 3; thesis 4.1: a server uses the latest configuration in its log";
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
        LearnerAhead "learner-ahead"
            "Without check-quorum and pre-vote, a voter that campaigned and is then made a learner stays in its newer term, tells nobody of it, and ignores its leader."
            "paper figure 2: a request of an older term is refused with the newer one; Raft::step";
        VoterAhead "voter-ahead"
            "Without pre-vote, a voter that has not heard of the newest configuration campaigns in newer terms than a candidate that needs its vote and that it does not know: the candidate gets no answer, and their terms race."
            "paper figure 2: a request of an older term is refused with the newer one; Raft::step";
        LeaderBehind "leader-behind"
            "Without check-quorum and pre-vote, a voter that has not heard of the newest configuration campaigns in newer terms than a leader that it does not know: it ignores the leader, and nobody tells the leader."
            "paper figure 2: a request of an older term is refused with the newer one; Raft::step";
        JoinedTerm "joined-term"
            "With batch_append, a leader joins the entries of a new term to an append that waits since it led in an earlier one, and that still names the earlier term."
            "raft-rs Config.batch_append, pull request 179; paper figure 2: AppendEntries carries the leader's term; Raft::try_batching";
    }
    raft_io {
        CommitFallsBack "commit-falls-back"
            "A follower whose commit index is beyond what an append brings sets it back to there, if the leader's is higher still."
            "paper figure 2: commitIndex increases monotonically; raft-io RaftNode::handle_append_entries";
        LatePreVote "late-pre-vote"
            "A grant of a pre-vote for an earlier term is counted as one for the present: its answer does not say which was asked about."
            "thesis 9.6: a candidate only increments its term if it first learns that it would be elected; raft-io PreVoteReply";
    }
}

/// Every known finding, whosever it is.
pub fn every() -> impl Iterator<Item = &'static KnownRow> {
    KNOWN.iter().chain(KNOWN_IN_RAFT_IO)
}

/// Which findings are stepped around.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct KnownSet(u32);

impl KnownSet {
    /// None: every divergence is reported (`--no-known`).
    pub const NONE: KnownSet = KnownSet(0);
    /// All of [`KNOWN`]: those of raft-rs.
    pub const ALL: KnownSet = KnownSet((1 << KNOWN.len()) - 1);
    /// All, whosever they are.
    pub const EVERY: KnownSet = KnownSet(KnownSet::ALL.0 | KnownSet::RAFT_IO.0);
    /// All of [`KNOWN_IN_RAFT_IO`].
    pub const RAFT_IO: KnownSet = KnownSet(((1 << KNOWN_IN_RAFT_IO.len()) - 1) << KNOWN.len());

    /// True if `known` is stepped around.
    #[inline]
    pub const fn has(self, known: Known) -> bool {
        self.0 & (1 << known as u8) != 0
    }

    /// What is in both sets.
    #[must_use]
    pub const fn and(self, other: KnownSet) -> Self {
        KnownSet(self.0 & other.0)
    }

    /// This set with `known`.
    #[must_use]
    pub const fn with(self, known: Known) -> Self {
        KnownSet(self.0 | (1 << known as u8))
    }

    /// This set without `known`.
    #[must_use]
    pub const fn without(self, known: Known) -> Self {
        KnownSet(self.0 & !(1 << known as u8))
    }
}

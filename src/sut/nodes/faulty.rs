//! Faulty nodes: the reference with one mistake each. The judge must catch every one of them.

use std::cell::Cell;

thread_local! {
    /// The mistake of the nodes that start now: a cluster starts them from their configuration alone.
    static CURRENT: Cell<Option<Fault>> = const { Cell::new(None) };
}

/// The mistake of the nodes that start now.
pub(super) fn current() -> Option<Fault> {
    CURRENT.get()
}

/// A row of [`FAULTS`].
pub struct FaultRow {
    /// Its name.
    pub name: &'static str,
    /// Its mistake.
    pub sentence: &'static str,
    /// The setting without which it makes no mistake, as `NAME=VALUE`, if it is one that is seldom drawn.
    pub with: Option<&'static str>,
    fault: Fault,
}

impl FaultRow {
    /// Makes all nodes of the reference faulty that this thread starts meanwhile.
    pub fn made<T>(&self, meanwhile: impl FnOnce() -> T) -> T {
        CURRENT.set(Some(self.fault));
        let result = meanwhile();
        CURRENT.set(None);
        result
    }
}

/// The nodes that crash or hang. The table of faulty nodes lacks them: no rule of the specification is needed to notice.
pub const BROKEN: &[FaultRow] = &[
    FaultRow {
        name: "panics-in-new-term",
        sentence: "Panics when it hears of a term that is two terms newer.",
        with: None,
        fault: Fault::PanicsInNewTerm,
    },
    FaultRow {
        name: "always-ready",
        sentence: "Has always another Ready once it has applied an entry.",
        with: None,
        fault: Fault::AlwaysReady,
    },
];

macro_rules! faults {
    ($($variant:ident $name:literal $sentence:literal $(with $setting:literal)?;)*) => {
        /// A mistake that an implementation of Raft can make.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        pub enum Fault {
            $(#[doc = $sentence] $variant,)*
            /// Panics when it hears of a term that is two terms newer.
            PanicsInNewTerm,
            /// Has always another Ready once it has applied an entry.
            AlwaysReady,
        }

        /// Every faulty node.
        pub const FAULTS: &[FaultRow] =
            &[$(FaultRow {
            name: $name,
            sentence: $sentence,
            with: [$(Some($setting),)? None][0],
            fault: Fault::$variant,
        },)*];
    };
}

faults! {
    DoesNothing "does-nothing" "Takes every input and does nothing.";
    Deaf "deaf" "Ignores every message.";
    NeverCampaigns "never-campaigns" "Starts no election after its election timeout.";
    CampaignsEarly "campaigns-early" "Starts its elections one tick too early.";
    ForgetsVote "forgets-vote" "Loses its vote in a restart.";
    VotesTwice "votes-twice" "Does not record its vote.";
    VotesForStaleLogs "votes-for-stale-logs" "Grants its vote to a candidate whose log is behind.";
    QuorumTooSmall "quorum-too-small" "Counts half of the votes as a majority.";
    NoNoOp "no-no-op" "Appends no entry when it becomes leader.";
    KeepsLeading "keeps-leading" "Stays leader when it learns of a higher term.";
    AcksBeforePersisting "acks-before-persisting" "Sends messages at once that must wait for the disk.";
    PersistsTooMuch "persists-too-much" "Takes its whole log to be durable after any sync.";
    CommitsOldTerms "commits-old-terms" "Commits an entry of an older term by counting.";
    CommitsTooSoon "commits-too-soon" "Commits entries that are in its own log alone.";
    HeartbeatsCarryCommit "heartbeats-carry-commit" "Sends its commit index in heartbeats beyond the peer's match index.";
    LowersCommit "lowers-commit" "Takes the lower commit index of an old append.";
    LowersMatch "lowers-match" "Lowers the match index for a late acknowledgement.";
    KeepsConflicts "keeps-conflicts" "Keeps its own entries where the leader's conflict with them.";
    SkipsLogCheck "skips-log-check" "Appends without a check of the previous entry.";
    AppliesTwice "applies-twice" "Hands over the last applied entry again.";
    ForgetsAPeer "forgets-a-peer" "Sends new entries to all peers but the last.";
    PreVoteRaisesTerm "pre-vote-raises-term" "Enters the term of a request for a pre-vote.";
    LeadsAlone "leads-alone" "Stays leader under check-quorum without an active quorum.";
    VotesInLease "votes-in-lease" "Handles requests for votes inside the leader's lease, under check-quorum.";
    IgnoresPriority "ignores-priority" "Grants its vote regardless of the candidate's priority.";
    AppendsDuringTransfer "appends-during-transfer" "Takes proposals during a leadership transfer.";
    TransfersTooSoon "transfers-too-soon" "Sends TimeoutNow before the target of a transfer has the whole log.";
    ReadsAlone "reads-alone" "Answers a read without a quorum's confirmation that it still leads.";
    ReadsTooSoon "reads-too-soon" "Answers reads before it has committed an entry of its term.";
    IgnoresWindow "ignores-window" "Exceeds the limit of appends in flight.";
    IgnoresLimit "ignores-limit" "Exceeds the limit of uncommitted bytes.";
    LeaksUncommitted "leaks-uncommitted" "Counts entries as uncommitted after their handover.";
    JoinsGaps "joins-gaps" "Batches an append with a waiting one that ends elsewhere.";
    ReadsWhatIsApplied "reads-what-is-applied" "Answers a lease read with its applied index, not with its commit index.";
    TakesContextsOnce "takes-contexts-once" "Ignores a second read of the same context.";
    KeepsCheckingQuorum "keeps-checking-quorum" "Checks its quorum after its application has switched that off.";
    ForgetsFetches "forgets-fetches" "Sends nothing when a fetch of entries is complete.";
    HandsOverOne "hands-over-one" "Hands over one committed entry at a time, regardless of its limit.";
    FreesTooMuch "frees-too-much" "Clears the appends in flight when it frees buffers.";
    IgnoresGroups "ignores-groups" "Commits entries that are in one group where two are required.";
    StartsWithoutPriority "starts-without-priority" "Starts without its configured priority.";
    CommitsSilently "commits-silently" "Does not broadcast a commit.";
    SendsDuringSnapshot "sends-during-snapshot" "Sends entries to a peer that waits for a snapshot.";
    RestoresEverySnapshot "restores-every-snapshot" "Installs a snapshot of entries that it has committed, or has in its log, already.";
    AcksSnapshotTooSoon "acks-snapshot-too-soon" "Acknowledges a snapshot before it is durable.";
    KeepsLogUnderSnapshot "keeps-log-under-snapshot" "Keeps its old log when it installs a snapshot.";
    ForgetsConfiguration "forgets-configuration" "Ignores the configuration of a snapshot.";
    TakesAppendsMeanwhile "takes-appends-meanwhile" "Takes appends while it waits for a requested snapshot.";
    IgnoresRequests "ignores-requests" "Ignores requests for a snapshot.";
    IgnoresReports "ignores-reports" "Does not probe again after a report on a snapshot.";
    LearnersVote "learners-vote" "Asks learners for their votes and counts them.";
    LearnersAcknowledge "learners-acknowledge" "Counts the acknowledgements of learners.";
    IncomingMajorityAlone "incoming-majority-alone" "Needs only the incoming majority of a joint configuration.";
    SecondChange "second-change" "Appends a change of the configuration while another is pending.";
    ChangesWhenAppended "changes-when-appended" "Applies a change of the configuration when it appends it.";
    LeadsAfterRemoval "leads-after-removal" "Stays leader after it has lost its vote.";
    CampaignsAsLearner "campaigns-as-learner" "Starts elections as a learner.";
    CampaignsOverChange "campaigns-over-change" "Starts elections over a committed change that it has not applied.";
    NeverLeavesJoint "never-leaves-joint" "Never leaves a joint configuration by itself.";
    HearsOutsiders "hears-outsiders" "Handles responses from outside its configuration.";
    NeverRecounts "never-recounts" "Does not recount waiting reads and entries when the configuration changes.";
    PromotesLearners "promotes-learners" "Answers that it may be elected when it has no vote.";
    KeepsTransferee "keeps-transferee" "Continues a transfer to a node that has lost its vote.";
    AdvancesUnapplied "advances-unapplied" "Does not take for applied what was handed over before advance.";
    LosesWaiting "loses-waiting" "Loses in advance the messages that it made while a change was applied.";
    HidesChanges "hides-changes" "Does not broadcast the commit of a change of the configuration, under skip_bcast_commit.";
    SnapshotsToSilent "snapshots-to-silent" "Sends a snapshot to a peer that was not heard from lately.";
    ProbesFromStart "probes-from-start" "Probes a new member at the first index.";
    ProbesPastEnd "probes-past-end" "Probes a new member beyond the end of its own log.";
    LagsBehindItself "lags-behind-itself" "Counts its own log only up to its commit index.";
    ForgetsReports "forgets-reports" "Does not record the commit index that a peer reports.";
    IgnoresSize "ignores-size" "Sends appends that exceed the limit of a message's size.";
    HandsOverAll "hands-over-all" "Hands over all committed entries at once, beyond the limit of a Ready's size.";
    DropsEarlyReads "drops-early-reads" "Drops reads that it is asked before it has committed an entry of its term.";
    BelievesHeartbeats "believes-heartbeats" "Takes the commit index of a heartbeat beyond its own log, which its disk has lost."
        with "wiped-disks=true";
    AnswersAsAskedFirst "answers-as-asked-first" "Answers a context that is used again with the index of its first read.";
    PreVotesUnderLeader "pre-votes-under-leader" "Grants pre-votes while it leads or hears of a leader.";
    RefusesFirstEntry "refuses-first-entry" "Refuses an append that starts at the beginning of the log.";
    IgnoresStaleLeaders "ignores-stale-leaders" "Does not answer a leader of an older term, under check-quorum or pre-vote.";
    IgnoresPreVotes "ignores-pre-votes" "Ignores requests for pre-votes unless it asks for pre-votes itself.";
    TakesLocalMessages "takes-local-messages" "Starts an election when the local message MsgHup arrives over a link.";
    EntersTermZero "enters-term-zero" "Enters term 0 when a message of that term arrives." with "hostile-messages=true";
    TakesFirstOfMany "takes-first-of-many" "Appends the first of several values that are proposed at once.";
    RefusesNobody "refuses-nobody" "Does not apply a change of the configuration with a step that names no node.";
    ForgetsMissedEntries "forgets-missed-entries" "Does not fetch entries again that are gone before it reads them."
        with "async-fetch=true";
    WithholdsFromAll "withholds-from-all" "Sends no snapshot to any peer while there is none for one of them.";
}

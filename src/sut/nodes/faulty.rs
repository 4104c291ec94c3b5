//! Faulty nodes: the reference with one mistake each. Every one of them must be caught.

use std::cell::Cell;

thread_local! {
    /// What the nodes that are made now do wrong: a cluster makes them from their configuration alone.
    static CURRENT: Cell<Option<Fault>> = const { Cell::new(None) };
}

/// The mistake of the nodes that are made now.
pub(super) fn current() -> Option<Fault> {
    CURRENT.get()
}

/// A row of [`FAULTS`].
pub struct FaultRow {
    /// Its name.
    pub name: &'static str,
    /// What it does wrong.
    pub sentence: &'static str,
    fault: Fault,
}

impl FaultRow {
    /// All nodes of the reference that this thread makes meanwhile are such nodes.
    pub fn made<T>(&self, meanwhile: impl FnOnce() -> T) -> T {
        CURRENT.set(Some(self.fault));
        let result = meanwhile();
        CURRENT.set(None);
        result
    }
}

macro_rules! faults {
    ($($variant:ident $name:literal $sentence:literal;)*) => {
        /// A mistake that an implementation of Raft can make.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        pub enum Fault { $(#[doc = $sentence] $variant,)* }

        /// Every faulty node.
        pub const FAULTS: &[FaultRow] =
            &[$(FaultRow { name: $name, sentence: $sentence, fault: Fault::$variant },)*];
    };
}

faults! {
    DoesNothing "does-nothing" "Takes every input and does nothing.";
    Deaf "deaf" "Hears no message.";
    NeverCampaigns "never-campaigns" "Starts no election when its timeout has passed.";
    CampaignsEarly "campaigns-early" "Starts its elections one tick before they are due.";
    ForgetsVote "forgets-vote" "Has no vote any more after a restart.";
    VotesTwice "votes-twice" "Does not record whom it gave its vote.";
    VotesForStaleLogs "votes-for-stale-logs" "Grants its vote to a candidate whose log is behind.";
    QuorumTooSmall "quorum-too-small" "Takes half of the votes for a majority.";
    NoNoOp "no-no-op" "Appends no entry when it becomes leader.";
    KeepsLeading "keeps-leading" "Goes on as leader when it hears of a higher term.";
    AcksBeforePersisting "acks-before-persisting" "Sends what must wait for the disk at once.";
    PersistsTooMuch "persists-too-much" "Takes all of its log for durable after any sync.";
    CommitsOldTerms "commits-old-terms" "Commits an entry of an older term by counting.";
    CommitsTooSoon "commits-too-soon" "Commits what is in its own log alone.";
    HeartbeatsCarryCommit "heartbeats-carry-commit" "Sends its whole commit index in heartbeats, whatever matches.";
    LowersCommit "lowers-commit" "Takes the commit index of an old append, even if it is lower.";
    LowersMatch "lowers-match" "Takes a late acknowledgement for the newest.";
    KeepsConflicts "keeps-conflicts" "Keeps its own entries where the leader's contradict them.";
    SkipsLogCheck "skips-log-check" "Appends without looking at the entry before.";
    AppliesTwice "applies-twice" "Hands the last applied entry over again.";
    ForgetsAPeer "forgets-a-peer" "Sends new entries to all peers but the last.";
    PreVoteRaisesTerm "pre-vote-raises-term" "Enters the term that a pre-candidate only asks about.";
    LeadsAlone "leads-alone" "Goes on as leader under check-quorum when it hears of no quorum.";
    VotesInLease "votes-in-lease" "Listens to candidates while it hears from a leader, under check-quorum.";
    IgnoresPriority "ignores-priority" "Grants its vote whatever the candidate's priority is.";
    AppendsDuringTransfer "appends-during-transfer" "Takes proposals while it gives way to a successor.";
    TransfersTooSoon "transfers-too-soon" "Tells its successor to start an election before it has the whole log.";
    ReadsAlone "reads-alone" "Answers a read without asking whether it still leads.";
    ReadsTooSoon "reads-too-soon" "Answers reads before it has committed an entry of its term.";
    IgnoresWindow "ignores-window" "Has more appends in flight than its application lets it.";
    IgnoresLimit "ignores-limit" "Takes proposals however much is uncommitted.";
    LeaksUncommitted "leaks-uncommitted" "Counts entries as uncommitted after it has handed them over.";
    JoinsGaps "joins-gaps" "Joins an append to one that waits wherever that one ends.";
    ReadsWhatIsApplied "reads-what-is-applied" "Answers a read by its lease with what it has applied, not with what is committed.";
    TakesContextsOnce "takes-contexts-once" "Takes no second read of the same context.";
    KeepsCheckingQuorum "keeps-checking-quorum" "Goes on checking its quorum when it is told not to.";
    ForgetsFetches "forgets-fetches" "Sends nothing when the entries that it waited for are there.";
    HandsOverOne "hands-over-one" "Hands over one committed entry at a time, whatever its limit is.";
    FreesTooMuch "frees-too-much" "Forgets what is in flight when it frees buffers.";
    IgnoresGroups "ignores-groups" "Commits what one group has, though it should be in two.";
    StartsWithoutPriority "starts-without-priority" "Has no priority before it is told one.";
    CommitsSilently "commits-silently" "Does not tell its followers that it has committed.";
    SendsDuringSnapshot "sends-during-snapshot" "Goes on sending to a peer that waits for a snapshot.";
    RestoresEverySnapshot "restores-every-snapshot" "Installs a snapshot whatever it has committed, or has in its log, already.";
    AcksSnapshotTooSoon "acks-snapshot-too-soon" "Acknowledges a snapshot before it is durable.";
    KeepsLogUnderSnapshot "keeps-log-under-snapshot" "Keeps its old log when it installs a snapshot.";
    ForgetsConfiguration "forgets-configuration" "Takes no configuration from a snapshot.";
    TakesAppendsMeanwhile "takes-appends-meanwhile" "Takes appends while it waits for a snapshot that it asked for.";
    IgnoresRequests "ignores-requests" "Sends no snapshot to a peer that asks for one.";
    IgnoresReports "ignores-reports" "Does not probe again when its application reports on a snapshot.";
    LearnersVote "learners-vote" "Asks learners for their votes and counts them.";
    LearnersAcknowledge "learners-acknowledge" "Counts what learners acknowledge.";
    IncomingMajorityAlone "incoming-majority-alone" "Needs the incoming majority of a joint configuration alone.";
    SecondChange "second-change" "Appends a change of the configuration while another is pending.";
    ChangesWhenAppended "changes-when-appended" "Takes a change of the configuration as soon as it has appended it.";
    LeadsAfterRemoval "leads-after-removal" "Goes on as leader when it has no vote any more.";
    CampaignsAsLearner "campaigns-as-learner" "Starts elections as a learner.";
    CampaignsOverChange "campaigns-over-change" "Starts elections over a committed change that it has not applied.";
    NeverLeavesJoint "never-leaves-joint" "Leaves no joint configuration by itself.";
    HearsOutsiders "hears-outsiders" "Listens to answers from outside its configuration.";
    NeverRecounts "never-recounts" "Looks at nothing that waits again when the configuration changes.";
    PromotesLearners "promotes-learners" "Tells its application that it may be elected when it has no vote.";
    KeepsTransferee "keeps-transferee" "Gives way to a successor that is no voter any more.";
}

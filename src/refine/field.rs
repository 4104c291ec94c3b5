//! The fields that the lockstep compares: each one's name, definition and source.

use crate::spec::Body;

/// A row of [`FIELDS`].
#[derive(PartialEq, Eq, Debug)]
pub struct FieldRow {
    /// The field.
    pub field: Field,
    /// Its name in causes and reports.
    pub name: &'static str,
    /// The row of a report's table that shows it, or the beginning of that row's name; empty for none.
    pub shown_in: &'static str,
    /// Its definition.
    pub sentence: &'static str,
    /// The source of the definition.
    pub source: &'static str,
}

macro_rules! fields {
    ($($variant:ident $name:literal $shown_in:literal $sentence:literal $source:literal;)*) => {
        /// A field that is compared.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        pub enum Field { $(#[doc = $sentence] $variant,)* }

        /// Every field that is compared, in the order of [`Field`].
        pub const FIELDS: &[FieldRow] = &[$(FieldRow {
            field: Field::$variant, name: $name, shown_in: $shown_in, sentence: $sentence, source: $source,
        },)*];
    };
}

fields! {
    Term "term" "term" "The latest term that the node has heard of." "raft.tla currentTerm; paper figure 2";
    Role "role" "role" "The role of the server: follower, pre-candidate, candidate or leader." "raft.tla state; thesis 3.3";
    Vote "vote" "vote" "The candidate that it voted for in its term." "raft.tla votedFor; paper figure 2";
    Commit "commit" "commit" "The highest index that the server knows to be committed." "raft.tla commitIndex; paper figure 2";
    LastIndex "last index" "log" "The index of the log's last entry." "raft.tla Len(log); paper figure 2";
    LogEntry "log entry" "log" "An entry of the log." "raft.tla log; paper figure 2";
    Leader "leader" "leader" "The leader of the server's term, as far as it knows one." "thesis 6.2; etcd raft doc.go";
    PendingReads "pending reads" "pending reads" "Reads that wait at the leader for a quorum." "thesis 6.4";
    ReadsToHandOver "reads to hand over" "" "Reads that are answered and not handed to the application yet." "thesis 6.4; raft-rs ReadState";
    ReadsAnswered "reads answered" "" "The reads that a Ready hands over." "thesis 6.4; raft-rs ReadState";
    PendingTransfer "pending transfer" "pending transfer" "The server that the leader transfers its leadership to." "thesis 3.10";
    SnapshotAskedFor "snapshot asked for" "requested snapshot" "The index that a requested snapshot must reach." "raft-rs RawNode::request_snapshot";
    Persisted "persisted" "persisted" "The highest index that the server takes to be durable." "thesis 3.8, 10.2.1";
    Applied "applied" "applied" "The highest index that the server's application has applied." "paper figure 2, lastApplied";
    AppliedEntry "applied entry" "" "An entry that is handed to the application." "paper figure 3, state machine safety";
    Delivered "delivered" "" "The highest index of the committed entries that were handed to the application." "paper figure 2, lastApplied";
    CommittedSize "committed size" "" "Bytes of the committed entries of a Ready: beyond its limit only in a single entry." "raft-rs Config.max_committed_size_per_ready";
    ElectionElapsed "election elapsed" "ticks" "Ticks since the election timer was reset." "thesis 3.4; raft-rs Config.election_tick";
    PendingChange "pending change" "pending change" "The highest index at which a configuration change may be pending in the leader's log." "thesis 4.1: one change at a time; etcd raft pendingConfIndex";
    UncommittedSize "uncommitted size" "" "Bytes of the leader's uncommitted entries." "raft-rs Config.max_uncommitted_size";
    Peers "peers" "peer" "The servers whose progress the leader tracks." "thesis 4.1";
    MatchIndex "match index" "peer" "The highest index up to which a peer's log is known to match the leader's." "raft.tla matchIndex; paper figure 2";
    NextIndex "next index" "peer" "The index of the next entry that the leader sends a peer." "raft.tla nextIndex; paper figure 2";
    RecentlyActive "recently active" "peer" "True if the leader has heard from a peer since it last checked its quorum." "thesis 6.2; raft-rs Config.check_quorum";
    CommitReported "commit reported" "peer" "The highest commit index that a peer has reported to the leader; of the leader itself, its own." "raft-rs pull requests 364 and 366, committed index in Progress: the index recorded in followers";
    CommitGroup "commit group" "" "The group that a commit counts a member in." "raft-rs Raft::assign_commit_groups, Progress::commit_group_id";
    OwnMatchIndex "own match index" "" "The index up to which a leader counts its own log: what is durable." "thesis 10.2.1; paper figure 2, matchIndex";
    OwnInFlight "own appends in flight" "" "Appends and snapshots that a leader has in flight to itself: none." "raft.tla AppendEntries: the receiver is another server";
    Progress "progress" "peer" "How the leader replicates to a peer: one append at a time (probe), a stream (replicate), or nothing until a snapshot has arrived (snapshot)." "etcd raft design.md, Progress";
    ProbeOnItsWay "probe on its way" "peer" "True while the one append of a probe is not answered." "etcd raft design.md, Progress";
    AppendsInFlight "appends in flight" "peer" "Appends of a stream that are not acknowledged." "etcd raft design.md, Progress; thesis 10.2.1";
    SnapshotOnItsWay "snapshot on its way" "peer" "The index of the snapshot that a peer was sent." "etcd raft design.md, Progress";
    VotesGranted "votes granted" "votes granted" "The servers that granted the candidate their votes." "raft.tla votesGranted; thesis 3.4";
    VotesResponded "votes responded" "votes responded" "The servers that answered the candidate." "raft.tla votesResponded; thesis 3.4";
    Configuration "configuration" "configuration" "The configuration that the server acts on." "thesis 4.1, 4.3";
    ChangeApplied "change applied" "configuration" "The configuration after a change is applied." "thesis 4.1, 4.3";
    ProposalTaken "proposal taken" "" "True if a proposal is accepted." "thesis 3.5; raft-rs Error::ProposalDropped";
    MessageRefused "message refused" "" "True if a forged message is refused: one that only a server itself makes, or one of an unknown sender." "raft-rs doc of Error::StepLocalMsg and Error::StepPeerNotFound";
    Electable "electable" "" "True if the server tells its application that it may be elected: it has a vote." "thesis 4.2.1; raft-rs Raft::promotable";
    Leased "leased" "" "True if the server tells its application that its lease holds: it leads and checks its quorum." "thesis 6.4.1; raft-rs Raft::in_lease";
    ElectionTimeout "election timeout" "" "The election timeout of the server's configuration." "thesis 3.4; raft-rs Config.election_tick";
    HeartbeatTimeout "heartbeat timeout" "" "The heartbeat timeout of the server's configuration." "thesis 3.4; raft-rs Config.heartbeat_tick";
    DrawnTimeout "drawn timeout" "" "The election timeout that was drawn for the server's term." "thesis 3.4; raft-rs Raft::randomized_election_timeout";
    HeartbeatElapsed "heartbeat elapsed" "" "Ticks since the leader's last heartbeat." "thesis 3.4; raft-rs Config.heartbeat_tick";
    ToApply "to apply" "" "The range of entries that are committed, durable and not applied." "paper figure 2, lastApplied; raft-rs RaftLog::next_entries";
    GroupCommit "group commit" "" "True if a commit needs two groups." "raft-rs Raft::group_commit";
    InTwoGroups "in two groups" "" "True if the committed entries are in two groups." "raft-rs Raft::check_group_commit_consistent";
    Fetches "fetches" "" "Appends whose entries storage is fetching." "raft-rs LogTemporarilyUnavailable";
    Messages "messages" "" "Messages that a server makes when its application has applied: none." "raft-rs RawNode::advance_apply_to";
    MessagesInReady "messages in Ready" "" "The number of messages in a Ready: all that were made." "raft-rs doc, processing the Ready state";
    Ready "Ready" "" "The part of a Ready that is to be written." "raft-rs doc, processing the Ready state; thesis 3.8";
    CommitTold "commit told" "commit" "The commit index of a Ready." "raft-rs LightReady::commit_index";
    Message "message" "" "A message that the server made." "paper figure 2";
    RequestVoteRequest "RequestVoteRequest" "" "A candidate's request for a vote." "raft.tla RequestVote; paper figure 2";
    RequestPreVoteRequest "RequestPreVoteRequest" "" "A request for a pre-vote." "thesis 9.6";
    RequestVoteResponse "RequestVoteResponse" "" "The answer to a request for a vote." "raft.tla HandleRequestVoteRequest; paper figure 2";
    RequestPreVoteResponse "RequestPreVoteResponse" "" "The answer to a request for a pre-vote." "thesis 9.6";
    AppendEntriesRequest "AppendEntriesRequest" "" "An append that a leader sends a follower." "raft.tla AppendEntries; paper figure 2";
    EntriesOfAppend "entries of an append" "" "The number of entries in an append: no more than its limit in bytes allows." "raft-rs Config.max_size_per_msg";
    AppendEntriesResponse "AppendEntriesResponse" "" "The answer to an append." "raft.tla HandleAppendEntriesRequest; paper figure 2";
    Snapshot "Snapshot" "" "A snapshot that a leader sends." "thesis 5.3; paper figure 13";
    Heartbeat "Heartbeat" "" "A leader's heartbeat." "thesis 3.4; eraftpb.proto MsgHeartbeat";
    HeartbeatResponse "HeartbeatResponse" "" "The answer to a heartbeat." "eraftpb.proto MsgHeartbeatResponse";
    ReadIndex "ReadIndex" "" "A read that a follower forwards." "thesis 6.4";
    ReadIndexResponse "ReadIndexResponse" "" "The answer to a forwarded read." "thesis 6.4";
    TransferLeader "TransferLeader" "" "A request for a leadership transfer that a follower forwards." "thesis 3.10";
    TimeoutNow "TimeoutNow" "" "The leader's request to start an election at once." "thesis 3.10";
    Proposal "Proposal" "" "A proposal that a follower forwards." "etcd raft doc.go, MsgProp";
}

impl Field {
    /// The field's row.
    pub fn row(self) -> &'static FieldRow {
        &FIELDS[self as usize]
    }

    /// The field that messages of this kind are.
    pub fn of_message(body: &Body) -> Field {
        match body {
            Body::RequestVoteRequest { pre: false, .. } => Field::RequestVoteRequest,
            Body::RequestVoteRequest { pre: true, .. } => Field::RequestPreVoteRequest,
            Body::RequestVoteResponse { pre: false, .. } => Field::RequestVoteResponse,
            Body::RequestVoteResponse { pre: true, .. } => Field::RequestPreVoteResponse,
            Body::AppendEntriesRequest { .. } => Field::AppendEntriesRequest,
            Body::AppendEntriesResponse { .. } => Field::AppendEntriesResponse,
            Body::Snapshot { .. } => Field::Snapshot,
            Body::Heartbeat { .. } => Field::Heartbeat,
            Body::HeartbeatResponse { .. } => Field::HeartbeatResponse,
            Body::ReadIndex { .. } => Field::ReadIndex,
            Body::ReadIndexResponse { .. } => Field::ReadIndexResponse,
            Body::TransferLeader => Field::TransferLeader,
            Body::TimeoutNow => Field::TimeoutNow,
            Body::Proposal { .. } => Field::Proposal,
        }
    }
}

//! What each field that is compared is, where it is written down, and which row of a table shows it.

/// A field.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Field {
    /// Its name in a divergence.
    pub name: &'static str,
    /// The row of [`super::beside`] that shows it, or the beginning of its name; empty if none does.
    pub row: &'static str,
    /// What it is.
    pub sentence: &'static str,
    /// Where that is written down.
    pub source: &'static str,
}

macro_rules! fields {
    ($($name:literal $row:literal $sentence:literal $source:literal;)*) => {
        /// Every field that is compared.
        pub const FIELDS: &[Field] = &[$(Field { name: $name, row: $row, sentence: $sentence, source: $source },)*];
    };
}

fields! {
    "term" "term" "The latest term that the node has heard of." "raft.tla currentTerm; paper figure 2";
    "role" "role" "Whether it follows, stands or leads." "raft.tla state; thesis 3.3";
    "vote" "vote" "The candidate that it voted for in its term." "raft.tla votedFor; paper figure 2";
    "commit" "commit" "Up to where it knows the log to be committed." "raft.tla commitIndex; paper figure 2";
    "last index" "log" "Where its log ends." "raft.tla Len(log); paper figure 2";
    "log entry" "log" "An entry of its log." "raft.tla log; paper figure 2";
    "leader" "leader" "Whom it takes for the leader of its term." "thesis 6.2; etcd raft doc.go";
    "pending reads" "pending reads" "Reads that wait at the leader for a quorum." "thesis 6.4";
    "reads to hand over" "" "Reads that are answered, and that the application has not got yet." "thesis 6.4; raft-rs ReadState";
    "reads answered" "" "The reads that a Ready hands over." "thesis 6.4; raft-rs ReadState";
    "pending transfer" "pending transfer" "Whom the leader makes its successor." "thesis 3.10";
    "snapshot asked for" "requested snapshot" "Up to where a snapshot must reach that was asked for." "raft-rs RawNode::request_snapshot";
    "persisted" "persisted" "Up to where the node takes its log to be durable." "thesis 3.8, 10.2.1";
    "applied" "applied" "Up to where its application has applied." "paper figure 2, lastApplied";
    "applied entry" "" "An entry that is handed to the application." "paper figure 3, state machine safety";
    "delivered" "" "Up to where committed entries were handed to the application." "paper figure 2, lastApplied";
    "election elapsed" "ticks" "Ticks since its election timer began anew." "thesis 3.4; raft-rs Config.election_tick";
    "pending change" "pending change" "Up to where a change of the configuration may wait in the leader's log." "thesis 4.1: one change at a time; etcd raft pendingConfIndex";
    "uncommitted size" "" "Bytes of the leader's entries that are not committed." "raft-rs Config.max_uncommitted_size";
    "peers" "peer" "Those whose progress the leader follows." "thesis 4.1";
    "match index" "peer" "Up to where the leader knows a peer's log to be its own." "raft.tla matchIndex; paper figure 2";
    "next index" "peer" "The next entry that the leader sends a peer." "raft.tla nextIndex; paper figure 2";
    "recently active" "peer" "Whether the leader has heard of a peer since it last counted." "thesis 6.2; raft-rs Config.check_quorum";
    "progress" "peer" "How the leader sends to a peer: one append at a time (probe), a stream (replicate), or nothing until a snapshot has arrived (snapshot)." "etcd raft design.md, Progress";
    "probe on its way" "peer" "Whether the one append of a probe is on its way." "etcd raft design.md, Progress";
    "appends in flight" "peer" "Appends of a stream that are not answered." "etcd raft design.md, Progress; thesis 10.2.1";
    "snapshot on its way" "peer" "The snapshot that a peer was sent." "etcd raft design.md, Progress";
    "votes granted" "votes granted" "Who gave the candidate its vote." "raft.tla votesGranted; thesis 3.4";
    "votes responded" "votes responded" "Who answered the candidate." "raft.tla votesResponded; thesis 3.4";
    "configuration" "configuration" "The members that the node acts on." "thesis 4.1, 4.3";
    "change applied" "configuration" "What becomes of the configuration when a change is applied." "thesis 4.1, 4.3";
    "proposal taken" "" "Whether a proposal is taken." "thesis 3.5; raft-rs Error::ProposalDropped";
    "electable" "" "Whether it tells its application that it may be elected: it has a vote." "thesis 4.2.1; raft-rs Raft::promotable";
    "leased" "" "Whether it tells its application that its lease holds: a leader that counts whom it hears of." "thesis 6.4.1; raft-rs Raft::in_lease";
    "election timeout" "" "The election timeout that it was started with." "thesis 3.4; raft-rs Config.election_tick";
    "heartbeat timeout" "" "The heartbeat timeout that it was started with." "thesis 3.4; raft-rs Config.heartbeat_tick";
    "drawn timeout" "" "The election timeout that was drawn for its term." "thesis 3.4; raft-rs Raft::randomized_election_timeout";
    "heartbeat elapsed" "" "Ticks since the leader's last heartbeat." "thesis 3.4; raft-rs Config.heartbeat_tick";
    "to apply" "" "What is committed and durable, and not applied." "paper figure 2, lastApplied; raft-rs RaftLog::next_entries";
    "group commit" "" "Whether commits must be in two groups, as it was set." "raft-rs Raft::group_commit";
    "in two groups" "" "Whether what is committed is in two groups." "raft-rs Raft::check_group_commit_consistent";
    "fetches" "" "The appends whose entries storage is asked to fetch." "raft-rs LogTemporarilyUnavailable";
    "messages" "" "What a node says when its application has applied: nothing." "raft-rs RawNode::advance_apply_to";
    "messages in Ready" "" "How many messages a Ready has: all that were made." "raft-rs doc, processing the Ready state";
    "Ready" "" "What a Ready says is to be written." "raft-rs doc, processing the Ready state; thesis 3.8";
    "commit told" "commit" "The commit index that a Ready says is to be written." "raft-rs LightReady::commit_index";
    "message" "" "A message that the node made." "paper figure 2";
    "RequestVoteRequest" "" "A candidate's request for a vote." "raft.tla RequestVote; paper figure 2";
    "RequestPreVoteRequest" "" "A request for a pre-vote." "thesis 9.6";
    "RequestVoteResponse" "" "The answer to a request for a vote." "raft.tla HandleRequestVoteRequest; paper figure 2";
    "RequestPreVoteResponse" "" "The answer to a request for a pre-vote." "thesis 9.6";
    "AppendEntriesRequest" "" "What a leader sends a follower." "raft.tla AppendEntries; paper figure 2";
    "AppendEntriesResponse" "" "The answer to an append." "raft.tla HandleAppendEntriesRequest; paper figure 2";
    "Snapshot" "" "A snapshot that a leader sends." "thesis 5.3; paper figure 13";
    "Heartbeat" "" "A leader's heartbeat." "thesis 3.4; eraftpb.proto MsgHeartbeat";
    "HeartbeatResponse" "" "The answer to a heartbeat." "eraftpb.proto MsgHeartbeatResponse";
    "ReadIndex" "" "A read that a follower hands on." "thesis 6.4";
    "ReadIndexResponse" "" "The answer to a read that was handed on." "thesis 6.4";
    "TransferLeader" "" "The wish for another leader, handed on." "thesis 3.10";
    "TimeoutNow" "" "The call to start an election." "thesis 3.10";
    "Proposal" "" "A proposal that a follower hands on." "etcd raft doc.go, MsgProp";
}

impl Field {
    /// The field of that name.
    pub fn named(name: &str) -> Option<&'static Field> {
        FIELDS.iter().find(|field| field.name == name)
    }
}

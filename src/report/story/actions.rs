//! Each action of the specification in a sentence, with its source.

use crate::spec::ActionName;

/// The sentence and the source of an action: one table of all actions, which is better whole.
pub fn about(action: ActionName) -> (&'static str, &'static str) {
    use ActionName::*;
    match action {
        Restart => ("A server restarts from its disk.", "raft.tla Restart; thesis 3.8"),
        Timeout => {
            ("A server becomes candidate: it increments its term and votes for itself.", "raft.tla Timeout; thesis 3.4")
        }
        RequestVote => ("A candidate requests the vote of another server.", "raft.tla RequestVote; thesis 3.4"),
        BecomeLeader => ("A candidate with the votes of a quorum becomes leader.", "raft.tla BecomeLeader; thesis 3.4"),
        ClientRequest => ("A leader appends a client's proposal.", "raft.tla ClientRequest; thesis 3.5"),
        AdvanceCommitIndex => (
            "A leader commits an entry of its term that a quorum has stored.",
            "raft.tla AdvanceCommitIndex; thesis 3.6.2",
        ),
        AppendEntries => {
            ("A leader sends entries, or probes with an empty append.", "raft.tla AppendEntries; thesis 3.5")
        }
        UpdateTerm => {
            ("A server learns of a newer term and becomes follower in it.", "raft.tla UpdateTerm; thesis 3.3")
        }
        HandleRequestVoteRequest => (
            "A voter grants or rejects a request for its vote.",
            "raft.tla HandleRequestVoteRequest; thesis 3.4, 3.6.1",
        ),
        HandleRequestVoteResponse => ("A candidate counts a vote.", "raft.tla HandleRequestVoteResponse; thesis 3.4"),
        RejectAppendEntriesRequest => (
            "A follower rejects an append of an older term, or one whose previous entry it lacks.",
            "raft.tla RejectAppendEntriesRequest; thesis 3.5",
        ),
        ReturnToFollowerState => (
            "A candidate learns that its term has a leader and becomes follower.",
            "raft.tla ReturnToFollowerState; thesis 3.4",
        ),
        AppendEntriesAlreadyDone => {
            ("A follower acknowledges an append whose entries it has.", "raft.tla AppendEntriesAlreadyDone; thesis 3.5")
        }
        ConflictAppendEntriesRequest => (
            "A follower truncates entries that conflict with its leader's.",
            "raft.tla ConflictAppendEntriesRequest; thesis 3.5",
        ),
        NoConflictAppendEntriesRequest => {
            ("A follower appends the leader's entries.", "raft.tla NoConflictAppendEntriesRequest; thesis 3.5")
        }
        HandleAppendEntriesResponse => (
            "A leader raises a follower's match index, or lowers its next index after a rejection.",
            "raft.tla HandleAppendEntriesResponse; thesis 3.5",
        ),
        DropStaleResponse => ("A response of an older term is dropped.", "raft.tla DropStaleResponse; thesis 3.3"),
        DuplicateMessage => ("The network duplicates a message.", "raft.tla DuplicateMessage"),
        DropMessage => ("The network loses a message.", "raft.tla DropMessage"),
        NoOp => ("A new leader appends an empty entry of its term.", "thesis 6.4; raft-rs doc of Ready, step 3"),
        Heartbeat => ("A leader sends a heartbeat.", "thesis 3.4; eraftpb.proto MsgHeartbeat"),
        HandleHeartbeat => {
            ("A follower takes the commit index of a heartbeat and responds.", "thesis 3.4; eraftpb.proto MsgHeartbeat")
        }
        HandleHeartbeatResponse => (
            "A leader marks a follower as active and sends it missing entries.",
            "thesis 3.5; etcd raft design.md, Progress",
        ),
        TakeCommitFromVote => {
            ("A server takes the commit index of a vote or a read response.", "raft-rs pull request 411")
        }
        LoseElection => ("A candidate that a quorum rejected becomes follower.", "etcd raft doc.go, MsgVoteResp"),
        PreElection => ("A server becomes pre-candidate, without incrementing its term.", "thesis 9.6"),
        RequestPreVote => ("A pre-candidate requests the pre-vote of another server.", "thesis 9.6"),
        IgnoreInLease => (
            "A server that heard from its leader within an election timeout ignores a request for its vote.",
            "thesis 4.2.3",
        ),
        AnswerStale => (
            "A message of an older term is answered with the newer term, which deposes its leader.",
            "etcd raft pull request 8346; thesis 9.6",
        ),
        CheckQuorum => ("A leader checks that a quorum is recently active.", "thesis 6.2; raft-rs Config.check_quorum"),
        StepDown => ("A leader steps down.", "thesis 4.2.2, 6.2"),
        SetPriority => ("The application sets an election priority.", "raft-rs Config.priority"),
        Read => ("A client requests a read.", "thesis 6.4"),
        ConfirmRead => ("A read is answered after a quorum has confirmed the leader.", "thesis 6.4"),
        HandleReadIndexResponse => ("A follower receives the response to a forwarded read.", "thesis 6.4"),
        Ping => ("The application asks for heartbeats.", "raft-rs RawNode::ping"),
        Unreachable => {
            ("The application reports a lost message, and the leader probes.", "etcd raft design.md, Progress")
        }
        Compact => ("A log is compacted.", "thesis 5.1"),
        SetSnapshots => (
            "The application sets whether a snapshot is available.",
            "raft-rs StorageError::SnapshotTemporarilyUnavailable",
        ),
        SendSnapshot => ("A leader sends a snapshot instead of compacted entries.", "thesis 5.3"),
        IgnoreSnapshot => (
            "A follower ignores a snapshot that it has committed already, or that does not include it.",
            "thesis 5.3; paper figure 13",
        ),
        FastForward => {
            ("A follower whose log matches the snapshot commits up to it and keeps its log.", "paper figure 13, step 6")
        }
        RestoreSnapshot => ("A follower replaces its log by a snapshot.", "thesis 5.3; paper figure 13"),
        HandleSnapshot => ("A follower acknowledges a snapshot.", "thesis 5.3; paper figure 13"),
        ReportSnapshot => (
            "The application reports the outcome of a snapshot, and the leader probes.",
            "etcd raft design.md, Progress: snapshot",
        ),
        RequestSnapshot => ("A follower requests a snapshot of its leader.", "raft-rs RawNode::request_snapshot"),
        AskForSnapshot => {
            ("A follower with a pending request for a snapshot repeats it.", "raft-rs RawNode::request_snapshot")
        }
        ApplyChange => ("A configuration change is applied.", "thesis 4; etcd raft doc.go, on implementation"),
        LeaveJoint => ("A leader appends the entry that leaves a joint configuration.", "thesis 4.3"),
        DropOutsider => ("A response from outside the configuration is dropped.", "raft-rs Error::StepPeerNotFound"),
        SetSkipBcastCommit => {
            ("The application sets whether commit indexes are broadcast at once.", "raft-rs Config.skip_bcast_commit")
        }
        SetMaxInflightMsgs => {
            ("The application sets the limit of appends in flight.", "raft-rs adjust_max_inflight_msgs")
        }
        SetBatchAppend => ("The application sets whether waiting appends are batched.", "raft-rs Config.batch_append"),
        SetCheckQuorum => ("The application sets whether a leader checks its quorum.", "raft-rs Config.check_quorum"),
        SetMaxCommittedSizePerReady => {
            ("The application limits the committed entries of a Ready.", "raft-rs Config.max_committed_size_per_ready")
        }
        SetGroups => ("The application sets the groups that commits must reach.", "raft-rs Raft::assign_commit_groups"),
        WaitForGroup => ("A commit waits until a second group has the entry.", "raft-rs Raft::enable_group_commit"),
        Fetch => ("The storage fetches the entries of an append asynchronously.", "raft-rs LogTemporarilyUnavailable"),
        Fetched => ("Fetched entries are available.", "raft-rs RawNode::on_entries_fetched"),
        BatchAppend => ("Entries are batched into a waiting append.", "raft-rs Config.batch_append"),
        LeaseRead => ("A leader answers a read by its lease.", "thesis 6.4.1; raft-rs ReadOnlyOption.LeaseBased"),
        Transfer => ("A leader begins a leadership transfer.", "thesis 3.10"),
        TimeoutNow => ("A leader tells its transferee to start an election at once.", "thesis 3.10"),
        HandleTimeoutNow => ("A server is told to start an election at once.", "thesis 3.10"),
        DropStaleRequest => ("A request of an older term is dropped.", "etcd raft doc.go, message types"),
        Tick => ("A clock ticks.", "thesis 3.4"),
        Campaign => ("The application starts an election.", "raft-rs RawNode::campaign"),
        Propose => ("A client proposes an entry.", "thesis 3.5"),
        HandleProposal => ("A leader handles a forwarded proposal.", "etcd raft doc.go, MsgProp"),
        DropProposal => ("A proposal is dropped.", "etcd raft doc.go, MsgProp; raft-rs Error::ProposalDropped"),
        Write => ("A server hands over a Ready to be written.", "raft-rs doc, processing the Ready state"),
        Sync => ("Writes become durable.", "thesis 3.8"),
        Persist => {
            ("A server learns that its log is durable up to an index.", "thesis 10.2.1; raft-rs on_persist_ready")
        }
        Apply => ("The application applies entries.", "paper figure 2, lastApplied"),
        Release => (
            "A server releases a message.",
            "paper figure 2: persistent state is durable before an answer; thesis 3.8, 10.2.1",
        ),
        Reply => ("A server responds.", "raft.tla Reply"),
    }
}

//! What each action of the specification is, in a sentence, and where it is written down.

use crate::spec::ActionName;

/// What an action does, and where that is written down.
pub fn about(action: ActionName) -> (&'static str, &'static str) {
    use ActionName::*;
    match action {
        Restart => ("A server comes up again with what its disk has.", "raft.tla Restart; thesis 3.8"),
        Timeout => ("A server starts an election: a new term, and a vote for itself.", "raft.tla Timeout; thesis 3.4"),
        RequestVote => ("A candidate asks another server for its vote.", "raft.tla RequestVote; thesis 3.4"),
        BecomeLeader => ("A candidate that a quorum voted for leads.", "raft.tla BecomeLeader; thesis 3.4"),
        ClientRequest => ("A leader appends what a client proposed.", "raft.tla ClientRequest; thesis 3.5"),
        AdvanceCommitIndex => {
            ("A leader commits an entry of its term that a quorum has.", "raft.tla AdvanceCommitIndex; thesis 3.6.2")
        }
        AppendEntries => ("A leader sends entries, or probes with none.", "raft.tla AppendEntries; thesis 3.5"),
        UpdateTerm => ("A server hears of a newer term and follows in it.", "raft.tla UpdateTerm; thesis 3.3"),
        HandleRequestVoteRequest => {
            ("A voter grants its vote, or refuses it.", "raft.tla HandleRequestVoteRequest; thesis 3.4, 3.6.1")
        }
        HandleRequestVoteResponse => {
            ("A candidate counts an answer.", "raft.tla HandleRequestVoteResponse; thesis 3.4")
        }
        RejectAppendEntriesRequest => (
            "A follower refuses an append: of an older term, or after an entry that it has not.",
            "raft.tla RejectAppendEntriesRequest; thesis 3.5",
        ),
        ReturnToFollowerState => {
            ("A candidate finds that its term has a leader.", "raft.tla ReturnToFollowerState; thesis 3.4")
        }
        AppendEntriesAlreadyDone => {
            ("A follower acknowledges an append that it has.", "raft.tla AppendEntriesAlreadyDone; thesis 3.5")
        }
        ConflictAppendEntriesRequest => (
            "A follower drops entries that conflict with its leader's.",
            "raft.tla ConflictAppendEntriesRequest; thesis 3.5",
        ),
        NoConflictAppendEntriesRequest => {
            ("A follower appends what its leader sent.", "raft.tla NoConflictAppendEntriesRequest; thesis 3.5")
        }
        HandleAppendEntriesResponse => (
            "A leader learns what a follower has, or that an append did not fit.",
            "raft.tla HandleAppendEntriesResponse; thesis 3.5",
        ),
        DropStaleResponse => ("An answer of an older term is not heard.", "raft.tla DropStaleResponse; thesis 3.3"),
        DuplicateMessage => ("The network duplicates a message.", "raft.tla DuplicateMessage"),
        DropMessage => ("The network loses a message.", "raft.tla DropMessage"),
        NoOp => ("A new leader appends an empty entry of its term.", "thesis 6.4; raft-rs doc of Ready, step 3"),
        Heartbeat => ("A leader asserts itself.", "thesis 3.4; eraftpb.proto MsgHeartbeat"),
        HandleHeartbeat => (
            "A follower hears a heartbeat, takes the commit index and answers.",
            "thesis 3.4; eraftpb.proto MsgHeartbeat",
        ),
        HandleHeartbeatResponse => (
            "A leader hears that a follower is there, and sends what it lacks.",
            "thesis 3.5; etcd raft design.md, Progress",
        ),
        TakeCommitFromVote => ("A commit index is taken from a vote or a read.", "raft-rs pull request 411"),
        LoseElection => ("A candidate that a quorum refused follows again.", "etcd raft doc.go, MsgVoteResp"),
        PreElection => ("A server asks whether it would be elected, before it raises its term.", "thesis 9.6"),
        RequestPreVote => ("A pre-candidate asks another server whether it would vote for it.", "thesis 9.6"),
        IgnoreInLease => ("A server that heard of its leader lately ignores a request for its vote.", "thesis 4.2.3"),
        AnswerStale => ("A deposed leader is told of the newer term.", "etcd raft pull request 8346; thesis 9.6"),
        CheckQuorum => ("A leader counts whom it has heard of.", "thesis 6.2; raft-rs Config.check_quorum"),
        StepDown => ("A leader gives up leading.", "thesis 4.2.2, 6.2"),
        SetPriority => ("The application sets an election priority.", "raft-rs Config.priority"),
        Read => ("A client reads.", "thesis 6.4"),
        ConfirmRead => ("A read is answered: a quorum has confirmed the leader.", "thesis 6.4"),
        HandleReadIndexResponse => ("A follower has the answer to a read that it handed on.", "thesis 6.4"),
        Ping => ("The application asks for heartbeats.", "raft-rs RawNode::ping"),
        Unreachable => ("A leader is told that a message was lost, and probes.", "etcd raft design.md, Progress"),
        Compact => ("The beginning of a log is dropped.", "thesis 5.1"),
        SetSnapshots => (
            "The application has snapshots to give, or has none.",
            "raft-rs StorageError::SnapshotTemporarilyUnavailable",
        ),
        SendSnapshot => ("A leader sends a snapshot in place of entries that it has no more.", "thesis 5.3"),
        IgnoreSnapshot => {
            ("A follower ignores a snapshot: it has all that, or is not in it.", "thesis 5.3; paper figure 13")
        }
        FastForward => (
            "A follower that has the snapshot's last entry commits up to it, and keeps its log.",
            "paper figure 13, step 6",
        ),
        RestoreSnapshot => ("A snapshot takes the place of a follower's log.", "thesis 5.3; paper figure 13"),
        HandleSnapshot => ("A follower answers a snapshot.", "thesis 5.3; paper figure 13"),
        ReportSnapshot => {
            ("A leader is told what became of its snapshot, and probes.", "etcd raft design.md, Progress: snapshot")
        }
        RequestSnapshot => ("A follower asks its leader for a snapshot.", "raft-rs RawNode::request_snapshot"),
        AskForSnapshot => {
            ("A follower that waits for a snapshot repeats its wish.", "raft-rs RawNode::request_snapshot")
        }
        ApplyChange => ("A change of the configuration is applied.", "thesis 4; etcd raft doc.go, on implementation"),
        LeaveJoint => ("A leader appends the entry that leaves a joint configuration.", "thesis 4.3"),
        DropOutsider => ("An answer from outside the configuration is not heard.", "raft-rs Error::StepPeerNotFound"),
        SetSkipBcastCommit => {
            ("The application sets whether commits are told by themselves.", "raft-rs Config.skip_bcast_commit")
        }
        SetMaxInflightMsgs => {
            ("The application sets how many appends may be in flight.", "raft-rs adjust_max_inflight_msgs")
        }
        SetBatchAppend => ("The application sets whether appends that wait are joined.", "raft-rs Config.batch_append"),
        SetCheckQuorum => ("The application sets whether a leader checks its quorum.", "raft-rs Config.check_quorum"),
        SetMaxCommittedSizePerReady => {
            ("The application limits the entries of a Ready.", "raft-rs Config.max_committed_size_per_ready")
        }
        SetGroups => ("The application sets the groups that commits must reach.", "raft-rs Raft::assign_commit_groups"),
        WaitForGroup => ("A commit waits until a second group has the entry.", "raft-rs Raft::enable_group_commit"),
        Fetch => ("Storage has to fetch the entries of an append.", "raft-rs LogTemporarilyUnavailable"),
        Fetched => ("Entries that storage fetched are there.", "raft-rs RawNode::on_entries_fetched"),
        JoinAppend => ("Entries are joined to an append that waits.", "raft-rs Config.batch_append"),
        LeaseRead => ("A leader answers a read by its lease.", "thesis 6.4.1; raft-rs ReadOnlyOption.LeaseBased"),
        Transfer => ("A leader makes another server its successor.", "thesis 3.10"),
        TimeoutNow => ("A leader tells its successor to start an election.", "thesis 3.10"),
        HandleTimeoutNow => ("A server is told to start an election at once.", "thesis 3.10"),
        DropStaleRequest => ("A request of an older term is not heard.", "etcd raft doc.go, message types"),
        Tick => ("A clock ticks.", "thesis 3.4"),
        Campaign => ("The application asks for an election.", "raft-rs RawNode::campaign"),
        Propose => ("A client's proposal reaches a server.", "thesis 3.5"),
        HandleProposal => ("A leader gets a proposal that a follower handed on.", "etcd raft doc.go, MsgProp"),
        DropProposal => ("A proposal is refused.", "etcd raft doc.go, MsgProp; raft-rs Error::ProposalDropped"),
        Write => ("A server hands over what is to be written.", "raft-rs doc, processing the Ready state"),
        Sync => ("Writes become durable.", "thesis 3.8"),
        Persist => ("A server takes its log to be durable up to an index.", "thesis 10.2.1; raft-rs on_persist_ready"),
        Apply => ("The application has applied.", "paper figure 2, lastApplied"),
        Release => (
            "A message leaves its server.",
            "paper figure 2: persistent state is durable before an answer; thesis 3.8, 10.2.1",
        ),
        Reply => ("A server answers.", "raft.tla Reply"),
    }
}

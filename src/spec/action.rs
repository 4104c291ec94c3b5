//! The disjuncts of raft.tla's `Next`, under its names, and those that the dialects add.

use super::change::Change;
use super::groups::Groups;
use super::ids::{Context, Index, NodeId, Value};
use super::message::Message;
use super::options::Options;
use std::fmt;

/// One step that the specification can be asked to take.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Action {
    /// raft.tla `Restart(i)`; with `durability`, a crash that keeps what was synced.
    Restart(NodeId),
    /// Outside Raft: the disk of `i`, which is down, is replaced by an empty one.
    Wipe(NodeId),
    /// raft.tla `Timeout(i)`.
    Timeout(NodeId),
    /// raft.tla `RequestVote(i, j)`.
    RequestVote(NodeId, NodeId),
    /// raft.tla `BecomeLeader(i)`.
    BecomeLeader(NodeId),
    /// raft.tla `ClientRequest(i, v)`.
    ClientRequest(NodeId, Value),
    /// raft.tla `AdvanceCommitIndex(i)`.
    AdvanceCommitIndex(NodeId),
    /// raft.tla `AppendEntries(i, j)`, with up to so many entries (raft.tla: one).
    AppendEntries(NodeId, NodeId, usize),
    /// raft.tla `Receive(m)`.
    Receive(Message),
    /// raft.tla `DuplicateMessage(m)`.
    DuplicateMessage(Message),
    /// raft.tla `DropMessage(m)`.
    DropMessage(Message),

    /// Switch `no-op-on-election`: a new leader appends an entry of its own.
    NoOp(NodeId),
    /// Switch `heartbeats`: leader `i` sends `j` a heartbeat.
    Heartbeat(NodeId, NodeId),
    /// Switch `pre-vote`: a server asks whether it would be elected.
    PreElection(NodeId),
    /// Switch `reads`: a client of `i` reads.
    Read(NodeId, Context),
    /// The application of `i` asks for heartbeats now.
    Ping(NodeId),
    /// The application of `i` says that a message to another server was lost.
    Unreachable(NodeId, NodeId),
    /// Switch `snapshots`: the application of `i` drops its log up to an index.
    Compact(NodeId, Index),
    /// Switch `snapshots`: the application of `i` says whether it has no snapshot to give.
    SetSnapshots(NodeId, bool),
    /// Switch `snapshots`: the application of `i` says whether it has a snapshot for another server.
    SetSnapshotsFor(NodeId, NodeId, bool),
    /// Switch `snapshots`: the application of `i` says whether a snapshot arrived at another server.
    ReportSnapshot(NodeId, NodeId, bool),
    /// Switch `snapshots`: the application of `i` wants a snapshot.
    RequestSnapshot(NodeId),
    /// Switch `applied-configuration`: the application of `i` applies the change at an index.
    ApplyChange(NodeId, Index, Change),
    /// The application of `i` changes a setting at run time.
    Set(NodeId, Knob),
    /// The operator gives `i` the options of its next start; true if it has not started yet.
    Configure(NodeId, Options, bool),
    /// Switch `async-fetch`: the entries of an append of `i` to another server are fetched.
    Fetch(NodeId, NodeId),
    /// Switch `async-fetch`: the oldest entries that `i` fetches are there.
    Fetched(NodeId),
    /// Switch `transfer`: the application asks `i` to make another server the leader.
    Transfer(NodeId, NodeId),
    /// Switch `clocks`: one tick of `i`'s clock.
    Tick(NodeId),
    /// Switch `clocks`: the application asks `i` to start an election.
    Campaign(NodeId),
    /// A client's proposal reaches `i`: a leader appends it, a follower forwards it.
    Propose(NodeId, Value),
    /// The same with several values in one proposal, the first to the last.
    ProposeMany(NodeId, Value, Value),
    /// Switch `durability`: `i` hands its changes to the application to write.
    Write(NodeId),
    /// Switch `durability`: the oldest `k` writes of `i` are synced.
    Sync(NodeId, usize),
    /// Switch `durability`: `i` takes its log up to an index to be durable.
    Persist(NodeId, Index),
    /// The application of `i` has applied up to an index.
    Apply(NodeId, Index),
}

/// A setting that an application changes at run time, and its new value.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Knob {
    /// Switch `priority`: the election priority.
    Priority(u8),
    /// Switch `check-quorum`: whether a leader that hears of no quorum steps down.
    CheckQuorum(bool),
    /// Switch `skip-bcast-commit`: whether a leader sends no append only to announce a commit.
    SkipBcastCommit(bool),
    /// Switch `batch-append`: whether appends that wait for the same Ready become one.
    BatchAppend(bool),
    /// The number of appends that may be in flight to a peer.
    MaxInflightMsgs(NodeId, usize),
    /// The most bytes of committed entries in a Ready, if there is a limit.
    MaxCommittedSize(Option<u32>),
    /// Switch `group-commit`: whether commits must reach two groups, and the servers' groups.
    Groups(Groups),
}

impl Action {
    /// The server that moves; of a message that is duplicated or lost, its receiver.
    pub fn node(&self) -> NodeId {
        match self {
            Action::Restart(i)
            | Action::Wipe(i)
            | Action::Timeout(i)
            | Action::RequestVote(i, _)
            | Action::BecomeLeader(i)
            | Action::ClientRequest(i, _)
            | Action::AdvanceCommitIndex(i)
            | Action::AppendEntries(i, ..)
            | Action::NoOp(i)
            | Action::Heartbeat(i, _)
            | Action::Tick(i)
            | Action::Campaign(i)
            | Action::PreElection(i)
            | Action::Transfer(i, _)
            | Action::Read(i, _)
            | Action::Ping(i)
            | Action::Compact(i, _)
            | Action::SetSnapshots(i, _)
            | Action::SetSnapshotsFor(i, ..)
            | Action::ReportSnapshot(i, ..)
            | Action::RequestSnapshot(i)
            | Action::ApplyChange(i, ..)
            | Action::Set(i, _)
            | Action::Configure(i, ..)
            | Action::Fetch(i, _)
            | Action::Fetched(i)
            | Action::Unreachable(i, _)
            | Action::Propose(i, _)
            | Action::ProposeMany(i, ..)
            | Action::Write(i)
            | Action::Sync(i, _)
            | Action::Persist(i, _)
            | Action::Apply(i, _) => *i,
            Action::Receive(m) | Action::DuplicateMessage(m) | Action::DropMessage(m) => m.to,
        }
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        if let Action::Receive(m) = self {
            write!(f, "Receive({m})")
        } else if let Action::DuplicateMessage(m) = self {
            write!(f, "DuplicateMessage({m})")
        } else if let Action::DropMessage(m) = self {
            write!(f, "DropMessage({m})")
        } else {
            fmt::Debug::fmt(self, f)
        }
    }
}

macro_rules! names {
    ($($name:ident: $sentence:literal, $source:literal;)*) => {
        /// An action's name, or that of the disjunct of `Receive` that was taken.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        #[repr(u8)]
        pub enum ActionName { $(#[doc = $sentence] $name,)* }

        impl ActionName {
            /// Every name, in its order.
            pub const ALL: &[ActionName] = &[$(ActionName::$name,)*];

            /// The action in a sentence.
            pub fn sentence(self) -> &'static str {
                [$($sentence),*][self as usize]
            }

            /// The source of the action.
            pub fn source(self) -> &'static str {
                [$($source),*][self as usize]
            }
        }
    };
}

names! {
    Restart: "A server restarts from its disk.", "raft.tla Restart; thesis 3.8";
    Timeout: "A server becomes candidate: it increments its term and votes for itself.", "raft.tla Timeout; thesis 3.4";
    RequestVote: "A candidate requests the vote of another server.", "raft.tla RequestVote; thesis 3.4";
    BecomeLeader: "A candidate with the votes of a quorum becomes leader.", "raft.tla BecomeLeader; thesis 3.4";
    ClientRequest: "A leader appends a client's proposal.", "raft.tla ClientRequest; thesis 3.5";
    AdvanceCommitIndex: "A leader commits an entry of its term that a quorum has stored.",
        "raft.tla AdvanceCommitIndex; thesis 3.6.2";
    AppendEntries: "A leader sends entries, or probes with an empty append.", "raft.tla AppendEntries; thesis 3.5";
    UpdateTerm: "A server learns of a newer term and becomes follower in it.", "raft.tla UpdateTerm; thesis 3.3";
    HandleRequestVoteRequest: "A voter grants or rejects a request for its vote.",
        "raft.tla HandleRequestVoteRequest; thesis 3.4, 3.6.1";
    HandleRequestVoteResponse: "A candidate counts a vote.", "raft.tla HandleRequestVoteResponse; thesis 3.4";
    RejectAppendEntriesRequest: "A follower rejects an append of an older term, or one whose previous entry it lacks.",
        "raft.tla RejectAppendEntriesRequest; thesis 3.5";
    ReturnToFollowerState: "A candidate learns that its term has a leader and becomes follower.",
        "raft.tla ReturnToFollowerState; thesis 3.4";
    AppendEntriesAlreadyDone: "A follower acknowledges an append whose entries it has.",
        "raft.tla AppendEntriesAlreadyDone; thesis 3.5";
    ConflictAppendEntriesRequest: "A follower truncates entries that conflict with its leader's.",
        "raft.tla ConflictAppendEntriesRequest; thesis 3.5";
    NoConflictAppendEntriesRequest: "A follower appends the leader's entries.",
        "raft.tla NoConflictAppendEntriesRequest; thesis 3.5";
    HandleAppendEntriesResponse:
        "A leader raises a follower's match index, or lowers its next index after a rejection.",
        "raft.tla HandleAppendEntriesResponse; thesis 3.5";
    DropStaleResponse: "A response of an older term is dropped.", "raft.tla DropStaleResponse; thesis 3.3";
    DuplicateMessage: "The network duplicates a message.", "raft.tla DuplicateMessage";
    DropMessage: "The network loses a message.", "raft.tla DropMessage";
    NoOp: "A new leader appends an empty entry of its term.", "thesis 6.4; raft-rs doc of Ready, step 3";
    Heartbeat: "A leader sends a heartbeat.", "thesis 3.4; eraftpb.proto MsgHeartbeat";
    HandleHeartbeat: "A follower takes the commit index of a heartbeat and responds.",
        "thesis 3.4; eraftpb.proto MsgHeartbeat";
    HandleHeartbeatResponse: "A leader marks a follower as active and sends it missing entries.",
        "thesis 3.5; etcd raft design.md, Progress";
    TakeCommitFromVote: "A server takes the commit index of a vote or a read response.", "raft-rs pull request 411";
    LoseElection: "A candidate that a quorum rejected becomes follower.", "etcd raft doc.go, MsgVoteResp";
    PreElection: "A server becomes pre-candidate, without incrementing its term.", "thesis 9.6";
    RequestPreVote: "A pre-candidate requests the pre-vote of another server.", "thesis 9.6";
    IgnoreInLease: "A server that heard from its leader within an election timeout ignores a request for its vote.",
        "thesis 4.2.3";
    AnswerStale: "A message of an older term is answered with the newer term, which deposes its leader.",
        "etcd raft pull request 8346; thesis 9.6";
    CheckQuorum: "A leader checks that a quorum is recently active.", "thesis 6.2; raft-rs Config.check_quorum";
    StepDown: "A leader steps down.", "thesis 4.2.2, 6.2";
    SetPriority: "The application sets an election priority.", "raft-rs Config.priority";
    Read: "A client requests a read.", "thesis 6.4";
    ConfirmRead: "A read is answered after a quorum has confirmed the leader.", "thesis 6.4";
    HandleReadIndexResponse: "A follower receives the response to a forwarded read.", "thesis 6.4";
    Ping: "The application asks for heartbeats.", "raft-rs RawNode::ping";
    Unreachable: "The application reports a lost message, and the leader probes.", "etcd raft design.md, Progress";
    Compact: "A log is compacted.", "thesis 5.1";
    SetSnapshots: "The application sets whether a snapshot is available.",
        "raft-rs StorageError::SnapshotTemporarilyUnavailable";
    SendSnapshot: "A leader sends a snapshot instead of compacted entries.", "thesis 5.3";
    IgnoreSnapshot: "A follower ignores a snapshot that it has committed already, or that does not include it.",
        "thesis 5.3; paper figure 13";
    FastForward: "A follower whose log matches the snapshot commits up to it and keeps its log.",
        "paper figure 13, step 6";
    RestoreSnapshot: "A follower replaces its log by a snapshot.", "thesis 5.3; paper figure 13";
    HandleSnapshot: "A follower acknowledges a snapshot.", "thesis 5.3; paper figure 13";
    ReportSnapshot: "The application reports the outcome of a snapshot, and the leader probes.",
        "etcd raft design.md, Progress: snapshot";
    RequestSnapshot: "A follower requests a snapshot of its leader.", "raft-rs RawNode::request_snapshot";
    AskForSnapshot: "A follower with a pending request for a snapshot repeats it.", "raft-rs RawNode::request_snapshot";
    ApplyChange: "A configuration change is applied.", "thesis 4; etcd raft doc.go, on implementation";
    LeaveJoint: "A leader appends the entry that leaves a joint configuration.", "thesis 4.3";
    DropOutsider: "A response from outside the configuration is dropped.", "raft-rs Error::StepPeerNotFound";
    SetSkipBcastCommit: "The application sets whether commit indexes are broadcast at once.",
        "raft-rs Config.skip_bcast_commit";
    SetMaxInflightMsgs: "The application sets the limit of appends in flight.", "raft-rs adjust_max_inflight_msgs";
    SetBatchAppend: "The application sets whether waiting appends are batched.", "raft-rs Config.batch_append";
    SetCheckQuorum: "The application sets whether a leader checks its quorum.", "raft-rs Config.check_quorum";
    SetMaxCommittedSizePerReady: "The application limits the committed entries of a Ready.",
        "raft-rs Config.max_committed_size_per_ready";
    SetGroups: "The application sets the groups that commits must reach.", "raft-rs Raft::assign_commit_groups";
    WaitForGroup: "A commit waits until a second group has the entry.", "raft-rs Raft::enable_group_commit";
    Fetch: "The storage fetches the entries of an append asynchronously.", "raft-rs LogTemporarilyUnavailable";
    Fetched: "Fetched entries are available.", "raft-rs RawNode::on_entries_fetched";
    BatchAppend: "Entries are batched into a waiting append.", "raft-rs Config.batch_append";
    LeaseRead: "A leader answers a read by its lease.", "thesis 6.4.1; raft-rs ReadOnlyOption.LeaseBased";
    Transfer: "A leader begins a leadership transfer.", "thesis 3.10";
    TimeoutNow: "A leader tells its transferee to start an election at once.", "thesis 3.10";
    HandleTimeoutNow: "A server is told to start an election at once.", "thesis 3.10";
    DropStaleRequest: "A request of an older term is dropped.", "etcd raft doc.go, message types";
    Tick: "A clock ticks.", "thesis 3.4";
    Campaign: "The application starts an election.", "raft-rs RawNode::campaign";
    Propose: "A client proposes an entry.", "thesis 3.5";
    HandleProposal: "A leader handles a forwarded proposal.", "etcd raft doc.go, MsgProp";
    DropProposal: "A proposal is dropped.", "etcd raft doc.go, MsgProp; raft-rs Error::ProposalDropped";
    Write: "A server hands over a Ready to be written.", "raft-rs doc, processing the Ready state";
    Sync: "Writes become durable.", "thesis 3.8";
    Persist: "A server learns that its log is durable up to an index.", "thesis 10.2.1; raft-rs on_persist_ready";
    Apply: "The application applies entries.", "paper figure 2, lastApplied";
    Release: "A server releases a message.",
        "paper figure 2: persistent state is durable before an answer; thesis 3.8, 10.2.1";
    Reply: "A server responds.", "raft.tla Reply";
    Wipe: "A server stops and loses its disk.", "thesis 3.8: then it cannot safely return with its identity";
    Configure: "The operator changes the options of a server's next start.", "raft-rs Config, RawNode::new";
}

impl fmt::Display for ActionName {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

//! The disjuncts of raft.tla's `Next`, under its names, and those that the dialects add.

use super::change::Change;
use super::groups::Groups;
use super::ids::{Context, Index, NodeId, Value};
use super::message::Message;
use std::fmt;

/// One step that the specification can be asked to take.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Action {
    /// raft.tla `Restart(i)`; with `durability`, a crash that keeps what was synced.
    Restart(NodeId),
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
    /// Switch `snapshots`: the application of `i` says whether a snapshot arrived at another server.
    ReportSnapshot(NodeId, NodeId, bool),
    /// Switch `snapshots`: the application of `i` wants a snapshot.
    RequestSnapshot(NodeId),
    /// Switch `applied-configuration`: the application of `i` applies the change at an index.
    ApplyChange(NodeId, Index, Change),
    /// The application of `i` changes a setting at run time.
    Set(NodeId, Knob),
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
    /// True if a Ready limits the committed entries that it hands over.
    LimitsCommitted(bool),
    /// Switch `group-commit`: whether commits must reach two groups, and the servers' groups.
    Groups(Groups),
}

impl Action {
    /// The server that moves; of a message that is duplicated or lost, its receiver.
    pub fn node(&self) -> NodeId {
        match self {
            Action::Restart(i)
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
            | Action::ReportSnapshot(i, ..)
            | Action::RequestSnapshot(i)
            | Action::ApplyChange(i, ..)
            | Action::Set(i, _)
            | Action::Fetch(i, _)
            | Action::Fetched(i)
            | Action::Unreachable(i, _)
            | Action::Propose(i, _)
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
    ($($name:ident,)*) => {
        /// An action's name, or that of the disjunct of `Receive` that was taken.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        #[allow(missing_docs)]
        #[repr(u8)]
        pub enum ActionName { $($name,)* }

        impl ActionName {
            /// Every name, in its order.
            pub const ALL: &[ActionName] = &[$(ActionName::$name,)*];
        }
    };
}

names! {
    Restart,
    Timeout,
    RequestVote,
    BecomeLeader,
    ClientRequest,
    AdvanceCommitIndex,
    AppendEntries,
    UpdateTerm,
    HandleRequestVoteRequest,
    HandleRequestVoteResponse,
    RejectAppendEntriesRequest,
    ReturnToFollowerState,
    AppendEntriesAlreadyDone,
    ConflictAppendEntriesRequest,
    NoConflictAppendEntriesRequest,
    HandleAppendEntriesResponse,
    DropStaleResponse,
    DuplicateMessage,
    DropMessage,
    NoOp,
    Heartbeat,
    HandleHeartbeat,
    HandleHeartbeatResponse,
    TakeCommitFromVote,
    LoseElection,
    PreElection,
    RequestPreVote,
    IgnoreInLease,
    AnswerStale,
    CheckQuorum,
    StepDown,
    SetPriority,
    Read,
    ConfirmRead,
    HandleReadIndexResponse,
    Ping,
    Unreachable,
    Compact,
    SetSnapshots,
    SendSnapshot,
    IgnoreSnapshot,
    FastForward,
    RestoreSnapshot,
    HandleSnapshot,
    ReportSnapshot,
    RequestSnapshot,
    AskForSnapshot,
    ApplyChange,
    LeaveJoint,
    DropOutsider,
    SetSkipBcastCommit,
    SetMaxInflightMsgs,
    SetBatchAppend,
    SetCheckQuorum,
    SetMaxCommittedSizePerReady,
    SetGroups,
    WaitForGroup,
    Fetch,
    Fetched,
    BatchAppend,
    LeaseRead,
    Transfer,
    TimeoutNow,
    HandleTimeoutNow,
    DropStaleRequest,
    Tick,
    Campaign,
    Propose,
    HandleProposal,
    DropProposal,
    Write,
    Sync,
    Persist,
    Apply,
    Release,
    Reply,
}

impl fmt::Display for ActionName {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

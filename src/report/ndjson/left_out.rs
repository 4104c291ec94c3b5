//! What raft-rs does that has no event in etcd's trace validation, or one that is refused there, and why.
//!
//! Sources: the actions of etcd-io/raft `tla/etcdraft.tla`, and how `tla/Traceetcdraft.tla` matches lines with them.

use crate::schedule::Event;
use crate::spec::{ActionName, Change, NodeSet, Step};

/// Why the trace is not quite what the run was.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Lack {
    /// Something has no event.
    LeftOut(&'static str),
    /// It has one, as etcd writes it, but etcd's specification does not allow it.
    Refused(&'static str),
}

use Lack::{LeftOut, Refused};

/// What the schedule asks for.
pub fn of_event(event: &Event) -> Option<Lack> {
    let duplicates = matches!(event, Event::Duplicate(..));
    duplicates.then_some(Refused("duplicates: there a message is received as often as it is sent"))
}

/// A change of the configuration that a leader with these voters takes.
pub fn of_change(change: &Change, voters: NodeSet) -> Option<Lack> {
    if change.is_empty() {
        return Some(LeftOut("leaving a joint configuration has no event"));
    }
    let demotes = change.steps().any(|(step, node)| step == Step::Learner && voters.contains(node));
    if change.steps().count() > 1 || demotes {
        return Some(Refused("a change of several servers, or of a voter to a learner: there is none"));
    }
    None
}

/// A step of the specification.
pub fn of_action(name: ActionName) -> Option<Lack> {
    match name {
        ActionName::Read | ActionName::ConfirmRead | ActionName::HandleReadIndexResponse | ActionName::LeaseRead => {
            Some(LeftOut("reads have no event"))
        }
        ActionName::PreElection => Some(LeftOut("pre-votes have no event")),
        ActionName::Transfer => Some(LeftOut("leader transfers have no event")),
        ActionName::TakeCommitFromVote => Some(LeftOut("a commit index that comes with a vote has no event")),
        ActionName::IgnoreInLease => {
            Some(LeftOut("a request for a vote that a lease forbids to hear is not received there"))
        }
        ActionName::DropOutsider => Some(LeftOut("an answer from outside the configuration is not received there")),
        ActionName::AskForSnapshot => Some(LeftOut("an append that is refused for a snapshot is not received there")),
        ActionName::AnswerStale => Some(Refused("an answer that only tells a newer term: there it is a rejection")),
        ActionName::SendSnapshot => Some(Refused("a snapshot: there its answer is of another kind than an append's")),
        ActionName::RequestSnapshot => Some(LeftOut("requests for snapshots have no event")),
        ActionName::Compact => Some(LeftOut("compaction has no event")),
        ActionName::WaitForGroup | ActionName::SetGroups => Some(LeftOut("group commit has no event")),
        ActionName::SetPriority => Some(LeftOut("priorities have no event")),
        ActionName::JoinAppend => Some(LeftOut("joined appends have no event: they are sent anew")),
        ActionName::Unreachable | ActionName::ReportSnapshot => {
            Some(LeftOut("reports of the application have no event"))
        }
        ActionName::Fetch | ActionName::Fetched => Some(LeftOut("late entries have no event")),
        ActionName::SetSnapshots
        | ActionName::SetSkipBcastCommit
        | ActionName::SetMaxInflightMsgs
        | ActionName::SetBatchAppend
        | ActionName::SetCheckQuorum
        | ActionName::SetMaxCommittedSizePerReady => Some(LeftOut("settings have no event")),
        // These are events, or parts of one, or their messages are.
        ActionName::Restart
        | ActionName::Timeout
        | ActionName::RequestVote
        | ActionName::BecomeLeader
        | ActionName::ClientRequest
        | ActionName::AdvanceCommitIndex
        | ActionName::AppendEntries
        | ActionName::UpdateTerm
        | ActionName::HandleRequestVoteRequest
        | ActionName::HandleRequestVoteResponse
        | ActionName::RejectAppendEntriesRequest
        | ActionName::ReturnToFollowerState
        | ActionName::AppendEntriesAlreadyDone
        | ActionName::ConflictAppendEntriesRequest
        | ActionName::NoConflictAppendEntriesRequest
        | ActionName::HandleAppendEntriesResponse
        | ActionName::DropStaleResponse
        | ActionName::DropStaleRequest
        | ActionName::DuplicateMessage
        | ActionName::DropMessage
        | ActionName::NoOp
        | ActionName::Heartbeat
        | ActionName::HandleHeartbeat
        | ActionName::HandleHeartbeatResponse
        | ActionName::LoseElection
        | ActionName::RequestPreVote
        | ActionName::CheckQuorum
        | ActionName::StepDown
        | ActionName::Ping
        | ActionName::IgnoreSnapshot
        | ActionName::FastForward
        | ActionName::RestoreSnapshot
        | ActionName::HandleSnapshot
        | ActionName::ApplyChange
        | ActionName::LeaveJoint
        | ActionName::TimeoutNow
        | ActionName::HandleTimeoutNow
        | ActionName::Tick
        | ActionName::Campaign
        | ActionName::Propose
        | ActionName::HandleProposal
        | ActionName::DropProposal
        | ActionName::Write
        | ActionName::Sync
        | ActionName::Persist
        | ActionName::Apply
        | ActionName::Release
        | ActionName::Reply => None,
    }
}

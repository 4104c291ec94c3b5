//! What raft-rs does that has no event in etcd's trace validation, and the reason.

use crate::schedule::Event;
use crate::spec::ActionName;

/// Why the trace lacks an event that the schedule asks for.
pub fn of_event(event: &Event) -> Option<&'static str> {
    let duplicates = matches!(event, Event::Duplicate(..));
    duplicates.then_some("duplicates have no event: the second copy is received, and was sent once")
}

/// Why the trace lacks a step of the specification, where no event is its image.
pub fn of_action(name: ActionName) -> Option<&'static str> {
    match name {
        ActionName::Read | ActionName::ConfirmRead | ActionName::HandleReadIndexResponse | ActionName::LeaseRead => {
            Some("reads have no event")
        }
        ActionName::PreElection => Some("pre-votes have no event"),
        ActionName::Transfer => Some("leader transfers have no event"),
        ActionName::TakeCommitFromVote => Some("a commit index that comes with a vote has no event"),
        ActionName::IgnoreInLease => Some("a request for a vote that a lease forbids to hear is not received there"),
        ActionName::DropOutsider => Some("an answer from outside the configuration is not received there"),
        ActionName::AskForSnapshot => Some("an append that is refused for a snapshot is not received there"),
        ActionName::AnswerStale => Some("an answer that only tells a newer term is a rejection there"),
        ActionName::RequestSnapshot => Some("requests for snapshots have no event"),
        ActionName::Compact => Some("compaction has no event"),
        ActionName::LeaveJoint => Some("the entry that leaves a joint configuration has no event"),
        ActionName::WaitForGroup | ActionName::SetGroups => Some("group commit has no event"),
        ActionName::SetPriority => Some("priorities have no event"),
        ActionName::JoinAppend => Some("joined appends have no event: they are sent anew"),
        ActionName::Unreachable | ActionName::ReportSnapshot => Some("reports of the application have no event"),
        ActionName::Fetch | ActionName::Fetched => Some("late entries have no event"),
        ActionName::SetSnapshots
        | ActionName::SetQuiet
        | ActionName::SetWindow
        | ActionName::SetJoins
        | ActionName::SetCheckQuorum
        | ActionName::SetRationed => Some("settings have no event"),
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
        | ActionName::SendSnapshot
        | ActionName::IgnoreSnapshot
        | ActionName::FastForward
        | ActionName::RestoreSnapshot
        | ActionName::HandleSnapshot
        | ActionName::ApplyChange
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

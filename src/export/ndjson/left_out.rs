//! Steps of raft-rs without an event in etcd's trace validation, or with one that it refuses, and the reasons.
//!
//! Sources: the actions of etcd-io/raft `tla/etcdraft.tla`, and their matching with lines in `tla/Traceetcdraft.tla`.

use crate::schedule::Event;
use crate::spec::{ActionName, Change, NodeSet, Step};

/// The reason why a trace is not exactly the run.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Lack {
    /// A step has no event.
    LeftOut(&'static str),
    /// A step has an event, which etcd's specification does not allow.
    Refused(&'static str),
}

use Lack::{LeftOut, Refused};

/// The lack in an event of the schedule.
pub fn of_event(event: &Event) -> Option<Lack> {
    let duplicates = matches!(event, Event::Duplicate(..));
    duplicates.then_some(Refused("duplicates: there a message is received once for each time that it is sent"))
}

/// The lack in a configuration change that a leader with these voters appends.
pub fn of_change(change: &Change, voters: NodeSet) -> Option<Lack> {
    if change.is_empty() {
        return Some(LeftOut("leaving a joint configuration has no event"));
    }
    let demotes = change.steps().any(|(step, node)| step == Step::Learner && voters.contains(node));
    if change.steps().count() > 1 || demotes {
        return Some(Refused("a change of several servers, or of a voter to a learner: there is no such change"));
    }
    None
}

/// The lack in a step of the specification. One match over all actions, so that a new one does not compile without a
/// decision.
pub fn of_action(name: ActionName) -> Option<Lack> {
    match name {
        ActionName::Read | ActionName::ConfirmRead | ActionName::HandleReadIndexResponse | ActionName::LeaseRead => {
            Some(LeftOut("reads have no event"))
        }
        ActionName::PreElection => Some(LeftOut("pre-votes have no event")),
        ActionName::Transfer => Some(LeftOut("leadership transfers have no event")),
        ActionName::TakeCommitFromVote => Some(LeftOut("a commit index carried by a vote has no event")),
        ActionName::IgnoreInLease => Some(LeftOut("a request for a vote that a lease ignores is not received there")),
        ActionName::DropOutsider => Some(LeftOut("a response from outside the configuration is not received there")),
        ActionName::AskForSnapshot => {
            Some(LeftOut("an append that is rejected while a snapshot is requested is not received there"))
        }
        ActionName::AnswerStale => Some(Refused("a response that only carries a newer term: there it is a rejection")),
        ActionName::SendSnapshot => Some(Refused("a snapshot: there its response has another type than an append's")),
        ActionName::RequestSnapshot => Some(LeftOut("requests for snapshots have no event")),
        ActionName::Compact => Some(LeftOut("compaction has no event")),
        ActionName::Wipe => Some(Refused("a server that loses its disk: there it restarts with its log")),
        ActionName::WaitForGroup | ActionName::SetGroups => Some(LeftOut("group commit has no event")),
        ActionName::SetPriority => Some(LeftOut("priorities have no event")),
        ActionName::BatchAppend => Some(LeftOut("batched appends have no event: they are sent again")),
        ActionName::Unreachable | ActionName::ReportSnapshot => {
            Some(LeftOut("reports of the application have no event"))
        }
        ActionName::Fetch | ActionName::Fetched => Some(LeftOut("asynchronous fetches have no event")),
        ActionName::SetSnapshots
        | ActionName::SetSkipBcastCommit
        | ActionName::SetMaxInflightMsgs
        | ActionName::SetBatchAppend
        | ActionName::SetCheckQuorum
        | ActionName::Configure
        | ActionName::SetMaxCommittedSizePerReady => Some(LeftOut("settings have no event")),
        // These are events, parts of an event, or have messages that are events.
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

//! Messages: raft.tla's four, and those that only a dialect has.
//!
//! A field that raft.tla lacks is its `Default` there, so that two messages are equal in the
//! `ongaro` dialect exactly when they are equal in raft.tla.

use super::change::Change;
use super::configuration::Configuration;
use super::entries::Entries;
use super::ids::{Context, Index, NodeId, Position, Term, Value};
use std::fmt;

/// One message on its way.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Message {
    /// raft.tla `msource`.
    pub from: NodeId,
    /// raft.tla `mdest`.
    pub to: NodeId,
    /// raft.tla `mterm`; 0 on a proposal, which belongs to no term.
    pub term: Term,
    /// The kind of message, and its fields.
    pub body: Body,
}

/// The kind of a message, and its fields. `commit` and `hint` fields exist in the `raft-rs` dialect alone.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Body {
    /// A candidate asks for a vote.
    RequestVoteRequest {
        /// raft.tla `mlastLogIndex`, `mlastLogTerm`.
        last_log: Position,
        /// The candidate's commit position (switch `commit-in-votes`).
        commit: Position,
        /// True if it only asks if the vote would be given (switch `pre-vote`).
        pre: bool,
        /// The candidate's election priority (switch `priority`).
        priority: u8,
        /// True if the leader itself wants the election (switch `transfer`).
        transfer: bool,
    },
    /// The answer to it.
    RequestVoteResponse {
        /// True if it answers a pre-vote request.
        pre: bool,
        /// raft.tla `mvoteGranted`.
        granted: bool,
        /// The voter's commit position, in a rejection (switch `commit-in-votes`).
        commit: Position,
    },
    /// A leader sends entries, or probes with none.
    AppendEntriesRequest {
        /// raft.tla `mprevLogIndex`, `mprevLogTerm`.
        prev_log: Position,
        /// raft.tla `mentries`, but any number of them.
        entries: Entries,
        /// raft.tla `mcommitIndex`.
        commit_index: Index,
    },
    /// The answer to it.
    AppendEntriesResponse {
        /// raft.tla `msuccess`.
        success: bool,
        /// raft.tla `mmatchIndex`: 0 in a rejection.
        match_index: Index,
        /// In a rejection, the `prev_log` index that did not fit (switch `rejection-hint`).
        rejected: Index,
        /// In a rejection, where the leader might try next (switch `rejection-hint`).
        hint: Position,
        /// The follower's commit index (switch `commit-in-responses`).
        commit_index: Index,
        /// The index that a snapshot which the follower asks for must reach; 0 for none (switch `snapshots`).
        request: Index,
    },
    /// A leader sends what it has applied, in place of entries that it no longer has (switch `snapshots`).
    Snapshot {
        /// The last entry that the snapshot covers.
        position: Position,
        /// The configuration there.
        configuration: Configuration,
    },
    /// A leader asserts itself (switch `heartbeats`).
    Heartbeat {
        /// min(match, commit) of the receiver: safe to commit without a look at the log.
        commit_index: Index,
        /// The newest read that waits for the answer; 0 for none (switch `reads`).
        context: Context,
    },
    /// The answer to it (switch `heartbeats`).
    HeartbeatResponse {
        /// The follower's commit index.
        commit_index: Index,
        /// As it was asked (switch `reads`).
        context: Context,
    },
    /// A follower hands a read to its leader (switch `reads`).
    ReadIndex {
        /// The read's name.
        context: Context,
    },
    /// The answer to it (switch `reads`).
    ReadIndexResponse {
        /// The read's name.
        context: Context,
        /// The index up to which the state machine must have applied.
        index: Index,
    },
    /// A follower hands on the wish that the sender (`from`) become leader (switch `transfer`).
    TransferLeader,
    /// A leader asks its successor to start an election at once (switch `transfer`).
    TimeoutNow,
    /// A follower hands a client's proposal to its leader (switch `forwarded-proposals`).
    Proposal {
        /// The client's value.
        value: Value,
        /// The number of values that follow it, in one proposal of several; each is the one before it and 1.
        more: u8,
    },
}

impl Body {
    /// The message's name, raft.tla's where it has one.
    pub fn name(&self) -> &'static str {
        match self {
            Body::RequestVoteRequest { pre: false, .. } => "RequestVoteRequest",
            Body::RequestVoteRequest { pre: true, .. } => "RequestPreVoteRequest",
            Body::RequestVoteResponse { pre: false, .. } => "RequestVoteResponse",
            Body::RequestVoteResponse { pre: true, .. } => "RequestPreVoteResponse",
            Body::AppendEntriesRequest { .. } => "AppendEntriesRequest",
            Body::AppendEntriesResponse { .. } => "AppendEntriesResponse",
            Body::Snapshot { .. } => "Snapshot",
            Body::Heartbeat { .. } => "Heartbeat",
            Body::HeartbeatResponse { .. } => "HeartbeatResponse",
            Body::ReadIndex { .. } => "ReadIndex",
            Body::ReadIndexResponse { .. } => "ReadIndexResponse",
            Body::TransferLeader => "TransferLeader",
            Body::TimeoutNow => "TimeoutNow",
            Body::Proposal { .. } => "Proposal",
        }
    }

    /// True if it answers another message.
    pub fn is_response(&self) -> bool {
        matches!(
            self,
            Body::RequestVoteResponse { .. } | Body::AppendEntriesResponse { .. } | Body::HeartbeatResponse { .. }
        )
    }

    /// The answer to an append that succeeded.
    pub fn accepted(match_index: Index, commit_index: Index) -> Body {
        let (rejected, hint, request) = (0, Position::default(), 0);
        Body::AppendEntriesResponse { success: true, match_index, rejected, hint, commit_index, request }
    }
}

/// Writes a number under its name, unless it is 0.
fn named(f: &mut fmt::Formatter, name: &str, number: u32) -> fmt::Result {
    match number {
        0 => Ok(()),
        number => write!(f, " {name} {number}"),
    }
}

impl fmt::Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let Message { from, to, term, body } = self;
        write!(f, "{from}->{to} {} term {term}", body.name())?;
        match body {
            Body::RequestVoteRequest { last_log, commit, priority, transfer, .. } => {
                write!(f, " last {last_log} commit {commit}{}", if *transfer { " transfer" } else { "" })?;
                named(f, "priority", u32::from(*priority))
            }
            Body::RequestVoteResponse { granted: true, .. } => f.write_str(" granted"),
            Body::RequestVoteResponse { granted: false, commit, .. } => write!(f, " refused commit {commit}"),
            Body::AppendEntriesRequest { prev_log, entries, commit_index } => {
                write!(f, " prev {prev_log} [")?;
                for (position, entry) in entries.iter().enumerate() {
                    write!(f, "{}{entry}", if position == 0 { "" } else { " " })?;
                }
                write!(f, "] commit {commit_index}")
            }
            Body::AppendEntriesResponse { success: true, match_index, commit_index, .. } => {
                write!(f, " match {match_index} commit {commit_index}")
            }
            Body::AppendEntriesResponse { rejected, hint, commit_index, request, .. } => {
                write!(f, " rejected {rejected} hint {hint} commit {commit_index}")?;
                named(f, "asks for a snapshot of", *request)
            }
            Body::Snapshot { position, configuration } => write!(f, " of {position} configuration {configuration}"),
            Body::Heartbeat { commit_index, context } | Body::HeartbeatResponse { commit_index, context } => {
                write!(f, " commit {commit_index}")?;
                named(f, "read", *context)
            }
            Body::ReadIndex { context } => write!(f, " read {context}"),
            Body::ReadIndexResponse { context, index } => write!(f, " read {context} index {index}"),
            Body::TransferLeader | Body::TimeoutNow => Ok(()),
            Body::Proposal { value, more: more @ 1.. } => {
                write!(f, " values {value} to {}", value + Value::from(*more))
            }
            Body::Proposal { value, .. } => match Change::from_value(*value) {
                Some(change) => write!(f, " change {change}"),
                None => write!(f, " value {value}"),
            },
        }
    }
}

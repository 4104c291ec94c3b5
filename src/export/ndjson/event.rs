//! A line of etcd's trace validation: an event of a node, with the field names of etcd's tracer.
//!
//! Source: etcd-io/raft `state_trace.go` (fields, event names) and `tla/Traceetcdraft.tla` (the fields that it reads).
//! Node ids are strings there, and no node is "0".

use super::left_out::Lack;
use crate::spec::{Body, Change, Index, Message, NodeId, NodeSet, Position, Role, Server, Step, Term};
use serde::Serialize;

/// A line. The validation selects lines by `tag`, and its script sorts them by `ts`.
#[derive(Clone, PartialEq, Debug, Serialize)]
#[allow(missing_docs)]
pub struct Line {
    pub tag: &'static str,
    pub ts: u64,
    pub event: Event,
}

/// etcd `TracingEvent`.
#[derive(Clone, PartialEq, Debug, Serialize)]
#[allow(missing_docs)]
pub struct Event {
    pub name: &'static str,
    pub nid: String,
    pub state: HardState,
    pub role: &'static str,
    /// The last index of the log.
    pub log: Index,
    /// The voters, and the outgoing voters of a joint configuration.
    pub conf: [Vec<String>; 2],
    #[serde(skip_serializing_if = "Option::is_none")]
    pub msg: Option<TracingMessage>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prop: Option<Properties>,
}

/// etcd `TracingState`.
#[derive(Clone, PartialEq, Debug, Serialize)]
#[allow(missing_docs)]
pub struct HardState {
    pub term: Term,
    pub vote: String,
    pub commit: Index,
}

/// etcd `TracingMessage`.
#[derive(Clone, PartialEq, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct TracingMessage {
    #[serde(rename = "type")]
    pub kind: &'static str,
    pub term: Term,
    pub from: String,
    pub to: String,
    /// The number of entries; in a snapshot, its index.
    pub entries: usize,
    pub log_term: Term,
    pub index: Index,
    pub commit: Index,
    pub vote: String,
    pub reject: bool,
    pub reject_hint: Index,
}

/// The properties of a configuration change.
#[derive(Clone, PartialEq, Debug, Serialize)]
#[allow(missing_docs)]
pub struct Properties {
    pub cc: ConfChange,
}

/// etcd `TracingConfChange`: the proposed changes, or the resulting voters.
#[derive(Clone, PartialEq, Debug, Default, Serialize)]
#[allow(missing_docs)]
pub struct ConfChange {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<SingleChange>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub newconf: Vec<String>,
}

/// etcd `SingleConfChange`.
#[derive(Clone, PartialEq, Debug, Serialize)]
#[allow(missing_docs)]
pub struct SingleChange {
    pub nid: String,
    pub action: &'static str,
}

/// The state of a node that an event shows.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs)]
pub struct Shown {
    pub term: Term,
    pub vote: Option<NodeId>,
    pub role: &'static str,
    pub log: Index,
    pub commit: Index,
    pub voters: NodeSet,
    pub outgoing: NodeSet,
}

/// etcd `StateType`, as text.
pub const FOLLOWER: &str = "StateFollower";
/// etcd `StateType`, as text.
pub const CANDIDATE: &str = "StateCandidate";
/// etcd `StateType`, as text.
pub const LEADER: &str = "StateLeader";

impl Shown {
    /// The state of a server.
    pub fn of(server: &Server) -> Self {
        let role = match server.role {
            // etcd's specification has no pre-votes: a pre-candidate remains a follower.
            Role::Follower | Role::PreCandidate => FOLLOWER,
            Role::Candidate => CANDIDATE,
            Role::Leader => LEADER,
        };
        Shown {
            term: server.current_term,
            vote: server.voted_for,
            role,
            log: server.log.last_index(),
            commit: server.commit_index,
            voters: server.configuration.voters,
            outgoing: server.configuration.outgoing,
        }
    }

    /// The initial state of a server, bootstrapped to a position with these voters, or empty.
    pub fn first(term: Term, last: Index, voters: NodeSet) -> Self {
        let (vote, outgoing) = (None, NodeSet::EMPTY);
        Shown { term, vote, role: FOLLOWER, log: last, commit: last, voters, outgoing }
    }

    /// An event of this node.
    pub fn event(&self, name: &'static str, node: NodeId) -> Event {
        Event {
            name,
            nid: node.to_string(),
            state: HardState { term: self.term, vote: vote(self.vote), commit: self.commit },
            role: self.role,
            log: self.log,
            conf: [names(self.voters), names(self.outgoing)],
            msg: None,
            prop: None,
        }
    }
}

fn vote(node: Option<NodeId>) -> String {
    node.map_or("0".into(), |node| node.to_string())
}

/// The names of nodes.
pub fn names(nodes: NodeSet) -> Vec<String> {
    nodes.iter().map(|node| node.to_string()).collect()
}

/// A configuration change as its leader appends it.
pub fn changes(change: &Change) -> ConfChange {
    let action = |step| match step {
        Step::Voter | Step::Nobody => "AddNewServer",
        Step::Learner => "AddLearner",
        Step::Remove => "RemoveServer",
    };
    let changes = change.steps().map(|(step, node)| SingleChange { nid: node.to_string(), action: action(step) });
    ConfChange { changes: changes.collect(), newconf: Vec::new() }
}

/// The names of a message's events: sent and received.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs)]
pub struct Names {
    pub sent: &'static str,
    pub received: &'static str,
}

const VOTE: Names = Names { sent: "SendRequestVoteRequest", received: "ReceiveRequestVoteRequest" };
const VOTED: Names = Names { sent: "SendRequestVoteResponse", received: "ReceiveRequestVoteResponse" };
const APPEND: Names = Names { sent: "SendAppendEntriesRequest", received: "ReceiveAppendEntriesRequest" };
const APPENDED: Names = Names { sent: "SendAppendEntriesResponse", received: "ReceiveAppendEntriesResponse" };

/// The message and the names of its events, or the reason why it has none.
pub fn packet(message: &Message) -> Result<(Names, TracingMessage), Lack> {
    let mut packet = TracingMessage {
        term: message.term,
        from: message.from.to_string(),
        to: message.to.to_string(),
        vote: vote(None),
        ..TracingMessage::default()
    };
    let names = match &message.body {
        Body::RequestVoteRequest { pre: false, last_log, commit, .. } => {
            packet.kind = "MsgVote";
            (packet.index, packet.log_term, packet.commit) = (last_log.index, last_log.term, commit.index);
            VOTE
        }
        Body::RequestVoteResponse { pre: false, granted, commit } => {
            packet.kind = "MsgVoteResp";
            (packet.reject, packet.commit) = (!granted, commit.index);
            VOTED
        }
        Body::AppendEntriesRequest { prev_log, entries, commit_index } => {
            packet.kind = "MsgApp";
            (packet.index, packet.log_term, packet.commit) = (prev_log.index, prev_log.term, *commit_index);
            packet.entries = entries.len();
            APPEND
        }
        Body::Snapshot { position, .. } => {
            packet.kind = "MsgSnap";
            packet.entries = position.index as usize;
            APPEND
        }
        Body::Heartbeat { commit_index, .. } => {
            (packet.kind, packet.commit) = ("MsgHeartbeat", *commit_index);
            APPEND
        }
        // Such a response may have no request, which every response has there.
        Body::AppendEntriesResponse { request: 1.., .. } => {
            return Err(Lack::LeftOut("requests for snapshots have no event"));
        }
        Body::AppendEntriesResponse { success, match_index, rejected, hint, commit_index, .. } => {
            let Position { index, term } = *hint;
            packet.kind = "MsgAppResp";
            (packet.reject, packet.reject_hint, packet.log_term) = (!success, index, term);
            packet.index = if *success { *match_index } else { *rejected };
            packet.commit = *commit_index;
            APPENDED
        }
        Body::HeartbeatResponse { commit_index, .. } => {
            (packet.kind, packet.commit) = ("MsgHeartbeatResp", *commit_index);
            APPENDED
        }
        Body::RequestVoteRequest { pre: true, .. } | Body::RequestVoteResponse { pre: true, .. } => {
            return Err(Lack::LeftOut("pre-votes have no event"));
        }
        Body::ReadIndex { .. } | Body::ReadIndexResponse { .. } => return Err(Lack::LeftOut("reads have no event")),
        Body::TransferLeader | Body::TimeoutNow => return Err(Lack::LeftOut("leadership transfers have no event")),
        Body::Proposal { .. } => return Err(Lack::LeftOut("forwarded proposals have no event")),
    };
    Ok((names, packet))
}

//! A behaviour: the steps of raft.tla that a trace takes.

use crate::spec::{Action, Message, NodeSet, Position};

/// The act of a step.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Act {
    /// An action of the specification.
    Take(Action),
    /// Sends the response to the message that the step before received.
    Answer,
    /// A step that neither raft.tla nor raft-rs has, and why not.
    Foreign(&'static str),
}

/// One step of a trace.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Step {
    /// Its act.
    pub act: Act,
    /// The message that it sends.
    pub sends: Option<Message>,
    /// True if it removes the message that it receives from the network.
    pub consumes: bool,
    /// The acting server's term after the step; 0 if the trace does not say.
    pub term: u32,
    /// The position of a client request's entry; (0, 0) for any other step.
    pub appends: Position,
    /// The step in the trace's own words, if it has any.
    pub line: Option<String>,
}

impl Step {
    /// The step in one line.
    pub fn line(&self) -> String {
        match (&self.line, &self.act) {
            (Some(line), _) => line.clone(),
            (None, Act::Take(action)) => line_of(action),
            (None, Act::Answer | Act::Foreign(_)) => String::new(),
        }
    }
}

/// The final state of a trace, as the seed document prints it.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct End {
    /// True if any server became leader.
    pub at_least_one_leader: bool,
    /// The entries of each server: term, true for a configuration change, and the value as text.
    pub logs: Vec<Vec<(u32, bool, String)>>,
}

/// A behaviour of raft.tla.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Behaviour {
    /// The number of servers: nodes 1 and up.
    pub servers: usize,
    /// The initial members; other servers are added later.
    pub members: NodeSet,
    /// Its steps.
    pub steps: Vec<Step>,
    /// Events that are ignored and reported: messages of a server to itself.
    pub ignored: Vec<String>,
    /// The messages that flow freely, because the trace never schedules their kind.
    pub flows: Flows,
    /// Its final state.
    pub end: End,
}

/// The kinds of messages that flow freely.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Flows {
    /// Requests for votes and their responses.
    pub votes: bool,
    /// Appends, heartbeats and their responses.
    pub appends: bool,
}

/// The name of an action in raft.tla.
pub fn name_of(action: &Action) -> &'static str {
    match action {
        Action::Restart(_) => "Restart",
        Action::Timeout(_) => "Timeout",
        Action::RequestVote(..) => "RequestVote",
        Action::BecomeLeader(_) => "BecomeLeader",
        Action::ClientRequest(..) => "ClientRequest",
        Action::AdvanceCommitIndex(_) => "AdvanceCommitIndex",
        Action::AppendEntries(..) => "AppendEntries",
        Action::Receive(_) => "Receive",
        Action::DuplicateMessage(_) => "DuplicateMessage",
        Action::DropMessage(_) => "DropMessage",
        _ => "",
    }
}

/// An action in one line.
pub(super) fn line_of(action: &Action) -> String {
    let name = name_of(action);
    match action {
        Action::RequestVote(i, j) | Action::AppendEntries(i, j, _) => format!("{name}({i}, {j})"),
        Action::ClientRequest(i, value) => format!("{name}({i}, {value})"),
        Action::Receive(m) | Action::DuplicateMessage(m) | Action::DropMessage(m) => format!("{name}({m})"),
        Action::Restart(i) | Action::Timeout(i) | Action::BecomeLeader(i) | Action::AdvanceCommitIndex(i) => {
            format!("{name}({i})")
        }
        _ => String::new(),
    }
}

//! The variables and messages of raft.tla as values of TLA+, which each format writes in its own way.

use crate::spec::{Body, Entry, Message, NodeId, NodeSet, Role, State, NO_OP};
use std::fmt;

/// A value of TLA+.
pub(super) enum Value {
    Number(u32),
    Truth(bool),
    /// A model value.
    Name(String),
    Set(Vec<Value>),
    Sequence(Vec<Value>),
    Record(Vec<(&'static str, Value)>),
    Function(Vec<(Value, Value)>),
}

use Value::{Function, Name, Number, Record, Sequence, Set, Truth};

/// The value in TLA+.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let list = |values: &[Value]| values.iter().map(Value::to_string).collect::<Vec<_>>().join(", ");
        match self {
            Number(number) => write!(f, "{number}"),
            Truth(truth) => f.write_str(if *truth { "TRUE" } else { "FALSE" }),
            Name(name) => f.write_str(name),
            Set(values) => write!(f, "{{{}}}", list(values)),
            Sequence(values) => write!(f, "<<{}>>", list(values)),
            Record(fields) => {
                let fields: Vec<String> = fields.iter().map(|(name, value)| format!("{name} |-> {value}")).collect();
                write!(f, "[{}]", fields.join(", "))
            }
            Function(pairs) => {
                let pairs: Vec<String> = pairs.iter().map(|(of, value)| format!("{of} :> {value}")).collect();
                write!(f, "({})", pairs.join(" @@ "))
            }
        }
    }
}

pub(super) fn server(i: NodeId) -> Value {
    Name(format!("s{i}"))
}

/// A client's value.
pub(super) fn client(value: u32) -> Value {
    Name(if value == NO_OP { "NoOp".into() } else { format!("v{value}") })
}

fn set(nodes: NodeSet) -> Value {
    Set(nodes.iter().map(server).collect())
}

fn log(entries: &[Entry]) -> Value {
    let entry = |entry: &Entry| Record(vec![("term", Number(entry.term)), ("value", client(entry.value))]);
    Sequence(entries.iter().map(entry).collect())
}

/// The variables of raft.tla except the messages.
pub(super) fn variables(state: &State) -> Vec<(&'static str, Value)> {
    let function = |of: &dyn Fn(NodeId) -> Value| Function(state.nodes().map(|i| (server(i), of(i))).collect());
    let role = |role| match role {
        Role::Follower => "Follower",
        Role::Candidate | Role::PreCandidate => "Candidate",
        Role::Leader => "Leader",
    };
    vec![
        ("currentTerm", function(&|i| Number(state.server(i).current_term))),
        ("state", function(&|i| Name(role(state.server(i).role).into()))),
        ("votedFor", function(&|i| state.server(i).voted_for.map_or(Name("Nil".into()), server))),
        ("log", function(&|i| log(state.server(i).log.entries()))),
        ("commitIndex", function(&|i| Number(state.server(i).commit_index))),
        ("votesResponded", function(&|i| set(state.server(i).votes_responded))),
        ("votesGranted", function(&|i| set(state.server(i).votes_granted))),
        ("nextIndex", function(&|i| function(&|j| Number(state.server(i).next_index[j.slot()])))),
        ("matchIndex", function(&|i| function(&|j| Number(state.server(i).match_index[j.slot()])))),
    ]
}

/// A message without `mlog`, a history variable.
pub(super) fn message(m: &Message) -> Value {
    let mut fields = vec![("mtype", Name(m.body.name().into())), ("mterm", Number(m.term))];
    match &m.body {
        Body::RequestVoteRequest { last_log, .. } => {
            fields.extend([("mlastLogTerm", Number(last_log.term)), ("mlastLogIndex", Number(last_log.index))]);
        }
        Body::RequestVoteResponse { granted, .. } => fields.push(("mvoteGranted", Truth(*granted))),
        Body::AppendEntriesRequest { prev_log, entries, commit_index } => fields.extend([
            ("mprevLogIndex", Number(prev_log.index)),
            ("mprevLogTerm", Number(prev_log.term)),
            ("mentries", log(entries)),
            ("mcommitIndex", Number(*commit_index)),
        ]),
        Body::AppendEntriesResponse { success, match_index, .. } => {
            fields.extend([("msuccess", Truth(*success)), ("mmatchIndex", Number(*match_index))]);
        }
        // raft.tla has no other.
        _ => {}
    }
    fields.extend([("msource", server(m.from)), ("mdest", server(m.to))]);
    Record(fields)
}

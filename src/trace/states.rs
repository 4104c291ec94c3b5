//! States of raft.tla from TLA+ values.
//!
//! A state has ten variables. The history variables (elections, allLogs, voterLog, and mlog in messages) never influence
//! a step, and are left out.

use super::value::Value;
use crate::spec::network::{Bag, Network};
use crate::spec::{Body, Entries, Entry, Log, Message, NodeId, NodeSet, Position, Role, Server, Value as ClientValue};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// The variables of raft.tla without history variables.
pub const VARIABLES: [&str; 10] = [
    "currentTerm",
    "state",
    "votedFor",
    "log",
    "commitIndex",
    "votesResponded",
    "votesGranted",
    "nextIndex",
    "matchIndex",
    "messages",
];

/// The largest number of servers in a schedule.
pub const MAX_SERVERS: usize = 7;
/// The largest number of copies of a message.
pub const MAX_COPIES: u32 = 1_000;

/// The largest number of messages in flight at once.
pub const MAX_MESSAGES: usize = 1_000;

/// The names of servers and client values in a trace, mapped to nodes and values.
#[derive(Clone, Debug, Default)]
pub struct Names<'a> {
    servers: Vec<String>,
    values: BTreeMap<Value<'a>, ClientValue>,
}

impl<'a> Names<'a> {
    /// The servers in the domain of `currentTerm`, in the order of the numbers at the end of their names.
    ///
    /// # Errors
    /// There are no servers, or too many.
    pub fn of(terms: &Value) -> Result<Self, String> {
        let pairs =
            terms.map().ok_or("`currentTerm` is no function of servers: name them by model values or strings")?;
        if pairs.is_empty() || pairs.len() > MAX_SERVERS {
            return Err(format!("{} servers: there are 1 to {MAX_SERVERS} in a schedule", pairs.len()));
        }
        let names: Option<Vec<String>> = pairs.iter().map(|(key, _)| Some(server_name(key)?.into())).collect();
        let mut servers = names.ok_or("`currentTerm` is not a function of servers")?;
        servers.sort_by_key(|name| (number_of(name), name.clone()));
        servers.dedup();
        Ok(Names { servers, values: BTreeMap::new() })
    }

    /// The number of servers.
    pub fn servers(&self) -> usize {
        self.servers.len()
    }

    /// Moves the servers for which `later` is true behind the others.
    pub fn reorder(&mut self, later: impl Fn(&str) -> bool) {
        self.servers.sort_by_key(|name| (later(name), number_of(name), name.clone()));
    }

    /// The node of a value that names a server.
    pub fn node(&self, value: &Value) -> Option<NodeId> {
        let name = server_name(value)?;
        self.servers.iter().position(|server| *server == name).map(NodeId::from_slot)
    }

    /// The number of a client's value, by order of occurrence from 1.
    pub fn value(&mut self, value: &Value<'a>) -> ClientValue {
        if let Some(known) = self.values.get(value) {
            return *known;
        }
        let next = self.values.len() as ClientValue + 1;
        self.values.insert(value.clone(), next);
        next
    }

    /// A message record.
    ///
    /// # Errors
    /// A field is missing or malformed.
    pub fn message(&mut self, record: &Value<'a>) -> Result<Message, String> {
        let field = |name: &str| record.get(name).ok_or_else(|| format!("a message without `{name}`"));
        let number = |name: &str| field(name)?.number().ok_or_else(|| format!("`{name}` of a message is no number"));
        let truth = |name: &str| match field(name)? {
            Value::Bool(value) => Ok(*value),
            _ => Err(format!("`{name}` of a message is neither TRUE nor FALSE")),
        };
        let server = |name: &str| self.node(field(name)?).ok_or_else(|| format!("`{name}` of a message is no server"));
        let (from, to, term) = (server("msource")?, server("mdest")?, number("mterm")?);
        let (kind, none) = (field("mtype")?.name().unwrap_or_default(), Position::default());
        let body = match kind {
            "RequestVoteRequest" => {
                let last_log = Position { index: number("mlastLogIndex")?, term: number("mlastLogTerm")? };
                Body::RequestVoteRequest { last_log, commit: none, pre: false, priority: 0, transfer: false }
            }
            "RequestVoteResponse" => {
                Body::RequestVoteResponse { pre: false, granted: truth("mvoteGranted")?, commit: none }
            }
            "AppendEntriesRequest" => {
                let prev_log = Position { index: number("mprevLogIndex")?, term: number("mprevLogTerm")? };
                let commit_index = number("mcommitIndex")?;
                let entries = self.entries(record.get("mentries").ok_or("a message without `mentries`")?)?;
                Body::AppendEntriesRequest { prev_log, entries: Entries::from(&entries[..]), commit_index }
            }
            "AppendEntriesResponse" => {
                let (success, match_index) = (truth("msuccess")?, number("mmatchIndex")?);
                Body::AppendEntriesResponse {
                    success,
                    match_index,
                    rejected: 0,
                    hint: none,
                    commit_index: 0,
                    request: 0,
                }
            }
            _ => return Err(format!("raft.tla has no message `{kind}`")),
        };
        Ok(Message { from, to, term, body })
    }

    fn entries(&mut self, entries: &Value<'a>) -> Result<Vec<Entry>, String> {
        let entries = entries.list().ok_or("a log is not a sequence")?;
        entries.iter().map(|entry| self.entry(entry)).collect()
    }

    fn entry(&mut self, entry: &Value<'a>) -> Result<Entry, String> {
        let term = entry.get("term").and_then(Value::number).ok_or("a log entry without `term`")?;
        let value = entry.get("value").ok_or("a log entry without `value`")?;
        Ok(Entry { term, value: self.value(value) })
    }

    /// Assigns one of the nine [`VARIABLES`] of servers.
    ///
    /// # Errors
    /// The value is malformed.
    pub fn assign(&mut self, servers: &mut [Server], variable: &str, value: &Value<'a>) -> Result<(), String> {
        for slot in 0..self.servers() {
            let name = &self.servers[slot];
            let of = at(value, name).ok_or_else(|| format!("`{variable}` has nothing for `{name}`"))?;
            let number = || of.number().ok_or_else(|| format!("`{variable}` of `{name}` is no number"));
            let server = &mut servers[slot];
            match variable {
                "currentTerm" => server.current_term = number()?,
                "commitIndex" => server.commit_index = number()?,
                "state" => {
                    server.role =
                        of.name().and_then(role).ok_or_else(|| format!("`state` of `{name}` is none of {ROLES}"))?
                }
                "votedFor" => server.voted_for = self.vote(of, name)?,
                "votesResponded" => server.votes_responded = self.set(of)?,
                "votesGranted" => server.votes_granted = self.set(of)?,
                "nextIndex" => self.of_peers(of, variable, name, &mut server.next_index)?,
                "matchIndex" => self.of_peers(of, variable, name, &mut server.match_index)?,
                _ => server.log = Log::of(self.entries(of)?),
            }
        }
        Ok(())
    }

    /// The messages, from a function or a list of `{msg, count}`.
    ///
    /// # Errors
    /// The value is no bag of raft.tla's messages, or has too many of them.
    pub fn messages(&mut self, bag: &Value<'a>) -> Result<Bag, String> {
        let (counted, mut messages) = (counted(bag)?, Bag::default());
        if counted.len() > MAX_MESSAGES {
            return Err(format!("{} messages: at most {MAX_MESSAGES} are read", counted.len()));
        }
        for (record, copies) in counted {
            if copies > MAX_COPIES {
                return Err(format!("{copies} copies of a message: at most {MAX_COPIES} are read"));
            }
            let message = self.message(record)?;
            (0..copies).for_each(|_| messages.send(message.clone()));
        }
        Ok(messages)
    }

    fn vote(&self, vote: &Value, name: &str) -> Result<Option<NodeId>, String> {
        match vote {
            Value::Name(nil) if nil == "Nil" => Ok(None),
            Value::Int(..=0) => Ok(None),
            vote => {
                self.node(vote).map(Some).ok_or_else(|| format!("`votedFor` of `{name}` is neither Nil nor a server"))
            }
        }
    }

    fn of_peers(&self, of: &Value, variable: &str, name: &str, numbers: &mut [u32]) -> Result<(), String> {
        for (peer, number) in self.servers.iter().zip(numbers) {
            *number = at(of, peer)
                .and_then(Value::number)
                .ok_or_else(|| format!("`{variable}` of `{name}` has no number for `{peer}`"))?;
        }
        Ok(())
    }

    fn set(&self, set: &Value) -> Result<NodeSet, String> {
        let members = set.list().ok_or("a set of servers is no set")?;
        let members: Option<NodeSet> = members.iter().map(|member| self.node(member)).collect();
        members.ok_or("a set of servers has an unknown member".into())
    }
}

const ROLES: &str = "Follower, Candidate, Leader";

/// The role with a name.
pub fn role(name: &str) -> Option<Role> {
    match name {
        "Follower" => Some(Role::Follower),
        "Candidate" => Some(Role::Candidate),
        "Leader" => Some(Role::Leader),
        _ => None,
    }
}

/// The value of a function at a server.
fn at<'v, 'a>(function: &'v Value<'a>, server: &str) -> Option<&'v Value<'a>> {
    let pairs = function.map()?;
    pairs.iter().find(|(key, _)| server_name(key).is_some_and(|name| name == server)).map(|(_, value)| value)
}

/// The records of a bag with their copies, from a function or a list of `{msg, count}`.
fn counted<'v, 'a>(messages: &'v Value<'a>) -> Result<Vec<(&'v Value<'a>, u32)>, String> {
    let of_list = |item: &'_ Value| -> Option<u32> { item.get("count")?.number() };
    let all: Option<Vec<(&Value<'a>, u32)>> = match messages {
        Value::Map(pairs) => pairs.iter().map(|(message, copies)| Some((message, copies.number()?))).collect(),
        Value::List(items) => items.iter().map(|item| Some((item.get("msg")?, of_list(item)?))).collect(),
        _ => None,
    };
    all.ok_or("`messages` is no bag of messages".into())
}

/// The name of a server: a model value, a string or a number, except `Nil` and 0.
fn server_name<'v>(value: &'v Value) -> Option<Cow<'v, str>> {
    match value {
        // Numbers may be written as strings.
        Value::Name(name) if !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_digit()) => {
            Some(format!("s{name}").into())
        }
        Value::Name(name) => Some(Cow::Borrowed(name)),
        Value::Int(number) if *number > 0 => Some(format!("s{number}").into()),
        Value::Int(_) | Value::Bool(_) | Value::List(_) | Value::Map(_) => None,
    }
}

/// The number at the end of a name.
fn number_of(name: &str) -> Option<u64> {
    let digits = name.trim_end_matches(|c: char| c.is_ascii_digit()).len();
    name[digits..].parse().ok()
}

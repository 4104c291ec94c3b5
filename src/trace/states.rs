//! States of raft.tla out of TLA+ values.
//!
//! Its ten variables make a state; the history variables (elections, allLogs, voterLog, and mlog in
//! messages) are written and never read, and are left out.

use super::value::Value;
use crate::spec::network::{Bag, Network};
use crate::spec::{
    Body, Entries, Entry, Log, Message, NodeId, NodeSet, Position, Role, Settings, State, Value as ClientValue,
};
use std::collections::BTreeMap;

/// More servers than this no schedule has.
pub const MAX_SERVERS: usize = 7;
/// More copies of a message than this are refused.
pub const MAX_COPIES: u32 = 1_000;

/// More messages than this on their way at once are refused.
pub const MAX_MESSAGES: usize = 1_000;

/// The names that a trace gives servers and client values, and what they are here.
#[derive(Clone, Debug, Default)]
pub struct Names {
    servers: Vec<String>,
    values: BTreeMap<Value, ClientValue>,
}

impl Names {
    /// The servers are the domain of `currentTerm`, in the order of the numbers that their names end in.
    ///
    /// # Errors
    /// No servers, or too many.
    pub fn of(state: &Value) -> Result<Self, String> {
        let terms = state.get("currentTerm").ok_or("a state without `currentTerm`")?;
        let pairs =
            terms.map().ok_or("`currentTerm` is no function of servers: name them by model values or strings")?;
        if pairs.is_empty() || pairs.len() > MAX_SERVERS {
            return Err(format!("{} servers: there are 1 to {MAX_SERVERS} in a schedule", pairs.len()));
        }
        let names: Option<Vec<String>> = pairs.iter().map(|(key, _)| server_name(key)).collect();
        let mut servers = names.ok_or("`currentTerm` is not a function of servers")?;
        servers.sort_by_key(|name| (number_of(name), name.clone()));
        servers.dedup();
        Ok(Names { servers, values: BTreeMap::new() })
    }

    /// How many servers there are.
    pub fn servers(&self) -> usize {
        self.servers.len()
    }

    /// The servers for whom `later` is true come after the others.
    pub fn reorder(&mut self, later: impl Fn(&str) -> bool) {
        self.servers.sort_by_key(|name| (later(name), number_of(name), name.clone()));
    }

    /// A server.
    pub fn node(&self, value: &Value) -> Option<NodeId> {
        let name = server_name(value)?;
        self.servers.iter().position(|server| *server == name).map(NodeId::from_slot)
    }

    /// A client's value: the first that occurs is 1, the next is 2.
    fn value(&mut self, value: &Value) -> ClientValue {
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
    /// A field is missing or is not what it should be.
    pub fn message(&mut self, record: &Value) -> Result<Message, String> {
        let field = |name: &str| record.get(name).ok_or_else(|| format!("a message without `{name}`"));
        let number = |name: &str| field(name)?.number().ok_or_else(|| format!("`{name}` of a message is no number"));
        let truth = |name: &str| match field(name)? {
            Value::Bool(value) => Ok(*value),
            _ => Err(format!("`{name}` of a message is neither TRUE nor FALSE")),
        };
        let server = |name: &str| self.node(field(name)?).ok_or_else(|| format!("`{name}` of a message is no server"));
        let (from, to, term) = (server("msource")?, server("mdest")?, number("mterm")?);
        let kind = field("mtype")?.name().unwrap_or_default();
        let body = match kind {
            "RequestVoteRequest" => Body::RequestVoteRequest {
                last_log: Position { index: number("mlastLogIndex")?, term: number("mlastLogTerm")? },
                commit: Position::default(),
                pre: false,
                priority: 0,
                transfer: false,
            },
            "RequestVoteResponse" => {
                Body::RequestVoteResponse { pre: false, granted: truth("mvoteGranted")?, commit: Position::default() }
            }
            "AppendEntriesRequest" => {
                let prev_log = Position { index: number("mprevLogIndex")?, term: number("mprevLogTerm")? };
                let commit_index = number("mcommitIndex")?;
                let entries = self.entries(record.get("mentries").ok_or("a message without `mentries`")?)?;
                Body::AppendEntriesRequest { prev_log, entries: Entries::from(&entries[..]), commit_index }
            }
            "AppendEntriesResponse" => Body::AppendEntriesResponse {
                success: truth("msuccess")?,
                match_index: number("mmatchIndex")?,
                rejected: 0,
                hint: Position::default(),
                commit_index: 0,
                request: 0,
            },
            _ => return Err(format!("raft.tla has no message `{kind}`")),
        };
        Ok(Message { from, to, term, body })
    }

    fn entries(&mut self, entries: &Value) -> Result<Vec<Entry>, String> {
        let entries = entries.list().ok_or("a log is not a sequence")?;
        entries.iter().map(|entry| self.entry(entry)).collect()
    }

    fn entry(&mut self, entry: &Value) -> Result<Entry, String> {
        let term = entry.get("term").and_then(Value::number).ok_or("a log entry without `term`")?;
        let value = entry.get("value").ok_or("a log entry without `value`")?;
        Ok(Entry { term, value: self.value(value) })
    }

    /// One state and its messages.
    ///
    /// # Errors
    /// A variable is missing or is not what it should be.
    pub fn state(&mut self, variables: &Value) -> Result<(State, Bag), String> {
        let mut state = State::init(Settings::ongaro(self.servers()));
        for slot in 0..self.servers() {
            self.server(variables, slot, &mut state)?;
        }
        let mut bag = Bag::default();
        let messages = variables.get("messages").ok_or("a state without `messages`")?;
        let counted = counted(messages)?;
        if counted.len() > MAX_MESSAGES {
            return Err(format!("{} messages: at most {MAX_MESSAGES} are read", counted.len()));
        }
        for (record, copies) in counted {
            if copies > MAX_COPIES {
                return Err(format!("{copies} copies of a message: at most {MAX_COPIES} are read"));
            }
            let message = self.message(record)?;
            (0..copies).for_each(|_| bag.send(message.clone()));
        }
        Ok((state, bag))
    }

    fn server(&mut self, variables: &Value, slot: usize, state: &mut State) -> Result<(), String> {
        let name = self.servers[slot].clone();
        let of = |variable: &str| {
            let function = variables.get(variable).ok_or_else(|| format!("a state without `{variable}`"))?;
            at(function, &name).ok_or_else(|| format!("`{variable}` has nothing for `{name}`"))
        };
        let number =
            |variable: &str| of(variable)?.number().ok_or_else(|| format!("`{variable}` of `{name}` is no number"));
        let log = self.entries(of("log")?)?;
        let server = &mut state.servers[slot];
        server.current_term = number("currentTerm")?;
        server.commit_index = number("commitIndex")?;
        server.log = Log::of(log);
        server.role = match of("state")?.name() {
            Some("Follower") => Role::Follower,
            Some("Candidate") => Role::Candidate,
            Some("Leader") => Role::Leader,
            _ => return Err(format!("`state` of `{name}` is none of Follower, Candidate, Leader")),
        };
        server.voted_for = match of("votedFor")? {
            Value::Name(nil) if nil == "Nil" => None,
            Value::Int(..=0) => None,
            vote => Some(self.node(vote).ok_or_else(|| format!("`votedFor` of `{name}` is neither Nil nor a server"))?),
        };
        server.votes_responded = self.set(of("votesResponded")?)?;
        server.votes_granted = self.set(of("votesGranted")?)?;
        for (peer, j) in self.servers.iter().enumerate() {
            let peers = |variable: &str| {
                let value = at(of(variable)?, j).and_then(Value::number);
                value.ok_or_else(|| format!("`{variable}` of `{name}` has no number for `{j}`"))
            };
            server.next_index[peer] = peers("nextIndex")?;
            server.match_index[peer] = peers("matchIndex")?;
        }
        Ok(())
    }

    fn set(&self, set: &Value) -> Result<NodeSet, String> {
        let members = set.list().ok_or("a set of servers is none")?;
        let members: Option<NodeSet> = members.iter().map(|member| self.node(member)).collect();
        members.ok_or("a set of servers has a stranger in it".into())
    }
}

/// The value of a function of servers at one of them.
fn at<'a>(function: &'a Value, server: &str) -> Option<&'a Value> {
    let pairs = function.map()?;
    pairs.iter().find(|(key, _)| server_name(key).is_some_and(|name| name == server)).map(|(_, value)| value)
}

/// The messages of a bag with their copies: a function, or a list of `{msg, count}`.
fn counted(messages: &Value) -> Result<Vec<(&Value, u32)>, String> {
    let of_list = |item: &'_ Value| -> Option<u32> { item.get("count")?.number() };
    let all: Option<Vec<(&Value, u32)>> = match messages {
        Value::Map(pairs) => pairs.iter().map(|(message, copies)| Some((message, copies.number()?))).collect(),
        Value::List(items) => items.iter().map(|item| Some((item.get("msg")?, of_list(item)?))).collect(),
        _ => None,
    };
    all.ok_or("`messages` is no bag of messages".into())
}

/// Model values, strings and numbers can all name servers; `Nil` and 0 name none.
fn server_name(value: &Value) -> Option<String> {
    match value {
        // Servers may be numbers, and those may be written as text.
        Value::Name(name) if !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_digit()) => {
            Some(format!("s{name}"))
        }
        Value::Name(name) => Some(name.clone()),
        Value::Int(number) if *number > 0 => Some(format!("s{number}")),
        Value::Int(_) | Value::Bool(_) | Value::List(_) | Value::Map(_) => None,
    }
}

/// The number that a name ends in.
fn number_of(name: &str) -> Option<u64> {
    let digits = name.trim_end_matches(|c: char| c.is_ascii_digit()).len();
    name[digits..].parse().ok()
}

//! The seed format: a list of TLC states, of which the last holds the whole history in `state.history.global`, a list of
//! `{action, executedOn, msg}`.
//!
//! The history has no client requests: they show in the states, as a leader's log that grows. Messages of a server to
//! itself are ignored and reported, because an implementation sends none.

use super::behaviour::{Act, End, Flows};
use super::states::Names;
use super::{bounded, head, json, Behaviour, Error, Format, Read, Step, Value};
use crate::spec::{self, Action, Change, Message, NodeId, NodeSet, Position, Transition};

/// The format of the prototype.
pub const FORMAT: Format = Format {
    name: "seed",
    about: "a list of states whose last has history.global",
    mark: "a list of objects with `no` and `state`",
    is_json: true,
    recognizes: is_it,
    read: Read::Behaviour(read),
};

/// The largest number of servers that are added later.
const MAX_NEWCOMERS: usize = 2;

const CATCH_UP: &str = "raft-rs adds a server first and brings it up to date then";
const OLD_CONFIG: &str =
    "raft-rs has no step of its own for it: it looks for an unapplied change when the next one is proposed";

fn is_it(text: &str) -> bool {
    let head = head(text);
    head.starts_with('[') && (head.contains("\"history\"") || head.contains("\"no\""))
}

fn read(text: &str) -> Result<Behaviour, Error> {
    let json: Value = json::read(text)?;
    let states = json.list().ok_or(Error::of("expected a list of states"))?;
    bounded(states.len())?;
    let states: Option<Vec<&Value>> = states.iter().map(|item| item.get("state")).collect();
    let states = states.ok_or(Error::of("an item without `state`"))?;
    let last = *states.last().ok_or(Error::of("a trace without states"))?;
    let global = history(last).ok_or(Error::of("the last state has no list `history.global`"))?;
    bounded(global.len())?;
    let at_last = |why: String| Error::at(states.len(), why);
    let terms = last.get("currentTerm").ok_or_else(|| at_last("a state without `currentTerm`".into()))?;
    let mut names = Names::of(terms).map_err(at_last)?;
    let newcomers = newcomers(global);
    if newcomers.len() > MAX_NEWCOMERS {
        return Err(Error::of(format!("{} servers are added: there are at most {MAX_NEWCOMERS}", newcomers.len())));
    }
    names.reorder(|name| newcomers.contains(&name));
    let mut reader = Reader { names, steps: Vec::new(), ignored: Vec::new() };
    let (mut done, mut before) = (0, None);
    for (place, state) in states.iter().enumerate() {
        let until = history(state).map_or(done, <[Value]>::len).min(global.len());
        let at = |why: String| Error::at(place + 1, why);
        for event in global.iter().take(until).skip(done) {
            reader.event(event, state).map_err(at)?;
        }
        if let (Some(before), true) = (before, until <= done) {
            reader.client_requests(before, state);
        }
        bounded(reader.steps.len())?;
        (done, before) = (done.max(until), Some(*state));
    }
    let steps = answered(reader.steps);
    let members = NodeSet::first(reader.names.servers() - newcomers.len().min(reader.names.servers() - 1));
    let end = end(last, &reader.names, global);
    let flows = flows(global);
    Ok(Behaviour { servers: reader.names.servers(), members, steps, ignored: reader.ignored, flows, end })
}

fn history<'v, 'a>(state: &'v Value<'a>) -> Option<&'v [Value<'a>]> {
    state.get("history")?.get("global")?.list()
}

fn text<'a>(event: &'a Value, field: &str) -> Option<&'a str> {
    event.get(field)?.name()
}

/// The servers that are added before any removal of them.
fn newcomers<'v>(global: &'v [Value]) -> Vec<&'v str> {
    let (mut new, mut seen) = (Vec::new(), Vec::new());
    for event in global {
        let added = text(event, "added").filter(|_| text(event, "action") == Some("AddServer"));
        let name = added.or(text(event, "removed")).filter(|name| !seen.contains(name));
        new.extend(name.filter(|_| added.is_some()));
        seen.extend(name);
    }
    new
}

/// The kinds of messages that the trace never has, which flow freely.
fn flows(global: &[Value]) -> Flows {
    let has = |prefix: &str| {
        global
            .iter()
            .filter_map(|event| event.get("msg").map(unwrapped))
            .any(|message| message.get("mtype").and_then(Value::name).is_some_and(|kind| kind.starts_with(prefix)))
    };
    Flows { votes: !has("RequestVote"), appends: !has("AppendEntries") }
}

fn end(last: &Value, names: &Names, global: &[Value]) -> End {
    let led = global.iter().any(|event| text(event, "action") == Some("BecomeLeader"));
    let mut logs = vec![Vec::new(); names.servers()];
    for (server, log) in last.get("log").and_then(Value::map).unwrap_or_default() {
        let Some(node) = names.node(server) else { continue };
        logs[node.slot()] = log.list().unwrap_or_default().iter().map(entry).collect();
    }
    End { at_least_one_leader: led, logs }
}

fn entry(entry: &Value) -> (u32, bool, String) {
    let term = entry.get("term").and_then(Value::number).unwrap_or(0);
    (term, text(entry, "type") == Some("ConfigEntry"), entry.get("value").map(plain).unwrap_or_default())
}

/// A value as the prototype prints it.
fn plain(value: &Value) -> String {
    match value {
        Value::Int(number) => number.to_string(),
        Value::Bool(truth) => truth.to_string(),
        Value::Name(name) => name.to_string(),
        Value::List(values) => format!("[{}]", values.iter().map(plain).collect::<Vec<_>>().join(" ")),
        Value::Map(_) => "{}".into(),
    }
}

/// The record of a message; Apalache's traces wrap it in a variant, so that all messages have one type.
fn unwrapped<'v, 'a>(message: &'v Value<'a>) -> &'v Value<'a> {
    let inner = match message.get("mtype").and_then(Value::name) {
        Some("RequestVoteRequest") => "RVReq",
        Some("RequestVoteResponse") => "RVResp",
        Some("AppendEntriesRequest") => "AEReq",
        Some("AppendEntriesResponse") => "AEResp",
        _ => return message,
    };
    message.get(inner).unwrap_or(message)
}

/// A step that sends, consumes and appends nothing.
fn step(act: Act, line: String) -> Step {
    Step { act, sends: None, consumes: false, term: 0, appends: Position::default(), line: Some(line) }
}

/// Moves each response to the step that receives its request.
fn answered(mut steps: Vec<Step>) -> Vec<Step> {
    for place in 1..steps.len() {
        let (before, rest) = steps.split_at_mut(place);
        if let (Act::Answer, Some(Step { act: Act::Take(Action::Receive(_)), sends, .. })) =
            (&rest[0].act, before.last_mut())
        {
            *sends = rest[0].sends.take();
        }
    }
    steps
}

struct Reader<'a> {
    names: Names<'a>,
    steps: Vec<Step>,
    ignored: Vec<String>,
}

impl<'a> Reader<'a> {
    fn event(&mut self, event: &Value<'a>, state: &Value<'a>) -> Result<(), String> {
        let action = text(event, "action").ok_or("an event without `action`")?;
        let on = event.get("executedOn").and_then(|server| self.names.node(server));
        let on = on.ok_or_else(|| format!("`executedOn` of a {action} is no server"))?;
        let message = event.get("msg").map(unwrapped);
        let line = self.line(action, on, message);
        let other = |field: &str| {
            let server = event.get(field).and_then(|server| self.names.node(server));
            server.ok_or_else(|| format!("`{field}` of a {action} is no server"))
        };
        let act = match action {
            "Timeout" => Act::Take(Action::Timeout(on)),
            "BecomeLeader" => Act::Take(Action::BecomeLeader(on)),
            "Restart" => Act::Take(Action::Restart(on)),
            "CommitEntry" | "CommitMembershipChange" => Act::Take(Action::AdvanceCommitIndex(on)),
            "AddServer" => Act::Take(Action::Propose(on, change(other("added")?, true))),
            "RemoveServer" => Act::Take(Action::Propose(on, change(other("removed")?, false))),
            "TryAddServer" => Act::Foreign(CATCH_UP),
            "TryRemoveServer" => Act::Foreign(OLD_CONFIG),
            "Send" | "Receive" => {
                return self.message(on, action == "Send", message.ok_or("a message is missing")?, line);
            }
            _ => return Err(format!("the seed format has no action `{action}`")),
        };
        let terms = state.get("currentTerm").and_then(Value::map).unwrap_or_default();
        let term =
            terms.iter().find(|(server, _)| self.names.node(server) == Some(on)).and_then(|(_, term)| term.number());
        self.steps.push(Step { term: term.unwrap_or(0), ..step(act, line) });
        Ok(())
    }

    fn message(&mut self, on: NodeId, sends: bool, record: &Value<'a>, line: String) -> Result<(), String> {
        let side = |field: &str| record.get(field).and_then(|server| self.names.node(server));
        let who = if sends { "msource" } else { "mdest" };
        if side(who) != Some(on) {
            return Err(format!("`executedOn` is not the message's `{who}`"));
        }
        if side("msource").is_some() && side("msource") == side("mdest") {
            self.ignored.push(line);
            return Ok(());
        }
        let kind = record.get("mtype").and_then(Value::name).unwrap_or_default();
        let foreign = match kind {
            "CatchupRequest" | "CatchupResponse" => Some(CATCH_UP),
            "CheckOldConfig" => Some(OLD_CONFIG),
            _ => None,
        };
        if let Some(why) = foreign {
            self.steps.push(step(Act::Foreign(why), line));
            return Ok(());
        }
        let message: Message = self.names.message(record)?;
        let (from, to) = (message.from, message.to);
        let act = match (sends, kind) {
            (false, _) => Act::Take(Action::Receive(message.clone())),
            (true, "RequestVoteRequest") => Act::Take(Action::RequestVote(from, to)),
            (true, "AppendEntriesRequest") => Act::Take(Action::AppendEntries(from, to, 1)),
            (true, _) => Act::Answer,
        };
        let sent = sends.then_some(message);
        self.steps.push(Step { consumes: !sends, sends: sent, ..step(act, line) });
        Ok(())
    }

    /// A client request for each entry that a leader's log gained without an event in the history.
    fn client_requests(&mut self, before: &Value<'a>, after: &Value<'a>) {
        for (server, log) in after.get("log").and_then(Value::map).unwrap_or_default() {
            let Some(node) = self.names.node(server) else { continue };
            let at = |state: &Value<'a>, variable: &str| -> Option<Value<'a>> {
                let pairs = state.get(variable)?.map()?;
                Some(pairs.iter().find(|(key, _)| key == server)?.1.clone())
            };
            let leads = at(after, "state").is_some_and(|role| role.name() == Some("Leader"));
            let length = |log: Option<Value>| log.and_then(|log| log.list().map(<[Value]>::len)).unwrap_or(0);
            let (old, new) = (length(at(before, "log")), length(Some(log.clone())));
            for place in (old..new).filter(|_| leads).take(super::MAX_STATES) {
                let line = self.line("ClientRequest", node, None);
                let index = place as u32 + 1;
                let term = log.list().and_then(|log| log.get(place)?.get("term")?.number()).unwrap_or(0);
                let act = Act::Take(Action::ClientRequest(node, index));
                self.steps.push(Step { appends: Position { index, term }, ..step(act, line) });
            }
        }
    }

    /// An event as the prototype prints it.
    fn line(&self, action: &str, on: NodeId, message: Option<&Value>) -> String {
        let of = |field: &str| message.and_then(|record| self.names.node(record.get(field)?));
        let kind = message.and_then(|record| record.get("mtype")?.name()).unwrap_or("RequestVoteRequest");
        let kind = kind.replace("Request", "Req").replace("Response", "Res");
        let kind = kind.replacen("ReqVote", "RequestVote", 1);
        let (sender, recipient) = (of("msource").map_or(0, NodeId::number), of("mdest").unwrap_or(on));
        let first = message.and_then(|record| record.get("mentries")?.list()?.first().map(entry));
        let (term, change, value) = first.unwrap_or((0, true, "[]".into()));
        let entry = written(term, change, &value);
        format!("{{Type:{action} Message:{{Type:{kind} Entry:{entry}}} Sender:{sender} Recipient:{recipient}}}")
    }
}

/// A log entry as the prototype prints it.
pub fn written(term: u32, change: bool, value: &str) -> String {
    let kind = if change { "ConfigEntry" } else { "ValueEntry" };
    format!("{{ term: {term}, type: {kind}, value: {value} }}")
}

/// The value of an entry that adds or removes one server.
fn change(server: NodeId, adds: bool) -> u32 {
    let step = if adds { spec::Step::Voter } else { spec::Step::Remove };
    Change { transition: Transition::First, steps: [Some((step, server)), None] }.value()
}

//! Traces of etcd's trace validation (`state_trace.go` of etcd-io/raft), which `export --to ndjson` writes, too: one JSON
//! line an event, with the state of its node.
//!
//! A line becomes a command of an interaction script as far as it is an input: an election, a proposal, a message that
//! arrives, a Ready, a restart. The other lines follow from the inputs: they are statements about the node. The format has no
//! clock: a leader whose heartbeats appear is asked for them.

use super::rafttest::{AddNodes, Command, Packet, Refusal, Script, Stated, Statement, What};
use super::{Format, Read, MAX_STATES};
use crate::spec::{Change, NodeId, Step, Transition, MAX_NODES};
use serde::Deserialize;

/// The format.
pub const FORMAT: Format = Format {
    name: "ndjson",
    about: "a trace of etcd's trace validation, as `export --to ndjson` writes it",
    mark: "JSON lines with `tag` `trace` and an `event`",
    is_json: true,
    recognizes: |text| text.trim_start().starts_with("{\"tag\":\"trace\""),
    read: Read::Script(read),
};

#[derive(Deserialize)]
struct Line {
    event: Event,
}

#[derive(Deserialize)]
struct Event {
    name: String,
    nid: String,
    state: HardState,
    role: String,
    log: u64,
    conf: [Vec<String>; 2],
    msg: Option<Message>,
    prop: Option<Properties>,
}

#[derive(Deserialize)]
struct HardState {
    term: u64,
    vote: String,
    commit: u64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Message {
    #[serde(rename = "type")]
    kind: String,
    term: u64,
    from: String,
    to: String,
    index: u64,
    entries: u64,
    commit: u64,
}

#[derive(Deserialize)]
struct Properties {
    cc: ConfChange,
}

#[derive(Deserialize)]
struct ConfChange {
    #[serde(default)]
    changes: Vec<SingleChange>,
}

#[derive(Deserialize)]
struct SingleChange {
    nid: String,
    action: String,
}

fn read(text: &str) -> Result<Script, Refusal> {
    let mut events = Vec::new();
    for (line, text) in (1..).zip(text.lines()).filter(|(_, text)| !text.trim().is_empty()) {
        let parsed: Line = serde_json::from_str(text).map_err(|error| Refusal { line, why: error.to_string() })?;
        events.push((line, parsed.event));
    }
    if events.len() > MAX_STATES {
        return Err(Refusal { line: MAX_STATES, why: format!("at most {MAX_STATES} lines are read") });
    }
    let mut reader = Reader { commands: vec![first(&events)?], started: Vec::new(), leads: 0, asked: None };
    for (line, event) in &events {
        reader.event(*line, event).map_err(|why| Refusal { line: *line, why })?;
    }
    Ok(Script { commands: reader.commands, states_each: true })
}

/// The cluster: the voters of the first state, and all other nodes, which start from nothing.
fn first(events: &[(usize, Event)]) -> Result<Command, Refusal> {
    let line = events.first().map_or(1, |(line, _)| *line);
    let at = |why: String| Refusal { line, why };
    let (_, event) = events.first().ok_or_else(|| at("a trace without events".into()))?;
    let voters = event.conf[0].iter().map(|name| node(name)).collect::<Result<Vec<_>, _>>().map_err(at)?;
    let numbers = events.iter().map(|(_, event)| node(&event.nid));
    let all = numbers.collect::<Result<Vec<_>, _>>().map_err(at)?;
    let last = all.iter().chain(&voters).map(|node| node.number()).max().unwrap_or(0);
    let count = voters.len() as u8;
    let added = AddNodes {
        count,
        voters,
        index: event.log,
        term: event.state.term,
        spares: last.saturating_sub(count),
        ..AddNodes::default()
    };
    Ok(command(line, &event.name, What::AddNodes(added)))
}

fn command(line: usize, text: &str, what: What) -> Command {
    Command { line, text: text.into(), what, shown: true, stated: Vec::new() }
}

struct Reader {
    commands: Vec<Command>,
    /// The nodes whose first state was seen.
    started: Vec<NodeId>,
    /// The number of the node whose next entry is that of its election; 0 for none.
    leads: u8,
    /// The node that was asked for heartbeats, if its last one follows from that.
    asked: Option<NodeId>,
}

impl Reader {
    fn event(&mut self, line: usize, event: &Event) -> Result<(), String> {
        let node = node(&event.nid)?;
        let message = || event.msg.as_ref().ok_or(format!("a {} without `msg`", event.name));
        let heartbeats = event.name == "SendAppendEntriesRequest" && message()?.kind == "MsgHeartbeat";
        let what = match event.name.as_str() {
            "InitState" if !self.started.contains(&node) => {
                self.started.push(node);
                What::States
            }
            "InitState" => What::Restart(node),
            "BecomeCandidate" => What::Campaign(node),
            "Replicate" if self.leads == node.number() => {
                self.leads = 0;
                What::States
            }
            "Replicate" => What::Propose(node, format!("line {line}")),
            "ChangeConf" => What::Change(node, change(event.prop.as_ref().ok_or("a ChangeConf without `prop`")?)?),
            "Ready" => What::ProcessReady(vec![node]),
            "SendAppendEntriesRequest" if heartbeats && self.asked != Some(node) => What::Ping(node),
            name if name.starts_with("Receive") && message()?.from != message()?.to => {
                What::Receive(packet(message()?)?)
            }
            "BecomeLeader" => {
                self.leads = node.number();
                What::States
            }
            name if ["Become", "Send", "Receive", "Commit", "ApplyConfChange"]
                .iter()
                .any(|it| name.starts_with(it)) =>
            {
                What::States
            }
            name => return Err(format!("`{name}` is no event of etcd's tracer that is known")),
        };
        self.asked = heartbeats.then_some(node);
        let before = event.name.starts_with("Receive");
        let stated = if before { Vec::new() } else { stated(line, node, event)? };
        self.commands.push(Command { stated, ..command(line, &event.name, what) });
        Ok(())
    }
}

fn stated(line: usize, node: NodeId, event: &Event) -> Result<Vec<Statement>, String> {
    let vote = event.state.vote.parse().map_err(|_| format!("expected a node, found `{}`", event.state.vote))?;
    let role = Stated::Role(event.role.clone());
    let all = [
        Stated::Term(event.state.term),
        Stated::Vote(vote),
        Stated::Commit(event.state.commit),
        role,
        Stated::Last(event.log),
    ];
    Ok(all.map(|what| Statement { line, node: node.number().into(), what }).into())
}

fn node(name: &str) -> Result<NodeId, String> {
    match name.parse() {
        Ok(number) if (1..=MAX_NODES as u8).contains(&number) => Ok(NodeId::new(number)),
        _ => Err(format!("`{name}`: expected a node from 1 to {MAX_NODES}")),
    }
}

fn packet(message: &Message) -> Result<Packet, String> {
    let Message { kind, term, from, to, index, entries, commit } = message;
    let numbers = [*index, *entries, *commit];
    Ok(Packet { kind: kind.clone(), from: node(from)?, to: node(to)?, term: *term, numbers })
}

fn change(properties: &Properties) -> Result<Change, String> {
    let changes = &properties.cc.changes;
    let mut change = Change { transition: Transition::Auto, steps: [None, None] };
    if changes.len() > change.steps.len() {
        return Err(format!("{} steps in one change: at most {} are simulated", changes.len(), change.steps.len()));
    }
    for (slot, single) in change.steps.iter_mut().zip(changes) {
        let step = match single.action.as_str() {
            "AddNewServer" => Step::Voter,
            "AddLearner" => Step::Learner,
            "RemoveServer" => Step::Remove,
            other => return Err(format!("`{other}`: expected AddNewServer, AddLearner or RemoveServer")),
        };
        *slot = Some((step, node(&single.nid)?));
    }
    Ok(change)
}

//! Apalache's ITF (its ADR 015): JSON in which TLA+ values keep their kinds, as `{"#map": [[key, value]]}`,
//! `{"#set": [..]}`, `{"#tup": [..]}` and `{"#bigint": "1"}`.
//!
//! The crate `itf` reads it too, by trying every kind of value in turn; it took five times as long as all
//! the rest of reading and running a trace.

use super::behaviour::name_of;
use super::json as lazily;
use super::states::VARIABLES;
use super::written::States;
use super::{head, module, Behaviour, Error, Format, Moment, Value};
use crate::spec::{Body, Entry, Message, NodeId, NodeSet};
use serde_json::{json, Value as Json};

/// Apalache's JSON.
pub const FORMAT: Format = Format {
    name: "itf",
    about: "Apalache's Informal Trace Format",
    mark: "an object with `vars` and `states`",
    is_json: true,
    recognizes: is_it,
    read,
};

fn is_it(text: &str) -> bool {
    let head = head(text);
    head.starts_with('{') && (head.contains("\"#meta\"") || head.contains("\"vars\""))
}

fn read(text: &str) -> Result<Behaviour, Error> {
    let (mut states, mut found) = (States::new(true), false);
    lazily::read(text, |reader| {
        reader.each(|reader| match reader.name()? {
            "states" => {
                found = true;
                reader.each(|reader| {
                    states.read(reader)?;
                    states.take(None)
                })
            }
            _ => reader.skip(),
        })
    })?;
    match found {
        true => states.end(),
        false => Err(Error::of("expected a list `states`")),
    }
}

/// Undoes the encoding of a value, and of all that is in it.
pub(super) fn untag(value: &mut Value) -> Result<(), String> {
    match value {
        Value::Int(_) | Value::Bool(_) | Value::Name(_) => return Ok(()),
        Value::List(values) => return values.iter_mut().try_for_each(untag),
        Value::Map(pairs) => {
            for (key, value) in pairs {
                untag(key)?;
                untag(value)?;
            }
        }
    }
    let Value::Map(pairs) = value else { return Ok(()) };
    let [(Value::Name(tag), inner)] = &mut pairs[..] else { return Ok(()) };
    let inner = match (tag.as_ref(), std::mem::replace(inner, Value::Bool(false))) {
        ("#set" | "#tup", Value::List(values)) => Value::List(values),
        ("#map", Value::List(pairs)) => Value::Map(pairs.into_iter().map(pair).collect::<Result<_, _>>()?),
        ("#bigint", Value::Name(digits)) => Value::Int(digits.parse().map_err(|_| "a number beyond 2^63")?),
        (tag, _) if tag.starts_with('#') => return Err(format!("`{tag}` has not what it should have")),
        (_, inner) => Value::Map(vec![(Value::Name(std::mem::take(tag)), inner)]),
    };
    *value = inner;
    Ok(())
}

fn pair<'a>(pair: Value<'a>) -> Result<(Value<'a>, Value<'a>), String> {
    match pair {
        Value::List(both) => <[Value; 2]>::try_from(both).ok().map(|[key, value]| (key, value)),
        _ => None,
    }
    .ok_or_else(|| "`#map` is a list of pairs".into())
}

/// A behaviour as ITF; the action that led to a state is its variable `act`.
pub fn write(behaviour: &[Moment]) -> String {
    let meta = json!({"format": "ITF", "source": "raft.tla", "description": "written by raft-lockstep"});
    let vars = json!(VARIABLES.iter().chain(&["act"]).collect::<Vec<_>>());
    // One state at a time: as one value of JSON a long behaviour would take gigabytes.
    let mut text = format!("{{\"#meta\":{meta},\"vars\":{vars},\"states\":[");
    for (index, moment) in behaviour.iter().enumerate() {
        text.push_str(if index == 0 { "\n" } else { ",\n" });
        text.push_str(&state(index, moment).to_string());
    }
    text.push_str("\n]}\n");
    text
}

fn number(number: u32) -> Json {
    json!({"#bigint": number.to_string()})
}

fn server(i: NodeId) -> Json {
    json!(format!("s{i}"))
}

fn entry(entry: &Entry) -> Json {
    json!({"term": number(entry.term), "value": module::value(entry.value)})
}

fn set(nodes: NodeSet) -> Json {
    json!({"#set": nodes.iter().map(server).collect::<Vec<_>>()})
}

fn state(index: usize, moment: &Moment) -> Json {
    let state = &moment.state;
    let function = |of: &dyn Fn(NodeId) -> Json| json!({"#map": state.nodes().map(|i| json!([server(i), of(i)])).collect::<Vec<_>>()});
    let messages = moment.bag.iter().map(|(m, copies)| json!([message(m), number(copies)]));
    json!({
        "#meta": {"index": index},
        "currentTerm": function(&|i| number(state.server(i).current_term)),
        "state": function(&|i| json!(module::role(state.server(i).role))),
        "votedFor": function(&|i| state.server(i).voted_for.map_or(json!("Nil"), server)),
        "log": function(&|i| json!(state.server(i).log.entries().iter().map(entry).collect::<Vec<_>>())),
        "commitIndex": function(&|i| number(state.server(i).commit_index)),
        "votesResponded": function(&|i| set(state.server(i).votes_responded)),
        "votesGranted": function(&|i| set(state.server(i).votes_granted)),
        "nextIndex": function(&|i| function(&|j| number(state.server(i).next_index[j.slot()]))),
        "matchIndex": function(&|i| function(&|j| number(state.server(i).match_index[j.slot()]))),
        "messages": {"#map": messages.collect::<Vec<_>>()},
        "act": {"name": moment.action.as_ref().map_or("Init", name_of)},
    })
}

/// A message but for `mlog`, which only proofs read.
fn message(m: &Message) -> Json {
    let mut fields = match &m.body {
        Body::RequestVoteRequest { last_log, .. } => {
            json!({"mlastLogTerm": number(last_log.term), "mlastLogIndex": number(last_log.index)})
        }
        Body::RequestVoteResponse { granted, .. } => json!({"mvoteGranted": granted}),
        Body::AppendEntriesRequest { prev_log, entries, commit_index } => json!({
            "mprevLogIndex": number(prev_log.index),
            "mprevLogTerm": number(prev_log.term),
            "mentries": entries.iter().map(entry).collect::<Vec<_>>(),
            "mcommitIndex": number(*commit_index),
        }),
        Body::AppendEntriesResponse { success, match_index, .. } => {
            json!({"msuccess": success, "mmatchIndex": number(*match_index)})
        }
        // No other is one of raft.tla.
        _ => json!({}),
    };
    fields["mtype"] = json!(m.body.name());
    fields["mterm"] = number(m.term);
    (fields["msource"], fields["mdest"]) = (server(m.from), server(m.to));
    fields
}

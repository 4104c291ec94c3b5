//! Apalache's ITF (its ADR 015): the behaviour of raft.tla that a run is, as JSON.

use super::behaviour::{behaviour, Moment};
use super::{tla, Export, Request};
use crate::spec::{Body, Entry, Message, NodeId, NodeSet};
use crate::sut::Node;
use crate::trace::{name_of, states::VARIABLES};
use serde_json::{json, Value as Json};

/// Exports a run as ITF.
///
/// # Errors
/// The run is no behaviour of raft.tla.
pub fn write<N: Node>(request: &Request) -> Result<Export, String> {
    let (moments, run) = behaviour::<N>(request.schedule, request.options).map_err(|refusal| refusal.to_string())?;
    let notes = vec![super::behaviour::length(&moments, &run)];
    Ok(Export { text: text(&moments), companion: None, notes, run })
}

/// A behaviour as ITF. The variable `act` of a state is the action that leads to it.
pub fn text(behaviour: &[Moment]) -> String {
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
    json!({"term": number(entry.term), "value": tla::value(entry.value)})
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
        "state": function(&|i| json!(tla::role(state.server(i).role))),
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

/// A message without `mlog`, a history variable.
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
        // raft.tla has no other kind.
        _ => json!({}),
    };
    fields["mtype"] = json!(m.body.name());
    fields["mterm"] = number(m.term);
    (fields["msource"], fields["mdest"]) = (server(m.from), server(m.to));
    fields
}

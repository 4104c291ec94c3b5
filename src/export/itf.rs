//! Apalache's ITF (its ADR 015): the behaviour of raft.tla that a run is, as JSON.

use super::behaviour::{behaviour, length, Moment};
use super::value::{message, variables, Value};
use super::{Export, Request};
use crate::sut::Node;
use crate::trace::{name_of, states::VARIABLES};
use serde_json::{json, Value as Json};

/// Exports a run as ITF.
///
/// # Errors
/// The run is no behaviour of raft.tla.
pub fn write<N: Node>(request: &Request) -> Result<Export, String> {
    let (moments, run) = behaviour::<N>(request.schedule, request.options).map_err(|refusal| refusal.to_string())?;
    let notes = vec![length(&moments, &run)];
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

fn json(value: &Value) -> Json {
    let list = |values: &[Value]| values.iter().map(json).collect::<Vec<_>>();
    match value {
        Value::Number(number) => json!({"#bigint": number.to_string()}),
        Value::Truth(truth) => json!(truth),
        Value::Name(name) => json!(name),
        Value::Set(values) => json!({"#set": list(values)}),
        Value::Sequence(values) => json!(list(values)),
        Value::Record(fields) => fields.iter().map(|(name, value)| (name.to_string(), json(value))).collect(),
        Value::Function(pairs) => {
            json!({"#map": pairs.iter().map(|(of, value)| [json(of), json(value)]).collect::<Vec<_>>()})
        }
    }
}

fn state(index: usize, moment: &Moment) -> Json {
    let messages = moment.bag.iter().map(|(m, copies)| (message(m), Value::Number(copies))).collect();
    let mut state = json(&Value::Record(variables(&moment.state)));
    state["messages"] = json(&Value::Function(messages));
    state["#meta"] = json!({"index": index});
    state["act"] = json!({"name": moment.action.as_ref().map_or("Init", name_of)});
    state
}

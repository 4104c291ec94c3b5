//! Traces with their actions: schema `raft-tlc-trace/1`, `{schema, meta, steps: [{index, action, state}]}`.

use super::{bounded, head, json, Behaviour, Error, Format, Value};

/// States and the actions that lead to them.
pub const FORMAT: Format =
    Format { name: "json", about: "schema raft-tlc-trace/1: states with their actions", recognizes: is_it, read };

fn is_it(text: &str) -> bool {
    head(text).starts_with('{') && head(text).contains("\"raft-tlc-trace/1\"")
}

fn read(text: &str) -> Result<Behaviour, Error> {
    let json = json(text)?;
    let steps = json.get("steps").and_then(Value::list).ok_or(Error::of("expected a list `steps`"))?;
    bounded(steps.len())?;
    let mut states = Vec::with_capacity(steps.len());
    for (place, step) in steps.iter().enumerate() {
        let state = step.get("state").ok_or(Error::at(place + 1, "a step without `state`"))?;
        states.push((step.get("action").and_then(|action| action.get("name")?.name()), state));
    }
    Behaviour::of_states(states)
}

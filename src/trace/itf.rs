//! Apalache's ITF: JSON in which TLA+ values keep their kinds. The crate `itf` undoes its encoding.

use super::{bounded, head, Behaviour, Error, Format, Value};

/// Apalache's JSON.
pub const FORMAT: Format =
    Format { name: "itf", about: "Apalache's Informal Trace Format", recognizes: is_it, read };

fn is_it(text: &str) -> bool {
    let head = head(text);
    head.starts_with('{') && (head.contains("\"#meta\"") || head.contains("\"vars\""))
}

fn read(text: &str) -> Result<Behaviour, Error> {
    let trace: itf::Trace<Value> = itf::trace_from_str(text).map_err(|error| Error::of(error.to_string()))?;
    bounded(trace.states.len())?;
    let name = |state: &'_ Value| state.get("act").and_then(|act| act.get("name")?.name().map(String::from));
    let names: Vec<Option<String>> = trace.states.iter().map(|state| name(&state.value)).collect();
    Behaviour::of_states(names.iter().map(Option::as_deref).zip(trace.states.iter().map(|state| &state.value)))
}

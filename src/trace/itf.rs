//! Apalache's ITF (its ADR 015): JSON with tags for TLA+ values, as `{"#map": [[key, value]]}`, `{"#set": [..]}`,
//! `{"#tup": [..]}` and `{"#bigint": "1"}`.
//!
//! The crate `itf` reads it as well. It tries every kind of value in turn, which took five times as long as the rest of
//! reading and running a trace.

use super::json::{self, State};
use super::{head, Behaviour, Error, Format, Read, Value};
use serde::Deserialize;

/// Apalache's format.
pub const FORMAT: Format = Format {
    name: "itf",
    about: "Apalache's Informal Trace Format",
    mark: "an object with `vars` and `states`",
    is_json: true,
    recognizes: is_it,
    read: Read::Behaviour(read),
};

fn is_it(text: &str) -> bool {
    let head = head(text);
    head.starts_with('{') && (head.contains("\"#meta\"") || head.contains("\"vars\""))
}

#[derive(Deserialize)]
struct Trace<'a> {
    #[serde(borrow)]
    states: Vec<State<'a>>,
}

fn read(text: &str) -> Result<Behaviour, Error> {
    let states = json::read::<Trace>(text)?.states.into_iter();
    json::behaviour(states.map(|state| (state, None)), true)
}

/// Decodes a value and all values in it.
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
        (tag, _) if tag.starts_with('#') => return Err(format!("`{tag}` has an unexpected value")),
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

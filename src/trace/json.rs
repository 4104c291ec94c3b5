//! The states of a JSON trace.
//!
//! Consecutive states are nearly equal, and comparing text is much faster than parsing it. A variable therefore remains
//! text until it differs from the state before.

use super::making::{Making, Written};
use super::states::VARIABLES;
use super::{itf, Behaviour, Error, Value};
use serde::de::{Deserialize, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::fmt;

/// Reads a JSON text.
pub fn read<'a, T: Deserialize<'a>>(text: &'a str) -> Result<T, Error> {
    serde_json::from_str(text).map_err(|error| Error::of(error.to_string()))
}

/// The text of each variable of a state, with the variable's place in [`VARIABLES`].
#[derive(Default)]
pub struct State<'a> {
    variables: Vec<(usize, &'a str)>,
    /// The action that leads to the state, in ITF.
    act: Option<Value<'a>>,
}

/// The behaviour with these states, each with the name of the action that leads to it, if known. `tagged` is true if values
/// are in ITF's encoding.
///
/// # Errors
/// No action leads to a state from the state before.
pub fn behaviour<'a>(
    states: impl IntoIterator<Item = (State<'a>, Option<Cow<'a, str>>)>,
    tagged: bool,
) -> Result<Behaviour, Error> {
    let (mut making, mut before) = (Making::default(), State::default());
    for (state, name) in states {
        let mut variables = [const { None }; 10];
        for variable in &state.variables {
            variables[variable.0] = Some(match before.variables.contains(variable) {
                true => Written::Known,
                false => Written::Value(value(variable.1, tagged, &making)?),
            });
        }
        let act = state.act.as_ref().and_then(|act| act.get("name")?.name());
        making.take(name.as_deref().or(act), &mut variables)?;
        before = state;
    }
    making.end()
}

fn value<'a>(text: &'a str, tagged: bool, making: &Making) -> Result<Value<'a>, Error> {
    let mut value = read(text)?;
    if tagged {
        itf::untag(&mut value).map_err(|why| making.wrong(&why))?;
    }
    Ok(value)
}

impl<'de: 'a, 'a> Deserialize<'de> for State<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(StateVisitor)
    }
}

struct StateVisitor;

impl<'de> Visitor<'de> for StateVisitor {
    type Value = State<'de>;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a state: an object with the variables of raft.tla")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<State<'de>, A::Error> {
        let mut state = State::default();
        while let Some(name) = members.next_key::<Value>()? {
            let name = name.name().unwrap_or_default();
            let place = VARIABLES.into_iter().position(|variable| variable == name);
            match place.filter(|place| state.variables.iter().all(|(known, _)| known != place)) {
                Some(place) => state.variables.push((place, members.next_value::<&RawValue>()?.get())),
                None if name == "act" => state.act = Some(members.next_value()?),
                None => drop(members.next_value::<IgnoredAny>()?),
            }
        }
        Ok(state)
    }

    /// Newer versions of TLC write `[number, state]`.
    fn visit_seq<A: SeqAccess<'de>>(self, mut pair: A) -> Result<State<'de>, A::Error> {
        pair.next_element::<IgnoredAny>()?;
        pair.next_element()?.ok_or_else(|| A::Error::invalid_length(1, &self))
    }
}

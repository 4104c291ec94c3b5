//! TLC's module for an error trace, `NAME_TTrace_NUMBER.tla`: `trace ==` is a sequence of records, with a field for each
//! variable and without names of steps.

use super::making::{Making, Written};
use super::states::VARIABLES;
use super::{tla, Behaviour, Error, Format, Read, Value};

/// TLC's modules.
pub const FORMAT: Format = Format {
    name: "tlc-module",
    about: "the module that TLC writes beside an error, NAME_TTrace_NUMBER.tla",
    mark: "a definition `trace == <<`",
    is_json: false,
    recognizes: |text| defined(text, "trace").is_some(),
    read: Read::Behaviour(read),
};

fn read(text: &str) -> Result<Behaviour, Error> {
    let states = defined(text, "trace").ok_or(Error::of("expected a definition `trace == <<`"))?;
    let mut making = Making::default();
    for state in tla::elements(states) {
        let state = state.map_err(|why| making.wrong(&why))?;
        making.take(None, &mut variables(state))?;
    }
    making.end()
}

/// The sequence that a module defines under a name, with the rest of the text.
pub(super) fn defined<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    if text.trim_start().starts_with(['{', '[']) {
        return None;
    }
    let mut rest = text;
    loop {
        let value = rest.strip_prefix(name).and_then(|rest| rest.trim_start().strip_prefix("=="));
        if let Some(value) = value.filter(|value| value.trim_start().starts_with("<<")) {
            return Some(value);
        }
        rest = rest.split_once('\n')?.1;
    }
}

/// The variables of a state, from the fields of a record.
pub(super) fn variables(record: Value<'_>) -> [Option<Written<'_>>; 10] {
    let mut variables = [const { None }; 10];
    let Value::Map(fields) = record else { return variables };
    for (name, value) in fields {
        note(&mut variables, name.name().unwrap_or_default(), Written::Value(value));
    }
    variables
}

/// Notes the variable of that name, unless one came before.
pub(super) fn note<'a>(variables: &mut [Option<Written<'a>>; 10], name: &str, written: Written<'a>) {
    let place = VARIABLES.into_iter().position(|variable| variable == name);
    if let Some(first @ None) = place.map(|place| &mut variables[place]) {
        *first = Some(written);
    }
}

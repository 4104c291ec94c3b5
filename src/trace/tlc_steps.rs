//! Traces with their actions: schema `raft-tlc-trace/1`, `{schema, meta, steps: [{index, action, state}]}`.

use super::json::Reader;
use super::written::{read_list, States};
use super::{head, Error, Format};
use serde::Deserialize;
use std::borrow::Cow;

/// States and the actions that lead to them.
pub const FORMAT: Format = Format {
    name: "json",
    about: "schema raft-tlc-trace/1: states with their actions",
    mark: "an object with the `schema` \"raft-tlc-trace/1\" and `steps`",
    is_json: true,
    recognizes: |text| head(text).starts_with('{') && head(text).contains("\"raft-tlc-trace/1\""),
    read: |text| read_list(text, "steps", States::new(false), step),
};

#[derive(Deserialize)]
struct Action<'a> {
    #[serde(borrow, default)]
    name: Cow<'a, str>,
}

fn step<'a>(reader: &mut Reader<'a>, states: &mut States<'a>) -> Result<(), Error> {
    let (mut action, mut found) = (None, false);
    reader.each(|reader| match reader.name()? {
        "action" => {
            action = Some(match reader.try_read(|reader| plain_name(reader, states)) {
                Some(name) => Cow::Borrowed(name),
                None => reader.read::<Action>()?.name,
            });
            Ok(())
        }
        "state" if !found => {
            found = true;
            states.read(reader)
        }
        _ => reader.skip(),
    })?;
    match found {
        true => states.take(action.as_deref()),
        false => Err(states.wrong("a step without `state`")),
    }
}

/// The name of an action in plain form.
fn plain_name<'a>(reader: &mut Reader<'a>, states: &States<'a>) -> Option<&'a str> {
    let mut name = None;
    let read = reader.each(|reader| match (reader.name()?, name) {
        ("name", None) => reader.string().map(|found| name = Some(found)).ok_or_else(|| reader.expected("a name")),
        ("name", Some(_)) => Err(reader.expected("one name")),
        ("msg", _) if states.go_past_message(reader) => Ok(()),
        _ => reader.skip(),
    });
    read.ok().and(name)
}

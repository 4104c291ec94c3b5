//! Traces with their actions: schema `raft-tlc-trace/1`, `{schema, meta, steps: [{index, action, state}]}`.

use super::json::{self, State};
use super::{head, Behaviour, Error, Format, Read};
use serde::Deserialize;
use std::borrow::Cow;

/// States and the actions that lead to them.
pub const FORMAT: Format = Format {
    name: "json",
    about: "schema raft-tlc-trace/1: states with their actions",
    mark: "an object with the `schema` \"raft-tlc-trace/1\" and `steps`",
    is_json: true,
    recognizes: |text| head(text).starts_with('{') && head(text).contains("\"raft-tlc-trace/1\""),
    read: Read::Behaviour(read),
};

#[derive(Deserialize)]
struct Trace<'a> {
    #[serde(borrow)]
    steps: Vec<Step<'a>>,
}

#[derive(Deserialize)]
struct Step<'a> {
    #[serde(borrow)]
    action: Option<Action<'a>>,
    #[serde(borrow)]
    state: State<'a>,
}

#[derive(Deserialize)]
struct Action<'a> {
    #[serde(borrow, default)]
    name: Cow<'a, str>,
}

fn read(text: &str) -> Result<Behaviour, Error> {
    let steps = json::read::<Trace>(text)?.steps.into_iter();
    json::behaviour(steps.map(|step| (step.state, step.action.map(|action| action.name))), false)
}

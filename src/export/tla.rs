//! A TLA+ module that takes the steps of a run, for TLC to check against raft.tla itself.
//!
//! The module extends `raft` and takes one action of it after the other. An action that raft.tla does not allow, or that
//! leads to another state than the one written, is a deadlock, which TLC reports. `mlog`, a history variable, is left to
//! raft.tla.

use super::behaviour::{behaviour, length, Moment};
use super::value::{client, message, server, variables, Value};
use super::{Export, Request};
use crate::spec::{Action, State};
use crate::sut::Node;
use crate::trace::name_of;
use std::collections::BTreeSet;
use std::fmt::Write;

/// Exports a run as a module, with TLC's configuration beside it.
///
/// # Errors
/// The run is no behaviour of raft.tla, or the file's name is no name of a module.
pub fn write<N: Node>(request: &Request) -> Result<Export, String> {
    let (moments, run) = behaviour::<N>(request.schedule, request.options).map_err(|refusal| refusal.to_string())?;
    let (text, cfg) = module(request.name.unwrap_or("Run"), &moments)?;
    Ok(Export { text, companion: Some(cfg), notes: vec![length(&moments, &run)], run })
}

/// The module, and the configuration that TLC reads beside it.
///
/// # Errors
/// `name` is no name of a module.
pub fn module(name: &str, behaviour: &[Moment]) -> Result<(String, String), String> {
    if !is_module_name(name) {
        return Err(format!(
            "`{name}` is no name of a module: expected letters, digits and `_`, and no module that raft.tla uses"
        ));
    }
    let Some(first) = behaviour.first() else { return Err("a behaviour without states".into()) };
    let values: BTreeSet<String> =
        behaviour.iter().flat_map(|moment| clients(&moment.state)).map(|value| client(value).to_string()).collect();
    let servers: Vec<String> = first.state.nodes().map(|i| server(i).to_string()).collect();
    let constants: Vec<String> = servers.iter().chain(&values).cloned().collect();
    let steps: Vec<String> = behaviour.iter().filter_map(step).collect();
    let module = format!(
        "---- MODULE {name} ----\n\
         \\* A run of raft-rs as a behaviour of raft.tla. With raft.tla beside it:\n\
         \\*   java -cp tla2tools.jar tlc2.TLC {name}\n\
         \\* No error: raft.tla has this behaviour. A deadlock: it has not, after the last state shown.\n\
         EXTENDS raft\n\
         CONSTANTS {}\n\
         VARIABLE taken\n\n\
         Steps == <<\n  {}\n>>\n\n{NEXT}====\n",
        constants.join(", "),
        steps.join(",\n  ")
    );
    Ok((module, configuration(&servers, values.into_iter().collect(), &constants)))
}

fn is_module_name(name: &str) -> bool {
    let fits = name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    fits && !["raft", "Naturals", "FiniteSets", "Sequences", "TLC"].contains(&name)
}

/// TLC's configuration of the module.
fn configuration(servers: &[String], values: Vec<String>, constants: &[String]) -> String {
    let values = if values.is_empty() { "NoValue".into() } else { values.join(", ") };
    let mut cfg = format!("CONSTANTS\n  Server = {{{}}}\n  Value = {{{values}}}\n", servers.join(", "));
    let kinds = ["Follower", "Candidate", "Leader", "Nil"];
    let messages = ["RequestVoteRequest", "RequestVoteResponse", "AppendEntriesRequest", "AppendEntriesResponse"];
    for constant in constants.iter().map(String::as_str).chain(kinds).chain(messages) {
        writeln!(cfg, "  {constant} = {constant}").expect("a string takes any text");
    }
    cfg.push_str("INIT TraceInit\nNEXT TraceNext\n");
    cfg
}

/// The next-state relation of the module: one step of `Steps` after the other.
const NEXT: &str = include_str!("next.tla");

fn clients(state: &State) -> impl Iterator<Item = u32> + '_ {
    state.servers.iter().flat_map(|server| server.log.entries()).map(|entry| entry.value)
}

/// A step as a record: its action and the state that it leads to.
fn step(moment: &Moment) -> Option<String> {
    let action = moment.action.as_ref()?;
    let mut fields = vec![("name", Value::Name(format!("\"{}\"", name_of(action))))];
    match action {
        Action::RequestVote(i, j) | Action::AppendEntries(i, j, _) => {
            fields.extend([("i", server(*i)), ("j", server(*j))]);
        }
        Action::ClientRequest(i, v) => fields.extend([("i", server(*i)), ("v", client(*v))]),
        Action::Receive(m) | Action::DuplicateMessage(m) | Action::DropMessage(m) => fields.push(("m", message(m))),
        Action::Restart(i) | Action::Timeout(i) | Action::BecomeLeader(i) | Action::AdvanceCommitIndex(i) => {
            fields.push(("i", server(*i)));
        }
        // raft.tla has no other.
        _ => return None,
    }
    fields.extend(variables(&moment.state));
    Some(Value::Record(fields).to_string())
}

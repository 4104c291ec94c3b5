//! The module that `export --to tla` writes: `Steps ==` is a sequence of records, each with an action of raft.tla and the
//! state that it leads to.
//!
//! The records have no messages, which follow from the actions.

use super::making::{Making, Written};
use super::states::{MAX_COPIES, VARIABLES};
use super::tlc_module::{defined, variables};
use super::{tla, Behaviour, Error, Format, Read, Value};
use crate::spec::network::Bag;
use crate::spec::{step_in_bag, Action, Settings, State};

/// Modules of this project.
pub const FORMAT: Format = Format {
    name: "tla",
    about: "the module that `export --to tla` writes",
    mark: "a definition `Steps == <<`",
    is_json: false,
    recognizes: |text| defined(text, "Steps").is_some(),
    read: Read::Behaviour(read),
};

fn read(text: &str) -> Result<Behaviour, Error> {
    let steps = defined(text, "Steps").ok_or(Error::of("expected a definition `Steps == <<`"))?;
    let mut making = Making::default();
    let mut now = None;
    for step in tla::elements(steps) {
        let step = step.map_err(|why| making.wrong(&why))?;
        let (state, bag) = match &mut now {
            Some(now) => now,
            None => now.insert(begin(&mut making, &step)?),
        };
        let action = action(&mut making, &step).map_err(|why| making.wrong(&why))?;
        step_in_bag(state, action, bag).map_err(|_| making.wrong("raft.tla does not allow this action here"))?;
        let name = step.get("name").and_then(Value::name).map(String::from);
        let mut variables = variables(step);
        if bag.iter().any(|(_, copies)| copies > MAX_COPIES) {
            return Err(making.wrong(&format!("more than {MAX_COPIES} copies of a message")));
        }
        variables[MESSAGES] = Some(Written::Messages(bag.clone()));
        making.take(name.as_deref(), &mut variables)?;
    }
    making.end()
}

/// The place of `messages` among the variables, the last.
const MESSAGES: usize = VARIABLES.len() - 1;

/// Takes raft.tla's Init as the first state, with the servers of the first step.
fn begin(making: &mut Making<'static>, first: &Value<'static>) -> Result<(State, Bag), Error> {
    let terms = first.get("currentTerm").ok_or_else(|| making.wrong("a step without `currentTerm`"))?;
    making.begin(terms).map_err(|why| making.wrong(&why))?;
    let servers = making.names().map_or(0, |names| names.servers());
    making.take(None, &mut [const { Some(Written::Known) }; 10])?;
    Ok((State::init(Settings::ongaro(servers)), Bag::default()))
}

/// The action of a step.
fn action(making: &mut Making<'static>, step: &Value<'static>) -> Result<Action, String> {
    let names = making.names().ok_or("a step before the servers are known")?;
    let field = |name: &str| step.get(name).ok_or_else(|| format!("a step without `{name}`"));
    let name = field("name")?.name().unwrap_or_default();
    if matches!(name, "Receive" | "DuplicateMessage" | "DropMessage") {
        let message = names.message(field("m")?)?;
        return Ok(match name {
            "Receive" => Action::Receive(message),
            "DuplicateMessage" => Action::DuplicateMessage(message),
            _ => Action::DropMessage(message),
        });
    }
    let server = |place: &str| names.node(field(place)?).ok_or_else(|| format!("`{place}` of a step is no server"));
    let i = server("i")?;
    match name {
        "Restart" => Ok(Action::Restart(i)),
        "Timeout" => Ok(Action::Timeout(i)),
        "BecomeLeader" => Ok(Action::BecomeLeader(i)),
        "AdvanceCommitIndex" => Ok(Action::AdvanceCommitIndex(i)),
        "RequestVote" => Ok(Action::RequestVote(i, server("j")?)),
        "AppendEntries" => Ok(Action::AppendEntries(i, server("j")?, 1)),
        "ClientRequest" => Ok(Action::ClientRequest(i, names.value(field("v")?))),
        _ => Err(format!("raft.tla has no action `{name}`")),
    }
}

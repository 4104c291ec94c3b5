//! A behaviour: the steps of raft.tla that a trace takes.
//!
//! Plain raft.tla names every step `Next`, so the action is found: it is the one that leads from one
//! state to the next. A trace whose states no action connects is no behaviour of raft.tla.

use super::states::Names;
use super::value::Value;
use super::Error;
use crate::spec::network::Bag;
use crate::spec::{next_actions, step_in_bag, Action, Message, NodeId, NodeSet, Position, State};

/// What a step does.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Act {
    /// An action of the specification.
    Take(Action),
    /// It sends the answer to what the step before received.
    Answer,
    /// What neither raft.tla nor raft-rs does, and why not.
    Foreign(&'static str),
}

/// One step of a trace.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Step {
    /// What is done.
    pub act: Act,
    /// The message that it sends.
    pub sends: Option<Message>,
    /// Whether it takes the message that it receives out of the network.
    pub consumes: bool,
    /// The term that who acts is in afterwards; 0 where the trace does not say.
    pub term: u32,
    /// Where a client's request puts its entry; (0, 0) for any other step.
    pub appends: Position,
    /// The step as the trace has it, where it is shown to the reader.
    pub line: String,
}

/// A state of a behaviour that is written, and the action that led to it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Moment {
    /// The action; `None` for the initial state.
    pub action: Option<Action>,
    /// raft.tla's variables but the messages.
    pub state: State,
    /// The messages.
    pub bag: Bag,
}

/// What a trace ends in, as the seed document prints it.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct End {
    /// Whether a server became leader at some time.
    pub at_least_one_leader: bool,
    /// For each server the entries: term, whether a change of the configuration, value as text.
    pub logs: Vec<Vec<(u32, bool, String)>>,
}

/// What a trace says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Behaviour {
    /// How many servers there are: nodes 1 and up.
    pub servers: usize,
    /// Those that are members from the beginning; the others come later.
    pub members: NodeSet,
    /// Its steps.
    pub steps: Vec<Step>,
    /// What it leaves out and says so: messages that a server sends to itself.
    pub ignored: Vec<String>,
    /// Whether requests for votes, and appends, flow by themselves since the trace never has any.
    pub flows: Flows,
    /// What it ends in.
    pub end: End,
}

/// Which messages the trace leaves to the network.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Flows {
    /// Requests for votes and the answers.
    pub votes: bool,
    /// Appends, heartbeats and the answers.
    pub appends: bool,
}

impl Behaviour {
    /// Of raft.tla's states, with the names of the steps that lead to them where those are known.
    ///
    /// # Errors
    /// The state at which it goes wrong, counted from 1.
    pub fn of_states<'a>(states: impl IntoIterator<Item = (Option<&'a str>, &'a Value)>) -> Result<Self, Error> {
        let mut states = states.into_iter().enumerate();
        let Some((_, (_, first))) = states.next() else { return Err(Error::at(1, "a trace without states")) };
        let mut names = Names::of(first).map_err(|why| Error::at(1, why))?;
        let mut now = names.state(first).map_err(|why| Error::at(1, why))?;
        if now != (State::init(now.0.settings), Bag::default()) {
            return Err(Error::at(1, "the first state is not raft.tla's Init"));
        }
        let (mut steps, mut led) = (Vec::new(), false);
        for (place, (name, variables)) in states {
            let next = names.state(variables).map_err(|why| Error::at(place + 1, why))?;
            // A client's request shows as the last entry of a log.
            let values: Vec<u32> = next
                .0
                .servers
                .iter()
                .filter_map(|server| server.log.entries().last())
                .map(|entry| entry.value)
                .collect();
            let Some(step) = step_between(&now, &next, name, &values) else {
                return Err(Error::at(place + 1, "no action of raft.tla leads here from the state before"));
            };
            led |= matches!(step.act, Act::Take(Action::BecomeLeader(_)));
            steps.push(step);
            now = next;
        }
        let servers = names.servers();
        let end = End { at_least_one_leader: led, logs: logs(&now.0) };
        let members = NodeSet::first(servers);
        Ok(Behaviour { servers, members, steps, ignored: Vec::new(), flows: Flows::default(), end })
    }
}

fn logs(state: &State) -> Vec<Vec<(u32, bool, String)>> {
    let of = |i: NodeId| state.server(i).log.entries().iter().map(|entry| (entry.term, false, entry.value.to_string()));
    state.nodes().map(|i| of(i).collect()).collect()
}

/// The action that leads from one state to the next: one of that name, where there is one. A message
/// that is taken without effect was received rather than lost.
fn step_between(now: &(State, Bag), next: &(State, Bag), name: Option<&str>, values: &[u32]) -> Option<Step> {
    let moved = now.0.nodes().find(|i| now.0.server(*i) != next.0.server(*i));
    let (gone, come) = (now.1.more_than(&next.1), next.1.more_than(&now.1));
    let mut found: Option<Step> = None;
    for action in next_actions(&now.0, &now.1, values) {
        let wanted = name.is_none_or(|name| name == name_of(&action));
        let may_be = moved.is_none_or(|i| action.node() == i) && exchanges(&action, gone, come);
        if (found.is_some() && !wanted) || !may_be {
            continue;
        }
        let (mut state, mut bag) = now.clone();
        if step_in_bag(&mut state, action.clone(), &mut bag).is_err() || (&state, &bag) != (&next.0, &next.1) {
            continue;
        }
        let step = step_of(action, &state, gone, come);
        if wanted {
            return Some(step);
        }
        found = Some(step);
    }
    found
}

/// Whether an action may take `gone` out of the network and put `come` into it.
fn exchanges(action: &Action, gone: Option<&Message>, come: Option<&Message>) -> bool {
    match action {
        Action::Receive(m) => gone.is_none_or(|gone| gone == m),
        Action::DropMessage(m) => gone == Some(m),
        Action::DuplicateMessage(m) => gone.is_none() && come == Some(m),
        Action::RequestVote(i, j) | Action::AppendEntries(i, j, _) => {
            gone.is_none() && come.is_some_and(|come| (come.from, come.to) == (*i, *j))
        }
        _ => gone.is_none() && come.is_none(),
    }
}

/// An action with what it did to the messages.
fn step_of(action: Action, state: &State, gone: Option<&Message>, come: Option<&Message>) -> Step {
    let consumes = matches!(&action, Action::Receive(m) if gone == Some(m));
    let appends = match &action {
        Action::ClientRequest(i, _) => state.server(*i).log.last(),
        _ => Position::default(),
    };
    let (line, term) = (line_of(&action), state.server(action.node()).current_term);
    Step { act: Act::Take(action), sends: come.cloned(), consumes, term, appends, line }
}

/// raft.tla's name of an action.
pub(super) fn name_of(action: &Action) -> &'static str {
    match action {
        Action::Restart(_) => "Restart",
        Action::Timeout(_) => "Timeout",
        Action::RequestVote(..) => "RequestVote",
        Action::BecomeLeader(_) => "BecomeLeader",
        Action::ClientRequest(..) => "ClientRequest",
        Action::AdvanceCommitIndex(_) => "AdvanceCommitIndex",
        Action::AppendEntries(..) => "AppendEntries",
        Action::Receive(_) => "Receive",
        Action::DuplicateMessage(_) => "DuplicateMessage",
        Action::DropMessage(_) => "DropMessage",
        _ => "",
    }
}

/// An action in a line.
fn line_of(action: &Action) -> String {
    let name = name_of(action);
    match action {
        Action::RequestVote(i, j) | Action::AppendEntries(i, j, _) => format!("{name}({i}, {j})"),
        Action::ClientRequest(i, value) => format!("{name}({i}, {value})"),
        Action::Receive(m) | Action::DuplicateMessage(m) | Action::DropMessage(m) => format!("{name}({m})"),
        Action::Restart(i) | Action::Timeout(i) | Action::BecomeLeader(i) | Action::AdvanceCommitIndex(i) => {
            format!("{name}({i})")
        }
        _ => String::new(),
    }
}

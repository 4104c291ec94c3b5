//! A behaviour: the steps of raft.tla that a trace takes.
//!
//! Plain raft.tla names every step `Next`, so the action is found: it is the one that leads from one
//! state to the next. A trace whose states no action connects is no behaviour of raft.tla.

use super::states::{refuse_crowd, Names, VARIABLES};
use super::value::Value;
use super::{bounded, Error};
use crate::spec::network::{Bag, Network};
use crate::spec::{each_action, step_in_bag, Action, Message, NodeId, NodeSet, Position, Settings, State};

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
    /// The step in the trace's own words, where it has some.
    pub line: Option<String>,
}

impl Step {
    /// The step as it is shown to the reader.
    pub fn line(&self) -> String {
        match (&self.line, &self.act) {
            (Some(line), _) => line.clone(),
            (None, Act::Take(action)) => line_of(action),
            (None, Act::Answer | Act::Foreign(_)) => String::new(),
        }
    }
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

/// A variable as a trace writes it in one of its states.
#[derive(Debug)]
pub enum Written<'a> {
    /// As in the state before.
    AsBefore,
    /// Otherwise.
    Value(Value<'a>),
    /// The messages, one by one.
    Parts(Vec<Part<'a>>),
}

/// Part of the messages.
#[derive(Debug)]
pub enum Part<'a> {
    /// A part, by place, of the messages of the state before.
    AsBefore(usize),
    /// A bag of its own.
    Value(Value<'a>),
}

/// A behaviour in the making, out of one state of raft.tla after the other.
pub struct Making<'a> {
    names: Names<'a>,
    /// The messages of the last state, part by part.
    parts: Vec<Vec<(Message, u32)>>,
    now: (State, Bag),
    next: (State, Bag),
    /// Where actions are tried; as `now` otherwise.
    tried: (State, Bag),
    steps: Vec<Step>,
    led: bool,
    states: usize,
}

impl<'a> Making<'a> {
    /// A behaviour without states.
    pub fn new() -> Self {
        let nothing = (State::init(Settings::ongaro(1)), Bag::default());
        Making {
            names: Names::default(),
            parts: Vec::new(),
            now: nothing.clone(),
            next: nothing.clone(),
            tried: nothing,
            steps: Vec::new(),
            led: false,
            states: 0,
        }
    }

    /// Takes the next state, and the name of the step that leads to it where that is known.
    ///
    /// # Errors
    /// It is none, or no action leads to it from the one before.
    pub fn take(&mut self, name: Option<&str>, variables: &[(&str, Written<'a>)]) -> Result<(), Error> {
        bounded(self.states + 1)?;
        self.read(variables).map_err(|why| self.wrong(&why))?;
        if self.states == 0 {
            if self.next != self.now {
                return Err(self.wrong("the first state is not raft.tla's Init"));
            }
            self.states = 1;
            return Ok(());
        }
        let Some(step) = step_between(&self.now, &self.next, &mut self.tried, name) else {
            return Err(self.wrong("no action of raft.tla leads here from the state before"));
        };
        self.states += 1;
        self.led |= matches!(step.act, Act::Take(Action::BecomeLeader(_)));
        self.steps.push(step);
        copy(&self.next, &mut self.now);
        copy(&self.next, &mut self.tried);
        Ok(())
    }

    /// An error in the state that comes next.
    pub fn wrong(&self, why: &str) -> Error {
        Error::at(self.states + 1, why)
    }

    fn read(&mut self, variables: &[(&str, Written<'a>)]) -> Result<(), String> {
        for variable in VARIABLES {
            let written = variables.iter().find(|(name, _)| *name == variable);
            let (_, written) = written.ok_or_else(|| format!("a state without `{variable}`"))?;
            match written {
                Written::AsBefore => {}
                Written::Value(bag) if variable == "messages" => {
                    self.parts = vec![self.names.messages(bag)?];
                    self.deliver()?;
                }
                Written::Value(value) => {
                    // It is the first of them.
                    if variable == "currentTerm" && self.states == 0 {
                        self.begin(value)?;
                    }
                    self.names.assign(&mut self.next.0, variable, value)?;
                }
                Written::Parts(parts) => {
                    let read = |part: &Part<'a>| match part {
                        Part::AsBefore(place) => Ok(self.parts[*place].clone()),
                        Part::Value(bag) => self.names.messages(bag),
                    };
                    self.parts = parts.iter().map(read).collect::<Result<_, _>>()?;
                    self.deliver()?;
                }
            }
        }
        Ok(())
    }

    fn begin(&mut self, terms: &Value) -> Result<(), String> {
        self.names = Names::of(terms)?;
        let init = State::init(Settings::ongaro(self.names.servers()));
        (self.now.0, self.next.0, self.tried.0) = (init.clone(), init.clone(), init);
        Ok(())
    }

    /// The messages of all parts are those of the next state.
    fn deliver(&mut self) -> Result<(), String> {
        refuse_crowd(self.parts.iter().map(Vec::len).sum())?;
        let bag = &mut self.next.1;
        bag.copy_from(&Bag::default());
        for (message, copies) in self.parts.iter().flatten() {
            (0..*copies).for_each(|_| bag.send(message.clone()));
        }
        Ok(())
    }

    /// What the states say.
    ///
    /// # Errors
    /// There were none.
    pub fn end(self) -> Result<Behaviour, Error> {
        if self.states == 0 {
            return Err(Error::at(1, "a trace without states"));
        }
        let servers = self.names.servers();
        let end = End { at_least_one_leader: self.led, logs: logs(&self.now.0) };
        let members = NodeSet::first(servers);
        Ok(Behaviour { servers, members, steps: self.steps, ignored: Vec::new(), flows: Flows::default(), end })
    }
}

/// The one becomes the other, in the memory that it has.
fn copy(from: &(State, Bag), to: &mut (State, Bag)) {
    to.0.servers.iter_mut().zip(&from.0.servers).for_each(|(to, from)| to.take_variables(from));
    to.1.copy_from(&from.1);
}

fn logs(state: &State) -> Vec<Vec<(u32, bool, String)>> {
    let of = |i: NodeId| state.server(i).log.entries().iter().map(|entry| (entry.term, false, entry.value.to_string()));
    state.nodes().map(|i| of(i).collect()).collect()
}

/// The action that leads from one state to the next: one of that name, where there is one. A message
/// that is taken without effect was received rather than lost. Actions are tried in `tried`, which is like `now`.
fn step_between(now: &(State, Bag), next: &(State, Bag), tried: &mut (State, Bag), name: Option<&str>) -> Option<Step> {
    let moved = now.0.nodes().find(|i| now.0.server(*i) != next.0.server(*i));
    let (gone, come) = (now.1.more_than(&next.1), next.1.more_than(&now.1));
    // A client's request shows as the last entry of a log.
    let values: Vec<u32> =
        next.0.servers.iter().filter_map(|server| server.log.entries().last()).map(|entry| entry.value).collect();
    let (mut found, mut named) = (None, false);
    each_action(&now.0, &now.1, &values, &mut |action| {
        let wanted = name.is_none_or(|name| name == name_of(&action));
        let may_be = moved.is_none_or(|i| action.node() == i) && exchanges(&action, gone, come);
        if named || (found.is_some() && !wanted) || !may_be {
            return;
        }
        if step_in_bag(&mut tried.0, action.clone(), &mut tried.1).is_ok() && tried == next {
            named = wanted;
            found = Some(action.clone());
        }
        tried.0.server_mut(action.node()).take_variables(now.0.server(action.node()));
        tried.1.copy_from(&now.1);
    });
    found.map(|action| step_of(action, &next.0, gone, come))
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
    let term = state.server(action.node()).current_term;
    Step { act: Act::Take(action), sends: come.cloned(), consumes, term, appends, line: None }
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

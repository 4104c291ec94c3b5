//! A behaviour under construction, from one state of a trace after the other.

use super::behaviour::{Act, Behaviour, End, Flows, Step};
use super::search::{copy, step_between};
use super::states::{Names, VARIABLES};
use super::value::Value;
use super::{bounded, Error};
use crate::spec::network::Bag;
use crate::spec::{Action, NodeId, NodeSet, Settings, State};

/// A variable as written in a state of a trace.
#[derive(Debug)]
pub enum Written<'a> {
    /// Unchanged since the state before, or assigned already.
    Known,
    /// A value.
    Value(Value<'a>),
    /// The messages.
    Messages(Bag),
}

/// Makes a behaviour out of states of raft.tla.
pub struct Making<'a> {
    names: Names<'a>,
    /// True if a variable of a server was written since the last state.
    moves: bool,
    now: (State, Bag),
    next: (State, Bag),
    /// The state in which actions are tried; equal to `now` in between.
    tried: (State, Bag),
    steps: Vec<Step>,
    led: bool,
    states: usize,
}

impl Default for Making<'_> {
    /// A behaviour without states.
    fn default() -> Self {
        let nobody = State { servers: Vec::new(), ..State::init(Settings::ongaro(1)) };
        let nothing = (nobody, Bag::default());
        Making {
            names: Names::default(),
            moves: false,
            now: nothing.clone(),
            next: nothing.clone(),
            tried: nothing,
            steps: Vec::new(),
            led: false,
            states: 0,
        }
    }
}

impl<'a> Making<'a> {
    /// The names, once the servers are known.
    pub fn names(&mut self) -> Option<&mut Names<'a>> {
        (self.names.servers() > 0).then_some(&mut self.names)
    }

    /// Takes the next state, with the name of the step that leads to it, if known. Variables are in the order of
    /// [`VARIABLES`].
    ///
    /// # Errors
    /// The variables are no state, or no action leads to it from the state before.
    pub fn take(&mut self, name: Option<&str>, variables: &mut [Option<Written<'a>>; 10]) -> Result<(), Error> {
        bounded(self.states + 1)?;
        self.read(variables).map_err(|why| self.wrong(&why))?;
        if self.states == 0 {
            if self.next != self.now {
                return Err(self.wrong("the first state is not raft.tla's Init"));
            }
            self.states = 1;
            return Ok(());
        }
        let Making { now, next, tried, .. } = self;
        let exchanged = (now.1.more_than(&next.1), next.1.more_than(&now.1));
        let differs = |i: &NodeId| now.0.server(*i) != next.0.server(*i);
        let moved = if self.moves { now.0.nodes().find(differs) } else { None };
        let Some((i, step)) = step_between(now, next, tried, name, moved, exchanged) else {
            return Err(self.wrong("no action of raft.tla leads here from the state before"));
        };
        copy(next, now, i);
        self.states += 1;
        self.led |= matches!(step.act, Act::Take(Action::BecomeLeader(_)));
        self.steps.push(step);
        Ok(())
    }

    /// An error in the next state.
    pub fn wrong(&self, why: &str) -> Error {
        Error::at(self.states + 1, why)
    }

    fn read(&mut self, variables: &mut [Option<Written<'a>>; 10]) -> Result<(), String> {
        for (variable, written) in VARIABLES.into_iter().zip(variables) {
            match written.take().ok_or_else(|| format!("a state without `{variable}`"))? {
                Written::Known => {}
                Written::Value(bag) if variable == "messages" => self.next.1 = self.names.messages(&bag)?,
                Written::Messages(bag) => self.next.1 = bag,
                Written::Value(value) => {
                    // `currentTerm` is the first variable, and names the servers.
                    if variable == "currentTerm" && self.states == 0 {
                        self.begin(&value)?;
                    }
                    self.moves = true;
                    self.names.assign(&mut self.next.0.servers, variable, &value)?;
                }
            }
        }
        Ok(())
    }

    /// Takes the servers from the terms of the first state.
    ///
    /// # Errors
    /// As [`Names::of`].
    pub fn begin(&mut self, terms: &Value) -> Result<(), String> {
        if self.states > 0 || self.names.servers() > 0 {
            return Ok(());
        }
        self.names = Names::of(terms)?;
        let init = State::init(Settings::ongaro(self.names.servers()));
        (self.now.0, self.next.0, self.tried.0) = (init.clone(), init.clone(), init);
        Ok(())
    }

    /// The behaviour.
    ///
    /// # Errors
    /// The trace has no states.
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

fn logs(state: &State) -> Vec<Vec<(u32, bool, String)>> {
    let of = |i: NodeId| state.server(i).log.entries().iter().map(|entry| (entry.term, false, entry.value.to_string()));
    state.nodes().map(|i| of(i).collect()).collect()
}

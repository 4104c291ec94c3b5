//! A behaviour: the steps of raft.tla that a trace takes.
//!
//! Plain raft.tla names every step `Next`, so the action is found: it is the one that leads from one
//! state to the next. A trace whose states no action connects is no behaviour of raft.tla.

use super::states::{refuse_crowd, Names, VARIABLES};
use super::value::Value;
use super::{bounded, Error};
use crate::spec::network::{Bag, Network};
use crate::spec::{step_in_bag, Action, Message, NodeId, NodeSet, Position, Server, Settings, State};

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
    /// As in the state before, or taken over already.
    Known,
    /// Otherwise.
    Value(Value<'a>),
    /// The messages, one by one.
    Parts(Vec<Part<'a>>),
}

/// Part of the messages.
#[derive(Debug)]
pub enum Part<'a> {
    /// A part, by place, of the messages of the state before. These come in its order.
    AsBefore(usize),
    /// A message with its copies.
    Copies(Message, u32),
    /// A bag of its own, of one message.
    Value(Value<'a>),
}

/// A behaviour in the making, out of one state of raft.tla after the other.
pub struct Making<'a> {
    names: Names<'a>,
    /// The messages of the next state, part by part, and room for those of the one after.
    parts: Vec<(Message, u32)>,
    spare: Vec<(Message, u32)>,
    /// Those that the state before has otherwise.
    gone: Vec<(Message, u32)>,
    /// Those that the next state has otherwise, by their part.
    come: Vec<usize>,
    /// Whether a variable of a server was written since the last state.
    moves: bool,
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
        let nobody = State { servers: Vec::new(), ..State::init(Settings::ongaro(1)) };
        let nothing = (nobody, Bag::default());
        Making {
            names: Names::default(),
            parts: Vec::new(),
            spare: Vec::new(),
            gone: Vec::new(),
            come: Vec::new(),
            moves: false,
            now: nothing.clone(),
            next: nothing.clone(),
            tried: nothing,
            steps: Vec::new(),
            led: false,
            states: 0,
        }
    }

    /// The names, and the servers of the next state to be changed, once it is known who they are.
    pub fn servers(&mut self) -> Option<(&mut Names<'a>, &mut [Server])> {
        self.moves = true;
        (self.names.servers() > 0).then_some((&mut self.names, &mut self.next.0.servers))
    }

    /// The names, once they are known.
    pub fn names(&mut self) -> Option<&mut Names<'a>> {
        (self.names.servers() > 0).then_some(&mut self.names)
    }

    /// Takes the next state, and the name of the step that leads to it where that is known. The variables are in
    /// the order of [`VARIABLES`].
    ///
    /// # Errors
    /// It is none, or no action leads to it from the one before.
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
        let Making { now, next, tried, parts, .. } = self;
        let come = self.come.iter().map(|place| &parts[*place].0);
        let gone = self.gone.iter().map(|(message, _)| message);
        let gone = gone.filter(|it| now.1.copies(it) > next.1.copies(it)).min();
        let come = come.filter(|it| next.1.copies(it) > now.1.copies(it)).min();
        let differs = |i: &NodeId| now.0.server(*i) != next.0.server(*i);
        let moved = if self.moves { now.0.nodes().find(differs) } else { None };
        let Some((i, step)) = step_between(now, next, tried, name, moved, (gone, come)) else {
            return Err(self.wrong("no action of raft.tla leads here from the state before"));
        };
        copy(next, now, i);
        self.states += 1;
        self.led |= matches!(step.act, Act::Take(Action::BecomeLeader(_)));

        self.steps.push(step);
        Ok(())
    }

    /// An error in the state that comes next.
    pub fn wrong(&self, why: &str) -> Error {
        Error::at(self.states + 1, why)
    }

    fn read(&mut self, variables: &mut [Option<Written<'a>>; 10]) -> Result<(), String> {
        self.gone.clear();
        self.come.clear();
        for (variable, written) in VARIABLES.into_iter().zip(variables) {
            match written.take().ok_or_else(|| format!("a state without `{variable}`"))? {
                Written::Known => {}
                Written::Value(bag) if variable == "messages" => {
                    let copies = |(message, copies)| Part::Copies(message, copies);
                    let parts = self.names.messages(&bag)?.into_iter().map(copies);
                    self.deliver(parts)?;
                }
                Written::Value(value) => {
                    // It is the first of them.
                    if variable == "currentTerm" && self.states == 0 {
                        self.begin(&value)?;
                    }
                    self.moves = true;
                    self.names.assign(&mut self.next.0.servers, variable, &value)?;
                }
                Written::Parts(parts) => {
                    self.deliver(parts.into_iter())?;
                }
            }
        }
        Ok(())
    }

    /// Takes the servers to be those that have a term, in the first state.
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

    /// The messages of the next state are these.
    fn deliver(&mut self, parts: impl Iterator<Item = Part<'a>>) -> Result<(), String> {
        std::mem::swap(&mut self.parts, &mut self.spare);
        self.parts.clear();
        let mut before = self.spare.drain(..);
        let mut next = 0;
        for part in parts {
            let (message, copies) = match part {
                Part::AsBefore(place) => {
                    self.gone.extend(before.by_ref().take(place - next));
                    next = place + 1;
                    self.parts.extend(before.next());
                    continue;
                }
                Part::Copies(message, copies) => (message, copies),
                Part::Value(bag) => self.names.messages(&bag)?.pop().ok_or("`messages` is no bag of messages")?,
            };
            self.come.push(self.parts.len());
            self.parts.push((message, copies));
        }
        self.gone.extend(before);
        refuse_crowd(self.parts.len())?;
        let bag = &mut self.next.1;
        for (message, copies) in &self.gone {
            (0..*copies).for_each(|_| bag.discard(message));
        }
        for (message, copies) in self.come.iter().map(|place| &self.parts[*place]) {
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

/// Both are the same but for one server and the messages: then these are, too.
fn copy(from: &(State, Bag), to: &mut (State, Bag), i: NodeId) {
    to.0.server_mut(i).take_variables(from.0.server(i));
    to.1.copy_from(&from.1);
}

fn logs(state: &State) -> Vec<Vec<(u32, bool, String)>> {
    let of = |i: NodeId| state.server(i).log.entries().iter().map(|entry| (entry.term, false, entry.value.to_string()));
    state.nodes().map(|i| of(i).collect()).collect()
}

/// Who acts, and the action that leads from one state to the next: one of that name, where there is one. A message
/// that is taken without effect was received rather than lost. In the next state `moved` is other, of `gone` there are
/// fewer copies, and of `come` there are more. Actions are tried in `tried`, which is like `now` before, and like
/// `next` when one was found.
fn step_between(
    now: &(State, Bag),
    next: &(State, Bag),
    tried: &mut (State, Bag),
    name: Option<&str>,
    moved: Option<NodeId>,
    (gone, come): (Option<&Message>, Option<&Message>),
) -> Option<(NodeId, Step)> {
    let acts = |i: &NodeId| moved.is_none_or(|moved| moved == *i);
    let sends = |i: &NodeId| gone.is_none() && come.is_none_or(|come| come.from == *i);
    let mut found = None;
    for wanted in [true, false] {
        let is_wanted = |kind: &str| name.is_none_or(|name| name == kind) == wanted;
        let mut attempt = |action: Action| {
            // What is not enabled changes nothing.
            if found.is_none() && step_in_bag(&mut tried.0, action.clone(), &mut tried.1).is_ok() {
                match *tried == *next {
                    true => found = Some(action),
                    false => copy(now, tried, action.node()),
                }
            }
        };
        let mut by_itself = |action: Action| {
            if is_wanted(name_of(&action)) {
                attempt(action);
            }
        };
        for i in now.0.nodes().filter(acts).filter(sends) {
            if let Some(come) = come {
                by_itself(Action::RequestVote(i, come.to));
                by_itself(Action::AppendEntries(i, come.to, 1));
                continue;
            }
            by_itself(Action::Restart(i));
            by_itself(Action::Timeout(i));
            by_itself(Action::BecomeLeader(i));
            // A client's request shows as the last entry of the log.
            if let Some(last) = next.0.server(i).log.entries().last() {
                by_itself(Action::ClientRequest(i, last.value));
            }
            by_itself(Action::AdvanceCommitIndex(i));
        }
        let mut receive = |m: &Message| {
            if is_wanted("Receive") {
                attempt(Action::Receive(m.clone()));
            }
            if is_wanted("DuplicateMessage") && gone.is_none() && come == Some(m) {
                attempt(Action::DuplicateMessage(m.clone()));
            }
            if is_wanted("DropMessage") && gone == Some(m) {
                attempt(Action::DropMessage(m.clone()));
            }
        };
        match gone {
            Some(gone) => [gone].into_iter().filter(|m| acts(&m.to)).for_each(receive),
            None => now.1.iter().filter(|(m, _)| acts(&m.to)).for_each(|(m, _)| receive(m)),
        }
        if found.is_some() {
            break;
        }
    }
    found.map(|action| (action.node(), step_of(action, &next.0, gone, come)))
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
pub fn name_of(action: &Action) -> &'static str {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::next_actions;

    /// Of a state with its messages, all that raft.tla's `Next` leads to.
    fn nexts(now: &(State, Bag)) -> Vec<(Action, (State, Bag))> {
        let mut nexts = Vec::new();
        for action in next_actions(&now.0, &now.1, &[1]) {
            let mut next = now.clone();
            if step_in_bag(&mut next.0, action.clone(), &mut next.1).is_ok() {
                nexts.push((action, next));
            }
        }
        nexts
    }

    /// The step that is found without being told which it is, and the one that is found when it is told.
    fn found(now: &(State, Bag), next: &(State, Bag), name: &str) -> [Option<Act>; 2] {
        let moved = now.0.nodes().find(|i| now.0.server(*i) != next.0.server(*i));
        let exchanged = (now.1.more_than(&next.1), next.1.more_than(&now.1));
        [None, Some(name)].map(|name| {
            let mut tried = now.clone();
            let (_, step) = step_between(now, next, &mut tried, name, moved, exchanged)?;
            assert_eq!(&tried, next);
            Some(step.act)
        })
    }

    /// Of all actions that are tried in turn, the first that leads there is found, and of one name the first of it.
    #[test]
    fn each_step_of_raft_tla_is_found() {
        let init = (State::init(Settings::ongaro(2)), Bag::default());
        let (mut level, mut steps) = (vec![init], 0);
        for depth in 0..14 {
            let mut after = Vec::new();
            for now in &level {
                let nexts = nexts(now);
                for (action, next) in &nexts {
                    let like = |name: Option<&str>| {
                        let mut same = nexts
                            .iter()
                            .filter(|(other, state)| state == next && name.is_none_or(|name| name == name_of(other)));
                        same.next().map(|(other, _)| Act::Take(other.clone()))
                    };
                    let name = name_of(action);
                    assert_eq!(found(now, next, name), [like(None), like(Some(name))], "{}", line_of(action));
                    steps += 1;
                }
                // As wide as it is deep: some of each state's successors, others on each level.
                after.extend(nexts.into_iter().map(|(_, next)| next).skip(depth % 3).step_by(3));
            }
            after.truncate(300);
            level = after;
        }
        assert!(steps > 10_000, "{steps}");
    }
}

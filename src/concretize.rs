//! Concretization: a schedule whose events make an implementation follow a trace of raft.tla.
//!
//! This is the reverse of refinement. The specification moves first, and a cluster that runs meanwhile follows step by
//! step. An implementation may do in one step what raft.tla does in several: a candidate votes for itself and sends all
//! requests at once, and a message of a newer term is handled together with the term. Such a step is *implied*. A step
//! that an implementation cannot be made to take is *skipped*, with the reason, and so is every later step that needs it.
//!
//! An append of raft.tla carries at most one entry. An implementation chooses the entries of its appends, and when to
//! send them. An append is therefore matched by its entry. Where the implementation has not sent the entry yet (a new
//! leader first waits for the response to its no-op entry), the messages between both servers are delivered when the
//! trace delivers the append, and not before.

mod deliveries;
mod reasons;
mod requests;
pub mod script;
mod world;

use crate::lockstep;
use crate::schedule::{Event, Link, Schedule, Setup};
use crate::spec::{Action, Body, Change, Message, NodeId, Position};
use crate::sut::{Node, RoleView};
use crate::trace::{Act, Behaviour, Flows, Step};
use reasons::{
    COMMITS, EMPTY_INSTEAD, LEADS_ALREADY, LEADS_AT_ONCE, NOT_ASKED, NOT_LEADER, NOT_SENT, NO_QUORUM, NO_VOTE, NO_WORD,
    OWN_MESSAGE, OWN_MESSAGE_AGAIN, REFUSED, STOPPED, TOGETHER, VOTES_FOR_ANOTHER,
};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use world::World;

/// The outcome of a step.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Outcome {
    /// The step is one or more events.
    Done,
    /// The implementation takes the step by itself, for this reason.
    Implied(&'static str),
    /// The implementation cannot be made to take the step, for this reason.
    Skipped(&'static str),
}

/// A schedule that follows a trace.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Plan {
    /// The schedule.
    pub schedule: Schedule,
    /// The events of each step of the trace, by place, and its outcome.
    pub steps: Vec<(Range<usize>, Outcome)>,
}

impl Plan {
    /// The number of steps of each outcome: done, implied, skipped.
    pub fn counts(&self) -> [usize; 3] {
        let mut counts = [0; 3];
        for (_, outcome) in &self.steps {
            match outcome {
                Outcome::Done => counts[0] += 1,
                Outcome::Implied(_) => counts[1] += 1,
                Outcome::Skipped(_) => counts[2] += 1,
            }
        }
        counts
    }

    /// The reasons for skipped steps, each with the number of steps.
    pub fn reasons(&self) -> BTreeMap<&'static str, usize> {
        let mut reasons = BTreeMap::new();
        for (_, outcome) in &self.steps {
            if let Outcome::Skipped(why) = outcome {
                *reasons.entry(*why).or_default() += 1;
            }
        }
        reasons
    }
}

/// A schedule with which `N` follows a trace as far as possible.
///
/// In raft.tla a candidate may vote for another candidate before itself. Then only one of both elections can be followed:
/// of two attempts, the one with fewer skipped steps is returned.
pub fn concretize<N: Node>(behaviour: &Behaviour) -> Plan {
    let first = attempt::<N>(behaviour, true);
    if !first.reasons().contains_key(VOTES_FOR_ANOTHER) {
        return first;
    }
    let other = attempt::<N>(behaviour, false);
    match other.counts()[2] < first.counts()[2] {
        true => other,
        false => first,
    }
}

/// Follows the trace on a cluster without lockstep.
fn attempt<N: Node>(behaviour: &Behaviour, yields: bool) -> Plan {
    let voters = behaviour.members.len() as u8;
    let setup = Setup { voters, spares: behaviour.servers as u8 - voters, ..Setup::default() }.clamped();
    let mut follower = Follower::new(World::<N>::new(setup), behaviour.flows, yields);
    let mut steps = Vec::with_capacity(behaviour.steps.len());
    for (place, step) in behaviour.steps.iter().enumerate() {
        let (before, later) = (follower.world.events.len(), &behaviour.steps[place + 1..]);
        let outcome = lockstep::contained(|| follower.step(step, later).unwrap_or_else(Outcome::Skipped));
        steps.push((before..follower.world.events.len(), outcome.unwrap_or(Outcome::Skipped(STOPPED))));
        // A panic ends the run, so that all later steps are skipped.
        if outcome.is_none() {
            break;
        }
    }
    let end = follower.world.events.len();
    steps.resize(behaviour.steps.len(), (end..end, Outcome::Skipped(STOPPED)));
    Plan { schedule: Schedule { setup, events: follower.world.events }, steps }
}

struct Follower<N: Node> {
    world: World<N>,
    flows: Flows,
    /// True if a server does not campaign when it later votes for another candidate in that term.
    yields: bool,
    /// The messages of the trace in flight, each with the id of its packet.
    held: Vec<(Message, u32)>,
    /// The requests of the trace that were sent, with the id of their packets, of which there may be copies.
    sent: Vec<(Message, u32)>,
    /// The ids of all packets that were ever matched with a message of the trace.
    named: BTreeSet<u32>,
    /// Appends of the trace that the leader has not sent yet.
    promised: Vec<Message>,
    /// The clients' values by the position of their entries in the trace.
    values: BTreeMap<Position, u32>,
    /// Messages that are delivered here but not consumed in the trace yet, with the packet of the response.
    early: Vec<(Message, Option<u32>)>,
    /// Messages of the trace that the implementation did not send, and why.
    missing: Vec<(Message, &'static str)>,
    /// True if the step before received a message, to which a response may follow.
    answering: bool,
}

/// An outcome; `Err` is a skipped step.
type Followed = Result<Outcome, &'static str>;

impl<N: Node> Follower<N> {
    fn new(world: World<N>, flows: Flows, yields: bool) -> Self {
        Follower {
            world,
            flows,
            yields,
            held: Vec::new(),
            sent: Vec::new(),
            named: BTreeSet::new(),
            promised: Vec::new(),
            values: BTreeMap::new(),
            early: Vec::new(),
            missing: Vec::new(),
            answering: false,
        }
    }

    fn step(&mut self, step: &Step, later: &[Step]) -> Followed {
        let outcome = match &step.act {
            Act::Answer if self.answering => Ok(Outcome::Implied(TOGETHER)),
            Act::Answer => Err(NOT_SENT),
            Act::Foreign(why) => Err(*why),
            Act::Take(action) => self.take(action, step, later),
        };
        self.answering = matches!(step.act, Act::Take(Action::Receive(_))) && outcome.is_ok();
        let Flows { votes, appends } = self.flows;
        if self.world.may_flow(self.flows) {
            self.world.flow(|body| match body {
                Body::RequestVoteRequest { .. } | Body::RequestVoteResponse { .. } => votes,
                _ => appends,
            })?;
        }
        outcome
    }

    fn take(&mut self, action: &Action, step: &Step, later: &[Step]) -> Followed {
        match action {
            Action::Timeout(i) if self.leads(*i).is_some() => Err(LEADS_ALREADY),
            Action::Timeout(i) if self.yields && self.votes_for_another(*i, later) => Err(VOTES_FOR_ANOTHER),
            Action::Timeout(i) => self.campaign(*i),
            Action::BecomeLeader(i) if self.leads_in(*i, step.term) => Ok(Outcome::Implied(LEADS_AT_ONCE)),
            Action::BecomeLeader(_) => Err(NO_QUORUM),
            Action::AdvanceCommitIndex(i) if self.leads_in(*i, step.term) => Ok(Outcome::Implied(COMMITS)),
            Action::AdvanceCommitIndex(_) => Err(NOT_LEADER),
            Action::ClientRequest(i, _) => self.propose(*i, step.appends),
            Action::Propose(i, value) => self.change(*i, *value),
            Action::Restart(i) => {
                self.world.apply(Event::Crash(*i))?;
                self.event(Event::Restart(*i))
            }
            Action::RequestVote(i, j) if i == j => self.own(*i, step.term),
            Action::Receive(m) if m.from == m.to => self.own(m.to, m.term),
            Action::DuplicateMessage(m) | Action::DropMessage(m) if m.from == m.to => Err(OWN_MESSAGE_AGAIN),
            Action::RequestVote(..) => self.request_vote(step.sends.as_ref().ok_or(NOT_SENT)?, later),
            Action::AppendEntries(..) => self.append(step.sends.as_ref().ok_or(NOT_SENT)?, later),
            Action::Receive(m) => self.receive(m, step, later),
            Action::DuplicateMessage(m) => self.duplicate(m),
            Action::DropMessage(m) => self.drop(m),
            _ => Err(NO_WORD),
        }
    }

    /// True if server `i` votes for another candidate in the term that it is about to begin: in raft.tla it requests its own
    /// vote by message, and another request may arrive first.
    fn votes_for_another(&self, i: NodeId, later: &[Step]) -> bool {
        let term = self.world.role(i).map_or(0, |(_, term)| term) + 1;
        let granted = |step: &&Step| match (&step.act, &step.sends) {
            (Act::Take(Action::Receive(m)), Some(Message { body: Body::RequestVoteResponse { granted, .. }, .. })) => {
                *granted && m.to == i && m.from != i && m.term == term
            }
            _ => false,
        };
        later.iter().any(|step| granted(&step))
    }

    /// A message of a server to itself, in a current or past election.
    fn own(&self, i: NodeId, term: u32) -> Followed {
        match self.world.role(i).is_some_and(|(_, now)| now >= term) {
            true => Ok(Outcome::Implied(OWN_MESSAGE)),
            false => Err(NOT_ASKED),
        }
    }

    fn campaign(&mut self, i: NodeId) -> Followed {
        let before = self.world.role(i);
        self.world.apply(Event::Campaign(i))?;
        match self.world.role(i) == before {
            true => Err(NO_VOTE),
            false => Ok(Outcome::Done),
        }
    }

    fn event(&mut self, event: Event) -> Followed {
        self.world.apply(event)?;
        Ok(Outcome::Done)
    }

    /// The term that the node leads, if it is a leader.
    fn leads(&self, i: NodeId) -> Option<u32> {
        self.world.role(i).filter(|(role, _)| *role == RoleView::Leader).map(|(_, term)| term)
    }

    /// True if the node leads in the term; 0 stands for any term.
    fn leads_in(&self, i: NodeId, term: u32) -> bool {
        self.leads(i).is_some_and(|now| term == 0 || now == term)
    }

    fn propose(&mut self, i: NodeId, place: Position) -> Followed {
        if !self.leads_in(i, place.term) {
            return Err(NOT_LEADER);
        }
        if !self.world.apply(Event::Propose(i, 0))? {
            return Err(REFUSED);
        }
        self.values.insert(place, self.world.proposals);
        Ok(Outcome::Done)
    }

    fn change(&mut self, i: NodeId, value: u32) -> Followed {
        self.leads(i).ok_or(NOT_LEADER)?;
        let change = Change::from_value(value).ok_or(NO_WORD)?;
        let end = self.world.last_index(i);
        match self.world.apply(Event::Change(i, change))? {
            // The answer alone is no evidence: raft-rs also answers `Ok` to a change that it does not append.
            true if self.world.value(i, end + 1) == Some(value) => Ok(Outcome::Done),
            true => Err(EMPTY_INSTEAD),
            false => Err(REFUSED),
        }
    }

    /// Matches a packet with a message of the trace.
    fn name(&mut self, message: &Message, id: u32) {
        self.held.push((message.clone(), id));
        self.named.insert(id);
    }

    /// Removes one copy of a message of the trace.
    fn let_go(&mut self, message: &Message, id: u32) {
        if let Some(place) = self.held.iter().position(|(held, other)| held == message && *other == id) {
            self.held.remove(place);
        }
    }

    /// The packet of a message of the trace, with its place on the link.
    fn packet(&self, message: &Message) -> Option<(u32, u8)> {
        let same = self.held.iter().filter(|(held, _)| held == message);
        same.filter_map(|(_, id)| Some((*id, self.world.place(link(message), *id)?))).next()
    }

    /// A packet on the message's link that is not matched yet.
    fn unnamed(&self, message: &Message, fits: impl Fn(&Message) -> bool) -> Option<u32> {
        self.world.find(link(message), |id, found| !self.named.contains(&id) && fits(found))
    }
}

fn link(message: &Message) -> Link {
    Link { from: message.from, to: message.to }
}

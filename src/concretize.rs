//! Concretization: the steps of a trace of raft.tla become events of a schedule.
//!
//! The other direction of refinement: here the specification has moved already, and the implementation
//! is made to follow, one step after the other, on a cluster that is run for this. What raft.tla does in
//! several steps an implementation may do in one (a candidate votes for itself and asks everybody at
//! once; a newer term and the message that brings it are handled together): such a step is *implied*.
//! What an implementation cannot be made to do is *skipped*, with the reason, and so is every later step
//! that would need it.
//!
//! An append of raft.tla carries one entry, or none; an implementation sends what it wants when its
//! receiver keeps up. So an append is matched by the entry that it carries, and where the implementation
//! has not sent that yet (a new leader first waits for the answer to its own entry), the messages between
//! the two are delivered when the append is, and not before.

mod reasons;
mod requests;
mod world;

use crate::lockstep::observe::{Observer, Silent};
use crate::lockstep::verdict::Verdict;
use crate::lockstep::{self, Driver, Options, Run};
use crate::schedule::{Event, Link, Schedule, Setup};
use crate::spec::{Action, Body, Change, Dialect, Message, NodeId, Position};
use crate::sut::{Node, RoleView};
use crate::trace::{Act, Behaviour, Flows, Step};
use reasons::{
    COMMITS, EMPTY_INSTEAD, FULL, LEADS_ALREADY, LEADS_AT_ONCE, NOT_ASKED, NOT_LEADER, NOT_SENT, NO_QUORUM, NO_VOTE,
    NO_WORD, OTHER_ANSWER, OWN_MESSAGE, OWN_MESSAGE_AGAIN, REFUSED, SENT_LATER, STOPPED, TOGETHER, UNANSWERED,
    VOTES_FOR_ANOTHER,
};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use world::{Stage, Unjudged, World};

/// What became of a step.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Outcome {
    /// It is one event or more.
    Done,
    /// The implementation does it by itself, and why.
    Implied(&'static str),
    /// The implementation cannot be made to do it, and why.
    Skipped(&'static str),
}

/// A trace as a schedule.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Plan {
    /// The events.
    pub schedule: Schedule,
    /// For each step of the trace its events, by place, and what became of it.
    pub steps: Vec<(Range<usize>, Outcome)>,
}

impl Plan {
    /// How many steps there are of each outcome: done, implied, skipped.
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

    /// Every reason for which a step was skipped, with the number of such steps.
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

/// Makes `N` follow a trace as far as it can.
///
/// Where raft.tla lets a candidate vote for another, that election or the other can be followed, and not
/// both: of two attempts the one with fewer steps skipped is taken.
pub fn concretize<N: Node>(behaviour: &Behaviour) -> Plan {
    let setup = setup_of(behaviour);
    let attempt = |yields, limit| Some(attempt(behaviour, setup, yields, limit, Unjudged::<N>::new(setup)));
    better(attempt, |plan| plan).expect("the first attempt has no limit")
}

/// The same, and the run of the plan: `N` follows the trace in lockstep with the specification at once. Where they
/// part, they do so in a run of the whole plan.
pub fn follow<N: Node>(behaviour: &Behaviour, options: Options) -> (Plan, Run) {
    let setup = setup_of(behaviour);
    let judged = |yields, limit| {
        let mut plan = None;
        let run = lockstep::drive::<N, _>(setup, options, &mut Silent, |driven| {
            plan = attempt(behaviour, setup, yields, limit, driven);
        });
        (run.verdict == Verdict::Agreed).then(|| plan.map(|plan| (plan, run)))
    };
    // Another dialect may count terms otherwise.
    let agreed = if options.dialect == Dialect::RAFT_RS { better(judged, |(plan, _)| plan) } else { None };
    agreed.unwrap_or_else(|| {
        let plan = concretize::<N>(behaviour);
        let run = lockstep::run::<N>(&plan.schedule, options, &mut Silent);
        (plan, run)
    })
}

/// The better of at most two attempts, of which the first has candidates yield, and the other skips fewer steps or is
/// given up. `None` when one has no verdict.
fn better<T>(attempt: impl Fn(bool, usize) -> Option<Option<T>>, plan: impl Fn(&T) -> &Plan) -> Option<T> {
    let first = attempt(true, usize::MAX)??;
    if !plan(&first).reasons().contains_key(VOTES_FOR_ANOTHER) {
        return Some(first);
    }
    let other = attempt(false, plan(&first).counts()[2])?;
    Some(other.unwrap_or(first))
}

fn setup_of(behaviour: &Behaviour) -> Setup {
    let voters = behaviour.members.len() as u8;
    Setup { voters, spares: behaviour.servers as u8 - voters, ..Setup::default() }.clamped()
}

/// Follows the trace; `None` as soon as as many steps are skipped as the limit says.
fn attempt<S: Stage>(behaviour: &Behaviour, setup: Setup, yields: bool, limit: usize, stage: S) -> Option<Plan> {
    let mut follower = Follower::new(World::new(stage, setup), behaviour.flows, yields);
    let mut steps = Vec::with_capacity(behaviour.steps.len());
    let mut skipped = 0;
    for (place, step) in behaviour.steps.iter().enumerate() {
        let (before, later) = (follower.world.events.len(), &behaviour.steps[place + 1..]);
        let outcome = S::contained(|| follower.step(step, later).unwrap_or_else(Outcome::Skipped));
        steps.push((before..follower.world.events.len(), outcome.unwrap_or(Outcome::Skipped(STOPPED))));
        // Nothing happens after a panic.
        skipped += match outcome {
            None => later.len() + 1,
            Some(outcome) => usize::from(matches!(outcome, Outcome::Skipped(_))),
        };
        if skipped >= limit {
            return None;
        }
        if outcome.is_none() {
            break;
        }
    }
    let end = follower.world.events.len();
    steps.resize(behaviour.steps.len(), (end..end, Outcome::Skipped(STOPPED)));
    Some(Plan { schedule: Schedule { setup, events: follower.world.events }, steps })
}

/// A panic ends the run, which is then no agreement.
impl<N: Node, O: Observer> Stage for &mut Driver<'_, '_, N, O> {
    type Node = N;

    fn apply(&mut self, event: &Event) -> Result<bool, &'static str> {
        Driver::apply(self, event).ok_or(STOPPED)
    }

    fn node(&self, i: NodeId) -> Option<&N> {
        Driver::node(self, i)
    }

    fn packets(&self, link: Link) -> impl Iterator<Item = (u32, Option<&Message>)> {
        self.in_flight(link).map(|(number, message)| (number, Some(message)))
    }

    fn is_obscure(&self) -> bool {
        false
    }

    fn contained<T>(work: impl FnOnce() -> T) -> Option<T> {
        Some(work())
    }
}

struct Follower<S: Stage> {
    world: World<S>,
    flows: Flows,
    /// Whether a candidate that the trace has vote for another is none.
    yields: bool,
    /// Which packets are which messages of the trace.
    held: Vec<(Message, u32)>,
    /// The packets of requests that were sent, of which there may be copies.
    sent: Vec<(Message, u32)>,
    /// All packets that ever were one.
    named: BTreeSet<u32>,
    /// Appends of the trace that the leader is still to send.
    promised: Vec<Message>,
    /// The clients' values by where the trace has their entries.
    values: BTreeMap<Position, u32>,
    /// Messages that were delivered and that the trace has not consumed, with the answer.
    early: Vec<(Message, Option<u32>)>,
    /// Messages of the trace that there are none of, and why.
    missing: Vec<(Message, &'static str)>,
    /// Whether the step before received a message, which may be answered.
    answering: bool,
}

/// An outcome; `Err` is a skipped step.
type Followed = Result<Outcome, &'static str>;

impl<S: Stage> Follower<S> {
    fn new(world: World<S>, flows: Flows, yields: bool) -> Self {
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

    /// Whether candidate `i` votes for another in the term that it is about to begin: raft.tla has it ask
    /// itself by message, so that another may come first.
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

    /// A message to oneself, of an election that was or is.
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

    /// The term that the node leads in.
    fn leads(&self, i: NodeId) -> Option<u32> {
        self.world.role(i).filter(|(role, _)| *role == RoleView::Leader).map(|(_, term)| term)
    }

    /// Whether the node leads in that term; 0 where the trace does not say in which.
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
            // The answer alone is no evidence: raft-rs also answers Ok to a change that it does not append.
            true if self.world.value(i, end + 1) == Some(value) => Ok(Outcome::Done),
            true => Err(EMPTY_INSTEAD),
            false => Err(REFUSED),
        }
    }

    /// From now on that packet is the trace's message.
    fn name(&mut self, message: &Message, id: u32) {
        self.held.push((message.clone(), id));
        self.named.insert(id);
    }

    /// One copy of the trace's message is no more.
    fn let_go(&mut self, message: &Message, id: u32) {
        if let Some(place) = self.held.iter().position(|(held, other)| held == message && *other == id) {
            self.held.remove(place);
        }
    }

    /// The packet that is the trace's message, with its place on the link.
    fn packet(&self, message: &Message) -> Option<(u32, u8)> {
        let same = self.held.iter().filter(|(held, _)| held == message);
        same.filter_map(|(_, id)| Some((*id, self.world.place(link(message), *id)?))).next()
    }

    /// A packet on the message's link that is no message of the trace yet.
    fn unnamed(&self, message: &Message, fits: impl Fn(&Message) -> bool) -> Option<u32> {
        self.world.find(link(message), |id, found| !self.named.contains(&id) && fits(found))
    }

    fn receive(&mut self, message: &Message, step: &Step, later: &[Step]) -> Followed {
        if let Some(place) = self.early.iter().position(|(early, _)| early == message) {
            if step.consumes {
                let (_, answer) = self.early.remove(place);
                self.answer(step, answer);
            }
            return Ok(Outcome::Implied(TOGETHER));
        }
        let refused =
            matches!(step.sends, Some(Message { body: Body::AppendEntriesResponse { success: false, .. }, .. }));
        let (id, place) = match self.packet(message) {
            Some(packet) => packet,
            None => self.bring(message, refused, later)?,
        };
        let back = Link { from: message.to, to: message.from };
        let before: Vec<u32> = self.world.packets(back).collect();
        self.world.apply(Event::Deliver(link(message), place))?;
        self.let_go(message, id);
        let answer = self.world.find(back, |id, found| !before.contains(&id) && found.body.is_response());
        match step.consumes {
            true => self.answer(step, answer),
            false => self.early.push((message.clone(), answer)),
        }
        Ok(Outcome::Done)
    }

    /// The packet that the implementation answered with is the trace's answer, if it says the same.
    fn answer(&mut self, step: &Step, answer: Option<u32>) {
        let Some(wanted) = &step.sends else { return };
        let Some(id) = answer else {
            self.missing.push((wanted.clone(), UNANSWERED));
            return;
        };
        let same = |found: &Message| match (&wanted.body, &found.body) {
            (Body::RequestVoteResponse { granted, .. }, Body::RequestVoteResponse { granted: given, .. }) => {
                granted == given && wanted.term == found.term
            }
            (Body::AppendEntriesResponse { success, .. }, Body::AppendEntriesResponse { success: given, .. }) => {
                success == given && wanted.term == found.term
            }
            (Body::AppendEntriesResponse { success, .. }, Body::HeartbeatResponse { .. }) => *success,
            _ => false,
        };
        match self.world.find(link(wanted), |found, message| found == id && same(message)) {
            Some(id) => self.name(wanted, id),
            None => self.missing.push((wanted.clone(), OTHER_ANSWER)),
        }
    }

    fn duplicate(&mut self, message: &Message) -> Followed {
        if let Some((id, place)) = self.packet(message) {
            let before = self.world.packets(link(message)).count();
            self.world.apply(Event::Duplicate(link(message), place))?;
            if self.world.packets(link(message)).count() == before {
                return Err(FULL);
            }
            self.name(message, id);
            return Ok(Outcome::Done);
        }
        match self.promised.contains(message) {
            true => {
                self.promised.push(message.clone());
                Ok(Outcome::Implied(SENT_LATER))
            }
            false => Err(NOT_SENT),
        }
    }

    fn drop(&mut self, message: &Message) -> Followed {
        if let Some((id, place)) = self.packet(message) {
            self.let_go(message, id);
            return self.event(Event::Drop(link(message), place));
        }
        if let Some(place) = self.early.iter().position(|(early, _)| early == message) {
            self.early.remove(place);
            return Err(TOGETHER);
        }
        match self.promised.iter().position(|promised| promised == message) {
            Some(place) => {
                self.promised.remove(place);
                Ok(Outcome::Implied(SENT_LATER))
            }
            None => Err(NOT_SENT),
        }
    }
}

fn link(message: &Message) -> Link {
    Link { from: message.from, to: message.to }
}

//! The schedule that follows an interaction script of etcd-io/raft, and the comparison of its outcome.
//!
//! A node of etcd's environment takes its Readys when a command says so, so that each node here is busy all the time, and
//! takes them at `process-ready` and `stabilize`. One `process-ready` takes one Ready of etcd, and here all that are there:
//! the two divide their work into Readys in different ways. The states of nodes are therefore compared where they have
//! come to rest, after `stabilize`, and where a command shows them.

mod outcome;
mod setup;

use super::world::World;
use crate::lockstep;
use crate::schedule::knobs::Knob;
use crate::schedule::{Event, Link, Schedule};
use crate::spec::{Message, NodeId, NodeSet};
use crate::sut::{Node, RoleView};
use crate::trace::rafttest::{kind, numbers, Command, Delivery, Packet, Refusal, Script, What};
use outcome::Outcome;
pub use outcome::{Comparison, Difference};
use setup::{Newcomers, Plan};
use std::ops::Range;

/// A schedule that follows a script.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Followed {
    /// The schedule.
    pub schedule: Schedule,
    /// The events of each command, by place.
    pub commands: Vec<Range<usize>>,
    /// The line of the command in which the implementation panics, if it does. The later ones are not followed.
    pub panics: Option<usize>,
    /// The comparison of the outcome.
    pub comparison: Comparison,
}

/// A schedule with which `N` follows a script.
///
/// # Errors
/// A command that `N` cannot follow, or that the schedule cannot express.
pub fn follow<N: Node>(script: &Script) -> Result<Followed, Refusal> {
    let mut plan = Plan::of(script)?;
    let first = attempt::<N>(script, &plan)?;
    if !first.timeouts.iter().any(|timeout| !timeout.holds(&plan.setup)) {
        return Ok(first.followed);
    }
    // The script names the timeouts that nodes have drawn: those of a seed of the schedule.
    plan.choose_seed(&first.timeouts)?;
    let second = attempt::<N>(script, &plan)?;
    match second.timeouts.iter().find(|timeout| !timeout.holds(&plan.setup)) {
        None => Ok(second.followed),
        Some(timeout) => Err(timeout.refusal()),
    }
}

/// An election timeout that a script names.
#[derive(Clone, Copy, Debug)]
struct Timeout {
    line: usize,
    node: NodeId,
    term: u64,
    ticks: u64,
}

struct Attempt {
    followed: Followed,
    timeouts: Vec<Timeout>,
}

fn attempt<N: Node>(script: &Script, plan: &Plan) -> Result<Attempt, Refusal> {
    let mut follower = Follower::<N>::new(plan, script.states_each);
    let mut commands = Vec::with_capacity(script.commands.len());
    let mut panics = None;
    for command in &script.commands {
        let before = follower.world.events.len();
        let refused = |why: String| Refusal { line: command.line, why: format!("`{}`: {why}", command.text) };
        match lockstep::contained(|| follower.command(command)) {
            Some(done) => done.map_err(refused)?,
            None => panics = Some(command.line),
        }
        commands.push(before..follower.world.events.len());
        if panics.is_some() {
            break;
        }
    }
    if script.states_each && panics.is_none() {
        let nodes: Vec<NodeId> = plan.setup.nodes().collect();
        follower.outcome.compare_rested(&nodes, &follower.world);
    }
    let schedule = Schedule { setup: plan.setup, events: follower.world.events };
    let followed = Followed { schedule, commands, panics, comparison: follower.outcome.comparison };
    Ok(Attempt { followed, timeouts: follower.timeouts })
}

struct Follower<'a, N: Node> {
    world: World<N>,
    plan: &'a Plan,
    /// The nodes that are there so far.
    present: u8,
    /// True if each command states the state of its node after it: it is compared before the node's next input.
    states_each: bool,
    /// The nodes with inputs that no Ready has been taken for.
    touched: NodeSet,
    /// The leaders, to which the limit of appends in flight is given.
    leaders: NodeSet,
    outcome: Outcome<'a>,
    timeouts: Vec<Timeout>,
}

/// The result of a command; an error says why it cannot be followed.
type Done = Result<(), String>;

impl<'a, N: Node> Follower<'a, N> {
    fn new(plan: &'a Plan, states_each: bool) -> Self {
        Follower {
            world: World::new(plan.setup),
            plan,
            present: 0,
            states_each,
            touched: NodeSet::EMPTY,
            leaders: NodeSet::EMPTY,
            outcome: Outcome::new(plan),
            timeouts: Vec::new(),
        }
    }

    fn command(&mut self, command: &Command) -> Done {
        if !self.states_each {
            self.outcome.note(command);
        }
        match &command.what {
            What::AddNodes(added) => self.add(added.count + added.spares)?,
            What::Campaign(node) => self.input(*node, Event::Campaign(*node))?,
            What::ProcessReady(nodes) => nodes.iter().try_for_each(|node| self.process(*node))?,
            What::Stabilize { nodes, .. } => self.stabilize(nodes)?,
            What::Deliver(delivery) => self.deliver(delivery)?,
            What::Tick(node, ticks) => (0..*ticks).try_for_each(|_| self.input(*node, Event::Tick(*node)))?,
            What::Propose(node, data) => self.propose(command, *node, data)?,
            What::Change(node, change) => {
                let taken = self.asked(*node, Event::Change(*node, *change))?;
                self.outcome.compare_answer(command, taken);
            }
            What::Compact(node, last) => self.compact(*node, *last)?,
            What::Transfer(from, to) => self.input(*from, Event::Transfer(Link { from: *from, to: *to }))?,
            What::Unreachable(from, to) => self.input(*from, Event::Unreachable(Link { from: *from, to: *to }))?,
            What::Timeout(node, ticks) => self.set_timeout(command.line, *node, *ticks)?,
            What::Receive(packet) => self.receive(packet)?,
            What::Restart(node) => self.restart(*node)?,
            What::Ping(node) => self.input(*node, Event::Ping(*node))?,
            What::Status(_) | What::Log(_) | What::States | What::LogLevel { .. } => {}
        }
        match self.states_each {
            true => self.outcome.note_state(command),
            false => self.outcome.compare_shown(command, &self.world),
        }
        Ok(())
    }

    fn apply(&mut self, event: Event) -> Result<bool, String> {
        let taken = self.world.apply(event)?;
        self.limit_appends()?;
        Ok(taken)
    }

    /// Gives new leaders a limit of appends in flight that no setting has.
    fn limit_appends(&mut self) -> Done {
        let Some(most) = self.plan.inflight else { return Ok(()) };
        for node in self.plan.setup.nodes() {
            let leads = self.world.role(node).is_some_and(|(role, _)| role == RoleView::Leader);
            if leads && !self.leaders.contains(node) {
                let peers = self.plan.setup.nodes().filter(|peer| *peer != node);
                for peer in peers {
                    self.world.apply(Event::Set(node, Knob::MaxInflightMsgs(peer, most)))?;
                }
                self.leaders.insert(node);
            } else if !leads {
                self.leaders.remove(node);
            }
        }
        Ok(())
    }

    fn input(&mut self, node: NodeId, event: Event) -> Done {
        self.asked(node, event).map(|_| ())
    }

    /// Gives a node an input; true if it is a proposal that was taken.
    fn asked(&mut self, node: NodeId, event: Event) -> Result<bool, String> {
        if node.number() > self.present {
            return Err(format!("there is no node {node} yet"));
        }
        let count = self.plan.setup.count();
        if !event.fits(|named| named.number() <= count) {
            return Err(format!("it names a node that is never added: there are {count} nodes"));
        }
        if self.states_each {
            self.outcome.compare_rested(&[node], &self.world);
        }
        self.touched.insert(node);
        self.apply(event)
    }

    fn receive(&mut self, packet: &Packet) -> Done {
        let fits = |message: &Message| {
            u64::from(message.term) == packet.term
                && numbers(&message.body) == packet.numbers
                && kind(&message.body) == packet.kind
        };
        let link = Link { from: packet.from, to: packet.to };
        let found = self.world.find(link, |_, message| fits(message)).and_then(|id| self.world.place(link, id));
        let Some(place) = found else {
            let Packet { kind, from, to, term, numbers: [index, entries, commit] } = packet;
            return Err(format!(
                "no {kind} of term {term} with index {index}, {entries} entries and commit index {commit} is on its way \
                 from {from} to {to}"
            ));
        };
        self.input(packet.to, Event::Deliver(link, place))
    }

    fn restart(&mut self, node: NodeId) -> Done {
        self.input(node, Event::Crash(node))?;
        self.apply(Event::Restart(node))?;
        self.apply(Event::Busy(node)).map(|_| ())
    }

    fn add(&mut self, count: u8) -> Done {
        for number in self.present + 1..=self.present + count {
            let node = NodeId::new(number);
            if self.plan.newcomers.contains(node) {
                match self.plan.kind {
                    // A member of the first configuration that has no disk yet.
                    Newcomers::Members => {
                        self.apply(Event::Wipe(node))?;
                        self.apply(Event::Restart(node))?;
                    }
                    Newcomers::Spares => {}
                }
            }
            self.apply(Event::Busy(node))?;
        }
        if self.present == 0 && self.plan.kind == Newcomers::Members {
            self.plan.newcomers.iter().try_for_each(|node| self.apply(Event::Crash(node)).map(|_| ()))?;
        }
        self.present += count;
        Ok(())
    }

    /// Takes all Readys of a node.
    fn process(&mut self, node: NodeId) -> Done {
        self.input(node, Event::Process(node))?;
        self.apply(Event::Busy(node))?;
        self.touched.remove(node);
        Ok(())
    }

    fn stabilize(&mut self, nodes: &[NodeId]) -> Done {
        let all: Vec<NodeId> = (1..=self.present).map(NodeId::new).collect();
        let nodes = if nodes.is_empty() { &all[..] } else { nodes };
        loop {
            let mut quiet = true;
            for node in nodes {
                if self.touched.contains(*node) {
                    self.process(*node)?;
                    quiet = false;
                }
            }
            for node in nodes {
                quiet &= !self.take(*node, None, false)?;
            }
            if quiet {
                break;
            }
        }
        self.outcome.compare_rested(nodes, &self.world);
        Ok(())
    }

    fn deliver(&mut self, delivery: &Delivery) -> Done {
        for (to, dropped) in &delivery.receivers {
            self.take(*to, delivery.kind.as_deref(), *dropped)?;
        }
        Ok(())
    }

    /// Delivers or drops all messages of a type to a node, in the order in which they were sent; true if there was one.
    fn take(&mut self, to: NodeId, of_kind: Option<&str>, dropped: bool) -> Result<bool, String> {
        let mut any = false;
        loop {
            let fits = |sent: &super::world::Sent| {
                of_kind.is_none_or(|it| sent.message.as_ref().is_some_and(|message| kind(&message.body) == it))
            };
            let Some((link, place)) = self.world.first_to(to, fits) else { return Ok(any) };
            any = true;
            match dropped {
                true => drop(self.apply(Event::Drop(link, place))?),
                false => self.input(to, Event::Deliver(link, place))?,
            }
        }
    }

    fn propose(&mut self, command: &Command, node: NodeId, data: &str) -> Done {
        let size = data.len().saturating_sub(crate::sut::cluster::DATA as usize).min(MAX_SIZE);
        self.outcome.proposed(data);
        let taken = self.asked(node, Event::Propose(node, size as u8))?;
        self.outcome.compare_answer(command, taken);
        Ok(())
    }

    fn compact(&mut self, node: NodeId, last: u64) -> Done {
        let applied = self.world.node(node).map_or(0, |node| node.applied());
        let kept = applied.checked_sub(self.plan.index(last)).and_then(|kept| u8::try_from(kept).ok());
        match kept.filter(|kept| *kept <= MAX_KEPT) {
            Some(kept) => self.apply(Event::Compact(node, kept)).map(|_| ()),
            None => Err(format!(
                "node {node} has applied up to index {}: expected that index, or one of the {MAX_KEPT} before it",
                self.plan.stated_index(applied)
            )),
        }
    }

    fn set_timeout(&mut self, line: usize, node: NodeId, ticks: u64) -> Done {
        let term = self.world.node(node).map_or(0, |node| node.term());
        self.timeouts.push(Timeout { line, node, term, ticks });
        Ok(())
    }
}

/// The largest value of a proposal that a schedule has.
const MAX_SIZE: usize = 63;
/// The largest number of entries that a compaction keeps in a schedule.
const MAX_KEPT: u8 = 7;

//! A run, recorded: every step with what it did to its node, on both sides, and every message with
//! what became of it. Words, pictures and exports are functions of a [`Story`] and run nothing.
//!
//! A *step* is one input of one node with all that its application did about it, or one thing that
//! happens to the network. Most events are one step; `round` and `tick-all` are several, and so
//! each point in a picture receives at most one message.

mod actions;
mod chain;
mod events;
mod look;
mod reason;
mod recorder;
mod setup;

pub use actions::about;
pub use events::in_words;
pub use look::{beside, Look, Row};
pub use reason::Reason;
pub use setup::setup_in_words;

use crate::lockstep::{Options, Run};
use crate::report::folded::record;
use crate::schedule::{Event, Schedule};
use crate::spec::{ActionName, Message, NodeId, NodeSet};
use crate::sut::Node;
use recorder::Recorder;

/// A run, recorded.
#[derive(Debug)]
pub struct Story {
    /// The events that were applied.
    pub schedule: Schedule,
    /// Who was judged.
    pub implementation: &'static str,
    /// How it was judged.
    pub options: Options,
    /// The outcome.
    pub run: Run,
    /// The nodes before the first step.
    pub first: Vec<Option<Both>>,
    /// The steps, in order.
    pub steps: Vec<Step>,
    /// Every message, and every copy that the network made, in the order in which they were made.
    pub messages: Vec<Sent>,
    /// Why the two parted, if they did.
    pub reason: Option<Reason>,
}

/// Both sides of a node.
#[derive(Clone, PartialEq, Eq, Debug)]
#[allow(missing_docs)]
pub struct Both {
    pub spec: Look,
    pub implementation: Look,
}

impl Both {
    /// Whether nothing tells them apart.
    pub fn agree(&self) -> bool {
        self.spec == self.implementation
    }
}

/// When a step happens.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum When {
    /// In the event of that place of the schedule.
    Event(usize),
    /// In the healing epilogue.
    Epilogue,
    /// When all is over.
    End,
}

/// One step.
#[derive(Clone, Debug)]
pub struct Step {
    /// When.
    pub when: When,
    /// Which step of its event it is, from 0.
    pub part: usize,
    /// The event; none at the end.
    pub event: Option<Event>,
    /// The node whose step it is; of a message that is lost, its receiver; none if it is the network's.
    pub node: Option<NodeId>,
    /// The message that arrives, as a place in [`Story::messages`].
    pub received: Option<usize>,
    /// Messages that the node made, or of which the network made a copy.
    pub sent: Vec<usize>,
    /// Messages that the node lets go later than it made them.
    pub left: Vec<usize>,
    /// Messages that are lost.
    pub lost: Vec<usize>,
    /// Actions of the specification.
    pub actions: Vec<ActionName>,
    /// What the application did, in words.
    pub notes: Vec<String>,
    /// The implementation's own log lines.
    pub log: Vec<String>,
    /// The node afterwards; none if it is down, or if this is no node's step.
    pub both: Option<Both>,
    /// Whether the node stopped.
    pub stopped: bool,
    /// Whether it is passed over: it shows nothing, or is one of too many.
    pub quiet: bool,
    /// Whether what came of the run depends on it.
    pub matters: bool,
}

/// One message on its way.
#[derive(Clone, Debug)]
pub struct Sent {
    /// What it says, as it arrived if it did.
    pub message: Message,
    /// The step in which it was made.
    pub made: usize,
    /// The step in which it entered the network.
    pub left: Option<usize>,
    /// What became of it.
    pub fate: Fate,
    /// Whether the network made it.
    pub copy: bool,
    number: u32,
}

/// What became of a message.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fate {
    /// Its sender still had it.
    Held,
    /// It was on its way when the run ended.
    OnItsWay,
    /// It arrived in that step.
    Arrived(usize),
    /// It was lost in that step.
    Lost(usize),
}

/// Runs `schedule` once more and records what happens.
pub fn story<N: Node>(schedule: &Schedule, options: Options) -> Story {
    let schedule = &Schedule { setup: N::settings(schedule.setup), events: schedule.events.clone() };
    let (recorder, run) = record::<N, _>(schedule, options, || Recorder::of::<N>(schedule, options));
    let mut story = recorder.finish(run);
    story.fold_epilogue();
    chain::mark(&mut story);
    story.reason = Reason::of::<N>(&story);
    story
}

/// So many steps of a long epilogue are kept.
const LAST_OF_EPILOGUE: usize = 24;

impl Story {
    /// The nodes.
    pub fn nodes(&self) -> impl Iterator<Item = NodeId> {
        self.schedule.setup.nodes()
    }

    /// The step at which the two parted.
    pub fn parting(&self) -> Option<usize> {
        self.run.verdict.divergence().map(|_| self.steps.len() - 1)
    }

    /// Both sides of a node after a step; none if it is down.
    pub fn both(&self, step: usize, node: NodeId) -> Option<&Both> {
        let steps = &self.steps[..=step];
        match steps.iter().rev().find(|step| step.node == Some(node) && (step.both.is_some() || step.stopped)) {
            Some(step) => step.both.as_ref(),
            None => self.first[node.slot()].as_ref(),
        }
    }

    /// Both sides of a step's node before it.
    pub fn before(&self, step: usize) -> Option<&Both> {
        let node = self.steps[step].node?;
        match step {
            0 => self.first[node.slot()].as_ref(),
            _ => self.both(step - 1, node),
        }
    }

    /// The nodes that are down after a step.
    pub fn down(&self, step: usize) -> NodeSet {
        self.nodes().filter(|node| self.both(step, *node).is_none()).collect()
    }

    /// An epilogue goes on for hundreds of elections where nobody wins: its last steps tell as much.
    fn fold_epilogue(&mut self) {
        let epilogue = self.steps.iter_mut().filter(|step| step.when == When::Epilogue && !step.quiet);
        epilogue.rev().skip(LAST_OF_EPILOGUE).for_each(|step| step.quiet = true);
    }
}

impl Step {
    fn new(when: When, event: Option<Event>) -> Self {
        Step {
            when,
            part: 0,
            event,
            node: None,
            received: None,
            sent: Vec::new(),
            left: Vec::new(),
            lost: Vec::new(),
            actions: Vec::new(),
            notes: Vec::new(),
            log: Vec::new(),
            both: None,
            stopped: false,
            quiet: false,
            matters: true,
        }
    }
}

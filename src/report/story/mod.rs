//! A recorded run: every step with its effect on both sides of the node, and every message with its fate. Texts and
//! pictures are functions of a [`Story`] and run nothing.
//!
//! A *step* is one input of a node, with the application's work on it, or one event of the network. Most events are one
//! step. `round` and `tick-all` are several, so that each point of a picture receives at most one message.

mod chain;
mod look;
mod reason;
mod recorder;
mod setup;

pub use look::{beside, Look, Row};
pub use reason::Reason;
pub use setup::setup_in_words;

use crate::lockstep::{Options, Run};
use crate::report::folded::record;
use crate::schedule::{Event, Schedule};
use crate::spec::{ActionName, Message, NodeId};
use crate::sut::Node;
use recorder::Recorder;

/// A recorded run.
#[derive(Debug)]
pub struct Story {
    /// The schedule of the run.
    pub schedule: Schedule,
    /// The name of the implementation.
    pub implementation: &'static str,
    /// The options of the judge.
    pub options: Options,
    /// The outcome.
    pub run: Run,
    /// The nodes before the first step.
    pub first: Vec<Option<Both>>,
    /// The steps, in order.
    pub steps: Vec<Step>,
    /// Every message and every duplicate, in the order in which they were made.
    pub messages: Vec<Sent>,
    /// The reason for the divergence, if there is one.
    pub reason: Option<Reason>,
}

/// The state of a node on both sides.
#[derive(Clone, PartialEq, Eq, Debug)]
#[allow(missing_docs)]
pub struct Both {
    pub spec: Look,
    pub implementation: Look,
}

impl Both {
    /// True if both sides are equal.
    pub fn agree(&self) -> bool {
        self.spec == self.implementation
    }
}

/// The place of a step in the run.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub enum When {
    /// In the event at this place of the schedule.
    Event(usize),
    /// In the healing epilogue.
    Epilogue,
    /// After the last event.
    #[default]
    End,
}

/// One step.
#[derive(Clone, Default, Debug)]
pub struct Step {
    /// Its place in the run.
    pub when: When,
    /// The number of the step within its event, from 0.
    pub part: usize,
    /// The event; none at the end.
    pub event: Option<Event>,
    /// The node that takes the step; the receiver, when a message is lost; none for an event of the network.
    pub node: Option<NodeId>,
    /// The message that arrives, as an index into [`Story::messages`].
    pub received: Option<usize>,
    /// Messages that the node made, or that the network duplicated.
    pub sent: Vec<usize>,
    /// Messages that the node releases in a later step than it made them.
    pub left: Vec<usize>,
    /// Messages that are lost in this step.
    pub lost: Vec<usize>,
    /// Actions of the specification.
    pub actions: Vec<ActionName>,
    /// The effects that no row shows, in words.
    pub notes: Vec<String>,
    /// The implementation's log lines.
    pub log: Vec<String>,
    /// The node after the step; none if it is down, or for an event of the network.
    pub both: Option<Both>,
    /// True if the node stopped.
    pub stopped: bool,
    /// True if the step is not shown: it has no visible effect, or is one of too many.
    pub quiet: bool,
    /// True if the step is in the causal chain of the divergence.
    pub matters: bool,
}

/// A message, or a duplicate of one.
#[derive(Clone, Debug)]
pub struct Sent {
    /// The message; as it arrived, if it did.
    pub message: Message,
    /// The step in which it was made.
    pub made: usize,
    /// The step in which it entered the network.
    pub left: Option<usize>,
    /// Its fate.
    pub fate: Fate,
    /// True for a duplicate.
    pub copy: bool,
    number: u32,
}

/// The fate of a message.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fate {
    /// The sender has not released it.
    Held,
    /// In flight when the run ended.
    InFlight,
    /// Received in this step.
    Arrived(usize),
    /// Lost in this step.
    Lost(usize),
}

/// Runs `schedule` and records the run.
pub fn story<N: Node>(schedule: &Schedule, options: Options) -> Story {
    let schedule = &Schedule { setup: N::settings(schedule.setup), events: schedule.events.clone() };
    let (recorder, run) = record::<N, _>(schedule, options, || Recorder::of::<N>(schedule, options));
    let mut story = recorder.finish(run);
    story.fold_epilogue();
    chain::mark(&mut story);
    story.reason = Reason::of::<N>(&story);
    story
}

/// The number of steps that a long epilogue shows.
const LAST_OF_EPILOGUE: usize = 24;

impl Story {
    /// The nodes.
    pub fn nodes(&self) -> impl Iterator<Item = NodeId> {
        self.schedule.setup.nodes()
    }

    /// The step at which both sides diverge.
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

    /// Both sides of a step's node before the step.
    pub fn before(&self, step: usize) -> Option<&Both> {
        let node = self.steps[step].node?;
        match step {
            0 => self.first[node.slot()].as_ref(),
            _ => self.both(step - 1, node),
        }
    }

    /// Hides all but the last steps of an epilogue: one without a leader repeats the same elections hundreds of times.
    fn fold_epilogue(&mut self) {
        let epilogue = self.steps.iter_mut().filter(|step| step.when == When::Epilogue && !step.quiet);
        epilogue.rev().skip(LAST_OF_EPILOGUE).for_each(|step| step.quiet = true);
    }
}

impl Step {
    fn new(when: When, event: Option<Event>) -> Self {
        Step { when, event, matters: true, ..Step::default() }
    }
}

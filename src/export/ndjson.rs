//! A run as a trace that etcd's specification of Raft can judge: one JSON line an event, in the vocabulary of the trace
//! validation of etcd-io/raft (`state_trace.go`, `tla/Traceetcdraft.tla`).
//!
//! One call of a node is several events there: the message it receives, with the state before; each step that follows;
//! the messages it sends, with the state after; and the Ready that releases them. Indexes and terms are the
//! specification's: the bootstrap is entry 1 of term 1, as in etcd's, or the log starts empty.
//!
//! etcd writes two messages that raft-rs never sends: a candidate responds to its own request for a vote, and a leader
//! acknowledges its own entries once they are durable. They are added where raft-rs counts the vote and the entries.
//! Steps without an event, and steps that etcd's specification refuses, are counted with their reason.

mod event;
mod left_out;
mod writer;

pub use event::{ConfChange, Event, HardState, Line, Properties, SingleChange, TracingMessage};
pub use left_out::Lack;

use super::{Export, Request};
use crate::lockstep::observe::Observer;
use crate::lockstep::{self, Options, Run};
use crate::schedule::{self, Schedule};
use crate::spec::{ActionName, Message, NodeId, State};
use crate::sut::{Call, Node};
use std::collections::BTreeMap;
use writer::Writer;

/// Exports a run as JSON lines. Steps that etcd's trace validation lacks are noted.
///
/// # Errors
/// A line is no JSON, which does not happen.
pub fn write<N: Node>(request: &Request) -> Result<Export, String> {
    let (trace, run) = trace::<N>(request.schedule, request.options);
    let mut text = String::new();
    for line in trace.lines() {
        text.push_str(&serde_json::to_string(&line).map_err(|error| error.to_string())?);
        text.push('\n');
    }
    let mut notes = vec![format!("ndjson: {} events of {} nodes", trace.events.len(), request.schedule.setup.count())];
    notes.extend(trace.lacks.iter().map(|(lack, count)| match lack {
        Lack::LeftOut(why) => format!("  left out {count}: {why}"),
        Lack::Refused(why) => format!("  refused there {count}: {why}"),
    }));
    Ok(Export { text, companion: None, notes, run })
}

/// The events of a run, and the parts that have none.
#[derive(Debug)]
pub struct Trace {
    /// The events in their order.
    pub events: Vec<Event>,
    /// The number of parts of the run that are lacking, by reason.
    pub lacks: BTreeMap<Lack, usize>,
}

/// Runs `schedule` on nodes of `N`; the trace and the run.
pub fn trace<N: Node>(schedule: &Schedule, options: Options) -> (Trace, Run) {
    let mut recorder = Recorder { writer: Writer::new(&schedule.setup), asked: Asked::Other, sent: Vec::new() };
    let run = lockstep::run::<N>(schedule, options, &mut recorder);
    (recorder.writer.trace, run)
}

/// The first timestamp. The validation script sorts lines by it as text, so that all have the same length.
const FIRST_TIME: u64 = 1_000_000_000;

impl Trace {
    /// The lines of the file, in order.
    pub fn lines(&self) -> impl Iterator<Item = Line> + '_ {
        let times = FIRST_TIME..;
        self.events.iter().zip(times).map(|(event, ts)| Line { tag: "trace", ts, event: event.clone() })
    }
}

/// The kind of a call, as far as the events depend on it.
#[derive(Default)]
enum Asked {
    #[default]
    Other,
    Delivered(Message),
    /// A Ready was taken.
    Ready,
    /// The node learns that writes are durable; `handed` if it hands over messages, which leave at once.
    Durable {
        handed: bool,
    },
    /// The application applied a configuration change, or refused to.
    Changed {
        applied: bool,
    },
}

struct Recorder {
    writer: Writer,
    asked: Asked,
    /// The messages of the current call.
    sent: Vec<Message>,
}

impl Observer for Recorder {
    fn event(&mut self, _place: usize, event: &schedule::Event) {
        left_out::of_event(event).into_iter().for_each(|lack| self.writer.lack(lack));
    }

    fn called(&mut self, _node: NodeId, call: &Call<(), ()>) {
        self.asked = match call {
            Call::Ready(_) => Asked::Ready,
            Call::Advanced { ready, .. } => Asked::Durable { handed: !ready.messages.is_empty() },
            Call::Persisted { .. } => Asked::Durable { handed: false },
            Call::Changed { configuration, .. } => Asked::Changed { applied: configuration.is_some() },
            _ => Asked::Other,
        };
    }

    fn received(&mut self, message: &Message) {
        self.asked = Asked::Delivered(message.clone());
    }

    fn sent(&mut self, message: &Message, _number: u32) {
        self.sent.push(message.clone());
    }

    fn judged(&mut self, node: NodeId, taken: &[(ActionName, NodeId)], state: &State) {
        let (asked, server, writer) = (std::mem::take(&mut self.asked), state.server(node), &mut self.writer);
        match &asked {
            Asked::Delivered(message) => writer.receive(node, message, taken),
            Asked::Durable { .. } => writer.hear_itself(node, server.disk.persisted),
            Asked::Ready | Asked::Changed { .. } | Asked::Other => {}
        }
        taken.iter().for_each(|(name, _)| writer.step(node, *name, &asked, server));
        writer.settle(node, server);
        writer.send(node, std::mem::take(&mut self.sent));
        writer.take_ready_if(matches!(asked, Asked::Ready | Asked::Durable { handed: true }), node);
    }
}

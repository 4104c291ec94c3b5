//! A run as a trace that etcd's own specification of Raft can judge: one JSON line an event, in the
//! vocabulary of the trace validation of etcd-io/raft (`state_trace.go`, `tla/Traceetcdraft.tla`).
//!
//! One call of a node is several events there: what it receives, under the state before; what that
//! makes of it, step by step; what it sends, under the state after; and the Ready that lets it go.
//! Indexes and terms are the specification's: the bootstrap is entry 1, of term 1, as it is there.
//!
//! Two things etcd says that raft-rs only does. A candidate answers its own request for a vote, and a
//! leader acknowledges its own entries once they are durable: those messages to itself are added where
//! raft-rs counts the vote and the entries. What has no event, and what etcd's specification would refuse,
//! is counted with its reason.

mod event;
mod left_out;
mod writer;

pub use event::{ConfChange, Event, HardState, Line, Packet, Properties, SingleChange};
pub use left_out::Lack;

use super::observe::Observer;
use crate::lockstep::{self, Options, Run};
use crate::schedule::{self, Schedule};
use crate::spec::{ActionName, Message, NodeId, State};
use crate::sut::{Call, Node};
use std::collections::BTreeMap;
use writer::Writer;

/// A run's events, and what has none.
#[derive(Debug)]
pub struct Trace {
    /// In the order in which they happened.
    pub events: Vec<Event>,
    /// How much of the run it lacks, by the reason.
    pub lacks: BTreeMap<Lack, usize>,
}

/// Runs `schedule` on nodes of `N` and writes down its events.
pub fn trace<N: Node>(schedule: &Schedule, options: Options) -> (Trace, Run) {
    let mut recorder = Recorder { writer: Writer::new(&schedule.setup), asked: Asked::Other, sent: Vec::new() };
    let run = lockstep::run::<N>(schedule, options, &mut recorder);
    (recorder.writer.trace, run)
}

/// The script that validates traces sorts by the third field between colons, as text: all are as long.
const FIRST_TIME: u64 = 1_000_000_000;

impl Trace {
    /// The lines of the file, in order.
    pub fn lines(&self) -> impl Iterator<Item = Line> + '_ {
        let times = FIRST_TIME..;
        self.events.iter().zip(times).map(|(event, ts)| Line { tag: "trace", ts, event: event.clone() })
    }
}

/// What a call is, as far as the events depend on it.
#[derive(Default)]
enum Asked {
    #[default]
    Other,
    Delivered(Message),
    /// A Ready was taken.
    Ready,
    /// Writes are known to be durable; whether that made messages, which then leave at once.
    Durable {
        handed: bool,
    },
    /// The application applied a change, or refused to.
    Changed {
        applied: bool,
    },
}

struct Recorder {
    writer: Writer,
    asked: Asked,
    /// What the call under way made.
    sent: Vec<Message>,
}

impl Observer for Recorder {
    fn event(&mut self, _place: usize, event: &schedule::Event) {
        left_out::of_event(event).into_iter().for_each(|lack| self.writer.lack(lack));
    }

    fn called<M, T>(&mut self, _node: NodeId, call: &Call<M, T>) {
        self.asked = match call {
            Call::Ready(_) => Asked::Ready,
            Call::Advanced(ready) => Asked::Durable { handed: !ready.messages.is_empty() },
            Call::Persisted { .. } => Asked::Durable { handed: false },
            Call::Changed { configuration, .. } => Asked::Changed { applied: configuration.is_some() },
            Call::Deliver(_)
            | Call::Tick
            | Call::Campaign
            | Call::Read(_)
            | Call::Ping
            | Call::Set(_)
            | Call::Fetched
            | Call::FreeBuffers
            | Call::Asked(_)
            | Call::Unreachable(_)
            | Call::Compacted(_)
            | Call::Snapshots(_)
            | Call::ReportSnapshot(..)
            | Call::RequestSnapshot { .. }
            | Call::Transfer(_)
            | Call::Propose { .. }
            | Call::Synced(_)
            | Call::Applied(_)
            | Call::Restarted => Asked::Other,
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

//! The transcript of a run: every event with its effect on each node, and the verdict.

use super::effect::Effects;
use super::folded::record;
use super::idle::Idle;
use super::observe::Observer;
use crate::lockstep::{Options, Run};
use crate::refine::Alignment;
use crate::schedule::{text, Event, Schedule};
use crate::spec::{ActionName, Message, NodeId, Server, State};
use crate::sut::log::{self, Source};
use crate::sut::{Call, Node, Passage};
use crate::verdict::Verdict;
use std::fmt::Write;

/// Runs `schedule` and writes down what happens; with the implementation's own log if `log`.
pub fn transcript<N: Node>(schedule: &Schedule, options: Options, log: bool) -> (String, Run) {
    let recorder = || Recorder {
        lines: String::new(),
        sent: Vec::new(),
        log,
        effects: Effects::of::<N>(Alignment::of(&N::settings(schedule.setup), options.dialect)),
        event: None,
        idle: Idle::default(),
    };
    let (mut recorder, run) = record::<N, _>(schedule, options, recorder);
    recorder.sent_lines();
    recorder.log_lines();
    // A panic ends a call that nobody saw.
    if run.verdict == Verdict::Agreed {
        recorder.end_event();
    }
    let text = recorder.lines + &verdict(&run);
    (text, run)
}

/// The outcome of a run, in a line or a few.
pub fn verdict(run: &Run) -> String {
    match &run.verdict {
        Verdict::Agreed => {
            let slow = run.slow.map_or(String::new(), |slow| format!("{slow}\n"));
            format!("agreed: {} events, {} spec actions\n{slow}", run.events, run.steps)
        }
        Verdict::Skipped(why) => format!("skipped: {why}\n"),
        Verdict::Diverged(divergence) => format!("{divergence}\n"),
    }
}

struct Recorder {
    lines: String,
    /// What the call under way made, with its receiver.
    sent: Vec<(NodeId, String)>,
    log: bool,
    effects: Effects,
    /// The event under way.
    event: Option<Event>,
    idle: Idle,
}

impl Recorder {
    fn line(&mut self, line: std::fmt::Arguments) {
        writeln!(self.lines, "{line}").expect("a string takes any text");
    }

    /// raft-rs goes through its peers in the order of a hash table, which machines may not share:
    /// to one receiver the order matters, between receivers it does not, so it is theirs.
    fn sent_lines(&mut self) {
        self.sent.sort_by_key(|(to, _)| *to);
        for (_, line) in std::mem::take(&mut self.sent) {
            self.line(format_args!("   {line}"));
        }
    }

    fn end_event(&mut self) {
        let Some(event) = self.event.take() else { return };
        if let Some(reason) = self.idle.reason(&event, &self.effects) {
            self.line(format_args!("   no effect: {reason}"));
        }
    }

    fn effect(&mut self, node: NodeId, effect: Option<String>) {
        if let Some(effect) = effect {
            self.line(format_args!("   {node} {effect}"));
        }
    }

    fn log_lines(&mut self) {
        for (source, line) in log::take() {
            match source {
                Source::Implementation if self.log => self.line(format_args!("      | {line}")),
                Source::Implementation => {}
                Source::Disk => self.line(format_args!("   {line}")),
            }
        }
    }
}

impl Observer for Recorder {
    fn records(&self) -> bool {
        true
    }

    fn event(&mut self, place: usize, event: &Event) {
        self.log_lines();
        self.end_event();
        self.line(format_args!("{place}: {}", text::line(event)));
        self.idle.begin(event, &self.effects);
        self.event = Some(*event);
    }

    fn healing(&mut self, _: &Event) {
        self.end_event();
    }

    fn shown<N: Node>(&mut self, node: NodeId, shown: &N) {
        let effect = self.effects.shown(node, shown);
        self.effect(node, effect);
    }

    fn received(&mut self, message: &Message) {
        let effect = self.effects.received(message);
        self.effect(message.to, effect);
    }

    fn travels(&mut self, _: u32, _: Passage) {
        self.idle.act();
    }

    fn stopped(&mut self, node: NodeId) {
        self.effects.stopped(node);
    }

    fn favoured(&mut self, node: NodeId) {
        self.log_lines();
        self.line(format_args!("the election timer of node {node} is favoured"));
    }

    fn called<M, T>(&mut self, node: NodeId, call: &Call<M, T>) {
        self.log_lines();
        self.idle.act();
        self.effects.called(call);
        match call {
            Call::Tick
            | Call::Campaign
            | Call::Transfer(_)
            | Call::Ping
            | Call::Set(_)
            | Call::FreeBuffers
            | Call::Fetched
            | Call::Unreachable(_)
            | Call::Snapshots(_)
            | Call::ReportSnapshot(..)
            | Call::Advanced(_)
            | Call::Persisted { .. }
            | Call::Propose { .. }
            | Call::Read(_)
            | Call::RequestSnapshot { .. }
            | Call::Deliver(_) => {}
            Call::Compacted(_) => self.line(format_args!("   {node} compacts its log")),
            Call::Changed { configuration: Some(configuration), .. } => {
                self.line(format_args!("   {node} has the configuration {configuration}"));
            }
            Call::Changed { configuration: None, change, .. } => {
                self.line(format_args!("   {node} refuses to apply change {change}"));
            }
            Call::Ready(ready) => ready
                .reads
                .iter()
                .for_each(|(context, _)| self.line(format_args!("   {node} has the answer to read {context}"))),
            Call::Asked(answers) => self.line(format_args!("   {node} answers: {answers}")),
            Call::Synced(0) => {}
            Call::Synced(count) => self.line(format_args!("   {node} syncs {count}")),
            Call::Applied(_) => self.line(format_args!("   {node} applies")),
            Call::Restarted => self.line(format_args!("   {node} restarts")),
        }
    }

    fn sent(&mut self, message: &Message, _number: u32) {
        self.sent.push((message.to, message.to_string()));
    }

    fn judged(&mut self, node: NodeId, taken: &[(ActionName, NodeId)], state: &State) {
        self.sent_lines();
        let interesting = |name: &ActionName| {
            !matches!(name, ActionName::Write | ActionName::Sync | ActionName::Persist | ActionName::Apply)
        };
        let names: Vec<String> =
            taken.iter().map(|(name, _)| name).filter(|name| interesting(name)).map(|name| name.to_string()).collect();
        if !names.is_empty() {
            self.line(format_args!("   {node} {} [{}]", summary(state.server(node)), names.join(" ")));
        }
    }
}

/// A server in a line.
fn summary(server: &Server) -> String {
    let vote = server.voted_for.map_or("-".into(), |vote| vote.to_string());
    let tail = server.log.from(server.log.last_index().saturating_sub(3).max(server.log.base().index + 1));
    let tail: Vec<String> = tail.iter().map(|entry| entry.to_string()).collect();
    format!(
        "{} term {} vote {vote} log {} [{}] commit {} persisted {} applied {}",
        server.role.name(),
        server.current_term,
        server.log.last_index(),
        tail.join(" "),
        server.commit_index,
        server.disk.persisted,
        server.disk.applied,
    )
}

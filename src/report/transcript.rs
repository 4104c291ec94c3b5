//! The transcript of a run: every event with its effect on each node, then the verdict.

use super::effect::Effects;
use super::folded::record;
use crate::lockstep::observe::{Observer, Visible};
use crate::lockstep::verdict::Verdict;
use crate::lockstep::{JudgeName, Options, Run};
use crate::refine::Alignment;
use crate::schedule::{text, Event, Schedule};
use crate::spec::{ActionName, Message, NodeId, Server, State};
use crate::sut::log::{self, Source};
use crate::sut::{Call, Node, Transit, View};
use std::collections::BTreeMap;

/// Runs `schedule`, and returns the transcript; with the implementation's log lines if `log`.
pub fn transcript<N: Node>(schedule: &Schedule, options: Options, log: bool) -> (String, Run) {
    let recorder = || Recorder {
        lines: String::new(),
        sent: Vec::new(),
        log,
        effects: Effects::of::<N>(Alignment::of(&N::settings(schedule.setup), options.dialect)),
        event: None,
        views: (options.judge == JudgeName::Clients).then(BTreeMap::new),
    };
    let (mut recorder, run) = record::<N, _>(schedule, options, recorder);
    recorder.sent_lines();
    recorder.log_lines();
    // A panic interrupts its call, whose effect is then unknown.
    if run.verdict == Verdict::Agreed {
        recorder.end_event();
    }
    let text = recorder.lines + &verdict(&run);
    (text, run)
}

/// The verdict of a run, in one or a few lines.
pub fn verdict(run: &Run) -> String {
    match &run.verdict {
        Verdict::Agreed => {
            let slow = run.slow.map_or(String::new(), |slow| format!("{slow}\n"));
            match run.judge {
                JudgeName::Specification => {
                    format!("agreed: {} events, {} spec actions\n{slow}", run.events, run.steps)
                }
                JudgeName::Clients => format!("agreed: {} events, no consequence\n{slow}", run.events),
            }
        }
        Verdict::Skipped(why) => format!("skipped: {why}\n"),
        Verdict::Diverged(divergence) => format!("{divergence}\n"),
    }
}

struct Recorder {
    lines: String,
    /// The messages of the current call, each with its receiver.
    sent: Vec<(NodeId, String)>,
    log: bool,
    effects: Effects,
    /// The current event.
    event: Option<Event>,
    /// The views of the nodes, if there is no specification whose state is shown.
    views: Option<BTreeMap<NodeId, View>>,
}

impl Recorder {
    /// Writes the messages ordered by receiver. raft-rs iterates over its peers in the order of a hash table, which differs
    /// between machines; only the order of messages to one receiver matters.
    fn sent_lines(&mut self) {
        self.sent.sort_by_key(|(to, _)| *to);
        for (_, line) in std::mem::take(&mut self.sent) {
            line!(self.lines, "   {line}");
        }
    }

    fn end_event(&mut self) {
        let Some(event) = self.event.take() else { return };
        if let Some(reason) = self.effects.idle(&event) {
            line!(self.lines, "   no effect: {reason}");
        }
    }

    fn effect(&mut self, node: NodeId, effect: Option<String>) {
        if let Some(effect) = effect {
            line!(self.lines, "   {node} {effect}");
        }
    }

    /// Writes the view of a node, if it has changed.
    fn view(&mut self, node: NodeId, view: View) {
        let Some(views) = &mut self.views else { return };
        let seen = |view: &View| (view.role, view.term, view.vote, view.last_index, view.commit, view.applied);
        let before = views.insert(node, view);
        if before.is_none_or(|before| seen(&before) != seen(&view)) && self.event.is_some() {
            let View { role, term, vote, last_index, commit, applied, .. } = view;
            let role = crate::refine::translation::role(role).name();
            line!(
                self.lines,
                "   {node} {role} term {term} vote {vote} last {last_index} commit {commit} applied {applied}"
            );
        }
    }

    fn log_lines(&mut self) {
        for (source, line) in log::take() {
            match source {
                Source::Implementation if self.log => line!(self.lines, "      | {line}"),
                Source::Implementation => {}
                Source::Disk => line!(self.lines, "   {line}"),
            }
        }
    }
}

impl Observer for Recorder {
    fn records(&self) -> bool {
        true
    }

    fn event(&mut self, place: usize, event: &Event) {
        self.sent_lines();
        self.log_lines();
        self.end_event();
        line!(self.lines, "{place}: {}", text::line(event));
        self.effects.begin(event);
        self.event = Some(*event);
    }

    fn healing(&mut self, _: &Event) {
        self.end_event();
    }

    fn shown(&mut self, node: NodeId, shown: &dyn Visible) {
        self.sent_lines();
        let effect = self.effects.shown(node, shown);
        self.effect(node, effect);
        if self.views.is_some() {
            self.view(node, shown.view());
        }
    }

    fn received(&mut self, message: &Message) {
        let effect = self.effects.received(message);
        self.effect(message.to, effect);
    }

    fn travels(&mut self, _: u32, _: Transit) {
        self.effects.travels();
    }

    fn wiped(&mut self, _: NodeId) {
        self.effects.wiped();
    }

    fn stopped(&mut self, node: NodeId) {
        self.effects.stopped(node);
    }

    fn favoured(&mut self, node: NodeId) {
        self.log_lines();
        line!(self.lines, "the election timer of node {node} expires first");
    }

    fn called(&mut self, node: NodeId, call: &Call<(), ()>) {
        self.log_lines();
        self.effects.called(call);
        match call {
            Call::Compacted(_) => line!(self.lines, "   {node} compacts its log"),
            Call::Changed { configuration: Some(configuration), .. } => {
                line!(self.lines, "   {node} adopts configuration {configuration}");
            }
            Call::Changed { configuration: None, change, .. } => {
                line!(self.lines, "   {node} refuses to apply change {change}");
            }
            Call::Ready(ready) => {
                ready.reads.iter().for_each(|(context, _)| line!(self.lines, "   {node} answers read {context}"))
            }
            Call::Asked(answers) => line!(self.lines, "   {node} answers: {answers}"),
            Call::Synced(count @ 1..) => line!(self.lines, "   {node} syncs {count}"),
            Call::Applied(_) => line!(self.lines, "   {node} applies"),
            Call::Advanced { applied: Some(_), .. } => line!(self.lines, "   {node} advances"),
            Call::Restarted => line!(self.lines, "   {node} restarts"),
            // Other calls show in the node's state and messages.
            _ => {}
        }
    }

    fn sent(&mut self, message: &Message, _number: u32) {
        self.sent.push((message.to, message.to_string()));
    }

    fn judged(&mut self, node: NodeId, taken: &[(ActionName, NodeId)], state: &State) {
        self.sent_lines();
        use ActionName::{Apply, Persist, Sync, Write};
        let told = taken.iter().filter(|(name, _)| !matches!(name, Write | Sync | Persist | Apply));
        let names: Vec<String> = told.map(|(name, _)| name.to_string()).collect();
        if !names.is_empty() {
            line!(self.lines, "   {node} {} [{}]", summary(state.server(node)), names.join(" "));
        }
    }
}

/// A server in one line.
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

//! The observer that writes a [`Story`].

use super::look::{self, Look};
use super::{Both, Fate, Sent, Step, Story, When};
use crate::lockstep::observe::{Observer, Visible};
use crate::lockstep::verdict::Phase;
use crate::lockstep::{JudgeName, Options, Run};
use crate::refine::Alignment;
use crate::report::effect::Effects;
use crate::schedule::{Event, Knob, Schedule, Setup, Site};
use crate::spec::{self, ActionName, Message, NodeId, Settings, State};
use crate::sut::log::{self, Source};
use crate::sut::{Abilities, Call, Node, Transit};

pub(super) struct Recorder<'s> {
    schedule: &'s Schedule,
    options: Options,
    name: &'static str,
    abilities: Abilities,
    align: Alignment,
    settings: Settings,
    /// The last known state of each node, on either side.
    spec: Vec<Option<Look>>,
    implementation: Vec<Option<Look>>,
    /// True for nodes that check their quorum: now, and once they restart.
    checks_quorum: Vec<(bool, bool)>,
    effects: Effects,
    first: Option<Vec<Option<Both>>>,
    steps: Vec<Step>,
    messages: Vec<Sent>,
    /// The current event, and the number of its steps so far.
    event: Option<(When, Event, usize)>,
    step: Option<Step>,
    /// True once the step has had its input.
    begun: bool,
    /// True while a call is not judged yet.
    open: bool,
    /// True once the step's node was called.
    called: bool,
}

/// The settings of the specification before the first event.
fn initial(schedule: &Schedule, options: Options) -> Settings {
    let setup = &schedule.setup;
    let align = Alignment::of(setup, options.dialect);
    Settings {
        dialect: options.dialect,
        configuration: setup.configuration(),
        bootstrap: align.bootstrap(),
        first_term: align.term(setup.first_term.into()),
        starts_empty: setup.starts_empty(),
        options: spec::Options { check_quorum: setup.check_quorum, ..spec::Options::default() },
        ..Settings::ongaro(setup.count().into())
    }
}

impl<'s> Recorder<'s> {
    pub fn of<N: Node>(schedule: &'s Schedule, options: Options) -> Self {
        let settings = initial(schedule, options);
        let (state, abilities) = (State::init(settings), Abilities::of::<N>());
        let align = Alignment::of(&schedule.setup, options.dialect);
        Recorder {
            schedule,
            options,
            name: N::NAME,
            abilities,
            align,
            settings,
            spec: state.nodes().map(|i| Some(look::of_server(&state, abilities, i))).collect(),
            implementation: vec![None; state.servers.len()],
            checks_quorum: vec![(schedule.setup.check_quorum, schedule.setup.check_quorum); state.servers.len()],
            effects: Effects::of::<N>(align),
            first: None,
            steps: Vec::new(),
            messages: Vec::new(),
            event: None,
            step: None,
            begun: false,
            open: false,
            called: false,
        }
    }

    fn both(&self, node: NodeId) -> Option<Both> {
        let implementation = self.implementation[node.slot()].clone()?;
        let spec = match self.options.judge {
            JudgeName::Specification => self.spec[node.slot()].clone()?,
            // There is one side alone.
            JudgeName::Clients => implementation.clone(),
        };
        let mut both = Both { spec, implementation };
        both.implementation.cut(both.spec.base);
        Some(both)
    }

    fn begin(&mut self, when: When, event: Event) {
        self.end_step();
        if self.first.is_none() {
            // Drops the log lines of the start, which is no event.
            log::take();
            self.first = Some(self.schedule.setup.nodes().map(|node| self.both(node)).collect());
        }
        self.event = Some((when, event, 0));
        self.effects.begin(&event);
        self.open = false;
        self.begin_step();
        self.step().node = match (event, event.site()) {
            (Event::Drop(link, _) | Event::Deliver(link, _), _) => Some(link.to),
            (_, Site::Link(link)) => Some(link.from),
            (_, Site::Node(node)) => Some(node),
            (_, Site::Everywhere | Site::Border(_)) => None,
        };
    }

    fn begin_step(&mut self) {
        self.end_step();
        let Some((when, event, part)) = &mut self.event else { return };
        self.step = Some(Step { part: *part, ..Step::new(*when, Some(*event)) });
        *part += 1;
        self.begun = false;
        self.called = false;
    }

    fn step(&mut self) -> &mut Step {
        self.step.get_or_insert_with(|| Step::new(When::End, None))
    }

    fn end_step(&mut self) {
        let Some(mut step) = self.step.take() else { return };
        if let Some(sent) = step.received.filter(|_| !self.called) {
            // The receiver is down.
            self.messages[sent].fate = Fate::Lost(self.steps.len());
            step.lost.push(sent);
            step.received = None;
        }
        let lines = log::take().into_iter().map(|(source, line)| match source {
            Source::Implementation => line,
            Source::Disk => format!("disk: {line}"),
        });
        step.log.extend(lines);
        let before = step.node.and_then(|node| {
            let mut earlier = self.steps.iter().rev();
            let earlier = earlier.find(|step| step.node == Some(node) && (step.both.is_some() || step.stopped));
            earlier.map_or_else(|| self.first.as_ref()?[node.slot()].clone(), |step| step.both.clone())
        });
        if let Some(node) = step.node.filter(|_| !step.stopped) {
            step.both = self.both(node);
        }
        step.quiet = is_quiet(&step, before.as_ref(), self.effects.acted());
        self.steps.push(step);
    }

    /// Begins the step of an input of `node`: a step has one input.
    fn input(&mut self, node: NodeId) {
        if self.begun || self.step().node.is_some_and(|other| other != node) {
            self.begin_step();
        }
        self.begun = true;
        self.step().node = Some(node);
    }

    /// The index of the current step.
    fn place(&self) -> usize {
        self.steps.len()
    }

    pub fn finish(mut self, run: Run) -> Story {
        // The recorder does not see the continuations in which a cluster stands still.
        let seen = run.verdict.divergence().filter(|divergence| !divergence.stands_still());
        let compared = seen.filter(|_| self.options.judge == JudgeName::Specification);
        if let Some(node) = compared.map(|divergence| divergence.node) {
            // The judge stops before it reports the state that diverges.
            self.spec[node.slot()] = Some(look::of_server(&run.state, self.abilities, node));
        }
        // A call that panics is not reported.
        self.called |= seen.is_some();
        let at_end = seen.is_none_or(|divergence| divergence.phase == Phase::End);
        self.end_step();
        if let Some(divergence) = run.verdict.divergence() {
            // A node may panic before the first event.
            if at_end || self.steps.is_empty() {
                let both = self.both(divergence.node);
                self.steps.push(Step { node: Some(divergence.node), both, ..Step::new(When::End, None) });
            } else if let Some(last) = self.steps.last_mut() {
                last.node = last.node.or(Some(divergence.node));
                if self.open {
                    last.actions.extend(divergence.actions.iter().map(|(name, _)| *name));
                }
                last.quiet = false;
            }
        }
        let first = self.first.take().unwrap_or_else(|| vec![None; self.spec.len()]);
        Story {
            implementation: self.name,
            schedule: self.schedule.clone(),
            options: self.options,
            run,
            first,
            steps: self.steps,
            messages: self.messages,
            reason: None,
        }
    }

    fn find(&self, number: u32, fate: Fate) -> Option<usize> {
        self.messages.iter().rposition(|sent| sent.number == number && sent.fate == fate)
    }
}

/// True for a step without a message, a visible change, or a change of the environment.
fn is_quiet(step: &Step, before: Option<&Both>, acted: bool) -> bool {
    let tells = |event: Event| {
        event.lasts()
            || matches!(
                event,
                Event::Crash(_)
                    | Event::Restart(_)
                    | Event::Wipe(_)
                    | Event::Set(_, Knob::MaxInflightMsgs(..))
                    | Event::SnapshotAvailable(..)
                    | Event::SnapshotFor(..)
                    | Event::Set(_, Knob::CheckQuorum(_))
            )
    };
    let world = step.event.is_some_and(tells) && step.when != When::Epilogue && acted;
    let travels = step.received.is_some() || [&step.sent, &step.left, &step.lost].iter().any(|some| !some.is_empty());
    let told =
        |look: &Look| (look.log.clone(), look.rows.iter().filter(|(name, _)| name != "ticks").cloned().collect());
    let changed = match (&step.both, before) {
        (Some(now), Some(before)) => {
            let seen: (_, Vec<_>) = told(&now.implementation);
            seen != told(&before.implementation)
        }
        (now, before) => now.is_some() != before.is_some(),
    };
    !world && !travels && !step.stopped && step.notes.is_empty() && !changed
}

impl Observer for Recorder<'_> {
    fn records(&self) -> bool {
        true
    }

    fn event(&mut self, place: usize, event: &Event) {
        self.begin(When::Event(place), *event);
    }

    fn healing(&mut self, event: &Event) {
        self.begin(When::Epilogue, *event);
    }

    fn shown(&mut self, node: NodeId, shown: &dyn Visible) {
        if let Some(effect) = self.effects.shown(node, shown) {
            self.step().notes.push(effect);
        }
        let (checks, _) = self.checks_quorum[node.slot()];
        self.implementation[node.slot()] = Some(look::of_node(self.align, &self.settings, checks, node, shown));
    }

    fn called(&mut self, node: NodeId, call: &Call<(), ()>) {
        self.open = true;
        self.effects.called(call);
        match call {
            // The arrival of the message has begun the step.
            Call::Deliver(_) => {}
            Call::Ready(ready) => {
                let answer = |(context, index): &_| format!("answers read {context} with index {index}");
                self.step().notes.extend(ready.reads.iter().map(answer));
            }
            Call::Changed { configuration: None, change, .. } => {
                self.step().notes.push(format!("refuses to apply change {change}"));
            }
            Call::Compacted(_) => self.step().notes.push("compacts its log".into()),
            Call::Restarted => {
                let (checks, next) = &mut self.checks_quorum[node.slot()];
                *checks = *next;
                self.input(node);
            }
            Call::Set(Knob::CheckQuorum(check)) => {
                self.checks_quorum[node.slot()].0 = *check;
                self.input(node);
            }
            Call::Asked(answers) => {
                self.input(node);
                self.step().notes.push(format!("answers: {answers}"));
            }
            call if call.is_input() => self.input(node),
            // The application's work on a Ready belongs to the step of the input before.
            _ => {}
        }
        self.called = true;
        if self.step().node.is_none() {
            self.step().node = Some(node);
        }
    }

    fn received(&mut self, message: &Message) {
        if let Some(received) = self.step().received {
            self.messages[received].message = message.clone();
        }
        let effect = self.effects.received(message);
        self.step().notes.extend(effect);
    }

    fn sent(&mut self, message: &Message, number: u32) {
        if let Some(waiting) = self.find(number, Fate::Held) {
            self.messages[waiting].message = message.clone();
            return;
        }
        let place = self.messages.len();
        self.step().sent.push(place);
        let made = self.place();
        let message = message.clone();
        self.messages.push(Sent { message, made, left: None, fate: Fate::Held, copy: false, number });
    }

    fn travels(&mut self, number: u32, passage: Transit) {
        self.effects.travels();
        match passage {
            Transit::Sent => {
                let place = self.place();
                let Some(sent) = self.find(number, Fate::Held) else { return };
                (self.messages[sent].left, self.messages[sent].fate) = (Some(place), Fate::InFlight);
                if self.messages[sent].made != place {
                    self.step().left.push(sent);
                }
            }
            Transit::Duplicated => {
                let place = self.place();
                let Some(sent) = self.find(number, Fate::InFlight) else { return };
                let copy = Sent { left: Some(place), copy: true, ..self.messages[sent].clone() };
                let sent = self.messages.len();
                self.step().sent.push(sent);
                self.messages.push(copy);
            }
            Transit::Delivered => {
                let Some(sent) = self.first_in_flight(number) else { return };
                self.input(self.messages[sent].message.to);
                self.messages[sent].fate = Fate::Arrived(self.place());
                self.step().received = Some(sent);
            }
            Transit::Lost => {
                let Some(sent) = self.first_in_flight(number) else { return };
                self.messages[sent].fate = Fate::Lost(self.place());
                self.step().lost.push(sent);
            }
        }
    }

    fn configured(&mut self, node: NodeId, own: &Setup, starts: bool) {
        let (checks, next) = &mut self.checks_quorum[node.slot()];
        *next = own.check_quorum;
        *checks = if starts { *next } else { *checks };
    }

    fn wiped(&mut self, _: NodeId) {
        self.effects.wiped();
    }

    fn stopped(&mut self, node: NodeId) {
        let ran = self.effects.runs(node);
        if let Some(step) = self.step.as_mut().filter(|step| step.node == Some(node)) {
            step.stopped |= ran;
        }
        self.effects.stopped(node);
        self.implementation[node.slot()] = None;
    }

    fn judged(&mut self, node: NodeId, taken: &[(ActionName, NodeId)], state: &State) {
        self.open = false;
        self.settings = state.settings;
        self.spec[node.slot()] = Some(look::of_server(state, self.abilities, node));
        self.step().actions.extend(taken.iter().map(|(name, _)| *name));
    }
}

impl Recorder<'_> {
    /// The message with this number in flight; of duplicates, the one made first.
    fn first_in_flight(&self, number: u32) -> Option<usize> {
        self.messages.iter().position(|sent| sent.number == number && sent.fate == Fate::InFlight)
    }
}

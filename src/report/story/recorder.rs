//! The observer that writes a [`Story`].

use super::look::{self, Look};
use super::{Both, Fate, Flight, Step, Story, When};
use crate::lockstep::{Options, Run};
use crate::refine::Alignment;
use crate::report::effect::Effects;
use crate::report::idle::Idle;
use crate::report::observe::Observer;
use crate::schedule::{Event, Knob, Schedule, Site};
use crate::spec::{ActionName, Message, NodeId, Settings, State};
use crate::sut::log::{self, Source};
use crate::sut::{Abilities, Call, Node, Passage};
use crate::verdict::{Check, Phase};

pub(super) struct Recorder<'s> {
    schedule: &'s Schedule,
    options: Options,
    name: &'static str,
    abilities: Abilities,
    align: Alignment,
    settings: Settings,
    /// What each node was when it was seen last, on either side.
    spec: Vec<Option<Look>>,
    implementation: Vec<Option<Look>>,
    checks_quorum: Vec<bool>,
    effects: Effects,
    idle: Idle,
    first: Option<Vec<Option<Both>>>,
    steps: Vec<Step>,
    flights: Vec<Flight>,
    /// The event under way, and how many steps it has had.
    event: Option<(When, Event, usize)>,
    step: Option<Step>,
    /// Whether the step has had its input.
    begun: bool,
    /// Whether a call is under way that was not found good yet.
    open: bool,
    /// Whether the step's node was called.
    called: bool,
}

/// The same settings for a state before anything happened.
fn initial(schedule: &Schedule, options: Options) -> Settings {
    let setup = &schedule.setup;
    Settings {
        dialect: options.dialect,
        configuration: setup.configuration(),
        bootstrap: Alignment::of(setup, options.dialect).bootstrap(),
        check_quorum: setup.check_quorum,
        ..Settings::ongaro(setup.count().into())
    }
}

impl<'s> Recorder<'s> {
    pub fn of<N: Node>(schedule: &'s Schedule, options: Options) -> Self {
        let settings = initial(schedule, options);
        let state = State::init(settings);
        Recorder {
            schedule,
            options,
            name: N::NAME,
            abilities: N::ABILITIES,
            align: Alignment::of(&schedule.setup, options.dialect),
            settings,
            spec: state.nodes().map(|i| Some(look::of_server(&state, N::ABILITIES, i))).collect(),
            implementation: vec![None; state.servers.len()],
            checks_quorum: vec![schedule.setup.check_quorum; state.servers.len()],
            effects: Effects::of::<N>(Alignment::of(&schedule.setup, options.dialect)),
            idle: Idle::default(),
            first: None,
            steps: Vec::new(),
            flights: Vec::new(),
            event: None,
            step: None,
            begun: false,
            open: false,
            called: false,
        }
    }

    fn both(&self, node: NodeId) -> Option<Both> {
        let (spec, implementation) = (self.spec[node.slot()].clone()?, self.implementation[node.slot()].clone()?);
        let mut both = Both { spec, implementation };
        both.implementation.cut(both.spec.base);
        Some(both)
    }

    fn begin(&mut self, when: When, event: Event) {
        self.end_step();
        if self.first.is_none() {
            // Of starting, which is no event.
            log::take();
            self.first = Some(self.schedule.setup.nodes().map(|node| self.both(node)).collect());
        }
        self.event = Some((when, event, 0));
        self.idle.begin(&event, &self.effects);
        self.open = false;
        self.begin_step();
        let site = event.site();
        self.step().node = match (event, site) {
            (Event::Drop(link, _), _) => Some(link.to),
            (Event::Duplicate(link, _), _) => Some(link.from),
            (Event::Deliver(link, _), _) => Some(link.to),
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
        if let Some(flight) = step.received.filter(|_| !self.called) {
            // Nobody was there to hear it.
            self.flights[flight].fate = Fate::Lost(self.steps.len());
            step.lost.push(flight);
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
        step.quiet = is_quiet(&step, before.as_ref(), self.idle.acted());
        self.steps.push(step);
    }

    /// An input of `node`: a step has one.
    fn input(&mut self, node: NodeId) {
        if self.begun || self.step().node.is_some_and(|other| other != node) {
            self.begin_step();
        }
        self.begun = true;
        self.step().node = Some(node);
    }

    /// The newest step's place.
    fn place(&self) -> usize {
        self.steps.len()
    }

    pub fn finish(mut self, run: Run) -> Story {
        let at_end = run
            .verdict
            .divergence()
            .is_some_and(|divergence| divergence.phase == Phase::End || divergence.check == Check::Liveness);
        // Of a cluster that stands still the continuations were not seen.
        let seen = run.verdict.divergence().filter(|divergence| divergence.check != Check::Liveness);
        let diverged = seen.map(|divergence| divergence.node);
        for (slot, look) in self.spec.iter_mut().enumerate() {
            // Where they parted, the specification is where the run left it.
            if diverged == Some(NodeId::from_slot(slot)) {
                *look = Some(look::of_server(&run.state, self.abilities, NodeId::from_slot(slot)));
            }
        }
        // A node that panics is not seen to have been called.
        self.called |= diverged.is_some();
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
            flights: self.flights,
            reason: None,
        }
    }

    fn flight(&self, number: u32, fate: Fate) -> Option<usize> {
        self.flights.iter().rposition(|flight| flight.number == number && flight.fate == fate)
    }
}

/// Whether a step shows nothing: no message, no change, nothing that the reader must know of.
fn is_quiet(step: &Step, before: Option<&Both>, acted: bool) -> bool {
    let tells = |event: Event| {
        event.lasts()
            || matches!(
                event,
                Event::Crash(_)
                    | Event::Restart(_)
                    | Event::Set(_, Knob::MaxInflightMsgs(..))
                    | Event::SnapshotAvailable(..)
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

    fn shown<N: Node>(&mut self, node: NodeId, shown: &N) {
        if let Some(effect) = self.effects.shown(node, shown) {
            self.step().notes.push(effect);
        }
        let checks = self.checks_quorum[node.slot()];
        self.implementation[node.slot()] = Some(look::of_node(self.align, self.settings, checks, node, shown));
    }

    fn called<M, T>(&mut self, node: NodeId, call: &Call<M, T>) {
        self.open = true;
        self.idle.act();
        self.effects.called(call);
        match call {
            // Its input is the message, which came first.
            Call::Deliver(_) => {}
            // What an application does with what its node has handed over belongs to the input before.
            Call::Ready(ready) => {
                let read =
                    ready.reads.iter().map(|(context, index)| format!("answers read {context} with index {index}"));
                let read: Vec<String> = read.collect();
                self.step().notes.extend(read);
            }
            // What it is then has a row.
            Call::Changed { configuration: Some(_), .. } => {}
            Call::Changed { configuration: None, change, .. } => {
                self.step().notes.push(format!("refuses to apply change {change}"));
            }
            Call::Synced(_) | Call::Advanced(_) | Call::Persisted { .. } | Call::Applied(_) => {}
            Call::Compacted(_) => self.step().notes.push("compacts its log".into()),
            Call::Restarted => {
                self.checks_quorum[node.slot()] = self.schedule.setup.check_quorum;
                self.input(node);
            }
            Call::Set(Knob::CheckQuorum(check)) => {
                self.checks_quorum[node.slot()] = *check;
                self.input(node);
            }
            Call::Asked(answers) => {
                self.input(node);
                self.step().notes.push(format!("answers: {answers}"));
            }
            Call::Tick
            | Call::Campaign
            | Call::Transfer(_)
            | Call::Ping
            | Call::Set(_)
            | Call::FreeBuffers
            | Call::Fetched
            | Call::Unreachable(_)
            | Call::Snapshots(_)
            | Call::Propose { .. }
            | Call::Read(_)
            | Call::RequestSnapshot { .. }
            | Call::ReportSnapshot(..) => self.input(node),
        }
        self.called = true;
        if self.step().node.is_none() {
            self.step().node = Some(node);
        }
    }

    fn received(&mut self, message: &Message) {
        if let Some(received) = self.step().received {
            self.flights[received].message = message.clone();
        }
        let effect = self.effects.received(message);
        self.step().notes.extend(effect);
    }

    fn sent(&mut self, message: &Message, number: u32) {
        if let Some(waiting) = self.flight(number, Fate::Held) {
            self.flights[waiting].message = message.clone();
            return;
        }
        let place = self.flights.len();
        self.step().sent.push(place);
        let made = self.place();
        let message = message.clone();
        self.flights.push(Flight { message, made, left: None, fate: Fate::Held, copy: false, number });
    }

    fn travels(&mut self, number: u32, passage: Passage) {
        self.idle.act();
        match passage {
            Passage::Leaves => {
                let place = self.place();
                let Some(flight) = self.flight(number, Fate::Held) else { return };
                (self.flights[flight].left, self.flights[flight].fate) = (Some(place), Fate::OnItsWay);
                if self.flights[flight].made != place {
                    self.step().left.push(flight);
                }
            }
            Passage::Copied => {
                let place = self.place();
                let Some(flight) = self.flight(number, Fate::OnItsWay) else { return };
                let copy = Flight { left: Some(place), copy: true, ..self.flights[flight].clone() };
                let flight = self.flights.len();
                self.step().sent.push(flight);
                self.flights.push(copy);
            }
            Passage::Arrives => {
                let Some(flight) = self.first_on_its_way(number) else { return };
                self.input(self.flights[flight].message.to);
                self.flights[flight].fate = Fate::Arrived(self.place());
                self.step().received = Some(flight);
            }
            Passage::Lost => {
                let Some(flight) = self.first_on_its_way(number) else { return };
                self.flights[flight].fate = Fate::Lost(self.place());
                self.step().lost.push(flight);
            }
        }
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
        let names: Vec<ActionName> = taken.iter().map(|(name, _)| *name).collect();
        self.step().actions.extend(names);
    }
}

impl Recorder<'_> {
    /// Of copies, the one that was made first: they say the same.
    fn first_on_its_way(&self, number: u32) -> Option<usize> {
        self.flights.iter().position(|flight| flight.number == number && flight.fate == Fate::OnItsWay)
    }
}

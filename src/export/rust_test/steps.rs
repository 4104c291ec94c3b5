//! The steps of a test: the events of a run that did something, as calls of the test's world.

use super::setup;
use crate::lockstep::observe::{Observer, Visible};
use crate::lockstep::verdict::{Check, Phase};
use crate::lockstep::{run, Options, Run};
use crate::schedule::{text, Event, Link, Schedule, Setup};
use crate::spec::{Configuration, Message, NodeId, NodeSet};
use crate::sut::nodes::raft_rs::RaftRs;
use crate::sut::{Call, Node, PeerView, Transit, View};
use std::collections::{BTreeMap, BTreeSet};

/// One step.
pub struct Step {
    /// The place of its event; none in the healing epilogue.
    pub place: Option<usize>,
    /// The statement.
    pub line: String,
}

/// The steps, and what an assertion reads of the run.
pub struct Steps {
    /// The setup of the run.
    pub setup: Setup,
    /// The statement that makes the world.
    pub world: String,
    /// The steps, in order.
    pub list: Vec<Step>,
    /// The parts of the world that the steps need.
    pub parts: BTreeSet<&'static str>,
    /// The run.
    pub run: Run,
    /// The nodes that run at the end.
    pub running: NodeSet,
    /// The last view of each node.
    pub views: BTreeMap<NodeId, View>,
    /// Each node's last progress of its peers.
    pub peers: BTreeMap<NodeId, Vec<(u64, PeerView)>>,
    /// The last configuration of each node.
    pub configurations: BTreeMap<NodeId, Configuration>,
}

impl Steps {
    /// Runs the schedule. The steps end with the event that diverges, or with the schedule; for a cluster that stands still
    /// they go on until the faults are over.
    ///
    /// # Errors
    /// The world lacks an event or a setting.
    pub fn of(schedule: &Schedule, options: Options) -> Result<Steps, String> {
        let setup = <RaftRs>::settings(schedule.setup);
        if let Some(name) = setup::lacks(&setup) {
            return Err(format!("setting `{name}`: the test's world lacks it; use its default"));
        }
        let mut writer = Writer::new(setup);
        let run = run::<RaftRs>(schedule, options, &mut writer);
        let panicked = run.verdict.divergence().is_some_and(|it| it.check() == Check::Panic);
        writer.finish(Some(panicked));
        let stands_still =
            run.slow.is_some() || run.verdict.divergence().is_some_and(|it| it.check() == Check::Liveness);
        if let (Phase::Epilogue, Some(divergence), false) = (run.phase, run.verdict.divergence(), stands_still) {
            return Err(format!("the run diverges in the healing epilogue, which has no steps: {}", divergence.cause));
        }
        if setup.heal && run.phase >= Phase::Epilogue && !stands_still {
            // The test ends where the epilogue begins.
            let setup = Setup { heal: false, ..schedule.setup };
            return Steps::of(&Schedule { setup, events: schedule.events.clone() }, options);
        }
        match writer.refusal {
            Some(refusal) => Err(refusal),
            None => Ok(writer.steps(run)),
        }
    }
}

/// An event under way.
pub(super) struct Current {
    pub(super) event: Event,
    /// Its place; none in the healing epilogue.
    place: Option<usize>,
    /// True if a node or the network did something.
    acts: bool,
    /// True if a node starts with an option of its own.
    pub(super) starts: bool,
    /// The links of the messages that arrived, in order.
    delivered: Vec<Link>,
    /// The messages in flight at its beginning.
    in_flight: usize,
    /// The nodes whose clocks ticked.
    ticked: Vec<NodeId>,
    /// The index of the last change that was applied.
    changed: Option<u64>,
    /// The value and the bytes of a proposal, or the context of a read.
    pub(super) operands: (u32, u32),
}

pub(super) struct Writer {
    pub(super) setup: Setup,
    list: Vec<Step>,
    pub(super) parts: BTreeSet<&'static str>,
    refusal: Option<String>,
    current: Option<Current>,
    /// The node that was called last: messages made now are released by it.
    called: Option<NodeId>,
    links: BTreeMap<u32, Link>,
    in_flight: usize,
    /// The causes of debts that the schedule leaves to the epilogue.
    pub(super) debts: BTreeSet<(NodeId, &'static str)>,
    /// True once the clocks of the epilogue tick.
    settles: bool,
    running: NodeSet,
    views: BTreeMap<NodeId, View>,
    peers: BTreeMap<NodeId, Vec<(u64, PeerView)>>,
    configurations: BTreeMap<NodeId, Configuration>,
}

impl Writer {
    fn new(setup: Setup) -> Self {
        let flags = [(setup.async_fetch, "fetch"), (setup.lazy_sync, "lazy")];
        Writer {
            setup,
            list: Vec::new(),
            parts: flags.iter().filter(|(set, _)| *set).map(|(_, part)| *part).collect(),
            refusal: None,
            current: None,
            called: None,
            links: BTreeMap::new(),
            in_flight: 0,
            debts: BTreeSet::new(),
            settles: false,
            running: setup.nodes().collect(),
            views: BTreeMap::new(),
            peers: BTreeMap::new(),
            configurations: BTreeMap::new(),
        }
    }

    fn steps(mut self, run: Run) -> Steps {
        // Lazy syncs matter only if a crash loses what is not durable.
        if !self.parts.contains("restart") {
            self.parts.remove("lazy");
        }
        let list = |from: u8, count: u8| (from..from + count).map(|id| id.to_string()).collect::<Vec<_>>().join(", ");
        let Setup { voters, learners, .. } = self.setup;
        let world = format!(
            "let mut w = World::new(&[{}], &[{}], {});",
            list(1, voters),
            list(1 + voters, learners),
            self.setup.count()
        );
        let Writer { setup, list, parts, running, views, peers, configurations, .. } = self;
        Steps { setup, world, list, parts, run, running, views, peers, configurations }
    }

    fn begin(&mut self, event: &Event, place: Option<usize>) {
        self.finish(None);
        self.current = Some(Current {
            event: *event,
            place,
            acts: false,
            starts: false,
            delivered: Vec::new(),
            in_flight: self.in_flight,
            ticked: Vec::new(),
            changed: None,
            operands: (0, 0),
        });
    }

    /// Writes the event under way. The last one, which may have `panicked`, is written as far as it came.
    fn finish(&mut self, panicked: Option<bool>) {
        let Some(current) = self.current.take() else { return };
        let (last, panicked) = (panicked.is_some(), panicked == Some(true));
        let owed = current.place.is_some() || self.owes(&current.event);
        if !owed || !(current.acts || current.event.lasts() || panicked) || self.refusal.is_some() {
            return;
        }
        let place = current.place;
        let lines = match current.event {
            Event::Round if last && current.delivered.len() < current.in_flight => {
                current.delivered.iter().map(|Link { from, to }| format!("w.deliver({from}, {to}, 0);")).collect()
            }
            Event::Apply(node, _) | Event::ApplyAll(node) if last && current.changed.is_some() => {
                self.part("hold");
                let applied = self.views.get(&node).map_or(0, |view| view.applied);
                let count = current.changed.unwrap_or(0).saturating_sub(applied);
                vec![format!("w.apply_up_to({node}, {count});")]
            }
            Event::TickAll if last => current.ticked.iter().map(|node| format!("w.tick({node});")).collect(),
            _ => match self.lines(&current) {
                Some(lines) => lines,
                None => {
                    let line = text::line(&current.event);
                    self.refusal = Some(format!("event `{line}`: the test's world has no such call"));
                    return;
                }
            },
        };
        self.list.extend(lines.into_iter().map(|line| Step { place, line }));
    }

    /// True if an event of the epilogue undoes something that the schedule did.
    fn owes(&self, event: &Event) -> bool {
        let owed = |node: &NodeId, what| self.debts.contains(&(*node, what));
        match event {
            Event::Set(node, knob) => owed(node, knob.row().name),
            Event::SnapshotAvailable(node, _) => owed(node, "no_snapshot"),
            Event::Resume(node) => owed(node, "stall"),
            Event::Process(node) => owed(node, "busy"),
            Event::ApplyAll(node) => owed(node, "hold"),
            Event::Heal => self.parts.contains("partition") || self.parts.contains("cut"),
            _ => true,
        }
    }

    /// The world needs a part.
    pub(super) fn part(&mut self, part: &'static str) {
        self.parts.insert(part);
    }
}

impl Observer for Writer {
    fn event(&mut self, place: usize, event: &Event) {
        self.begin(event, Some(place));
    }

    fn healing(&mut self, event: &Event) {
        self.settles |= matches!(event, Event::Tick(_));
        match self.settles {
            true => self.finish(None),
            false => self.begin(event, None),
        }
    }

    fn shown(&mut self, node: NodeId, shown: &dyn Visible) {
        let mut peers = Vec::new();
        shown.peers(&mut |id, peer| peers.push((id, peer)));
        peers.sort_by_key(|(id, _)| *id);
        self.peers.insert(node, peers);
        self.views.insert(node, shown.view());
        self.configurations.insert(node, shown.configuration());
    }

    fn called(&mut self, node: NodeId, call: &Call<(), ()>) {
        self.called = Some(node);
        match call {
            Call::Changed { .. } => self.part("change"),
            Call::Ready(ready) if ready.snapshot.is_some() => self.part("snapshot"),
            Call::Restarted => self.running.insert(node),
            _ => {}
        }
        let Some(current) = &mut self.current else { return };
        current.acts = true;
        match call {
            Call::Changed { index, .. } => current.changed = Some(*index),
            // The rest after the last change is whole again.
            Call::Applied(_) => current.changed = None,
            Call::Tick => current.ticked.push(node),
            Call::Propose { value, size, .. } => current.operands = (*value, *size),
            Call::Read(context) => current.operands.0 = *context,
            _ => {}
        }
    }

    fn sent(&mut self, message: &Message, number: u32) {
        if matches!(message.body, crate::spec::Body::Snapshot { .. }) {
            self.part("snapshot");
        }
        if let Some(from) = self.called {
            self.links.entry(number).or_insert(Link { from, to: message.to });
        }
    }

    fn travels(&mut self, number: u32, transit: Transit) {
        match transit {
            Transit::Sent | Transit::Duplicated => self.in_flight += 1,
            Transit::Delivered | Transit::Lost => self.in_flight -= 1,
        }
        let lossy = ["partition", "cut"].iter().any(|part| self.parts.contains(part));
        let Some(current) = &mut self.current else { return };
        current.acts = true;
        if transit == Transit::Lost && !lossy && !matches!(current.event, Event::Drop(..)) {
            let why = "the run goes on without a message that a known finding spoils; pass --no-known";
            self.refusal.get_or_insert(why.into());
        }
        if let (Transit::Delivered, Some(link)) = (transit, self.links.get(&number)) {
            current.delivered.push(*link);
        }
    }

    fn configured(&mut self, _: NodeId, _: &Setup, starts: bool) {
        if let Some(current) = &mut self.current {
            current.starts = starts;
        }
    }

    fn stopped(&mut self, node: NodeId) {
        self.running.remove(node);
        if let Some(current) = &mut self.current {
            current.acts = true;
            // Its application stops a node that is removed.
            if !matches!(current.event, Event::Crash(_)) {
                self.parts.insert("removed");
            }
        }
    }
}

//! The specification as stateright wants a model: states, the steps between them, one property.

use super::bounds::Bounds;
use crate::spec::ghost::Ghost;
use crate::spec::guards::{self, Guard};
use crate::spec::invariants::{check_whole, Snapshot, Whole};
use crate::spec::network::Bag;
use crate::spec::packed::Packed;
use crate::spec::{each_action, step_in_bag, Action, Index, Settings, State};
use stateright::Property;
use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex};

/// The one property: the step that led to a state broke none of the invariants.
pub(super) const INVARIANTS_HOLD: &str = "invariants hold";

/// A state, and whether the step that led to it broke an invariant. That is part of its identity:
/// some invariants are of steps, and a bad one may lead to a state that is well known.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Node {
    /// The state.
    pub packed: Packed,
    /// The invariant that is broken.
    pub broken: Option<Arc<Broken>>,
}

/// An invariant that a step broke.
#[derive(PartialEq, Eq, Hash, Debug)]
pub struct Broken {
    /// Its name.
    pub invariant: &'static str,
    /// The reason, in words.
    pub why: String,
}

impl From<Packed> for Node {
    fn from(packed: Packed) -> Self {
        Node { packed, broken: None }
    }
}

impl fmt::Debug for Node {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        fmt::Debug::fmt(&self.packed, f)?;
        match &self.broken {
            Some(broken) => writeln!(f, "breaks {}: {}", broken.invariant, broken.why),
            None => Ok(()),
        }
    }
}

/// An enabled action, and the state that it leads to.
#[derive(Clone, PartialEq)]
pub struct Step {
    /// The action.
    pub action: Action,
    /// The state that it leads to.
    pub next: Node,
}

impl fmt::Debug for Step {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        fmt::Display::fmt(&self.action, f)
    }
}

/// The counters of a search, and the flags that end it.
#[derive(Debug)]
pub(super) struct Control {
    generated: AtomicU64,
    interrupted: AtomicBool,
    broken: AtomicBool,
}

impl Control {
    pub(super) fn generated(&self) -> u64 {
        self.generated.load(Relaxed)
    }

    pub(super) fn interrupt(&self) {
        self.interrupted.store(true, Relaxed);
    }

    pub(super) fn is_interrupted(&self) -> bool {
        self.interrupted.load(Relaxed)
    }

    /// Lets stateright take steps again, to follow the path that it found.
    pub(super) fn resume(&self) {
        self.interrupted.store(false, Relaxed);
        self.broken.store(false, Relaxed);
    }

    fn is_over(&self) -> bool {
        self.interrupted.load(Relaxed) || self.broken.load(Relaxed)
    }
}

/// The specification in the `ongaro` dialect, within bounds.
pub struct Model {
    bounds: Bounds,
    values: Vec<u32>,
    dropped: Option<&'static Guard>,
    start: Packed,
    ends: bool,
    control: Arc<Control>,
    bench: Mutex<Workbench>,
}

impl Model {
    /// The model that begins in raft.tla's `Init`, with a guard left out if one is named.
    ///
    /// # Panics
    /// On bounds that [`Bounds::check`] refuses.
    pub fn new(bounds: Bounds, dropped: Option<&'static Guard>) -> Self {
        let state = State::init(Settings::ongaro(bounds.servers));
        Model::from(&state, &Bag::default(), bounds, dropped)
    }

    /// The same, from another state.
    ///
    /// # Panics
    /// On bounds that [`Bounds::check`] refuses, and on a state of another dialect.
    pub fn from(state: &State, bag: &Bag, bounds: Bounds, dropped: Option<&'static Guard>) -> Self {
        bounds.check().expect("bounds were checked");
        let mut bench = Workbench::new(bounds.servers);
        Model {
            bounds,
            values: (1..=bounds.values).collect(),
            dropped,
            start: Packed::new(state, bag, &mut bench.room),
            ends: true,
            control: Arc::new(Control {
                generated: AtomicU64::new(1),
                interrupted: AtomicBool::new(false),
                broken: AtomicBool::new(false),
            }),
            bench: Mutex::new(bench),
        }
    }

    /// The same, for those who look around by themselves: it does not end with the first broken invariant.
    pub(super) fn without_end(mut self) -> Self {
        self.ends = false;
        self
    }

    pub(super) fn control(&self) -> Arc<Control> {
        Arc::clone(&self.control)
    }
}

impl stateright::Model for Model {
    type State = Node;
    type Action = Step;

    fn init_states(&self) -> Vec<Node> {
        vec![Node::from(self.start.clone())]
    }

    fn actions(&self, node: &Node, steps: &mut Vec<Step>) {
        if node.broken.is_some() || self.control.is_over() {
            return;
        }
        let mut bench = self.bench.lock().expect("nobody panics with it");
        let generated = guards::without(self.dropped, || bench.expand(self, &node.packed, steps));
        self.control.generated.fetch_add(generated, Relaxed);
        if self.ends && steps.last().is_some_and(|step| step.next.broken.is_some()) {
            self.control.broken.store(true, Relaxed);
        }
    }

    fn next_state(&self, _: &Node, step: Step) -> Option<Node> {
        Some(step.next)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![Property::always(INVARIANTS_HOLD, |_, node: &Node| node.broken.is_none())]
    }
}

/// The unpacked state in which every step is taken.
struct Workbench {
    before: (State, Bag),
    after: (State, Bag),
    room: Vec<u8>,
}

impl Workbench {
    fn new(servers: usize) -> Self {
        let init = (State::init(Settings::ongaro(servers)), Bag::default());
        Workbench { before: init.clone(), after: init, room: Vec::new() }
    }

    /// Takes every enabled step from a state, up to one that breaks an invariant, and keeps those
    /// within the bounds. Returns how many there were.
    fn expand(&mut self, model: &Model, packed: &Packed, steps: &mut Vec<Step>) -> u64 {
        let Workbench { before: (before, bag_before), after: (after, bag), room } = self;
        packed.unpack(before, bag_before);
        packed.unpack(after, bag);
        let mut generated = 0;
        let mut broken = false;
        each_action(before, bag_before, &model.values, &mut |action| {
            let node = action.node();
            if (broken && model.ends) || !model.bounds.want(&action) {
                return;
            }
            let moved = after.server_mut(node);
            moved.changed_from = Index::MAX;
            if step_in_bag(after, action.clone(), bag).is_err() {
                return;
            }
            generated += 1;
            let verdict = check(before, after, &action);
            broken |= verdict.is_some();
            if verdict.is_some() || model.bounds.allow(after.server(node), bag) {
                steps.push(Step { action, next: Node { packed: Packed::new(after, bag, room), broken: verdict } });
            }
            after.server_mut(node).take_variables(before.server(node));
            bag.copy_from(bag_before);
        });
        generated
    }
}

/// The first invariant that a step breaks. One that changes nothing which invariants look at breaks none.
fn check(before: &State, after: &State, action: &Action) -> Option<Arc<Broken>> {
    let node = action.node();
    let (old, new) = (before.server(node), after.server(node));
    if Snapshot::of(old).changes(new) == 0 && old.voted_for == new.voted_for {
        return None;
    }
    let restarted = matches!(action, Action::Restart(_)).then_some(node);
    // Exploration needs no history: what it would say is in the states.
    let whole = Whole { before: Some(before), after, ghost: &Ghost::default(), restarted };
    let (invariant, why) = check_whole(&whole).err()?;
    Some(Arc::new(Broken { invariant: invariant.name, why }))
}

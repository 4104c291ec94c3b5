//! The state and output of the nodes of a bare cluster, event by event, as names and values.
//!
//! No judge takes part: `diff` compares two implementations that are run in this way.

use crate::lockstep::contained;
use crate::schedule::Schedule;
use crate::spec::NodeId;
use crate::sut::{Call, Cluster, Judge, MessageView, Node, Ready, Shows, Unjudged};
use serde::{Deserialize, Serialize};
use serde_json::{json, Value};
use std::collections::BTreeMap;

/// A run of a bare cluster.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Shown {
    /// The effect of each event.
    pub steps: Vec<Step>,
    /// The reason why the run ended before its schedule.
    pub end: Option<String>,
}

/// The effect of an event.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// By node, the values that differ from those before the event; null for those that are gone.
    pub changed: BTreeMap<u8, Names>,
    /// The output of the nodes, in order: node, name and value.
    pub said: Vec<(u8, String, Value)>,
}

/// Values by name.
pub type Names = BTreeMap<String, Value>;

/// Runs the schedule on a bare cluster of `N`.
pub fn shown<N: Node>(schedule: &Schedule) -> Shown {
    let mut steps = Vec::new();
    let end = contained(|| {
        let mut cluster = Cluster::<N, Witness>::new(schedule.setup, false);
        let mut before = vec![Names::new(); schedule.setup.count().into()];
        for event in &schedule.events {
            let mut witness = Witness::default();
            cluster.apply(event, &mut witness)?;
            let mut step = Step { said: witness.said, ..Step::default() };
            for (id, before) in schedule.setup.nodes().zip(&mut before) {
                let now = cluster.node(id).map_or(Names::new(), names);
                let changed = changes(before, &now);
                if !changed.is_empty() {
                    step.changed.insert(id.number(), changed);
                }
                *before = now;
            }
            steps.push(step);
        }
        Ok(())
    });
    Shown { steps, end: end.unwrap_or(Err("a replica panics")).err().map(str::to_string) }
}

fn changes(before: &Names, now: &Names) -> Names {
    let gone = before.keys().filter(|name| !now.contains_key(*name)).map(|name| (name.clone(), Value::Null));
    let new = now.iter().filter(|(name, value)| before.get(*name) != Some(*value));
    gone.chain(new.map(|(name, value)| (name.clone(), value.clone()))).collect()
}

/// Everything that a node shows.
fn names<N: Node>(node: &N) -> Names {
    let mut names = Names::new();
    if let Ok(Value::Object(view)) = serde_json::to_value(node.view()) {
        names.extend(view);
    }
    names.insert("configuration".into(), json!(node.configuration().to_string()));
    node.peers(|id, peer| drop(names.insert(format!("peer {id}"), json!(peer))));
    node.votes(|id, granted| drop(names.insert(format!("vote of {id}"), json!(granted))));
    node.entries(1, |entry| drop(names.insert(format!("log {}", entry.index), json!(entry))));
    names
}

/// Records the output of every node.
#[derive(Default)]
struct Witness {
    said: Vec<(u8, String, Value)>,
}

impl Witness {
    fn hears(&mut self, id: NodeId, name: &str, value: Value) {
        self.said.push((id.number(), name.to_string(), value));
    }

    fn takes<N: Node>(&mut self, id: NodeId, ready: &Ready<N::Message>) {
        let Ready { must_sync, hard_state, entries, commit, messages, persisted_messages, reads, .. } = ready;
        let hard_state = hard_state.map(|hard| json!({"term": hard.term, "vote": hard.vote, "commit": hard.commit}));
        let snapshot = ready.snapshot.map(|snapshot| format!("{snapshot:?}"));
        let written = json!({"hard state": hard_state, "snapshot": snapshot, "entries": entries, "commit": commit,
                             "must sync": must_sync, "reads": reads, "committed": ready.committed});
        self.hears(id, "Ready", written);
        let mut entries = Vec::new();
        for message in messages.iter().chain(persisted_messages) {
            entries.clear();
            let view = N::describe(message, &mut entries);
            self.hears(id, &format!("{:?} to {}", view.kind, view.to), told(&view, &entries));
        }
    }
}

fn told(view: &MessageView, entries: &impl Serialize) -> Value {
    let mut told = json!(view);
    told["entries"] = json!(entries);
    told
}

impl<N: Node> Judge<N> for Witness {
    type MessageId = ();
    type Stop = &'static str;

    fn after_call(
        &mut self,
        id: NodeId,
        call: &Call<N::Message, ()>,
        node: &N,
        tags: &mut Vec<()>,
    ) -> Result<(), &'static str> {
        match call {
            Call::Ready(ready) | Call::Advanced { ready, .. } => self.takes::<N>(id, ready),
            Call::Propose { taken, .. } | Call::ProposeMany { taken, .. } => {
                self.hears(id, "proposal taken", json!(taken))
            }
            Call::RequestSnapshot { taken } => self.hears(id, "request taken", json!(taken)),
            Call::Asked(answers) => self.hears(id, "answers", json!(answers.to_string())),
            Call::Changed { configuration, .. } => {
                self.hears(id, "change applied", json!(configuration.map(|it| it.to_string())));
            }
            _ => {}
        }
        Unjudged.after_call(id, call, node, tags)
    }

    fn on_send(&mut self, _: NodeId, _: &()) -> Result<(), &'static str> {
        Ok(())
    }

    fn on_livelock(&mut self, _: NodeId, what: &'static str) -> &'static str {
        what
    }
}

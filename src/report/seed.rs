//! The transcript of a seed trace, in the format of the prototype: ignored events, every event between the
//! implementation's log lines, and the final states of the specification and the implementation.
//!
//! Both states are computed: the specification's from the trace, the implementation's from the nodes.

use crate::concretize::{Outcome, Plan};
use crate::lockstep;
use crate::refine::Alignment;
use crate::spec::{Action, Change, Dialect, NO_OP};
use crate::sut::{log, Cluster, EntryView, Node, RoleView, Unjudged};
use crate::trace::{written, Act, Behaviour, End};

/// Runs the plan on a cluster of `N`, and returns the transcript.
pub fn tell<N: Node>(behaviour: &Behaviour, plan: &Plan) -> String {
    let mut text = String::new();
    log::take();
    let end = lockstep::contained(|| run::<N>(&mut text, behaviour, plan));
    match end {
        Some(end) => {
            line!(text, "----Finished\nspec state: {}\n\nimpl state: {}", state(&behaviour.end), state(&end))
        }
        None => line!(text, "----Panicked"),
    }
    text
}

/// The implementation's log lines, without debug lines.
fn log_lines(text: &mut String) {
    for (_, line) in log::take().iter().filter(|(_, line)| !line.starts_with("DEBG")) {
        line!(text, "{line}");
    }
}

fn run<N: Node>(text: &mut String, behaviour: &Behaviour, plan: &Plan) -> End {
    let setup = plan.schedule.setup;
    let mut cluster = Cluster::<N, Unjudged>::new(setup, true);
    let mut led = false;
    log_lines(text);
    for line in &behaviour.ignored {
        line!(text, "Ignored event {line}");
    }
    for (step, (events, outcome)) in behaviour.steps.iter().zip(&plan.steps) {
        // One event may be several steps: its log lines follow the last of them.
        if !matches!(step.act, Act::Answer | Act::Take(Action::BecomeLeader(_))) {
            log_lines(text);
        }
        line!(text, "----{}", step.line());
        if let Outcome::Skipped(why) = outcome {
            line!(text, "Skipped: {why}");
        }
        for event in &plan.schedule.events[events.clone()] {
            // The event has already terminated once, while the plan was made.
            let _ = cluster.apply(event, &mut Unjudged);
        }
        led |= setup.nodes().any(|i| cluster.node(i).is_some_and(|node| node.view().role == RoleView::Leader));
    }
    log_lines(text);
    let align = Alignment::of(&setup, Dialect::ONGARO);
    End { at_least_one_leader: led, logs: setup.nodes().map(|i| entries(cluster.node(i), align)).collect() }
}

/// A node's log after the bootstrap, in the specification's terms.
fn entries<N: Node>(node: Option<&N>, align: Alignment) -> Vec<(u32, bool, String)> {
    let mut entries = Vec::new();
    if let Some(node) = node {
        node.entries(align.concrete(1), |entry: EntryView| {
            let value = match Change::from_value(entry.value) {
                Some(change) => change.to_string(),
                None if entry.value == NO_OP => "0".into(),
                None => entry.value.to_string(),
            };
            entries.push((align.term(entry.term), Change::is_value(entry.value), value));
        });
    }
    entries
}

fn state(end: &End) -> String {
    let log = |log: &Vec<(u32, bool, String)>| {
        log.iter().map(|(term, change, value)| written(*term, *change, value)).collect::<Vec<_>>().join(" ")
    };
    let logs = end.logs.iter().enumerate().map(|(slot, entries)| format!("{}: [{}]", slot + 1, log(entries)));
    let logs = logs.collect::<Vec<_>>().join(", ");
    format!("{{ atLeastOneLeader: {}, logs: {{ {logs} }} }}", end.at_least_one_leader)
}

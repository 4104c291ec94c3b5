//! Why the two parted, in words: what the implementation did, what Raft requires, and where that is written down.

use super::actions::about;
use super::fields::Field;
use super::look::{beside, Row};
use super::Story;
use crate::findings::{every, FindingRow};
use crate::lockstep::{self, Options};
use crate::report::observe::Silent;
use crate::report::switch;
use crate::spec::dialect::SwitchRow;
use crate::spec::invariants::ALL;
use crate::spec::ActionName;
use crate::sut::Node;
use crate::verdict::{Check, Divergence};

/// Why the two parted.
#[derive(Clone, Debug)]
pub struct Reason {
    /// What the implementation did.
    pub did: String,
    /// What Raft requires.
    pub requires: String,
    /// The guard, field, duty or invariant.
    pub broken: String,
    /// The same, short enough for a picture.
    pub short: String,
    /// Where it is written down.
    pub sources: Vec<String>,
    /// The rows of the node's table that show it.
    pub rows: Vec<String>,
    /// The known finding that it is.
    pub known: Option<&'static FindingRow>,
    /// Deviations from raft.tla that explain it.
    pub switches: Vec<&'static SwitchRow>,
}

impl Reason {
    pub(super) fn of<N: Node>(story: &Story) -> Option<Reason> {
        let divergence = story.run.verdict.divergence()?;
        let mut reason = match divergence.check {
            Check::Guard => guard::<N>(divergence),
            Check::Obligation => obligation(divergence),
            Check::State => state(story, divergence),
            Check::Invariant => invariant(divergence),
            Check::Liveness => liveness(divergence),
            Check::Runaway | Check::Panic => crash::<N>(divergence),
        };
        reason.known = known::<N>(story, divergence);
        reason.switches = switch::explaining::<N>(&story.schedule, story.options, &story.run);
        Some(reason)
    }

    fn new(did: String, requires: String, broken: String, short: String, sources: &[&str]) -> Self {
        let sources = sources.iter().map(|source| source.to_string()).collect();
        Reason { did, requires, broken, short, sources, rows: Vec::new(), known: None, switches: Vec::new() }
    }
}

fn guard<N: Node>(divergence: &Divergence) -> Reason {
    let (name, guard) = divergence.what.split_once(": ").unwrap_or(("", &divergence.what));
    let action = divergence.actions.iter().map(|(action, _)| *action).find(|action| action.to_string() == name);
    let action = action.or_else(|| action_named(name));
    let (sentence, source) = action.map_or(("", ""), about);
    let node = divergence.node;
    let did = format!(
        "On node {node} {} did what the specification has as `{name}`, though its guard is false. {sentence}",
        N::NAME
    );
    let broken = format!("guard of {name}: {guard}");
    let mut sources = vec![divergence.reference.as_str()];
    sources.extend(Some(source).filter(|source| !source.is_empty()));
    let (requires, short) = (format!("`{name}` only if {guard}."), format!("guard is false: {guard}"));
    Reason::new(did.trim().into(), requires, broken, short, &sources)
}

/// What is written as a clause, as a sentence.
fn sentence(clause: &str) -> String {
    let first = clause.chars().next().map_or(String::new(), |first| first.to_uppercase().to_string());
    first + clause.get(1..).unwrap_or("") + "."
}

/// Guards may be of actions that were not taken.
fn action_named(name: &str) -> Option<ActionName> {
    use ActionName::*;
    let rarely_taken = [Timeout, BecomeLeader, NoOp, Release, Apply, AdvanceCommitIndex, AppendEntries, Heartbeat];
    rarely_taken.into_iter().find(|action| action.to_string() == name)
}

fn obligation(divergence: &Divergence) -> Reason {
    let (node, duty) = (divergence.node, &divergence.what);
    let did = format!("Node {node} returned from the call without having done its duty.{}", after(divergence));
    let requires = sentence(duty);
    let mut sources = vec![divergence.reference.as_str()];
    sources.extend(last_action(divergence).map(|action| about(action).1));
    Reason::new(did, requires, format!("duty: {duty}"), duty.clone(), &sources)
}

/// What the specification took the call for.
fn after(divergence: &Divergence) -> String {
    match last_action(divergence) {
        Some(action) => format!(" It was `{action}`: {}", about(action).0),
        None => String::new(),
    }
}

fn last_action(divergence: &Divergence) -> Option<ActionName> {
    let mut actions = divergence.actions.iter().rev().map(|(action, _)| *action);
    actions.find(|action| *action != ActionName::AppendEntries)
}

fn state(story: &Story, divergence: &Divergence) -> Reason {
    let (node, field) = (divergence.node, Field::named(&divergence.what));
    let rows = field.map_or(Vec::new(), |field| differing(story, field));
    let (mut ours, mut theirs) = (plain(&divergence.spec), plain(&divergence.implementation));
    if let [(name, Some(spec), Some(implementation))] = &rows[..] {
        (ours, theirs) = (format!("{name} {spec}"), format!("{name} {implementation}"));
    }
    let is_strange = divergence.what == "message";
    let is_message = divergence.what.ends_with("Request") || divergence.what.ends_with("Response");
    let did = match is_message || is_strange {
        true => format!("Node {node} made the message {theirs}.{}", after(divergence)),
        false => format!("Node {node} has {}{theirs}.{}", field_name(&rows, divergence), after(divergence)),
    };
    let requires = match is_message {
        _ if is_strange => "No message like it.".into(),
        true => format!("The message {ours}."),
        false => format!("That node {node} has {}{ours}.", field_name(&rows, divergence)),
    };
    let sentence = field.map_or(String::new(), |field| format!(" ({})", field.sentence.trim_end_matches('.')));
    let mut sources = Vec::new();
    sources.extend(field.map(|field| field.source));
    sources.extend(last_action(divergence).map(|action| about(action).1));
    let broken = format!("field {}{sentence}", divergence.what);
    let mut reason = Reason::new(did, requires, broken, format!("{} differs", divergence.what), &sources);
    reason.rows = rows.into_iter().map(|(name, _, _)| name).collect();
    reason
}

/// The field's name, where no row says it.
fn field_name(rows: &[Row], divergence: &Divergence) -> String {
    if rows.len() == 1 {
        String::new()
    } else {
        format!("{} ", divergence.what)
    }
}

/// The rows in which the two sides differ, of those that show the field.
fn differing(story: &Story, field: &Field) -> Vec<Row> {
    let both = story.steps.last().and_then(|step| step.both.as_ref());
    let Some(both) = both.filter(|_| !field.row.is_empty()) else { return Vec::new() };
    let mut rows = beside(&both.spec, &both.implementation);
    rows.retain(|(name, ours, theirs)| name.starts_with(field.row) && ours != theirs);
    rows
}

/// A value as people write it.
fn plain(value: &str) -> String {
    let inner = value.strip_prefix("Some(").and_then(|value| value.strip_suffix(')')).unwrap_or(value);
    match inner {
        "None" => "nobody".into(),
        _ => inner.trim_start_matches('n').into(),
    }
}

fn invariant(divergence: &Divergence) -> Reason {
    let invariant = ALL.iter().find(|invariant| invariant.name == divergence.what);
    let requires = invariant.map_or(divergence.spec.clone(), |invariant| invariant.sentence.to_string());
    let did = format!("On node {}: {}.{}", divergence.node, divergence.implementation, after(divergence));
    let broken = format!("invariant {}", divergence.what);
    Reason::new(did, requires, broken, format!("{} is broken", divergence.what), &[&divergence.reference])
}

fn liveness(divergence: &Divergence) -> Reason {
    let did = format!(
        "When all faults were over, and clocks had ticked long enough, it still was: {}.",
        divergence.implementation
    );
    let requires = sentence(&divergence.what);
    let broken = "progress, when all faults are over".into();
    Reason::new(did, requires, broken, "no progress, when all faults are over".into(), &[&divergence.reference])
}

fn crash<N: Node>(divergence: &Divergence) -> Reason {
    let verb = if divergence.check == Check::Panic { "panicked" } else { "did not come to an end" };
    let did = format!("Node {} {verb}: {}", divergence.node, divergence.implementation);
    let requires = sentence(&divergence.reference);
    let broken = format!("no {}", divergence.check.name());
    Reason::new(did, requires, broken, format!("{} {verb}", N::NAME), &["the contract: src/docs/contract.md"])
}

/// The known finding that would let the run get past the event at which it diverged.
fn known<N: Node>(story: &Story, divergence: &Divergence) -> Option<&'static FindingRow> {
    let helps = |row: &&FindingRow| {
        let wider = Options { known: story.options.known.with(row.finding), ..story.options };
        let retried = lockstep::run::<N>(&story.schedule, wider, &mut Silent);
        match retried.verdict.divergence() {
            Some(later) => (later.event, later.phase) > (divergence.event, divergence.phase),
            // A known panic ends a run; it is told by its name.
            None => true,
        }
    };
    let of_it = |row: &&FindingRow| N::KNOWN.has(row.finding) && !story.options.known.has(row.finding);
    every().filter(of_it).find(helps)
}

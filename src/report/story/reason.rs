//! The reason for a divergence in words: the implementation's step, Raft's requirement, and its sources.

use super::look::{beside, Row};
use super::Story;
use crate::clients::consequences::ConsequenceRow;
use crate::findings::{every, FindingRow};
use crate::lockstep::divergence::{Divergence, Failed, Panic};
use crate::lockstep::observe::Silent;
use crate::lockstep::{self, JudgeName, Options};
use crate::refine::{Difference, Field, Value};
use crate::report::switch;
use crate::spec::dialect::SwitchRow;
use crate::spec::invariants::Invariant;
use crate::spec::Disabled;
use crate::sut::Node;

/// The reason for a divergence.
#[derive(Clone, Debug)]
pub struct Reason {
    /// The implementation's step.
    pub did: String,
    /// Raft's requirement.
    pub requires: String,
    /// The guard, field, obligation or invariant.
    pub broken: String,
    /// The same, short enough for a picture.
    pub short: String,
    /// The sources of the requirement.
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
        let mut reason = match &divergence.failed {
            Failed::Guard(guard) => false_guard::<N>(divergence, *guard),
            Failed::Obligation { obligation, .. } => unmet_obligation(divergence, obligation),
            Failed::Field(difference) => different_field(story, divergence, difference),
            Failed::Invariant(invariant, why) => broken_invariant(divergence, invariant, why),
            Failed::Liveness { .. } => missed_goal(divergence),
            Failed::Runaway(bound) => crash::<N>(divergence, "did not return", bound),
            Failed::RunawayHandler(Panic { message, .. }) => crash::<N>(divergence, "did not return", message),
            Failed::Panic(Panic { message, .. }) => crash::<N>(divergence, "panicked", message),
            Failed::Consequence(row, seen) => consequence(row, seen),
        };
        if story.options.judge == JudgeName::Clients {
            return Some(reason);
        }
        reason.known = known::<N>(story, divergence);
        reason.switches = switch::explaining::<N>(&story.schedule, story.options, &story.run);
        Some(reason)
    }

    fn new(did: String, requires: String, broken: String, short: String, sources: &[&str]) -> Self {
        let sources = sources.iter().map(|source| source.to_string()).collect();
        Reason { did, requires, broken, short, sources, rows: Vec::new(), known: None, switches: Vec::new() }
    }
}

fn false_guard<N: Node>(divergence: &Divergence, guard: Disabled) -> Reason {
    let (node, action, requires) = (divergence.node, guard.action, guard.guard);
    let did = format!(
        "On node {node} {} did what the specification has as `{action}`, though its guard is false. {}",
        N::NAME,
        action.sentence()
    );
    let broken = format!("guard of {action}: {requires}");
    let (requires, short) = (format!("`{action}` only if {requires}."), format!("guard is false: {requires}"));
    Reason::new(did, requires, broken, short, &[guard.reference, action.source()])
}

/// A clause as a sentence.
fn sentence(clause: &str) -> String {
    let first = clause.chars().next().map_or(String::new(), |first| first.to_uppercase().to_string());
    first + clause.get(1..).unwrap_or("") + "."
}

fn unmet_obligation(divergence: &Divergence, obligation: &str) -> Reason {
    let node = divergence.node;
    let did = format!("Node {node} returned from the call without meeting its obligation.{}", after(divergence));
    let mut sources = vec![divergence.failed.words().source];
    sources.extend(divergence.last_action().map(|action| action.source()));
    Reason::new(did, sentence(obligation), format!("obligation: {obligation}"), obligation.into(), &sources)
}

/// The specification's last action in the call, as a sentence.
fn after(divergence: &Divergence) -> String {
    match divergence.last_action() {
        Some(action) => format!(" It was `{action}`: {}", action.sentence()),
        None => String::new(),
    }
}

fn different_field(story: &Story, divergence: &Divergence, difference: &Difference) -> Reason {
    let (node, row) = (divergence.node, difference.field.row());
    let rows = differing(story, difference.field);
    let (did, requires) = match &difference.spec {
        Value::NoSuchMessage => (made(difference), "No message like it.".into()),
        Value::NothingToAnswer => (made(difference), "No message: there is no request to answer.".into()),
        Value::Message(_) => (made(difference), format!("The message {}.", difference.spec)),
        _ => {
            let (ours, theirs) = match &rows[..] {
                [(name, Some(spec), Some(implementation))] => {
                    (format!("{name} {spec}"), format!("{name} {implementation}"))
                }
                [_] => (difference.spec.to_string(), difference.implementation.to_string()),
                _ => {
                    let name = row.name;
                    (format!("{name} {}", difference.spec), format!("{name} {}", difference.implementation))
                }
            };
            (format!("has {theirs}"), format!("That node {node} has {ours}."))
        }
    };
    let did = format!("Node {node} {did}.{}", after(divergence));
    let mut sources = vec![row.source];
    sources.extend(divergence.last_action().map(|action| action.source()));
    let broken = format!("field {} ({})", row.name, row.sentence.trim_end_matches('.'));
    let mut reason = Reason::new(did, requires, broken, format!("{} differs", row.name), &sources);
    reason.rows = rows.into_iter().map(|(name, _, _)| name).collect();
    reason
}

fn made(difference: &Difference) -> String {
    format!("made the message {}", difference.implementation)
}

/// The rows in which the two sides differ, of those that show the field.
fn differing(story: &Story, field: Field) -> Vec<Row> {
    let shown_in = field.row().shown_in;
    let both = story.steps.last().and_then(|step| step.both.as_ref());
    let Some(both) = both.filter(|_| !shown_in.is_empty()) else { return Vec::new() };
    let mut rows = beside(&both.spec, &both.implementation);
    rows.retain(|(name, ours, theirs)| name.starts_with(shown_in) && ours != theirs);
    rows
}

fn broken_invariant(divergence: &Divergence, invariant: &Invariant, why: &str) -> Reason {
    let did = format!("On node {}: {why}.{}", divergence.node, after(divergence));
    let broken = format!("invariant {}", invariant.name);
    let short = format!("{} is broken", invariant.name);
    Reason::new(did, invariant.sentence.into(), broken, short, &[invariant.reference])
}

fn missed_goal(divergence: &Divergence) -> Reason {
    let words = divergence.failed.words();
    let did = format!(
        "When all faults were over, and clocks had ticked long enough, it still was: {}.",
        words.implementation
    );
    let broken = "progress, when all faults are over".into();
    let short = "no progress, when all faults are over".into();
    Reason::new(did, sentence(&words.what), broken, short, &[words.source])
}

fn consequence(row: &ConsequenceRow, seen: &str) -> Reason {
    let did = format!("{} Here {seen}.", row.sentence);
    let short = row.sentence.trim_end_matches('.').into();
    Reason::new(did, row.promise.into(), format!("consequence {}", row.name), short, &[row.source])
}

fn crash<N: Node>(divergence: &Divergence, verb: &str, message: &str) -> Reason {
    let did = format!("Node {} {verb}: {message}", divergence.node);
    let requires = sentence(divergence.failed.words().source);
    let broken = format!("no {}", divergence.check().name());
    Reason::new(did, requires, broken, format!("{} {verb}", N::NAME), &["the contract: src/docs/contract.md"])
}

/// The known finding that would let the run pass the event at which it diverged.
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

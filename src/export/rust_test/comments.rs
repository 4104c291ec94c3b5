//! The story's sentences as comments.

use crate::report::story::{beside, Look, Story, When};
use crate::schedule::Event;

/// The width of a line.
const WIDTH: usize = 110;

/// A text as comment lines.
pub fn comment(indent: &str, text: &str) -> String {
    let (mut lines, mut line) = (String::new(), String::new());
    for word in text.split_whitespace() {
        if !line.is_empty() && indent.len() + 3 + line.len() + word.len() >= WIDTH {
            lines += &format!("{indent}//{line}\n");
            line.clear();
        }
        line += " ";
        line += word;
    }
    if !line.is_empty() {
        lines += &format!("{indent}//{line}\n");
    }
    lines
}

/// The sentences of an event: what it is, and the nodes that it changes.
pub fn of_event(story: &Story, place: usize) -> String {
    let of_event = |step: &&(usize, &crate::report::story::Step)| step.1.when == When::Event(place);
    let steps: Vec<_> = story.steps.iter().enumerate().collect();
    let mut sentences = Vec::new();
    for (at, step) in steps.iter().filter(of_event) {
        let event = step.event.filter(|event| step.part == 0 && !is_plain(event));
        sentences.extend(event.map(|event| sentence(&event.in_words())));
        let node = step.node.map_or(String::new(), |node| node.to_string());
        sentences.extend(step.notes.iter().map(|note| sentence(&format!("node {node} {note}"))));
        if let (Some(before), Some(after)) = (story.before(*at), &step.both) {
            sentences.extend(changes(&node, &before.implementation, &after.implementation));
        }
    }
    sentences.join(" ")
}

/// True for an event whose call says it all.
fn is_plain(event: &Event) -> bool {
    matches!(event, Event::Round | Event::TickAll | Event::Tick(_) | Event::Deliver(..))
}

fn sentence(clause: &str) -> String {
    let mut letters = clause.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).chain(['.']).collect())
}

/// What a call changed in a node that a reader follows: role and term, log, commit index, configuration.
fn changes(node: &str, before: &Look, after: &Look) -> Option<String> {
    let mut clauses = Vec::new();
    if (before.role, before.term) != (after.role, after.term) {
        clauses.push(format!("is {} in term {}", after.role.name(), after.term));
    }
    if before.log_text() != after.log_text() {
        clauses.push(format!("has log {}", after.log_text()));
    }
    if before.commit != after.commit {
        clauses.push(format!("knows that {} is committed", after.commit));
    }
    let rows = beside(before, after);
    let row = rows.iter().find(|(name, was, is)| name == "configuration" && was != is);
    clauses.extend(row.and_then(|(_, _, is)| is.as_ref()).map(|is| format!("acts on configuration {is}")));
    (!clauses.is_empty()).then(|| format!("Node {node} {}.", clauses.join(", ")))
}

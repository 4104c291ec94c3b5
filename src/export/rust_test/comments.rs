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

/// The sentences of an event whose call stands below them: a plain event is not named.
pub fn of_event(story: &Story, place: usize) -> String {
    told(story, place, is_plain)
}

/// The sentences of an event that stand alone.
pub fn of_every_event(story: &Story, place: usize) -> String {
    told(story, place, |_| false)
}

/// The event, unless it is `known`, and the nodes that it changes.
fn told(story: &Story, place: usize, known: fn(&Event) -> bool) -> String {
    let mut sentences = Vec::new();
    let mut changed: Vec<(String, Vec<String>)> = Vec::new();
    for (at, step) in story.steps.iter().enumerate().filter(|(_, step)| step.when == When::Event(place)) {
        let event = step.event.filter(|event| step.part == 0 && !known(event));
        sentences.extend(event.map(|event| sentence(&event.in_words())));
        let Some(node) = step.node.map(|node| node.to_string()) else { continue };
        sentences.extend(step.notes.iter().map(|note| format!("Node {node} {note}.")));
        if let (Some(before), Some(after)) = (story.before(at), &step.both) {
            let clauses = changes(&before.implementation, &after.implementation);
            match changed.iter_mut().find(|(same, _)| *same == clauses) {
                Some((_, nodes)) => nodes.push(node),
                None => changed.push((clauses, vec![node])),
            }
        }
    }
    let all = changed.iter().filter(|(clauses, _)| !clauses.is_empty()).map(|(clauses, nodes)| {
        let mut nodes = nodes.clone();
        nodes.dedup();
        format!("{} {}: {clauses}.", if nodes.len() == 1 { "Node" } else { "Nodes" }, nodes.join(", "))
    });
    sentences.extend(all);
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

/// The changes of a node by a call that a reader follows: role and term, log, commit index, configuration.
fn changes(before: &Look, after: &Look) -> String {
    let mut clauses = Vec::new();
    if (before.role, before.term) != (after.role, after.term) {
        clauses.push(format!("{} in term {}", after.role.name(), after.term));
    }
    if before.log_text() != after.log_text() {
        clauses.push(format!("log {}", after.log_text()));
    }
    if before.commit != after.commit {
        clauses.push(format!("commit index {}", after.commit));
    }
    let rows = beside(before, after);
    let row = rows.iter().find(|(name, was, is)| name == "configuration" && was != is);
    clauses.extend(row.and_then(|(_, _, is)| is.as_ref()).map(|is| format!("configuration {is}")));
    clauses.join(", ")
}

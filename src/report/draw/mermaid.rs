//! A story as a Mermaid sequence diagram, which GitHub and other tools render in Markdown.
//!
//! An arrow in Mermaid takes no time: each message is drawn where it arrives or is lost.

use super::diagram::label;
use super::text::{changes, when};
use super::Caption;
use crate::report::story::{Fate, Step, Story, When};
use crate::schedule::text;

/// A story as a diagram.
pub fn write(story: &Story, caption: &Caption) -> String {
    let mut lines = String::new();
    line!(lines, "---\ntitle: {}\n---\nsequenceDiagram", plain(caption.title));
    for node in story.nodes() {
        line!(lines, "  participant n{node} as node {node}");
    }
    let everybody = match story.schedule.setup.count() {
        1 => "n1".to_string(),
        count => format!("n1,n{count}"),
    };
    let mut event = None;
    for (place, step) in story.steps.iter().enumerate().filter(|(_, step)| !step.quiet) {
        if step.when != When::End && (step.part == 0 || event != Some(step.when)) {
            event = Some(step.when);
            let text = step.event.map_or(String::new(), |event| text::line(&event));
            line!(lines, "  Note over {everybody}: {} {}", when(step), plain(&text));
        }
        messages(&mut lines, story, step);
        node(&mut lines, story, place, step);
    }
    if let (Some(parting), Some(reason)) = (story.parting(), &story.reason) {
        let over = story.steps[parting].node.map_or(everybody, |node| format!("n{node}"));
        line!(lines, "  rect rgb(250, 215, 220)");
        line!(lines, "  Note over {over}: divergence: {}", plain(&reason.short));
        line!(lines, "  end");
    }
    lines
}

fn messages(lines: &mut String, story: &Story, step: &Step) {
    let arrives = step.received.map(|sent| (sent, "->>"));
    let lost = step.lost.iter().map(|sent| (*sent, "--x"));
    for (sent, arrow) in arrives.into_iter().chain(lost) {
        let message = &story.messages[sent].message;
        line!(lines, "  n{}{arrow}n{}: {}", message.from, message.to, plain(&label(message)));
    }
    for sent in step.sent.iter().map(|sent| &story.messages[*sent]) {
        if sent.fate == Fate::InFlight {
            let message = &sent.message;
            line!(lines, "  n{}--)n{}: {} (in flight at the end)", message.from, message.to, plain(&label(message)));
        }
    }
}

fn node(lines: &mut String, story: &Story, place: usize, step: &Step) {
    let Some(node) = step.node else { return };
    if step.stopped {
        line!(lines, "  Note over n{node}: stops");
    }
    let Some(both) = &step.both else { return };
    let changes = changes(story.before(place), Some(both));
    let changed = |names: &[&str]| changes.iter().any(|(name, ..)| names.contains(&name.as_str()));
    let look = &both.implementation;
    let mut said = step.notes.clone();
    if changed(&["role", "term"]) || story.before(place).is_none() {
        said.push(format!("{}, term {}", look.role.name(), look.term));
    }
    if changed(&["log", "commit"]) {
        said.push(format!("log {} commit {}", look.log_text(), look.commit));
    }
    if !said.is_empty() {
        line!(lines, "  Note right of n{node}: {}", plain(&said.join("<br/>")));
    }
}

/// Words without the characters that Mermaid interprets.
fn plain(words: &str) -> String {
    words.replace('#', "entry ").replace(';', ",").replace("->", "→")
}

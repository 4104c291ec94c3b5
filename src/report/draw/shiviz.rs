//! A story as a log for ShiViz: two lines an event, the host with its vector clock, and the event's text.
//!
//! The first line is ShiViz's parser expression. The second, empty line says that the log has one execution. Events of
//! the network itself are left out: it has no clock.

use super::text::{changes, when};
use super::Caption;
use crate::report::story::Story;
use crate::schedule::text;
use std::collections::BTreeMap;

/// ShiViz's parser expression for the lines.
const PARSER: &str = r"(?<host>\S*) (?<clock>{.*})\n(?<event>.*)";

type Clock = BTreeMap<String, usize>;

/// A story as a log.
pub fn write(story: &Story, _: &Caption) -> String {
    let mut clocks: BTreeMap<String, Clock> = BTreeMap::new();
    // The vector clocks that messages carry.
    let mut carried: Vec<Clock> = vec![Clock::new(); story.messages.len()];
    let mut log = format!("{PARSER}\n\n");
    for (place, step) in story.steps.iter().enumerate() {
        let Some(node) = step.node.filter(|_| !step.quiet) else { continue };
        let host = format!("node{node}");
        let clock = clocks.entry(host.clone()).or_default();
        *clock.entry(host.clone()).or_default() += 1;
        for (other, time) in step.received.iter().flat_map(|sent| &carried[*sent]) {
            let known = clock.entry(other.clone()).or_default();
            *known = (*known).max(*time);
        }
        step.sent.iter().chain(&step.left).for_each(|sent| carried[*sent] = clock.clone());
        let times: Vec<String> = clock.iter().map(|(host, time)| format!("\"{host}\":{time}")).collect();
        let event = step.event.map_or(String::new(), |event| text::line(&event));
        let mut words = vec![format!("{} {event}", when(step))];
        words.extend(step.received.map(|sent| format!("receives {}", story.messages[sent].message)));
        words.extend(step.notes.iter().cloned());
        let changes = changes(story.before(place), step.both.as_ref());
        words.extend(changes.iter().map(|(name, _, is)| format!("{name} {is}")));
        words.extend(step.sent.iter().map(|sent| format!("sends {}", story.messages[*sent].message)));
        if story.parting() == Some(place) {
            words.extend(story.reason.iter().map(|reason| format!("divergence: {}", reason.short)));
        }
        line!(log, "{host} {{{}}}\n{}", times.join(", "), words.join("; "));
    }
    log
}

//! Events without an effect: no node was called, no message moved, and nothing changed for later events.

use super::effect::Effects;
use crate::schedule::{Event, Link, Site};

/// Follows an event, and says why it had no effect.
#[derive(Debug, Default)]
pub struct Idle {
    acted: bool,
}

impl Idle {
    /// An event is about to happen.
    pub fn begin(&mut self, event: &Event, effects: &Effects) {
        self.acted = event.lasts() || matches!(event, Event::Crash(node) if effects.runs(*node));
    }

    /// A node was called, or a message moved.
    pub fn act(&mut self) {
        self.acted = true;
    }

    /// True if the event had an effect.
    #[cfg(feature = "cli")]
    pub fn acted(&self) -> bool {
        self.acted
    }

    /// Why the event had no effect, if it had none.
    pub fn reason(&self, event: &Event, effects: &Effects) -> Option<String> {
        (!self.acted).then(|| reason(event, effects))
    }
}

fn reason(event: &Event, effects: &Effects) -> String {
    if !effects.has_call(event) {
        return "the implementation has no call for it".into();
    }
    if let Event::Deliver(link, _) | Event::Drop(link, _) = event {
        return format!("no such message is on its way from {} to {}", link.from, link.to);
    }
    if let Event::Duplicate(link, _) = event {
        return format!("no such message is on its way from {} to {}, or the link is full", link.from, link.to);
    }
    if let Event::Restart(node) = event {
        return format!("{node} {}", if effects.runs(*node) { "runs already" } else { "was removed" });
    }
    let (Site::Node(node) | Site::Link(Link { from: node, .. })) = event.site() else {
        let nothing = if *event == Event::Round { "no message is on its way" } else { "every node is down" };
        return nothing.into();
    };
    if !effects.runs(node) {
        return format!("{node} is down");
    }
    // An application asks no node to campaign that has no vote.
    match matches!(event, Event::Campaign(_)) {
        true if effects.campaigns() => format!("{node} has no vote"),
        true => format!("{node} is a candidate or leads"),
        false => format!("nothing waits at {node}"),
    }
}

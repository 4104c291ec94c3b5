//! Events without an effect: no node is called, no message moves, and nothing changes for later events.

use super::Effects;
use crate::schedule::{Event, Link, Site};

impl Effects {
    /// Begins an event.
    pub fn begin(&mut self, event: &Event) {
        self.acted = event.lasts() || matches!(event, Event::Crash(node) if self.runs(*node));
    }

    /// Notes that a message moved.
    pub fn travels(&mut self) {
        self.acted = true;
    }

    /// Notes that a node lost its disk.
    pub fn wiped(&mut self) {
        self.acted = true;
    }

    /// True if the event had an effect.
    #[cfg(feature = "cli")]
    pub fn acted(&self) -> bool {
        self.acted
    }

    /// The reason why the event had no effect, if it had none.
    pub fn idle(&self, event: &Event) -> Option<String> {
        (!self.acted).then(|| reason(event, self))
    }
}

fn reason(event: &Event, effects: &Effects) -> String {
    if !(effects.has_call)(event) {
        return "the implementation lacks this call".into();
    }
    if let Event::Deliver(link, _) | Event::Drop(link, _) = event {
        return format!("no such message is in flight from {} to {}", link.from, link.to);
    }
    if let Event::Duplicate(link, _) = event {
        return format!("no such message is in flight from {} to {}, or the link is full", link.from, link.to);
    }
    if let Event::Restart(node) = event {
        return format!("{node} {}", if effects.runs(*node) { "is running already" } else { "was removed" });
    }
    if let Event::Wipe(node) = event {
        return format!("{node} keeps its disk: the setup says so");
    }
    if let Event::Forge(link, _) = event {
        return match effects.runs(link.to) {
            true => "no such message arrives: it needs `hostile-messages`".into(),
            false => format!("{} is down", link.to),
        };
    }
    let (Site::Node(node) | Site::Link(Link { from: node, .. })) = event.site() else {
        let nothing = if *event == Event::Round { "no message is in flight" } else { "every node is down" };
        return nothing.into();
    };
    if !effects.runs(node) {
        return format!("{node} is down");
    }
    // Only a voter is told to campaign.
    match matches!(event, Event::Campaign(_)) {
        true if effects.campaigns => format!("{node} is no voter"),
        true => format!("{node} is a candidate or the leader"),
        false => format!("nothing is pending at {node}"),
    }
}

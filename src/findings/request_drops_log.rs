//! The finding `request-drops-log`, and where a run steps around it.

use super::{Context, Finding, FindingRow, Severity};
use crate::spec::{Body, Message};

pub(super) const ROW: FindingRow = FindingRow {
    name: "request-drops-log",
    sentence: "While a follower waits for a snapshot that it asked for, an older one, sent before, takes the place \
        of its log: entries are gone that it has acknowledged, and that may be committed.",
    source: "paper figure 13, step 6: entries after the snapshot's last are retained; paper figure 2; raft-rs \
        RawNode::request_snapshot",
    arrives: Some(is_older_than_requested),
    ..FindingRow::of(Finding::RequestDropsLog, Severity::Critical)
};

/// True of an older snapshot than the one that the receiver asked for, of a log that it has.
fn is_older_than_requested(context: &Context, message: &Message) -> bool {
    let Body::Snapshot { position, .. } = message.body else { return false };
    let server = context.state.server(message.to);
    let has_it = server.log.term_at(position.index) == position.term && position.index < server.log.last_index();
    position.index < server.requested && has_it
}

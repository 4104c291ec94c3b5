//! The finding `sole-voter-unsynced`, and where a run steps around it.

use super::{Context, Finding, FindingRow, Place, Severity};
use crate::spec::{leads_alone, NodeSet};

pub(super) const ROW: FindingRow = FindingRow {
    name: "sole-voter-unsynced",
    sentence: "The only voter of a configuration with learners leads and sends appends in a term that is not \
        durable: after a crash it gives out the same term and indexes for other entries.",
    source: "paper figure 2 and thesis 3.8: term and vote are durable before anything is sent in the term; mended in \
        etcd by raft pull request 8",
    rank: 3,
    panics_at: &[
        Place { file: "raft.rs", message: "assertion `left == right` failed left: # right: #" },
        Place { file: "raw_node.rs", message: "assertion `left == right` failed left: Some((#, #)) right: None" },
    ],
    releases_unsynced: Some(|context| leads_alone(context.state, context.node)),
    // A message that left before the write that it needed is followed by a crash that loses the write.
    restarts: Some(|context, promised| promised > context.server().disk.synced()),
    panics: Some(has_unsynced),
    ..FindingRow::of(Finding::SoleVoterUnsynced, Severity::Critical)
};

/// The sole voter wins the next election before its log or its snapshot is durable. raft-rs asserts the former when it
/// becomes leader, and the latter at its next Ready.
fn has_unsynced(context: &Context) -> bool {
    let server = context.server();
    server.configuration.is_quorum(NodeSet::only(context.node)) && server.disk.has_unsynced()
}

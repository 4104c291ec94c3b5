//! The finding `leader-before-notice`, and where a run steps around it.

use super::{Context, Finding, FindingRow, Place, Severity};
use crate::spec::{NodeSet, Role};

pub(super) const ROW: FindingRow = FindingRow {
    name: "leader-before-notice",
    sentence: "A candidate whose log is durable, but that was not told so by on_persist_ready, panics when it wins.",
    source: "raft-rs doc: persisted messages are sent after the write is persisted, with no word of \
        on_persist_ready; Raft::become_leader",
    rank: 1,
    panics_at: &[
        Place { file: "raft.rs", message: "assertion `left == right` failed left: # right: #" },
        Place { file: "raw_node.rs", message: "assertion `left == right` failed left: Some((#, #)) right: None" },
    ],
    panics: Some(is_unnoticed),
    ..FindingRow::of(Finding::LeaderBeforeNotice, Severity::Major)
};

fn is_unnoticed(context: &Context) -> bool {
    let server = context.server();
    let alone = server.configuration.is_quorum(NodeSet::only(context.node));
    let wins = alone || server.role == Role::Candidate;
    let leads = server.role == Role::Leader;
    context.setup.late_notice && ((wins && log_is_unnoticed(context)) || (leads && won_after_snapshot(context)))
}

/// The whole log is durable, and the node was not told so.
fn log_is_unnoticed(context: &Context) -> bool {
    let server = context.server();
    server.disk.is_log_durable() && server.disk.persisted < server.log.last_index()
}

/// The log is a snapshot and unwritten entries: the node may not have been told that the snapshot is durable.
fn won_after_snapshot(context: &Context) -> bool {
    let server = context.server();
    server.disk.unwritten_from == server.log.base().index + 1
}

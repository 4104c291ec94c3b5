//! The finding `campaign-over-snapshot`, and where a run steps around it.

use super::{Context, Finding, FindingRow, Place, Severity};
use crate::spec::Role;

pub(super) const ROW: FindingRow = FindingRow {
    name: "campaign-over-snapshot",
    sentence: "A follower whose application has not applied a snapshot that is written panics when it campaigns.",
    source: "raft-rs doc of RawNode::advance_append: applying may come later; mended in etcd by pull request 12163",
    rank: 2,
    panics_at: &[Place {
        file: "raft.rs",
        message: "unexpected error getting unapplied entries [#, #): Store(Compacted)",
    }],
    panics: Some(snapshot_is_unapplied),
    ..FindingRow::of(Finding::CampaignOverSnapshot, Severity::Major)
};

fn snapshot_is_unapplied(context: &Context) -> bool {
    let server = context.server();
    let unapplied = server.log.base().index > server.disk.applied && !server.disk.snapshot_unwritten;
    unapplied && server.role != Role::Leader
}

//! The finding `campaign-over-snapshot`, and where a run steps around it.

use super::{Context, Deviations, Finding, FindingRow, Place, Stops};
use crate::spec::Role;

pub(super) const ROW: FindingRow = FindingRow {
    finding: Finding::CampaignOverSnapshot,
    name: "campaign-over-snapshot",
    sentence: "A follower whose application has not applied a snapshot that is written panics when it campaigns.",
    source: "raft-rs doc of RawNode::advance_append: applying may come later; mended in etcd by pull request 12163",
    rank: 2,
    panics: &[Place {
        file: "raft.rs",
        message: "unexpected error getting unapplied entries [#, #): Store(Compacted)",
    }],
    deviations: Deviations::NONE,
    stops: Stops { panics: Some(snapshot_is_unapplied), ..Stops::NONE },
};

fn snapshot_is_unapplied(context: &Context) -> bool {
    let server = context.server();
    let unapplied = server.log.base().index > server.disk.applied && !server.disk.snapshot_unwritten;
    unapplied && server.role != Role::Leader
}

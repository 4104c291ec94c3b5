//! The finding `configuration-lost`, and where a run steps around it.

use super::{Context, Finding, FindingRow, Severity};
use crate::spec::Role;

pub(super) const ROW: FindingRow = FindingRow {
    name: "configuration-lost",
    sentence: "A server whose crash took back the configuration that it had applied, and the commit index that need \
        not be saved, campaigns in a configuration that was replaced: two leaders share a term.",
    source: "raft-rs doc of LightReady::commit_index: need not be saved, and no word of the applied configuration; \
        paper figure 3; thesis 4.1: a server uses the latest configuration in its log",
    touched: Some(stands_on_lost_configuration),
    ..FindingRow::of(Finding::ConfigurationLost, Severity::OutsideContract)
};

/// The server stands for election or leads, and a crash took back the configuration that it had and how far its log was
/// committed.
fn stands_on_lost_configuration(context: &Context) -> bool {
    let server = context.server();
    server.role != Role::Follower && server.commit_index < server.disk.changed
}

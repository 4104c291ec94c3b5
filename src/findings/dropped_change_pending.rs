//! The finding `dropped-change-pending`, and where a run steps around it.

use super::{Finding, FindingRow, Severity};
use crate::spec::Permission;

pub(super) const ROW: FindingRow = FindingRow {
    name: "dropped-change-pending",
    sentence: "A change that a leader drops for its limit of uncommitted entries counts as pending: others are \
        refused until another entry has taken its place and is applied.",
    source: "etcd raft, ProposeConfChange: a change is refused while another is in the log; raft-rs \
        Config::max_uncommitted_size: proposals are dropped",
    permits: Some(Permission::PendDroppedChange),
    ..FindingRow::of(Finding::DroppedChangePending, Severity::Minor)
};

//! The finding `dropped-change-pending`, and where a run steps around it.

use super::{Deviations, Finding, FindingRow, Stops};
use crate::spec::Permission;

pub(super) const ROW: FindingRow = FindingRow {
    finding: Finding::DroppedChangePending,
    name: "dropped-change-pending",
    sentence: "A change that a leader drops for its limit of uncommitted entries counts as pending: others are \
        refused until another entry has taken its place and is applied.",
    source: "etcd raft, ProposeConfChange: a change is refused while another is in the log; raft-rs \
        Config::max_uncommitted_size: proposals are dropped",
    rank: 0,
    panics: &[],
    deviations: Deviations { permits: Some(Permission::PendDroppedChange), ..Deviations::NONE },
    stops: Stops::NONE,
};

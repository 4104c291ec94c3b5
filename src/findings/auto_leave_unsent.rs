//! The finding `auto-leave-unsent`, and where a run steps around it.

use super::{Finding, FindingRow, Severity};
use crate::spec::Permission;

pub(super) const ROW: FindingRow = FindingRow {
    name: "auto-leave-unsent",
    sentence: "The entry that leaves a joint configuration by itself is appended and not sent, until something else \
        makes the leader send.",
    source: "thesis 3.5 and 4.3; mended in etcd by pull requests 14538 and 14545",
    permits: Some(Permission::LeaveJointUnsent),
    ..FindingRow::of(Finding::AutoLeaveUnsent, Severity::Minor)
};

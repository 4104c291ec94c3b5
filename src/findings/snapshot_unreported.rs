//! The finding `snapshot-unreported`, and where a run steps around it.

use super::{Finding, FindingRow, Severity};
use crate::spec::Permission;

pub(super) const ROW: FindingRow = FindingRow {
    name: "snapshot-unreported",
    sentence: "A snapshot that was acknowledged is not done with until report_snapshot says so: the leader sends a \
        requested one again, or stays paused.",
    source: "raft-rs doc of Ready::messages: the application must report; etcd raft Node.ReportSnapshot: reporting \
        SnapshotFinish is a no-op",
    permits: Some(Permission::AwaitSnapshotReport),
    ..FindingRow::of(Finding::SnapshotUnreported, Severity::OutsideContract)
};

//! The finding `retried-read`, and where a run steps around it.

use super::{Finding, FindingRow, Severity};

pub(super) const ROW: FindingRow = FindingRow {
    name: "retried-read",
    sentence: "A leader counts an acknowledgement of an earlier read for a later one under the same context, as when a read \
        whose answer was lost is asked again: that one and all that wait before it are answered, and may be stale.",
    source: "thesis 6.4: a leader waits for answers to heartbeats that it sends after it was asked; etcd issue 20418, mended \
        by etcd-io/raft pull request 397",
    acknowledges_late: Some(|_| true),
    ..FindingRow::of(Finding::RetriedRead, Severity::Major)
};

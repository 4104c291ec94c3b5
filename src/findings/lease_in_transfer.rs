//! The finding `lease-in-transfer`, and where a run steps around it.

use super::{Finding, FindingRow, Severity};

pub(super) const ROW: FindingRow = FindingRow {
    name: "lease-in-transfer",
    sentence: "A leader that told its successor to start an election, which no lease holds up, goes on to answer \
        reads by its lease.",
    source: "thesis 6.4.1 and 4.2.3; etcd-io/raft issue 99, etcd issue 12704",
    reads_stale: Some(|context| context.server().sent_timeout_now),
    issue: Finding::LeaseOutlived,
    ..FindingRow::of(Finding::LeaseInTransfer, Severity::Major)
};

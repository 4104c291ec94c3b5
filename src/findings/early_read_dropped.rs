//! The finding `early-read-dropped`, and where a run steps around it.

use super::{Finding, FindingRow, Severity};
use crate::spec::Permission;

pub(super) const ROW: FindingRow = FindingRow {
    name: "early-read-dropped",
    sentence: "A leader that has committed nothing in its term drops a read: neither an answer nor an error follows.",
    source:
        "thesis 6.4, step 1: the leader waits until it has committed; raft-rs doc of RawNode::read_index: the read \
        state will be set in a Ready; etcd issue 11483, mended by etcd pull request 12762",
    permits: Some(Permission::DropEarlyReads),
    ..FindingRow::of(Finding::EarlyReadDropped, Severity::Minor)
};

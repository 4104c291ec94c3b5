//! The finding `change-under-snapshot`, and where a run steps around it.

use super::{Finding, FindingRow, Severity};

pub(super) const ROW: FindingRow = FindingRow {
    name: "change-under-snapshot",
    sentence: "A change that is applied after a newer snapshot was received is made to the snapshot's configuration, \
        which has it already: the server goes on with a configuration that never was.",
    source: "thesis 4.1: a server uses the latest configuration that it knows; etcd issue 11510, TiKV pull request \
        6352",
    applies_change: Some(|context, index| index <= context.server().log.base().index),
    ..FindingRow::of(Finding::ChangeUnderSnapshot, Severity::Critical)
};

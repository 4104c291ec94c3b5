//! The finding `removed-leader-panics`, and where a run steps around it.

use super::{Finding, FindingRow, Place, Severity};
use crate::spec::Role;

pub(super) const ROW: FindingRow = FindingRow {
    name: "removed-leader-panics",
    sentence: "A leader that has applied its own removal panics when it next persists or commits an entry: its own \
        progress went with its membership.",
    source:
        "raft-rs doc, processing the Ready state: an application calls advance after it has applied; raft-rs issue \
        373 and pull request 584",
    rank: 9,
    panics_at: &[Place { file: "raft.rs", message: "called `Option::unwrap()` on a `None` value" }],
    // A leader that is no member has no progress of its own to look up.
    panics: Some(|context| context.server().role == Role::Leader && context.is_stranger()),
    issue: Finding::RemovedLeader,
    ..FindingRow::of(Finding::RemovedLeaderPanics, Severity::Major)
};

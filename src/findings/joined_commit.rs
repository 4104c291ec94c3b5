//! The finding `joined-commit`, and where a run steps around it.

use super::{Finding, FindingRow, Severity};
use crate::spec::Permission;

pub(super) const ROW: FindingRow = FindingRow {
    name: "joined-commit",
    sentence: "With batch_append, a commit is told by the oldest append that waits for a peer, which ends below it, \
        and by none after: the peer that has all hears of it late.",
    source: "raft-rs Config.batch_append, pull request 179; paper figure 2: AppendEntries carries leaderCommit; \
        Raft::try_batching",
    permits: Some(Permission::TellCommitBelowNext),
    issue: Finding::JoinedGap,
    ..FindingRow::of(Finding::JoinedCommit, Severity::Minor)
};

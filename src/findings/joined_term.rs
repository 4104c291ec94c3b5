//! The finding `joined-term`, and where a run steps around it.

use super::{Finding, FindingRow, Severity};
use crate::spec::Permission;

pub(super) const ROW: FindingRow = FindingRow {
    name: "joined-term",
    sentence: "With batch_append, a leader joins the entries of a new term to an append that waits since it led in \
        an earlier one, and that still names the earlier term.",
    source: "raft-rs Config.batch_append, pull request 179; paper figure 2: AppendEntries carries the leader's term; \
        Raft::try_batching",
    permits: Some(Permission::TellCommitInEarlierTerm),
    joins_later_term: Some(|context, named| named < context.server().current_term),
    issue: Finding::JoinedGap,
    ..FindingRow::of(Finding::JoinedTerm, Severity::Minor)
};

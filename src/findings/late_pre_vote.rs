//! The finding `late-pre-vote`, and where a run steps around it.

use super::{Finding, FindingRow, Severity};
use crate::spec::Permission;

pub(super) const ROW: FindingRow = FindingRow {
    name: "late-pre-vote",
    sentence: "A grant of a pre-vote for an earlier term is counted as one for the present: its answer does not say \
        which was asked about.",
    source: "thesis 9.6: a candidate only increments its term if it first learns that it would be elected; raft-io \
        PreVoteReply",
    permits: Some(Permission::CountLatePreVote),
    ..FindingRow::of(Finding::LatePreVote, Severity::Minor)
};

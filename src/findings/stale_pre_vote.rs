//! The finding `stale-pre-vote`, and where a run steps around it.

use super::{Finding, FindingRow, Severity};
use crate::spec::Permission;

pub(super) const ROW: FindingRow = FindingRow {
    name: "stale-pre-vote",
    sentence: "A pre-candidate counts a late grant that was given for the term of an earlier pre-election.",
    source: "thesis 9.6: a candidate first learns that a quorum would give it its votes",
    permits: Some(Permission::CountStalePreVote),
    ..FindingRow::of(Finding::StalePreVote, Severity::Minor)
};

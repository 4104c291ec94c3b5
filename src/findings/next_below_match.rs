//! The finding `next-below-match`, and where a run steps around it.

use super::{Finding, FindingRow, Severity};
use crate::spec::Permission;

pub(super) const ROW: FindingRow = FindingRow {
    name: "next-below-match",
    sentence: "A refusal that was delayed past an acknowledgement sets a probed peer's next index to its match index \
        or below.",
    source: "raft-rs issue 555; mended after 0.7.0 by pull request 557",
    permits: Some(Permission::NextAtOrBelowMatch),
    ..FindingRow::of(Finding::NextBelowMatch, Severity::Minor)
};

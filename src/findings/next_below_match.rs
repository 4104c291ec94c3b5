//! The finding `next-below-match`, and where a run steps around it.

use super::{Deviations, Finding, FindingRow, Stops};
use crate::spec::Permission;

pub(super) const ROW: FindingRow = FindingRow {
    finding: Finding::NextBelowMatch,
    name: "next-below-match",
    sentence: "A refusal that was delayed past an acknowledgement sets a probed peer's next index to its match index \
        or below.",
    source: "raft-rs issue 555; mended after 0.7.0 by pull request 557",
    rank: 0,
    panics: &[],
    deviations: Deviations { permits: Some(Permission::NextAtOrBelowMatch), ..Deviations::NONE },
    stops: Stops::NONE,
};

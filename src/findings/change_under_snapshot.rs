//! The finding `change-under-snapshot`, and where a run steps around it.

use super::{Context, Deviations, Finding, FindingRow, Stops};
use crate::spec::Index;

pub(super) const ROW: FindingRow = FindingRow {
    finding: Finding::ChangeUnderSnapshot,
    name: "change-under-snapshot",
    sentence: "A change that is applied after a newer snapshot was received is made to the snapshot's configuration, \
        which has it already: the server goes on with a configuration that never was.",
    source: "thesis 4.1: a server uses the latest configuration that it knows; etcd issue 11510, TiKV pull request \
        6352",
    rank: 0,
    panics: &[],
    deviations: Deviations::NONE,
    stops: Stops { applies_change: Some(snapshot_has_it), ..Stops::NONE },
};

fn snapshot_has_it(context: &Context, index: Index) -> bool {
    index <= context.server().log.base().index
}

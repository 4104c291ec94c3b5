//! The finding `lease-outlived`, and where a run steps around it.

use super::{Finding, FindingRow, Severity};
use crate::spec::lease;

pub(super) const ROW: FindingRow = FindingRow {
    name: "lease-outlived",
    sentence: "A leader answers reads by its lease until it has counted twice, up to two election timeouts after it \
        heard of a quorum; the others elect another leader after one.",
    source: "thesis 6.4.1: the lease ends an election timeout after the heartbeats were sent that a majority \
        answered; etcd-io/raft issue 166",
    reads_stale: Some(|context| !context.server().sent_timeout_now && !lease::is_held(context.state, context.node)),
    ..FindingRow::of(Finding::LeaseOutlived, Severity::Major)
};

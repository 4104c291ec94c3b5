//! The finding `priority-deadlock`, and where a run steps around it.

use super::{Finding, FindingRow, Healed, Severity};
use crate::spec::election;

pub(super) const ROW: FindingRow = FindingRow {
    name: "priority-deadlock",
    sentence: "A server of higher priority refuses a candidate of a newer term whose log is not longer, and cannot \
        win itself: a running quorum elects nobody.",
    source: "thesis 3.4 and 3.6.1: a quorum that runs and hears of each other elects a leader; raft-rs Config.priority",
    rank: 1,
    healed: Some(is_outranked),
    ..FindingRow::of(Finding::PriorityDeadlock, Severity::Major)
};

/// Nobody would be elected, but for priorities: then somebody would.
fn is_outranked(healed: &Healed) -> bool {
    let by_log = |voter, candidate| election::would_vote(healed.state, voter, candidate);
    healed.is_deadlocked() && healed.elects(|i| healed.state.server(i).configuration, by_log)
}

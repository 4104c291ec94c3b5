//! The finding `leader-added-again`, and where a run steps around it.

use super::{Finding, FindingRow, Healed, Severity};
use crate::spec::{NodeId, Permission, Role};

pub(super) const ROW: FindingRow = FindingRow {
    name: "leader-added-again",
    sentence: "A leader that was demoted to a learner, and that one change removes and adds again, does not count \
        its own log for a quorum until it persists another entry.",
    source: "paper figure 2 and thesis 10.2.1: a leader counts what is durable in its own log",
    rank: 7,
    permits: Some(Permission::ForgetOwnLog),
    healed: Some(counts_nothing),
    issue: Finding::RemovedLeader,
    ..FindingRow::of(Finding::LeaderAddedAgain, Severity::Minor)
};

/// Without another entry the leader never counts the entries that it has.
fn counts_nothing(healed: &Healed) -> bool {
    let forgets = |i: NodeId| {
        let server = healed.state.server(i);
        let uncommitted = server.commit_index < server.log.last_index();
        server.role == Role::Leader && uncommitted && server.disk.persisted <= server.own_log_uncounted_to
    };
    healed.running.iter().any(forgets)
}

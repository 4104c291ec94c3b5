//! The finding `pre-vote-under-leader`, and where a run steps around it.

use super::{Finding, FindingRow, Severity};
use crate::spec::Permission;

pub(super) const ROW: FindingRow = FindingRow {
    name: "pre-vote-under-leader",
    sentence:
        "Without check_quorum, a server that hears of its leader, and the leader itself, give a pre-vote to whoever \
        has their log: a server that was cut off deposes the leader when it returns.",
    source:
        "raft-rs Config.pre_vote: the Pre-Vote algorithm of thesis section 9.6, which prevents that disruption; thesis \
        9.6: no vote within an election timeout of a leader's heartbeat; CockroachDB pull request 104042",
    permits: Some(Permission::GrantPreVoteUnderLeader),
    ..FindingRow::of(Finding::PreVoteUnderLeader, Severity::Minor)
};

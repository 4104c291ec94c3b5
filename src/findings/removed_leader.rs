//! The finding `removed-leader`, and where a run steps around it.

use super::{Finding, FindingRow, Place};
use crate::spec::{leads_without_vote, Permission, Role};

pub(super) const ROW: FindingRow = FindingRow {
    name: "removed-leader",
    sentence: "A leader that applies its own removal or demotion goes on leading: it keeps others from elections, \
        answers reads by itself if one voter is left, and, if removed, panics when it next persists or commits.",
    source: "thesis 4.2.2: a leader that is removed steps down; etcd raft Config.StepDownOnRemoval; raft-rs pull \
        request 584",
    rank: 9,
    panics_at: &[Place { file: "raft.rs", message: "called `Option::unwrap()` on a `None` value" }],
    permits: Some(Permission::LeadWithoutVote),
    usurps: Some(|context| leads_without_vote(context.state, context.node)),
    stale_read: Some(|_, usurped| usurped),
    // A leader that is no member has no progress of its own to look up.
    panics: Some(|context| context.server().role == Role::Leader && context.is_stranger()),
    healed: Some(|healed| healed.running.iter().any(|i| leads_without_vote(healed.state, i))),
    ..FindingRow::of(Finding::RemovedLeader)
};

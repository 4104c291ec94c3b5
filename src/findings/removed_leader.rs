//! The finding `removed-leader`, and where a run steps around it.

use super::{Context, Deviations, Finding, FindingRow, Healed, Place, Stops};
use crate::spec::{leads_without_vote, Permission, Role};

pub(super) const ROW: FindingRow = FindingRow {
    finding: Finding::RemovedLeader,
    name: "removed-leader",
    sentence: "A leader that applies its own removal or demotion goes on leading: it keeps others from elections, \
        answers reads by itself if one voter is left, and, if removed, panics when it next persists or commits.",
    source: "thesis 4.2.2: a leader that is removed steps down; etcd raft Config.StepDownOnRemoval; raft-rs pull \
        request 584",
    rank: 9,
    panics: &[Place { file: "raft.rs", message: "called `Option::unwrap()` on a `None` value" }],
    deviations: Deviations {
        permits: Some(Permission::LeadWithoutVote),
        usurps: Some(|context| leads_without_vote(context.state, context.node)),
        ..Deviations::NONE
    },
    stops: Stops {
        stale_read: Some(|_, usurped| usurped),
        panics: Some(leads_as_stranger),
        healed: Some(is_usurped),
        ..Stops::NONE
    },
};

/// A leader that is no member has no progress of its own to look up.
fn leads_as_stranger(context: &Context) -> bool {
    context.server().role == Role::Leader && context.is_stranger()
}

fn is_usurped(healed: &Healed) -> bool {
    healed.running.iter().any(|i| leads_without_vote(healed.state, i))
}

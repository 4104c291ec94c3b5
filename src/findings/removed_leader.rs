//! The finding `removed-leader`, and where a run steps around it.

use super::{Finding, FindingRow, Severity};
use crate::spec::{leads_without_vote, Permission};

pub(super) const ROW: FindingRow = FindingRow {
    name: "removed-leader",
    sentence: "A leader that applies its own removal or demotion goes on leading: it keeps others from elections, \
        and answers reads by itself if one voter is left.",
    source: "thesis 4.2.2: a leader that is removed steps down; etcd raft Config.StepDownOnRemoval; raft-rs pull \
        request 584",
    rank: 9,
    permits: Some(Permission::LeadWithoutVote),
    leads_without_vote: Some(|context| leads_without_vote(context.state, context.node)),
    stale_read: Some(|_, led_without_vote| led_without_vote),
    healed: Some(|healed| healed.running.iter().any(|i| leads_without_vote(healed.state, i))),
    ..FindingRow::of(Finding::RemovedLeader, Severity::Major)
};

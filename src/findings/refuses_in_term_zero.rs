//! The finding `refuses-in-term-zero`, and where a run steps around it.

use super::{Finding, FindingRow, Place, Severity};

pub(super) const ROW: FindingRow = FindingRow {
    name: "refuses-in-term-zero",
    sentence:
        "A server of a new cluster, in term 0, panics when its priority has it refuse a pre-vote: the answer names its \
        term.",
    source:
        "raft-rs doc, creating a Raft node: a new cluster starts in term 0; raft-rs Config.pre_vote, Config.priority; \
        thesis 9.6: a voter answers",
    panics_at: &[Place { file: "raft.rs", message: "term should be set when sending MsgRequestPreVoteResponse" }],
    // An empty log and term 0 give no other reason to refuse.
    panics: Some(|context| context.server().current_term == 0 && context.server().priority > 0),
    ..FindingRow::of(Finding::RefusesInTermZero, Severity::Major)
};

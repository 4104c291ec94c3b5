//! The finding `commit-falls-back`, and where a run steps around it.

use super::{Context, Finding, FindingRow, Severity, Shown};

pub(super) const ROW: FindingRow = FindingRow {
    name: "commit-falls-back",
    sentence: "A follower whose commit index is beyond what an append brings sets it back to there, if the leader's \
        is higher still.",
    source: "paper figure 2: commitIndex increases monotonically; raft-io RaftNode::handle_append_entries",
    shows: Some(fell_back),
    ..FindingRow::of(Finding::CommitFallsBack, Severity::Minor)
};

/// Back to the end of what an append brought.
fn fell_back(context: &Context, shown: &Shown) -> bool {
    let brought = shown.append.is_some_and(|(last, commit_index)| last == shown.commit && commit_index == last);
    brought && shown.commit < context.server().commit_index
}

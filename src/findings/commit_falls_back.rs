//! The finding `commit-falls-back`, and where a run steps around it.

use super::{Context, Deviations, Finding, FindingRow, Shown, Stops};

pub(super) const ROW: FindingRow = FindingRow {
    finding: Finding::CommitFallsBack,
    name: "commit-falls-back",
    sentence: "A follower whose commit index is beyond what an append brings sets it back to there, if the leader's \
        is higher still.",
    source: "paper figure 2: commitIndex increases monotonically; raft-io RaftNode::handle_append_entries",
    rank: 0,
    panics: &[],
    deviations: Deviations::NONE,
    stops: Stops { shows: Some(fell_back), ..Stops::NONE },
};

/// Back to the end of what an append brought.
fn fell_back(context: &Context, shown: &Shown) -> bool {
    let brought = shown.append.is_some_and(|(last, commit_index)| last == shown.commit && commit_index == last);
    brought && shown.commit < context.server().commit_index
}

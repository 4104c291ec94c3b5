//! The finding `pre-vote-unheard`, and where a run steps around it.

use super::{Finding, FindingRow, Healed, Severity};
use crate::spec::{election, NodeId};

pub(super) const ROW: FindingRow = FindingRow {
    name: "pre-vote-unheard",
    sentence: "A refused pre-vote tells of a commit that would let the pre-candidate win, and is dropped for its \
        older term, which no pre-election raises: nobody is elected.",
    source: "thesis 4.1 and 3.4: a server uses the latest configuration in its log, and a quorum elects; raft-rs \
        Raft::maybe_commit_by_vote",
    rank: 2,
    healed: Some(would_win_once_applied),
    ..FindingRow::of(Finding::PreVoteUnheard, Severity::Major)
};

/// Nobody would be elected, but a server would by the changes in its log: it has the change that would make it win, and
/// hears from nobody that the change is committed.
fn would_win_once_applied(healed: &Healed) -> bool {
    let newest = |i: NodeId| {
        let server = healed.state.server(i);
        let unapplied = server.log.from(server.disk.applied + 1);
        server.configuration.after(unapplied).last().unwrap_or(server.configuration)
    };
    let by_log = |voter, candidate| election::would_vote(healed.state, voter, candidate);
    !healed.pre_voting.is_empty() && healed.is_deadlocked() && healed.elects(newest, by_log)
}

//! The finding `leader-behind`, and where a run steps around it.

use super::{Finding, FindingRow, Severity};

pub(super) const ROW: FindingRow = FindingRow {
    name: "leader-behind",
    sentence: "Without check-quorum and pre-vote, a voter that has not heard of the newest configuration campaigns \
        in newer terms than a leader that it does not know: it ignores the leader, and nobody tells the leader.",
    source: "paper figure 2: a request of an older term is refused with the newer one; Raft::step",
    rank: 6,
    healed: Some(|healed| !healed.has_learner_ahead() && healed.leads_behind()),
    ..FindingRow::of(Finding::LeaderBehind, Severity::Major)
};

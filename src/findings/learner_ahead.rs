//! The finding `learner-ahead`, and where a run steps around it.

use super::{Finding, FindingRow, Severity};

pub(super) const ROW: FindingRow = FindingRow {
    name: "learner-ahead",
    sentence: "Without check-quorum and pre-vote, a voter that campaigned and is then made a learner stays in its \
        newer term, tells nobody of it, and ignores its leader.",
    source: "paper figure 2: a request of an older term is refused with the newer one; Raft::step",
    rank: 5,
    // A learner that campaigned while it had a vote is in a term of which no voter hears.
    healed: Some(|healed| healed.is_silent() && healed.has_learner_ahead()),
    issue: Finding::LeaderBehind,
    ..FindingRow::of(Finding::LearnerAhead, Severity::Major)
};

//! The finding `voter-ahead`, and where a run steps around it.
//!
//! The cluster is slow, and the run goes on: nothing is stepped around.

use super::{Finding, FindingRow, Severity};

pub(super) const ROW: FindingRow = FindingRow {
    name: "voter-ahead",
    sentence: "Without pre-vote, a voter that has not heard of the newest configuration campaigns in newer terms \
        than a candidate that needs its vote and that it does not know: the candidate gets no answer, and their \
        terms race.",
    source: "paper figure 2: a request of an older term is refused with the newer one; Raft::step",
    issue: Finding::LeaderBehind,
    ..FindingRow::of(Finding::VoterAhead, Severity::Minor)
};

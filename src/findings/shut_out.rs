//! The finding `shut-out`, and where a run steps around it.

use super::{Finding, FindingRow, Healed};
use crate::spec::{lease, Role};

pub(super) const ROW: FindingRow = FindingRow {
    name: "shut-out",
    sentence: "A server without check-quorum and pre-vote ignores a leader of an older term. The leader and a quorum have \
        check-quorum, and ignore its requests for votes: it gets no entry again.",
    source: "paper figure 2: a request of an older term is refused with the newer one; thesis 9.6: a server that was away \
        must be able to come back; Raft::step",
    rank: 10,
    healed: Some(is_shut_out),
    ..FindingRow::of(Finding::ShutOut)
};

/// A running server is in a newer term than a leader that it is linked with, and says so to nobody who listens.
fn is_shut_out(healed: &Healed) -> bool {
    let state = healed.state;
    let leads = |i| state.server(i).role == Role::Leader && lease::is_checked(state, i);
    let is_deaf = |i, j| {
        let newer = state.server(j).current_term > state.server(i).current_term;
        newer && !healed.answering.contains(j) && healed.running.contains(j)
    };
    let leaders = healed.running.iter().filter(|i| leads(*i));
    leaders.into_iter().any(|i| healed.open.linked(i).iter().any(|j| is_deaf(i, j)))
}

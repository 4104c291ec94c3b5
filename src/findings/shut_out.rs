//! The finding `shut-out`, and where a run steps around it.

use super::{Finding, FindingRow, Healed, Severity};
use crate::spec::{lease, NodeId, NodeSet, Role};

pub(super) const ROW: FindingRow = FindingRow {
    name: "shut-out",
    sentence:
        "A server without check-quorum and pre-vote ignores a leader of an older term. The servers that it asks for \
        votes have check-quorum, and ignore it: it gets no entry again.",
    source:
        "paper figure 2: a request of an older term is refused with the newer one; thesis 9.6: a server that was away \
        must be able to come back; Raft::step",
    issue: Finding::LeaderBehind,
    rank: 10,
    healed: Some(|healed| healed.running.iter().any(|i| shuts_out(healed, i))),
    ..FindingRow::of(Finding::ShutOut, Severity::Minor)
};

/// True if `i` leads, linked servers in newer terms do not tell it, and whom they ask for votes is in the lease of `i`.
fn shuts_out(healed: &Healed, i: NodeId) -> bool {
    let server = |j| healed.state.server(j);
    let is_newer = |j: &NodeId| server(*j).current_term > server(i).current_term;
    let newer: NodeSet = healed.running.iter().filter(is_newer).collect();
    let silent = newer.minus(healed.answering).and(healed.open.linked(i));
    let asks = |j: NodeId, k| server(j).configuration.electors().contains(k) && healed.open.reaches(j, k);
    let asked: NodeSet = healed.running.minus(newer).iter().filter(|k| silent.iter().any(|j| asks(j, *k))).collect();
    let ignores = |k| server(k).checks_quorum && lease::holds_to(healed.state, k, i);
    server(i).role == Role::Leader && !asked.is_empty() && asked.iter().all(ignores)
}

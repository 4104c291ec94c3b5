//! The finding `request-deadlock`, and where a run steps around it.

use super::{Finding, FindingRow, Healed, Severity};
use crate::spec::{NodeId, NodeSet, Role};

pub(super) const ROW: FindingRow = FindingRow {
    name: "request-deadlock",
    sentence: "A follower that asks for a snapshot up to an entry which is not committed acknowledges nothing \
        meanwhile; if its acknowledgement is needed to commit the entry, neither ever comes.",
    source: "thesis 3.5: followers acknowledge what they have; raft-rs RawNode::request_snapshot, pull request 499",
    rank: 3,
    healed: Some(waits_for_uncommitted),
    ..FindingRow::of(Finding::RequestDeadlock, Severity::Major)
};

/// Entries that a follower does not acknowledge until it gets a snapshot cannot be committed, nor be in a snapshot.
fn waits_for_uncommitted(healed: &Healed) -> bool {
    let state = healed.state;
    let leads = |i: &NodeId| state.server(*i).role == Role::Leader;
    let leaders: NodeSet = healed.running.iter().filter(leads).collect();
    // The snapshot is the newest leader's to send: one that is cut off from it may have committed the entry.
    let committed = |i: NodeId| {
        let linked = leaders.and(healed.open.linked(i));
        let newest = linked.iter().map(|leader| state.server(leader)).max_by_key(|it| it.current_term);
        newest.map_or(0, |it| it.commit_index)
    };
    let asked = |i: NodeId| state.server(i).progress.iter().map(|progress| progress.requested).max();
    let waits = |i: NodeId| state.server(i).requested > committed(i) || (leads(&i) && asked(i) > Some(committed(i)));
    healed.running.iter().any(waits)
}

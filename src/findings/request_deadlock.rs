//! The finding `request-deadlock`, and where a run steps around it.

use super::{Finding, FindingRow, Healed};
use crate::spec::{NodeId, Role};

pub(super) const ROW: FindingRow = FindingRow {
    name: "request-deadlock",
    sentence: "A follower that asks for a snapshot up to an entry which is not committed acknowledges nothing \
        meanwhile; if its acknowledgement is needed to commit the entry, neither ever comes.",
    source: "thesis 3.5: followers acknowledge what they have; raft-rs RawNode::request_snapshot, pull request 499",
    rank: 3,
    healed: Some(waits_for_uncommitted),
    ..FindingRow::of(Finding::RequestDeadlock)
};

/// Entries that a follower does not acknowledge until it gets a snapshot cannot be committed, nor be in a snapshot.
fn waits_for_uncommitted(healed: &Healed) -> bool {
    let state = healed.state;
    let leads = |i: &NodeId| state.server(*i).role == Role::Leader;
    let commits = healed.running.iter().filter(leads).map(|i| state.server(i).commit_index);
    let committed = commits.max().unwrap_or(0);
    let asked = |i: NodeId| state.server(i).progress.iter().any(|progress| progress.requested > committed);
    let waits = |i: NodeId| state.server(i).requested > committed || (leads(&i) && asked(i));
    healed.running.iter().any(waits)
}

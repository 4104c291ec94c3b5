//! The limit of uncommitted entries: a leader that cannot commit does not grow its log for ever.
//!
//! The sources (etcd `Config.MaxUncommittedEntriesSize`, raft-rs `Config::max_uncommitted_size`) say
//! that proposals are dropped once the limit is reached, and leave open when an entry stops to
//! count. etcd's pull request 10167 and raft-rs's 398 count what the leader appended in its own term,
//! from then until the entry is handed to the application: after a change of leader nothing counts.

use super::membership;
use super::prelude::*;
use std::ops::RangeInclusive;

/// Bytes of the entries that leader `i` appended in its term and did not hand over yet.
pub fn uncommitted_size(state: &State, i: NodeId) -> u32 {
    let server = state.server(i);
    let rest = server.log.from(server.disk.delivered + 1).iter().rev();
    let own = rest.take_while(|entry| entry.term == server.current_term);
    own.map(|entry| state.sizes.of(entry.value)).sum()
}

/// Switch `uncommitted-limit`: whether leader `i` *must* take the values of a proposal; it *may not* otherwise. One
/// that has no data is always taken, and any is where nothing else is uncommitted.
pub(super) fn has_room(state: &State, i: NodeId, values: RangeInclusive<Value>) -> bool {
    let Some(limit) = state.settings.max_uncommitted else { return true };
    // A change that is not made now is an empty entry.
    let size = values.map(|value| state.sizes.of(membership::admissible(state, i, value))).sum::<u32>();
    let used = uncommitted_size(state, i);
    size == 0 || used == 0 || used + size <= limit
}

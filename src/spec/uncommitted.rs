//! The limit of uncommitted entries: a leader that cannot commit does not grow its log for ever.
//!
//! The sources (etcd `Config.MaxUncommittedEntriesSize`, raft-rs `Config::max_uncommitted_size`) say
//! that proposals are dropped once the limit is reached, and leave open when an entry stops to
//! count. etcd's pull request 10167 and raft-rs's 398 count what the leader appended in its own term,
//! from then until the entry is handed to the application: after a change of leader nothing counts.

use super::configuration::Change;
use super::ids::{NodeId, Value, NO_OP};
use super::membership;
use super::state::State;
use std::collections::BTreeMap;

/// How many bytes each client's value has. Values are unique, so that entries need not say it.
#[derive(Clone, Debug, Default)]
pub struct Sizes {
    values: Vec<u16>,
    /// A change has the same size whenever it is proposed.
    changes: BTreeMap<Value, u16>,
}

impl Sizes {
    /// Notes the size of a new value.
    pub fn note(&mut self, value: Value, size: u32) {
        if Change::is_value(value) {
            self.changes.insert(value, size as u16);
            return;
        }
        self.values.resize(value as usize + 1, 0);
        self.values[value as usize] = size as u16;
    }

    fn of(&self, value: Value) -> u32 {
        match value {
            NO_OP => 0,
            _ if Change::is_value(value) => self.changes.get(&value).copied().unwrap_or(0).into(),
            _ => self.values.get(value as usize).copied().unwrap_or(0).into(),
        }
    }
}

/// Bytes of the entries that leader `i` appended in its term and did not hand over yet.
pub fn uncommitted_size(state: &State, i: NodeId) -> u32 {
    let server = state.server(i);
    let rest = server.log.from(server.disk.delivered + 1).iter().rev();
    let own = rest.take_while(|entry| entry.term == server.current_term);
    own.map(|entry| state.sizes.of(entry.value)).sum()
}

/// Switch `uncommitted-limit`: whether leader `i` *must* take the value; it *may not* otherwise. One
/// that has no data is always taken, and any is where nothing else is uncommitted.
pub(super) fn has_room(state: &State, i: NodeId, value: Value) -> bool {
    let Some(limit) = state.settings.max_uncommitted else { return true };
    // A change that is not made now is an empty entry.
    let (used, size) = (uncommitted_size(state, i), state.sizes.of(membership::admissible(state, i, value)));
    size == 0 || used == 0 || used + size <= limit
}

//! Durability: what a server has written, what of it a crash keeps, and what may leave before that.
//!
//! raft.tla's `Restart` keeps term, vote and log whatever happened. With the switch `durability`
//! a server hands its changes to the application (*write*), which makes the oldest of them durable
//! (*sync*); a crash keeps what was synced. A promise leaves only after it is durable (thesis 3.8);
//! a leader may send entries that are not on its own disk yet (thesis 10.2.1), but never in a term,
//! or on a vote of its own, that is not.

use super::clock::Clock;
use super::disk::{Disk, HardState, Restored, Write};
use super::prelude::*;
use super::reconfiguration;
use std::fmt;

/// The changes that a server hands over to be written, as the specification has them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Handed {
    /// The hard state, if it changed.
    pub hard_state: Option<HardState>,
    /// The snapshot, if there is one.
    pub snapshot: Option<Restored>,
    /// The first and the last index of the entries, if there are any.
    pub entries: Option<(Index, Index)>,
    /// True if the write is one to wait for (raft-rs `Ready::must_sync`).
    pub must_sync: bool,
}

impl fmt::Display for Handed {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        if let Some(HardState { term, vote, commit }) = self.hard_state {
            let vote = vote.map_or(0, NodeId::number);
            write!(f, "hard state term {term} vote {vote} commit {commit}, ")?;
        }
        if let Some((position, configuration)) = self.snapshot {
            write!(f, "snapshot of {position} configuration {configuration}, ")?;
        }
        if let Some((first, last)) = self.entries {
            write!(f, "entries {first} to {last}, ")?;
        }
        f.write_str(if self.must_sync { "to be synced" } else { "need not be synced" })
    }
}

fn hard_state(state: &State, i: NodeId) -> HardState {
    let server = state.server(i);
    HardState { term: server.current_term, vote: server.voted_for, commit: server.commit_index }
}

/// Hands over what changed since the last write. *Must* be all of it.
pub fn write(state: &mut State, i: NodeId, net: &mut impl Network) -> Handed {
    let hard_state = hard_state(state, i);
    let server = state.server_mut(i);
    net.took(ActionName::Write, i);
    let disk = &mut server.disk;
    disk.taken += 1;
    let promised = !hard_state.promises_the_same_as(&disk.written);
    if promised {
        disk.promise_write = disk.taken;
    }
    let base = server.log.base();
    let snapshot = std::mem::take(&mut disk.snapshot_unwritten).then_some((base, server.configuration));
    if let Some(snapshot) = snapshot {
        disk.snapshots.push_back(snapshot);
        disk.delivered = base.index;
    }
    let from = std::mem::replace(&mut disk.unwritten_from, Index::MAX).max(base.index + 1);
    let entries = server.log.from(from);
    if !entries.is_empty() || snapshot.is_some() {
        disk.log_write = disk.taken;
    }
    let handed = Handed {
        hard_state: (hard_state != disk.written).then_some(hard_state),
        snapshot,
        entries: (!entries.is_empty()).then(|| (from, server.log.last_index())),
        must_sync: promised || !entries.is_empty() || snapshot.is_some(),
    };
    disk.written = hard_state;
    disk.writes.push_back(Write { hard_state: handed.hard_state, snapshot, from, entries: entries.len() });
    // Nearly always one or none.
    entries.iter().for_each(|entry| disk.unsynced.push_back(*entry));
    handed
}

/// A commit index that was told apart from a write (raft-rs `LightReady::commit_index`).
pub fn commit_told(state: &mut State, i: NodeId) {
    let server = state.server_mut(i);
    server.disk.written.commit = server.commit_index;
}

/// The oldest `count` writes become durable. Entries that the server takes to be durable stay durable.
pub(super) fn sync(state: &mut State, i: NodeId, count: usize, net: &mut impl Network) -> Guarded {
    let server = state.server_mut(i);
    net.took(ActionName::Sync, i);
    let disk = &mut server.disk;
    for _ in 0..count {
        let write = disk.writes.pop_front().expect("the disk has as many writes as were handed over");
        disk.synced += 1;
        disk.durable = write.hard_state.unwrap_or(disk.durable);
        if let Some((position, configuration)) = write.snapshot {
            disk.durable_log = Log::after(position);
            (disk.applied_durable, disk.configuration_durable) = (position.index, configuration);
        }
        if write.entries > 0 {
            disk.durable_log.truncate(write.from - 1);
            let unsynced = &mut disk.unsynced;
            let entry = |_| unsynced.pop_front().expect("each write has its entries");
            disk.durable_log.extend((0..write.entries).map(entry));
            disk.shared = disk.shared.min(write.from - 1);
        }
    }
    let persisted = disk.persisted;
    guard!(
        disk.has_durable(&server.log, persisted),
        Sync,
        "what the server takes for durable is on its disk",
        "thesis 3.8; raft-rs RaftLog::persisted: the highest position known to be persisted in stable storage"
    );
    Ok(())
}

/// The server takes its log up to `index` to be durable.
pub(super) fn persist(state: &mut State, i: NodeId, index: Index, net: &mut impl Network) -> Guarded {
    let server = state.server_mut(i);
    net.took(ActionName::Persist, i);
    guard!(
        server.disk.has_durable(&server.log, index),
        Persist,
        "what the server takes for durable is on its disk",
        "thesis 3.8; raft-rs RaftLog::persisted: the highest position known to be persisted in stable storage"
    );
    free!(PersistedSoFar);
    guard!(index >= server.disk.persisted, Persist, "a sync takes nothing away", "raft-rs RawNode::on_persist_ready");
    server.disk.persisted = index;
    Ok(())
}

/// True if the server *must* know that its whole log is durable: all of it is.
pub fn must_persist(state: &State, i: NodeId) -> bool {
    let server = state.server(i);
    server.disk.is_log_durable() && server.disk.persisted < server.log.last_index()
}

/// Up to where `i` knows its log to be durable: without `durability` all that it writes is at once.
fn known_durable(state: &State, i: NodeId) -> Index {
    let server = state.server(i);
    match state.settings.dialect.has(Switch::Durability) {
        true => server.disk.persisted,
        false => server.log.last_index(),
    }
}

/// The entry at `index` is handed to the application: in order, once per life, committed and durable.
pub fn deliver(state: &mut State, i: NodeId, index: Index) -> Guarded {
    let durable = known_durable(state, i);
    let server = state.server_mut(i);
    guard!(
        index == server.disk.delivered + 1,
        Apply,
        "entries are applied in order, each once",
        "paper figure 2: increment lastApplied, apply log[lastApplied]"
    );
    guard!(
        index <= server.commit_index,
        Apply,
        "an applied entry is committed",
        "paper figure 3, state machine safety"
    );
    guard!(
        index <= durable,
        Apply,
        "an applied entry is durable on this server",
        "raft-rs doc, processing the Ready state: only persisted entries can be committed and applied"
    );
    server.disk.delivered = index;
    Ok(())
}

/// Up to where entries *must* have been handed over.
pub fn deliverable(state: &State, i: NodeId) -> Index {
    let server = state.server(i);
    server.commit_index.min(known_durable(state, i))
}

/// The application of `i` has applied up to `index`.
pub(super) fn apply(state: &mut State, i: NodeId, index: Index, net: &mut impl Network) -> Guarded {
    let durable = known_durable(state, i);
    let server = state.server_mut(i);
    net.took(ActionName::Apply, i);
    guard!(
        server.disk.applied <= index && index <= server.disk.delivered,
        Apply,
        "only what was handed over is applied",
        "raft-rs RawNode::advance_apply_to"
    );
    guard!(
        index <= durable,
        Apply,
        "what is applied is durable on this server",
        "raft-rs doc, processing the Ready state: a snapshot is applied once it is persisted"
    );
    // A new configuration is kept at once (raft-rs doc, processing the Ready state: set_conf_state). One
    // that lacks its own server is in any case, or it would be back to be removed again.
    let always = state.settings.durable_apply;
    let changes = state.settings.durable_changes;
    let disk = &mut state.server_mut(i).disk;
    let kept = always || (disk.changing && (changes || !disk.configuration.members().contains(i)));
    if disk.changing {
        disk.changed = disk.changed.max(index);
    }
    disk.apply(index);
    if kept && index > disk.applied_durable {
        disk.keep_applied();
    }
    reconfiguration::leave_when_due(state, i, net);
    Ok(())
}

/// raft.tla `Restart(i)`; with `durability`, from what the disk kept.
pub(super) fn restart(state: &mut State, i: NodeId, net: &mut impl Network) {
    net.took(ActionName::Restart, i);
    let settings = state.settings;
    let server = state.server_mut(i);
    let (mut log, mut disk) = (std::mem::take(&mut server.log), std::mem::take(&mut server.disk));
    let options = server.next_options;
    if settings.dialect.has(Switch::Durability) {
        log.copy_from(&disk.durable_log);
        disk.durable.commit = disk.durable.commit.max(disk.applied_durable);
        let (changed, applied, configuration) = (disk.changed, disk.applied_durable, disk.configuration_durable);
        disk = Disk { changed, ..Disk::with(disk.durable, disk.durable_log, applied, configuration) };
    } else {
        disk.durable = HardState { term: server.current_term, vote: server.voted_for, commit: 0 };
        disk.configuration_durable = server.configuration;
        (disk.delivered, disk.applied) = (0, 0);
    }
    let clock = Clock { timeout: server.clock.timeout, ..Clock::default() };
    *server = Server { clock, changed_from: 1, ..Server::start(&settings, options, log, disk) };
}

/// The write that has to be durable before a message that `i` makes now may leave.
pub fn write_before(state: &State, i: NodeId, message: &Message) -> u32 {
    let server = state.server(i);
    let disk = &server.disk;
    let next = disk.taken + 1;
    let promise = match hard_state(state, i).promises_the_same_as(&disk.written) {
        true => disk.promise_write,
        false => next,
    };
    let log = if disk.unwritten_from == Index::MAX { disk.log_write } else { next };
    match message.body {
        // A match of nothing acknowledges no entry.
        Body::AppendEntriesResponse { success: true, match_index: 1.., .. } => promise.max(log),
        // A pre-vote promises nothing.
        Body::RequestVoteRequest { pre: true, .. } | Body::RequestVoteResponse { pre: true, granted: true, .. } => 0,
        Body::AppendEntriesResponse { .. }
        | Body::RequestVoteRequest { .. }
        | Body::RequestVoteResponse { .. }
        | Body::AppendEntriesRequest { .. }
        | Body::Snapshot { .. }
        | Body::Heartbeat { .. }
        | Body::HeartbeatResponse { .. }
        | Body::TransferLeader
        | Body::TimeoutNow
        | Body::ReadIndexResponse { .. } => promise,
        Body::Proposal { .. } | Body::ReadIndex { .. } => 0,
    }
}

/// A message of `i` enters the network: what it promises is durable.
pub fn release(state: &State, i: NodeId, write_before: u32) -> Guarded {
    guard!(
        !state.settings.dialect.has(Switch::Durability) || write_before <= state.server(i).disk.synced,
        Release,
        "a promise is durable before it leaves: a term, a vote, an acknowledged entry",
        "paper figure 2: persistent state is updated on stable storage before responding to RPCs"
    );
    Ok(())
}

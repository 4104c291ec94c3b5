//! raft-rs's Readys, and the agreement of what one shows with what it gives.

use super::configuration::configuration_of;
use super::convert::{ends, entry_view, number};
use super::RaftRs;
use crate::sut::{Disk, HardState, Node, Ready, Snapshot, Write};
use raft::eraftpb::{Entry, Message};
use raft::LightReady;

/// Takes a list from a Ready. The list is in the same memory as the one that the Ready shows, so a comparison of pointers is
/// enough.
fn take<R, T>(ready: &mut R, show: fn(&R) -> &[T], take: fn(&mut R) -> Vec<T>) -> Vec<T> {
    let shown: *const [T] = show(ready);
    let taken = take(ready);
    let same = std::ptr::eq(shown, taken.as_slice()) || (shown.len() == 0 && taken.is_empty());
    assert!(same, "a Ready gives another {} than it shows", std::any::type_name::<T>());
    taken
}

impl<D: Disk<Entry = Entry>> RaftRs<D> {
    pub(super) fn take_ready(&mut self, out: &mut Ready<Message>) {
        let mut ready = self.call().ready();
        out.number = ready.number();
        out.must_sync = ready.must_sync();
        out.hard_state = ready.hs().map(|hs| HardState { term: hs.term, vote: hs.vote, commit: hs.commit });
        let metadata = ready.snapshot().get_metadata();
        out.snapshot = (!ready.snapshot().is_empty()).then(|| Snapshot {
            index: metadata.index,
            term: metadata.term,
            configuration: configuration_of(metadata.get_conf_state()),
        });
        let soft = (self.raw.raft.leader_id, self.raw.raft.state);
        let shown = ready.ss().map_or(self.soft_state, |shown| (shown.leader_id, shown.raft_state));
        assert!(
            shown == soft && ready.ss().is_some() == (soft != self.soft_state),
            "a Ready tells of a new leader or role"
        );
        self.soft_state = soft;
        let entries = take(&mut ready, |it| it.entries(), raft::Ready::take_entries);
        out.entries = ends(&entries);
        out.messages = take(&mut ready, |it| it.messages(), raft::Ready::take_messages);
        let reads = take(&mut ready, |it| it.read_states(), raft::Ready::take_read_states);
        out.reads.extend(reads.iter().map(|read| (number(&read.request_ctx), read.index)));
        out.persisted_messages = take(&mut ready, |it| it.persisted_messages(), raft::Ready::take_persisted_messages);
        let committed = take(&mut ready, |it| it.committed_entries(), raft::Ready::take_committed_entries);
        out.committed.extend(committed.iter().map(entry_view));
        let first = out.entries.map_or(0, |(first, _)| first);
        self.disk().write(Write { hard_state: out.hard_state, snapshot: out.snapshot, first, entries });
        self.taken = Some(ready);
    }

    pub(super) fn advance(&mut self, out: &mut Ready<Message>) {
        let Some(ready) = self.taken.take() else { return };
        let light = self.call().advance(ready);
        hand_over(light, out);
    }

    pub(super) fn advance_append(&mut self, out: &mut Ready<Message>) {
        let Some(ready) = self.taken.take() else { return };
        let light = self.call().advance_append(ready);
        hand_over(light, out);
    }
}

fn hand_over(mut light: LightReady, out: &mut Ready<Message>) {
    out.commit = light.commit_index();
    out.messages = take(&mut light, |it| it.messages(), LightReady::take_messages);
    let committed = take(&mut light, |it| it.committed_entries(), LightReady::take_committed_entries);
    out.committed.extend(committed.iter().map(entry_view));
}

//! The follower's part of replication (thesis 3.5).

use super::{Fault, Reference};
use crate::sut::view::{EntryView, MessageKind, MessageView};

impl Reference {
    pub(super) fn on_append(&mut self, head: &MessageView, entries: &[EntryView]) {
        self.become_follower(head.term, head.from);
        if self.requested > 0 && !self.has(Fault::TakesAppendsMeanwhile) {
            return self.ask_for_snapshot();
        }
        let mut answer = self.head(MessageKind::AppendResponse, head.from);
        if head.index < self.hard_state.commit {
            answer.index = self.skip_committed(head);
        } else if self.continues_from(head) {
            answer.index = self.append_after(head, entries);
        } else {
            (answer.index, answer.reject) = (head.index, true);
            (answer.reject_hint, answer.log_term) = self.best_hint(head.index, head.log_term);
        }
        answer.commit = self.hard_state.commit;
        self.send(answer);
    }

    /// What is committed matches, so nothing needs to be looked at; up to where that is.
    fn skip_committed(&mut self, head: &MessageView) -> u64 {
        let commit = self.hard_state.commit;
        if self.has(Fault::LowersCommit) {
            self.hard_state.commit = head.commit.min(commit);
        }
        commit
    }

    /// Whether the entry before those of an append is the leader's.
    fn continues_from(&self, head: &MessageView) -> bool {
        let same = self.log.term_at(head.index) == Some(head.log_term) || self.has(Fault::SkipsLogCheck);
        same && head.index <= self.log.last_index()
    }

    /// Where this log may still agree, up to `index`, with one that has `term` there, and its own term there: entries
    /// of newer terms are not the other's (paper 5.3, end).
    pub(super) fn best_hint(&self, index: u64, term: u64) -> (u64, u64) {
        let mut hint = index.min(self.log.last_index());
        while self.log.term_at(hint).is_some_and(|own| own > term) {
            hint -= 1;
        }
        (hint, self.log.term_at(hint).unwrap_or(0))
    }

    /// Takes the entries, and what the leader has committed of them; up to where the logs then agree.
    fn append_after(&mut self, head: &MessageView, entries: &[EntryView]) -> u64 {
        let last = head.index + entries.len() as u64;
        self.take_new(entries);
        let known = head.commit.min(last).min(self.log.last_index());
        self.hard_state.commit = self.hard_state.commit.max(known);
        last
    }

    /// The first entry that is new takes the place of what contradicts it, and of all after that.
    fn take_new(&mut self, entries: &[EntryView]) {
        let new = |entry: &EntryView| self.log.term_at(entry.index) != Some(entry.term);
        let Some(place) = entries.iter().position(new) else { return };
        let first = entries[place].index;
        if first <= self.log.last_index() && self.has(Fault::KeepsConflicts) {
            return;
        }
        self.log.replace(&entries[place..]);
        self.log_changed(first);
    }

    /// The leader says no more than it knows to match, so its commit index is taken unchecked.
    pub(super) fn on_heartbeat(&mut self, head: &MessageView) {
        self.become_follower(head.term, head.from);
        self.hard_state.commit = self.hard_state.commit.max(head.commit.min(self.log.last_index()));
        if self.requested > 0 {
            return self.ask_for_snapshot();
        }
        let mut answer = self.head(MessageKind::HeartbeatResponse, head.from);
        answer.context = head.context;
        answer.commit = self.hard_state.commit;
        self.send(answer);
    }
}

//! The follower's part of replication (thesis 3.5).

use super::{Fault, Reference};
use crate::sut::{EntryView, MessageKind, MessageView};

impl Reference {
    pub(super) fn on_append(&mut self, head: &MessageView, entries: &[EntryView]) {
        self.become_follower(head.term, head.from);
        if self.requested > 0 && !self.has(Fault::TakesAppendsMeanwhile) {
            return self.send_snapshot_request();
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

    /// The index up to which an append before the commit index matches: committed entries match without a check.
    fn skip_committed(&mut self, head: &MessageView) -> u64 {
        let commit = self.hard_state.commit;
        if self.has(Fault::LowersCommit) {
            self.hard_state.commit = head.commit.min(commit);
        }
        commit
    }

    /// True if the entry before those of an append is the leader's.
    fn continues_from(&self, head: &MessageView) -> bool {
        let same = self.log.term_at(head.index) == Some(head.log_term) || self.has(Fault::SkipsLogCheck);
        let starts = head.index == 0 && self.has(Fault::RefusesFirstEntry);
        same && head.index <= self.log.last_index() && !starts
    }

    /// The last index, up to `index`, at which this log may agree with one that has `term` there, and this log's term at it:
    /// the other log has no entries of newer terms (paper 5.3, end).
    pub(super) fn best_hint(&self, index: u64, term: u64) -> (u64, u64) {
        let mut hint = index.min(self.log.last_index());
        while self.log.term_at(hint).is_some_and(|own| own > term) {
            hint -= 1;
        }
        (hint, self.log.term_at(hint).unwrap_or(0))
    }

    /// Appends the entries and commits those that the leader has committed. Returns the index up to which the logs agree.
    fn append_after(&mut self, head: &MessageView, entries: &[EntryView]) -> u64 {
        let last = head.index + entries.len() as u64;
        self.append_new(entries);
        let known = head.commit.min(last).min(self.log.last_index());
        self.hard_state.commit = self.hard_state.commit.max(known);
        last
    }

    /// Appends from the first new entry on. It replaces a conflicting entry and all that follow it.
    fn append_new(&mut self, entries: &[EntryView]) {
        let new = |entry: &EntryView| self.log.term_at(entry.index) != Some(entry.term);
        let Some(place) = entries.iter().position(new) else { return };
        let first = entries[place].index;
        if first <= self.log.last_index() && self.has(Fault::KeepsConflicts) {
            return;
        }
        self.log.replace(&entries[place..]);
        self.log_changed(first);
    }

    /// Takes the leader's commit index without a check of the log: a heartbeat carries no more than what matches, or than
    /// what a lost disk had.
    pub(super) fn on_heartbeat(&mut self, head: &MessageView) {
        self.become_follower(head.term, head.from);
        let most = if self.has(Fault::BelievesHeartbeats) { u64::MAX } else { self.log.last_index() };
        self.hard_state.commit = self.hard_state.commit.max(head.commit.min(most));
        if self.requested > 0 {
            return self.send_snapshot_request();
        }
        let mut answer = self.head(MessageKind::HeartbeatResponse, head.from);
        answer.context = head.context;
        answer.commit = self.hard_state.commit;
        self.send(answer);
    }
}

//! The leader's part of replication (thesis 3.5, 3.6): appends, heartbeats and commitment.

use super::{Fault, Peer, Reference, Wire};
use crate::spec::{Change, NodeSet};
use crate::sut::{EntryView, MessageKind, MessageView, ProgressState};

impl Reference {
    /// A proposal of several values, of a client of `from`; true if all are taken, and otherwise none is.
    pub(super) fn on_proposals(&mut self, from: u64, entries: Vec<EntryView>) -> bool {
        if let [EntryView { value, size, .. }] = entries[..] {
            return self.on_proposal(from, value, size);
        }
        let size = entries.iter().map(|entry| entry.size).sum();
        if !self.leads() {
            let head = MessageView { from, term: 0, ..self.head(MessageKind::Propose, self.leader) };
            let knows_leader = self.leader != 0;
            self.messages.extend(knows_leader.then_some(Wire { head, entries }));
            return knows_leader;
        }
        let taken = self.transferee == 0 && self.fits_uncommitted_limit(size);
        let kept = if self.has(Fault::TakesFirstOfMany) { 1 } else { entries.len() };
        if taken {
            for entry in &entries[..kept] {
                let index = self.log.push(self.hard_state.term, entry.value, entry.size);
                self.log_changed(index);
            }
            self.broadcast();
        }
        taken
    }

    /// A proposal of a client of `from`; true if it is taken.
    pub(super) fn on_proposal(&mut self, from: u64, value: u32, size: u32) -> bool {
        match self.leads() {
            // During a transfer a leader appends nothing (thesis 3.10).
            true if self.transferee != 0 && !self.has(Fault::AppendsDuringTransfer) => false,
            true => self.append_proposal(value, size),
            false => self.forward(MessageKind::Propose, from, value, size),
        }
    }

    fn append_proposal(&mut self, proposed: u32, size: u32) -> bool {
        let value = self.admissible(proposed);
        let size = if value == proposed { size } else { 0 };
        if !self.fits_uncommitted_limit(size) {
            return false;
        }
        if Change::is_value(value) {
            self.pending_change = self.log.last_index() + 1;
        }
        self.append_own(value, size);
        true
    }

    pub(super) fn append_own(&mut self, value: u32, size: u32) {
        let index = self.log.push(self.hard_state.term, value, size);
        self.log_changed(index);
        if let Some(change) = Change::from_value(value).filter(|_| self.has(Fault::ChangesWhenAppended)) {
            self.on_change_applied(&change);
        }
        self.broadcast();
    }

    pub(super) fn broadcast(&mut self) {
        let mut peers: Vec<u64> = self.peers.keys().copied().collect();
        if self.has(Fault::ForgetsAPeer) {
            peers.pop();
        }
        peers.into_iter().for_each(|to| self.update(to));
    }

    /// Sends a peer that is not paused an append, even an empty one, or a snapshot in its place.
    pub(super) fn update(&mut self, to: u64) {
        if self.is_paused(to) {
            return;
        }
        match self.needs_snapshot(to) {
            true => self.send_snapshot(to),
            false => drop(self.send_entries(to, false)),
        }
    }

    /// Sends a peer all entries that it lacks, as far as its progress allows.
    pub(super) fn stream(&mut self, to: u64) {
        let lags = |this: &Self| this.peers[&to].next <= this.log.last_index();
        while !self.is_paused(to) && !self.needs_snapshot(to) && lags(self) && self.send_entries(to, true) {}
    }

    pub(super) fn is_paused(&self, to: u64) -> bool {
        let peer = &self.peers[&to];
        match self.has(Fault::SendsDuringSnapshot) && peer.state == ProgressState::Snapshot {
            true => false,
            false => peer.is_paused(self.max_inflight_msgs(to)),
        }
    }

    fn max_inflight_msgs(&self, to: u64) -> usize {
        let default = usize::from(self.config.setup.max_inflight_msgs);
        match self.has(Fault::IgnoresWindow) {
            true => usize::MAX,
            false => self.max_inflight_msgs.get(&to).copied().unwrap_or(default),
        }
    }

    /// Sends an append; false if its entries have to be fetched first.
    fn send_entries(&mut self, to: u64, more: bool) -> bool {
        let prev = self.peers[&to].next - 1;
        if self.must_fetch(to, prev, more) {
            return false;
        }
        let (log_term, commit) = (self.log.term_at(prev).unwrap_or(0), self.hard_state.commit);
        let head = MessageView { index: prev, log_term, commit, ..self.head(MessageKind::Append, to) };
        let unlimited = self.config.setup.max_size_per_msg == u32::MAX || self.has(Fault::IgnoresSize);
        let limit = if unlimited { usize::MAX } else { 1 };
        let entries: Vec<EntryView> = self.log.after(prev).iter().take(limit).copied().collect();
        if let (Some(last), Some(peer)) = (entries.last(), self.peers.get_mut(&to)) {
            peer.entries_sent(last.index);
        }
        if !self.batch_with_waiting(&head, &entries) {
            self.messages.push(Wire { head, entries });
        }
        true
    }

    /// Commits the entries that a quorum has, if the last is of this term (paper 5.4.2), and broadcasts that.
    pub(super) fn advance_commit(&mut self) {
        let agreed = match self.has(Fault::CommitsTooSoon) {
            true => self.log.last_index(),
            false => self.agreed_index(),
        };
        let own_term = self.log.term_at(agreed) == Some(self.hard_state.term) || self.has(Fault::CommitsOldTerms);
        if self.leads() && own_term && agreed > self.hard_state.commit {
            self.hard_state.commit = agreed;
            if !self.has(Fault::CommitsSilently) && self.tells_commit() {
                self.broadcast();
            }
            self.resume_reads();
        }
    }

    /// True if a commit is broadcast: always while a change of the configuration is not applied.
    fn tells_commit(&self) -> bool {
        let pending = self.log.has_change_between(self.applied, self.log.last_index());
        !self.skip_bcast_commit || (pending && !self.has(Fault::HidesChanges))
    }

    /// A peer reports its commit index.
    fn on_reported_commit(&mut self, head: &MessageView) {
        if self.peers.contains_key(&head.from) && !self.has(Fault::ForgetsReports) {
            let reported = self.reported.entry(head.from).or_default();
            *reported = head.commit.max(*reported);
        }
    }

    /// The highest index up to which each majority has the log.
    pub(super) fn agreed_index(&self) -> u64 {
        let majorities = self.majorities().into_iter().filter(|voters| !voters.is_empty());
        majorities.map(|voters| self.agreed_by(voters)).min().unwrap_or(0)
    }

    fn agreed_by(&self, voters: NodeSet) -> u64 {
        let mut indexes: Vec<u64> = voters.iter().map(|node| self.matched(node.number().into())).collect();
        indexes.sort_unstable_by(|a, b| b.cmp(a));
        indexes[indexes.len() / 2].min(self.group_bound(voters))
    }

    /// The match index of a member.
    pub(super) fn matched(&self, id: u64) -> u64 {
        match id == self.config.id {
            true if self.has(Fault::LagsBehindItself) => self.writes.persisted.min(self.hard_state.commit),
            true => self.writes.persisted,
            false => self.peers.get(&id).map_or(0, |peer| peer.matched),
        }
    }

    pub(super) fn on_append_response(&mut self, head: &MessageView) {
        self.on_reported_commit(head);
        let ignores = self.has(Fault::IgnoresRequests);
        let hint = match head.log_term {
            0 => head.reject_hint,
            term => self.best_hint(head.reject_hint, term).0,
        };
        let Some(peer) = self.peers.get_mut(&head.from) else { return };
        peer.active = true;
        let changed = match (head.reject, head.request) {
            (false, _) => return self.on_acknowledgement(head.from, head.index),
            (true, 0) => peer.rejected(head.index, hint),
            (true, request) => !ignores && peer.asked(head.index, request),
        };
        if changed {
            self.update(head.from);
        }
    }

    fn on_acknowledgement(&mut self, from: u64, index: u64) {
        let (was_paused, lowers) = (self.is_paused(from), self.has(Fault::LowersMatch));
        let Some(peer) = self.peers.get_mut(&from) else { return };
        if !peer.acknowledged(index) {
            peer.matched = if lowers { index } else { peer.matched };
            return;
        }
        let before = self.hard_state.commit;
        self.advance_commit();
        // A commit was broadcast already, or must not be.
        if self.hard_state.commit == before && was_paused {
            self.update(from);
        }
        self.stream(from);
        self.send_timeout_now_if_caught_up(from);
    }

    pub(super) fn is_up_to_date(&self, id: u64) -> bool {
        self.peers.get(&id).is_some_and(|peer| peer.matched == self.log.last_index())
    }

    pub(super) fn on_heartbeat_response(&mut self, head: &MessageView) {
        self.on_reported_commit(head);
        let max_inflight_msgs = self.max_inflight_msgs(head.from);
        let Some(peer) = self.peers.get_mut(&head.from) else { return };
        peer.answered_heartbeat(max_inflight_msgs);
        if peer.requested > 0 || peer.matched < self.log.last_index() {
            self.update(head.from);
        }
        self.on_read_ack(head.from, head.context);
    }

    pub(super) fn send_heartbeats(&mut self, context: u32) {
        let commit = |peer: &Peer| match self.has(Fault::HeartbeatsCarryCommit) {
            true => self.hard_state.commit,
            false => self.hard_state.commit.min(peer.matched),
        };
        let head = |(to, peer): (&u64, &Peer)| MessageView {
            commit: commit(peer),
            context,
            ..self.head(MessageKind::Heartbeat, *to)
        };
        let heads: Vec<MessageView> = self.peers.iter().map(head).collect();
        heads.into_iter().for_each(|head| self.send(head));
    }
}

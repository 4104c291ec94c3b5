//! The reference: a plain, small Raft behind [`Node`], which never diverges.
//!
//! With it the tester is tested apart from raft-rs. Each [`Mistake`] turns it into a faulty node.

use super::faulty::{Fault, Mistake};
use crate::sut::disk::{Disk, HardState};
use crate::sut::node::{EntryView, MessageKind, MessageView, Node, NodeConfig, PeerView, Ready, RoleView, View};
use std::collections::{BTreeMap, VecDeque};
use std::marker::PhantomData;

/// A message: its head and its entries.
#[derive(Clone, Debug)]
pub struct Wire {
    head: MessageView,
    entries: Vec<EntryView>,
}

#[derive(Clone, Debug)]
struct Peer {
    matched: u64,
    next: u64,
    replicating: bool,
    probing: bool,
    inflight: VecDeque<u64>,
    active: bool,
}

impl Peer {
    fn view(&self) -> PeerView {
        let Peer { matched, next, replicating, probing, ref inflight, active } = *self;
        PeerView { matched, next, replicating, probing, inflight: inflight.len(), active }
    }
}

struct Record {
    number: u64,
    entries: Option<(u64, u64)>,
}

/// A replica.
pub struct Reference<F> {
    config: NodeConfig,
    disk: Disk<EntryView>,
    log: Vec<EntryView>,
    hard_state: HardState,
    handed: HardState,
    role: RoleView,
    leader: u64,
    applied: u64,
    delivered: u64,
    persisted: u64,
    unwritten_from: u64,
    records: VecDeque<Record>,
    number: u64,
    elapsed: u64,
    heartbeat_elapsed: u64,
    timeout: u64,
    priority: u8,
    transferee: u64,
    quiet: bool,
    joins: bool,
    /// Whether commits must reach two groups, and who is in which.
    group_commit: bool,
    groups: BTreeMap<u64, u64>,
    /// Appends whose entries are being fetched: receiver, term, and whether more are to follow.
    fetches: VecDeque<(u64, u64, bool)>,
    at_hand: bool,
    checks_quorum: bool,
    /// Contexts that a faulty node has seen.
    contexts: Vec<u32>,
    /// Windows that the application set.
    windows: BTreeMap<u64, usize>,
    /// Reads that wait: context, who asked, index, and who has answered.
    reads: VecDeque<(u32, u64, u64, Vec<u64>)>,
    read_results: Vec<(u32, u64)>,
    /// Whether the leader asked for the election under way.
    chosen: bool,
    votes: BTreeMap<u64, bool>,
    peers: BTreeMap<u64, Peer>,
    messages: Vec<Wire>,
    fault: PhantomData<F>,
}

impl<F: Mistake> Reference<F> {
    fn has(&self, fault: Fault) -> bool {
        F::FAULT == Some(fault)
    }

    fn last_index(&self) -> u64 {
        self.disk.snapshot_index + self.log.len() as u64
    }

    fn term_at(&self, index: u64) -> Option<u64> {
        if index == self.disk.snapshot_index {
            return Some(self.disk.snapshot_term);
        }
        let place = index.checked_sub(self.disk.snapshot_index + 1)?;
        self.log.get(place as usize).map(|entry| entry.term)
    }

    fn last_term(&self) -> u64 {
        self.term_at(self.last_index()).unwrap_or(0)
    }

    fn after(&self, index: u64) -> &[EntryView] {
        &self.log[(index - self.disk.snapshot_index) as usize..]
    }

    fn head(&self, kind: MessageKind, to: u64) -> MessageView {
        MessageView {
            kind,
            from: self.config.id,
            to,
            term: self.hard_state.term,
            index: 0,
            log_term: 0,
            commit: 0,
            commit_term: 0,
            reject: false,
            reject_hint: 0,
            priority: 0,
            context: 0,
            transfer: false,
        }
    }

    fn send(&mut self, head: MessageView) {
        self.messages.push(Wire { head, entries: Vec::new() });
    }

    fn others(&self) -> Vec<u64> {
        self.disk.voters.iter().copied().filter(|id| *id != self.config.id).collect()
    }

    fn become_follower(&mut self, term: u64, leader: u64) {
        if term != self.hard_state.term {
            self.hard_state.term = term;
            self.hard_state.vote = 0;
        }
        self.role = RoleView::Follower;
        self.transferee = 0;
        self.reads.clear();
        self.leader = leader;
        self.elapsed = 0;
        self.heartbeat_elapsed = 0;
    }

    fn start_election(&mut self) {
        self.chosen = false;
        match (self.role, self.config.setup.pre_vote) {
            (RoleView::Leader, _) => {}
            (_, false) => self.run_for_leader(),
            (_, true) => {
                self.role = RoleView::PreCandidate;
                self.leader = 0;
                self.ask_for_votes(MessageKind::RequestPreVote, self.hard_state.term + 1);
            }
        }
    }

    fn run_for_leader(&mut self) {
        self.become_follower(self.hard_state.term + 1, 0);
        self.role = RoleView::Candidate;
        self.hard_state.vote = self.config.id;
        self.ask_for_votes(MessageKind::RequestVote, self.hard_state.term);
    }

    fn ask_for_votes(&mut self, kind: MessageKind, term: u64) {
        let asking = self.role;
        self.votes = BTreeMap::from([(self.config.id, true)]);
        self.count_votes();
        if self.role != asking {
            return;
        }
        for to in self.others() {
            let mut head = self.head(kind, to);
            head.term = term;
            head.priority = self.priority.into();
            head.transfer = self.chosen;
            head.index = self.last_index();
            head.log_term = self.last_term();
            head.commit = self.hard_state.commit;
            head.commit_term = self.term_at(head.commit).unwrap_or(0);
            self.send(head);
        }
    }

    fn count_votes(&mut self) {
        let voters = self.disk.voters.len();
        let granted = self.votes.values().filter(|vote| **vote).count();
        let refused = self.votes.len() - granted;
        let needed = if self.has(Fault::QuorumTooSmall) { voters / 2 } else { voters / 2 + 1 };
        if granted >= needed.max(1) {
            match self.role {
                RoleView::PreCandidate => self.run_for_leader(),
                _ => self.become_leader(),
            }
        } else if (voters - refused) * 2 <= voters {
            self.become_follower(self.hard_state.term, 0);
        }
    }

    fn become_leader(&mut self) {
        self.become_follower(self.hard_state.term, self.config.id);
        self.role = RoleView::Leader;
        let next = self.last_index() + 1;
        let fresh =
            Peer { matched: 0, next, replicating: false, probing: false, inflight: VecDeque::new(), active: false };
        self.peers = self.others().into_iter().map(|id| (id, fresh.clone())).collect();
        if !self.has(Fault::NoNoOp) {
            self.append_own(0, 0);
        }
    }

    fn append_own(&mut self, value: u32, size: u32) {
        let index = self.last_index() + 1;
        self.unwritten_from = self.unwritten_from.min(index);
        self.log.push(EntryView { index, term: self.hard_state.term, value, size });
        self.broadcast();
    }

    fn broadcast(&mut self) {
        let last = self.others().last().copied();
        for to in self.others() {
            if !(self.has(Fault::ForgetsAPeer) && Some(to) == last) {
                self.send_append(to, true);
            }
        }
    }

    fn is_paused(&self, to: u64) -> bool {
        let peer = &self.peers[&to];
        match peer.replicating {
            true => peer.inflight.len() >= self.window(to),
            false => peer.probing,
        }
    }

    fn window(&self, to: u64) -> usize {
        let usual = usize::from(self.config.setup.max_inflight);
        match self.has(Fault::IgnoresWindow) {
            true => usize::MAX,
            false => self.windows.get(&to).copied().unwrap_or(usual),
        }
    }

    /// Sends one append unless the peer is paused; whether it did.
    fn send_append(&mut self, to: u64, even_empty: bool) -> bool {
        let prev = self.peers[&to].next - 1;
        if self.is_paused(to) || (!even_empty && prev >= self.last_index()) {
            return false;
        }
        let stored = prev < self.last_index() && prev + 1 < self.unwritten_from;
        if self.config.setup.late_entries && stored && !std::mem::take(&mut self.at_hand) {
            self.fetches.push_back((to, self.hard_state.term, !even_empty));
            return false;
        }
        let mut head = self.head(MessageKind::Append, to);
        head.index = prev;
        head.log_term = self.term_at(prev).unwrap_or(0);
        head.commit = self.hard_state.commit;
        let limit = if self.config.setup.max_message_size == u32::MAX { usize::MAX } else { 1 };
        let entries: Vec<EntryView> = self.after(prev).iter().take(limit).copied().collect();
        if let (Some(last), Some(peer)) = (entries.last(), self.peers.get_mut(&to)) {
            match peer.replicating {
                true => {
                    peer.next = last.index + 1;
                    peer.inflight.push_back(last.index);
                }
                false => peer.probing = true,
            }
        }
        if !self.join_append(&head, &entries) {
            self.messages.push(Wire { head, entries });
        }
        true
    }

    /// Joins an append to the newest one that waits for the same peer and ends where it begins.
    fn join_append(&mut self, head: &MessageView, entries: &[EntryView]) -> bool {
        let gaps = self.has(Fault::JoinsGaps);
        let to_same = |wire: &&mut Wire| wire.head.kind == MessageKind::Append && wire.head.to == head.to;
        let Some(wire) = self.messages.iter_mut().rev().find(to_same).filter(|_| self.joins) else { return false };
        let fits = wire.head.term == head.term && wire.head.index + wire.entries.len() as u64 == head.index;
        if fits || gaps {
            wire.entries.extend(entries);
            wire.head.commit = head.commit;
        }
        fits || gaps
    }

    fn advance_commit(&mut self) {
        let mut matched: Vec<u64> = self.peers.values().map(|peer| peer.matched).collect();
        matched.push(self.persisted);
        matched.sort_unstable_by(|a, b| b.cmp(a));
        let bound = if self.has(Fault::IgnoresGroups) { u64::MAX } else { self.group_bound() };
        let agreed = match self.has(Fault::CommitsTooSoon) {
            true => self.last_index(),
            false => matched[matched.len() / 2].min(bound),
        };
        let own_term = self.term_at(agreed) == Some(self.hard_state.term) || self.has(Fault::CommitsOldTerms);
        if self.role == RoleView::Leader && own_term && agreed > self.hard_state.commit {
            self.hard_state.commit = agreed;
            if !self.has(Fault::CommitsSilently) && !self.quiet {
                self.broadcast();
            }
        }
    }

    /// Up to where the log is in two groups, or in all nodes where two are not known.
    fn group_bound(&self) -> u64 {
        let others = self.peers.iter().map(|(id, peer)| (*id, peer.matched));
        let mut all: Vec<(u64, u64)> = others.chain([(self.config.id, self.persisted)]).collect();
        all.sort_by_key(|(_, matched)| std::cmp::Reverse(*matched));
        let group = |id: u64| self.groups.get(&id).copied();
        let first = all.iter().find_map(|(id, _)| group(*id));
        let second = all.iter().find(|(id, _)| group(*id).is_some() && group(*id) != first);
        match second {
            _ if !self.group_commit => u64::MAX,
            Some((_, matched)) => *matched,
            None if all.iter().all(|(id, _)| group(*id).is_some()) => u64::MAX,
            None => all.last().map_or(u64::MAX, |(_, matched)| *matched),
        }
    }

    fn commit_by_vote(&mut self, head: &MessageView) {
        let news = head.commit > self.hard_state.commit && self.term_at(head.commit) == Some(head.commit_term);
        if news && self.role != RoleView::Leader {
            self.hard_state.commit = head.commit;
        }
    }

    fn on_vote_request(&mut self, head: &MessageView) {
        let pre = head.kind == MessageKind::RequestPreVote;
        let free = pre && head.term > self.hard_state.term
            || match self.hard_state.vote {
                0 => self.leader == 0,
                vote => vote == head.from || self.has(Fault::VotesTwice),
            };
        let newer = (head.log_term, head.index) >= (self.last_term(), self.last_index());
        let preferred = head.index > self.last_index()
            || i64::from(self.priority) <= head.priority
            || self.has(Fault::IgnoresPriority);
        let granted = free && preferred && (newer || self.has(Fault::VotesForStaleLogs));
        let kind = if pre { MessageKind::RequestPreVoteResponse } else { MessageKind::RequestVoteResponse };
        let mut answer = self.head(kind, head.from);
        answer.reject = !granted;
        if granted && pre {
            answer.term = head.term;
        } else if granted {
            self.elapsed = 0;
            self.hard_state.vote = head.from;
        } else {
            answer.commit = self.hard_state.commit;
            answer.commit_term = self.term_at(answer.commit).unwrap_or(0);
        }
        self.send(answer);
        if !granted {
            self.commit_by_vote(head);
        }
    }

    fn on_vote_response(&mut self, head: &MessageView) {
        let asked = match head.kind {
            MessageKind::RequestPreVoteResponse => {
                self.role == RoleView::PreCandidate && (head.reject || head.term == self.hard_state.term + 1)
            }
            _ => self.role == RoleView::Candidate,
        };
        if !asked {
            return;
        }
        self.votes.entry(head.from).or_insert(!head.reject);
        self.count_votes();
        if head.reject {
            self.commit_by_vote(head);
        }
    }

    fn in_lease(&self) -> bool {
        self.checks_quorum
            && self.leader != 0
            && self.elapsed < self.config.setup.election_tick.into()
            && !self.has(Fault::VotesInLease)
    }

    /// A deposed leader is told of the newer term, and a pre-candidate that it is behind.
    fn on_stale(&mut self, head: &MessageView) {
        let told = self.config.setup.pre_vote || self.checks_quorum;
        match head.kind {
            MessageKind::RequestPreVote => {
                let mut answer = self.head(MessageKind::RequestPreVoteResponse, head.from);
                answer.reject = true;
                self.send(answer);
            }
            MessageKind::Append | MessageKind::Heartbeat if told => {
                self.send(self.head(MessageKind::AppendResponse, head.from));
            }
            _ => {}
        }
    }

    fn check_quorum(&mut self) {
        if !self.checks_quorum || self.has(Fault::LeadsAlone) {
            return;
        }
        let active = 1 + self.peers.values().filter(|peer| peer.active).count();
        self.peers.values_mut().for_each(|peer| peer.active = false);
        if active * 2 <= self.peers.len() + 1 {
            self.become_follower(self.hard_state.term, 0);
        }
    }

    fn on_append(&mut self, head: &MessageView, entries: &[EntryView]) {
        self.become_follower(head.term, head.from);
        let mut answer = self.head(MessageKind::AppendResponse, head.from);
        answer.index = head.index + entries.len() as u64;
        if head.index < self.hard_state.commit {
            answer.index = self.hard_state.commit;
            if self.has(Fault::LowersCommit) {
                self.hard_state.commit = head.commit.min(self.hard_state.commit);
            }
        } else if self.term_at(head.index) != Some(head.log_term) && !self.has(Fault::SkipsLogCheck)
            || head.index > self.last_index()
        {
            let mut hint = head.index.min(self.last_index());
            while self.term_at(hint).is_some_and(|term| term > head.log_term) {
                hint -= 1;
            }
            answer.index = head.index;
            answer.reject = true;
            answer.reject_hint = hint;
            answer.log_term = self.term_at(hint).unwrap_or(0);
        } else {
            self.append_after(entries);
            self.hard_state.commit = self.hard_state.commit.max(head.commit.min(answer.index)).min(self.last_index());
        }
        answer.commit = self.hard_state.commit;
        self.send(answer);
    }

    fn append_after(&mut self, entries: &[EntryView]) {
        let new = |entry: &&EntryView| self.term_at(entry.index) != Some(entry.term);
        let Some(first) = entries.iter().find(new).map(|entry| entry.index) else { return };
        if first <= self.last_index() && self.has(Fault::KeepsConflicts) {
            return;
        }
        self.log.truncate((first - self.disk.snapshot_index - 1) as usize);
        self.log.extend(entries.iter().filter(|entry| entry.index >= first));
        self.unwritten_from = self.unwritten_from.min(first);
        self.persisted = self.persisted.min(first - 1);
    }

    fn on_append_response(&mut self, head: &MessageView) {
        let (lowers, window) = (self.has(Fault::LowersMatch), self.window(head.from));
        let Some(peer) = self.peers.get_mut(&head.from).filter(|_| self.role == RoleView::Leader) else { return };
        peer.active = true;
        let was_paused = match peer.replicating {
            true => peer.inflight.len() >= window,
            false => peer.probing,
        };
        if head.reject {
            let old = match peer.replicating {
                true => head.index <= peer.matched,
                false => head.index + 1 != peer.next,
            };
            if old {
                return;
            }
            peer.next = match peer.replicating {
                true => peer.matched + 1,
                false => head.index.min(head.reject_hint + 1).max(peer.matched + 1),
            };
            peer.replicating = false;
            peer.probing = false;
            peer.inflight.clear();
            self.send_append(head.from, true);
            return;
        }
        if head.index <= peer.matched {
            if lowers {
                peer.matched = head.index;
            }
            return;
        }
        peer.matched = head.index;
        match peer.replicating {
            true => {
                peer.next = peer.next.max(head.index + 1);
                peer.inflight.retain(|last| *last > head.index);
            }
            false => {
                peer.next = head.index + 1;
                peer.replicating = true;
                peer.probing = false;
                peer.inflight.clear();
            }
        }
        let before = self.hard_state.commit;
        self.advance_commit();
        if self.hard_state.commit == before && was_paused {
            self.send_append(head.from, true);
        }
        while self.send_append(head.from, false) {}
        if self.transferee == head.from && head.index == self.last_index() {
            self.send(self.head(MessageKind::TimeoutNow, head.from));
        }
    }

    fn on_heartbeat(&mut self, head: &MessageView) {
        self.become_follower(head.term, head.from);
        self.hard_state.commit = self.hard_state.commit.max(head.commit.min(self.last_index()));
        let mut answer = self.head(MessageKind::HeartbeatResponse, head.from);
        answer.context = head.context;
        answer.commit = self.hard_state.commit;
        self.send(answer);
    }

    fn take_read(&mut self, from: u64, context: u32) {
        if self.role != RoleView::Leader {
            if self.role == RoleView::Follower && self.leader != 0 {
                let mut head = self.head(MessageKind::ReadIndex, self.leader);
                (head.from, head.term) = (from, 0);
                self.send_read(head, context);
            }
            return;
        }
        let commit = self.hard_state.commit;
        if self.term_at(commit) != Some(self.hard_state.term) && !self.has(Fault::ReadsTooSoon) {
            return;
        }
        if self.has(Fault::TakesContextsOnce) {
            if self.contexts.contains(&context) {
                return;
            }
            self.contexts.push(context);
        }
        if self.config.setup.lease_reads {
            let applied = self.has(Fault::ReadsWhatIsApplied);
            self.answer_read(context, from, if applied { self.applied } else { commit });
            return;
        }
        if self.reads.iter().all(|read| read.0 != context) {
            self.reads.push_back((context, from, commit, vec![self.config.id]));
        }
        match self.peers.is_empty() || self.has(Fault::ReadsAlone) {
            true => self.confirm_reads(context),
            false => self.send_heartbeats(context),
        }
    }

    fn newest_read(&self) -> u32 {
        self.reads.back().map_or(0, |read| read.0)
    }

    fn confirm_reads(&mut self, upto: u32) {
        while let Some((context, from, index, _)) = self.reads.pop_front() {
            self.answer_read(context, from, index);
            if context == upto {
                return;
            }
        }
    }

    fn answer_read(&mut self, context: u32, from: u64, index: u64) {
        match from == self.config.id {
            true => self.read_results.push((context, index)),
            false => {
                let mut head = self.head(MessageKind::ReadIndexResponse, from);
                head.index = index;
                self.send_read(head, context);
            }
        }
    }

    fn send_read(&mut self, head: MessageView, context: u32) {
        self.messages.push(Wire { head, entries: vec![EntryView { index: 0, term: 0, value: context, size: 0 }] });
    }

    fn on_read_response(&mut self, head: &MessageView, entries: &[EntryView]) {
        if self.role != RoleView::Follower {
            return;
        }
        self.read_results.extend(entries.iter().map(|entry| (entry.value, head.index)));
        if head.index > self.hard_state.commit && self.term_at(head.index) == Some(head.term) {
            self.hard_state.commit = head.index;
        }
    }

    fn on_read_ack(&mut self, from: u64, context: u32) {
        let Some(read) = self.reads.iter_mut().find(|read| read.0 == context && context != 0) else { return };
        if !read.3.contains(&from) {
            read.3.push(from);
        }
        if read.3.len() * 2 > self.peers.len() + 1 {
            self.confirm_reads(context);
        }
    }

    fn on_heartbeat_response(&mut self, from: u64) {
        let window = self.window(from);
        let Some(peer) = self.peers.get_mut(&from).filter(|_| self.role == RoleView::Leader) else { return };
        peer.active = true;
        peer.probing = false;
        if peer.replicating && peer.inflight.len() >= window {
            peer.inflight.pop_front();
        }
        if self.peers[&from].matched < self.last_index() {
            self.send_append(from, true);
        }
    }

    fn send_heartbeats(&mut self, context: u32) {
        for to in self.others() {
            let mut head = self.head(MessageKind::Heartbeat, to);
            head.commit = match self.has(Fault::HeartbeatsCarryCommit) {
                true => self.hard_state.commit,
                false => self.hard_state.commit.min(self.peers[&to].matched),
            };
            head.context = context;
            self.send(head);
        }
    }

    fn hand_over(&mut self, out: &mut Ready<Wire>) {
        let due = self.hard_state.commit.min(self.persisted);
        if due > self.delivered {
            let again = u64::from(self.has(Fault::AppliesTwice) && self.delivered > self.disk.snapshot_index);
            let first = self.delivered - again;
            let due = if self.has(Fault::HandsOverOne) { self.delivered + 1 } else { due };
            out.committed.extend(self.after(first).iter().take((due - first) as usize));
            self.delivered = due;
        }
    }
}

impl<F: Mistake> Node for Reference<F> {
    type Message = Wire;
    type Entry = EntryView;

    fn start(config: &NodeConfig, disk: Disk<EntryView>) -> Self {
        let mut hard_state = disk.hard_state;
        if F::FAULT == Some(Fault::ForgetsVote) {
            hard_state.vote = 0;
        }
        Reference {
            config: *config,
            log: disk.entries.clone(),
            hard_state,
            handed: disk.hard_state,
            role: RoleView::Follower,
            leader: 0,
            applied: config.applied,
            delivered: config.applied,
            persisted: disk.last_index(),
            unwritten_from: u64::MAX,
            records: VecDeque::new(),
            number: 0,
            elapsed: 0,
            heartbeat_elapsed: 0,
            timeout: u64::MAX,
            priority: if config.id == 1 && F::FAULT != Some(Fault::StartsWithoutPriority) {
                config.setup.first_priority
            } else {
                0
            },
            transferee: 0,
            quiet: config.setup.quiet_commit,
            joins: config.setup.batch_append,
            group_commit: false,
            groups: BTreeMap::new(),
            fetches: VecDeque::new(),
            at_hand: false,
            checks_quorum: config.setup.check_quorum,
            contexts: Vec::new(),
            windows: BTreeMap::new(),
            reads: VecDeque::new(),
            read_results: Vec::new(),
            chosen: false,
            votes: BTreeMap::new(),
            peers: BTreeMap::new(),
            messages: Vec::new(),
            disk,
            fault: PhantomData,
        }
    }

    fn into_disk(self) -> Disk<EntryView> {
        self.disk
    }

    fn disk(&mut self) -> &mut Disk<EntryView> {
        &mut self.disk
    }

    fn tick(&mut self) {
        if self.has(Fault::DoesNothing) {
            return;
        }
        if self.role == RoleView::Leader {
            self.heartbeat_elapsed += 1;
            self.elapsed += 1;
            if self.elapsed >= self.config.setup.election_tick.into() {
                self.elapsed = 0;
                self.check_quorum();
                self.transferee = 0;
            }
            if self.role != RoleView::Leader {
                return;
            }
            if self.heartbeat_elapsed >= self.config.setup.heartbeat_tick.into() {
                self.heartbeat_elapsed = 0;
                self.send_heartbeats(self.newest_read());
            }
            return;
        }
        self.elapsed += 1;
        if self.elapsed + u64::from(self.has(Fault::CampaignsEarly)) >= self.timeout {
            self.elapsed = 0;
            if !self.has(Fault::NeverCampaigns) {
                self.start_election();
            }
        }
    }

    fn campaign(&mut self) {
        if !self.has(Fault::DoesNothing) {
            self.start_election();
        }
    }

    fn step(&mut self, message: Wire) {
        if self.has(Fault::DoesNothing) || self.has(Fault::Deaf) {
            return;
        }
        let Wire { head, entries } = message;
        if head.kind == MessageKind::ReadIndex {
            entries.iter().for_each(|entry| self.take_read(head.from, entry.value));
            return;
        }
        if head.kind == MessageKind::Propose {
            entries.iter().for_each(|entry| {
                self.take_proposal(head.from, entry.value, entry.size);
            });
            return;
        }
        let asks = matches!(head.kind, MessageKind::RequestVote | MessageKind::RequestPreVote);
        let grants = head.kind == MessageKind::RequestPreVoteResponse && !head.reject;
        if head.term > self.hard_state.term && asks && !head.transfer && self.in_lease() {
            return;
        }
        let pre = head.kind == MessageKind::RequestPreVote && !self.has(Fault::PreVoteRaisesTerm);
        if head.term > self.hard_state.term && !pre && !grants {
            if self.role == RoleView::Leader && self.has(Fault::KeepsLeading) {
                return;
            }
            let leads = matches!(head.kind, MessageKind::Append | MessageKind::Heartbeat);
            self.become_follower(head.term, if leads { head.from } else { 0 });
        }
        if head.term < self.hard_state.term {
            self.on_stale(&head);
            return;
        }
        match head.kind {
            MessageKind::RequestVote | MessageKind::RequestPreVote => self.on_vote_request(&head),
            MessageKind::RequestVoteResponse | MessageKind::RequestPreVoteResponse => self.on_vote_response(&head),
            MessageKind::TransferLeader => self.transfer(head.from),
            MessageKind::TimeoutNow if self.role == RoleView::Follower => {
                self.chosen = true;
                self.run_for_leader();
            }
            MessageKind::TimeoutNow => {}
            MessageKind::Append => self.on_append(&head, &entries),
            MessageKind::AppendResponse => self.on_append_response(&head),
            MessageKind::Heartbeat => self.on_heartbeat(&head),
            MessageKind::HeartbeatResponse => {
                self.on_heartbeat_response(head.from);
                self.on_read_ack(head.from, head.context);
            }
            MessageKind::ReadIndexResponse => self.on_read_response(&head, &entries),
            MessageKind::Propose | MessageKind::ReadIndex | MessageKind::Other => {}
        }
    }

    fn read(&mut self, context: u32) {
        if !self.has(Fault::DoesNothing) {
            self.take_read(self.config.id, context);
        }
    }

    fn ping(&mut self) {
        if self.role == RoleView::Leader {
            self.send_heartbeats(self.newest_read());
        }
    }

    fn set_quiet_commit(&mut self, quiet: bool) {
        self.quiet = quiet;
    }

    fn set_batch_append(&mut self, batch: bool) {
        self.joins = batch;
    }

    fn set_check_quorum(&mut self, check: bool) {
        self.checks_quorum = check || (self.checks_quorum && self.has(Fault::KeepsCheckingQuorum));
    }

    fn fetched(&mut self) -> bool {
        let Some((to, term, more)) = self.fetches.pop_front() else { return false };
        if self.role == RoleView::Leader && term == self.hard_state.term && !self.has(Fault::ForgetsFetches) {
            self.at_hand = true;
            match more {
                true => while self.send_append(to, false) {},
                false => drop(self.send_append(to, true)),
            }
            self.at_hand = false;
        }
        true
    }

    fn set_committed_size(&mut self, _size: u32) {}

    fn free_buffers(&mut self) {
        if self.has(Fault::FreesTooMuch) {
            self.peers.values_mut().for_each(|peer| peer.inflight.clear());
        }
    }

    fn set_group_commit(&mut self, group: bool) {
        self.group_commit = group;
        self.advance_commit();
    }

    fn set_group(&mut self, id: u64, group: u64) {
        self.groups.insert(id, group);
        self.advance_commit();
    }

    fn clear_groups(&mut self) {
        self.groups.clear();
    }

    fn check_groups(&mut self) -> Option<bool> {
        let told = self.role == RoleView::Leader && self.term_at(self.applied) == Some(self.hard_state.term);
        let groups: std::collections::BTreeSet<_> = self.others().into_iter().chain([self.config.id]).collect();
        let groups: std::collections::BTreeSet<_> = groups.iter().filter_map(|id| self.groups.get(id)).collect();
        let mut matched: Vec<u64> = self.peers.values().map(|peer| peer.matched).chain([self.persisted]).collect();
        matched.sort_unstable_by(|a, b| b.cmp(a));
        let agreed = matched[matched.len() / 2].min(self.group_bound());
        told.then_some(self.group_commit && groups.len() > 1 && agreed == self.hard_state.commit)
    }

    fn set_window(&mut self, id: u64, window: usize) {
        self.windows.insert(id, window);
    }

    fn unreachable(&mut self, id: u64) {
        let leads = self.role == RoleView::Leader;
        if let Some(peer) = self.peers.get_mut(&id).filter(|peer| leads && peer.replicating) {
            (peer.replicating, peer.probing, peer.next) = (false, false, peer.matched + 1);
            peer.next = peer.next.max(self.disk.snapshot_index + 1);
            peer.inflight.clear();
        }
    }

    fn transfer(&mut self, target: u64) {
        if self.has(Fault::DoesNothing) {
            return;
        }
        match (self.role, self.leader) {
            (RoleView::Leader, _) => {}
            (RoleView::Follower, 1..) => {
                let mut head = self.head(MessageKind::TransferLeader, self.leader);
                head.from = target;
                self.send(head);
                return;
            }
            _ => return,
        }
        if self.transferee == target {
            return;
        }
        self.transferee = if target == self.config.id { 0 } else { target };
        if self.transferee == 0 {
            return;
        }
        self.elapsed = 0;
        match self.peers[&target].matched == self.last_index() || self.has(Fault::TransfersTooSoon) {
            true => self.send(self.head(MessageKind::TimeoutNow, target)),
            false => {
                self.send_append(target, true);
            }
        }
    }

    fn set_priority(&mut self, priority: u8) {
        self.priority = priority;
    }

    fn propose(&mut self, value: u32, size: u8) -> bool {
        !self.has(Fault::DoesNothing) && self.take_proposal(self.config.id, value, 4 + u32::from(size))
    }

    fn pin_timeout(&mut self, ticks: u64) {
        self.timeout = ticks;
    }

    fn term(&self) -> u64 {
        self.hard_state.term
    }

    fn applied(&self) -> u64 {
        self.applied
    }

    fn view(&self) -> View {
        View {
            role: self.role,
            term: self.hard_state.term,
            vote: self.hard_state.vote,
            leader: self.leader,
            transferee: self.transferee,
            commit: self.hard_state.commit,
            pending_reads: self.reads.len(),
            read_results: self.read_results.len(),
            applied: self.applied,
            persisted: self.persisted,
            last_index: self.last_index(),
            uncommitted: self.uncommitted(),
            elapsed: self.elapsed,
        }
    }

    fn peer(&self, id: u64) -> Option<PeerView> {
        self.peers.get(&id).map(Peer::view)
    }

    fn peers(&self, mut each: impl FnMut(u64, PeerView)) {
        self.peers.iter().for_each(|(id, peer)| each(*id, peer.view()));
    }

    fn votes(&self, mut each: impl FnMut(u64, bool)) {
        self.votes.iter().for_each(|(id, granted)| each(*id, *granted));
    }

    fn entries(&self, from: u64, each: impl FnMut(EntryView)) {
        self.after(from - 1).iter().copied().for_each(each);
    }

    fn messages(&self) -> &[Wire] {
        &self.messages
    }

    fn fetching(&self, each: impl FnMut(u64)) {
        self.fetches.iter().map(|fetch| fetch.0).for_each(each);
    }

    fn receiver(message: &Wire) -> u64 {
        message.head.to
    }

    fn describe(message: &Wire, entries: &mut Vec<EntryView>) -> MessageView {
        entries.extend(&message.entries);
        message.head
    }

    fn piece(message: &Wire, from: usize, max_size: u32) -> usize {
        let rest = message.entries.len() - from;
        if max_size == u32::MAX {
            rest
        } else {
            rest.min(1)
        }
    }

    fn has_ready(&self) -> bool {
        !self.messages.is_empty()
            || !self.read_results.is_empty()
            || self.hard_state != self.handed
            || self.unwritten_from <= self.last_index()
            || self.hard_state.commit.min(self.persisted) > self.delivered
    }

    fn ready(&mut self, out: &mut Ready<Wire>) {
        self.number += 1;
        out.number = self.number;
        let promised = (self.hard_state.term, self.hard_state.vote) != (self.handed.term, self.handed.vote);
        out.hard_state = (self.hard_state != self.handed).then_some(self.hard_state);
        self.handed = self.hard_state;
        let first = std::mem::replace(&mut self.unwritten_from, u64::MAX);
        if first <= self.last_index() {
            out.entries = Some((first, self.last_index()));
            let entries = self.after(first - 1).to_vec();
            self.disk.write(out.hard_state, first, entries);
        } else {
            self.disk.write(out.hard_state, 0, []);
        }
        out.must_sync = promised || out.entries.is_some();
        self.records.push_back(Record { number: self.number, entries: out.entries });
        match self.role == RoleView::Leader || self.has(Fault::AcksBeforePersisting) {
            true => out.messages.append(&mut self.messages),
            false => out.persisted_messages.append(&mut self.messages),
        }
        out.reads.append(&mut self.read_results);
        self.hand_over(out);
    }

    fn advance_append(&mut self, out: &mut Ready<Wire>) {
        self.on_persist(self.number);
        if self.handed.commit != self.hard_state.commit {
            out.commit = Some(self.hard_state.commit);
            self.handed.commit = self.hard_state.commit;
        }
        out.messages.append(&mut self.messages);
        self.hand_over(out);
    }

    fn advance_append_async(&mut self) {}

    fn on_persist(&mut self, number: u64) {
        let mut durable = self.persisted;
        while let Some(record) = self.records.front().filter(|record| record.number <= number) {
            durable = record.entries.map_or(durable, |(_, last)| last);
            self.records.pop_front();
        }
        // A later write may take back what this one made durable.
        let later = self.records.iter().filter_map(|record| record.entries).map(|(first, _)| first);
        let limit = later.chain([self.unwritten_from]).min().unwrap_or(u64::MAX);
        durable = durable.min(limit - 1).max(self.persisted);
        if self.has(Fault::PersistsTooMuch) {
            durable = self.last_index();
        }
        if durable > self.persisted {
            self.persisted = durable;
            self.advance_commit();
        }
    }

    fn advance_apply_to(&mut self, index: u64) {
        self.applied = index;
    }
}

impl<F: Mistake> Reference<F> {
    /// Bytes of its own entries that its application was not handed.
    fn uncommitted(&self) -> u64 {
        let handed = if self.has(Fault::LeaksUncommitted) { self.disk.snapshot_index } else { self.delivered };
        let own = |entry: &&EntryView| entry.term == self.hard_state.term;
        self.after(handed).iter().filter(own).map(|entry| u64::from(entry.size)).sum()
    }

    fn has_room(&self, size: u32) -> bool {
        let (used, limit) = (self.uncommitted(), self.config.setup.max_uncommitted_size);
        limit == u32::MAX || used == 0 || used + u64::from(size) <= limit.into() || self.has(Fault::IgnoresLimit)
    }

    fn take_proposal(&mut self, from: u64, value: u32, size: u32) -> bool {
        match (self.role, self.leader) {
            (RoleView::Leader, _) if self.transferee != 0 && !self.has(Fault::AppendsDuringTransfer) => return false,
            (RoleView::Leader, _) if !self.has_room(size) => return false,
            (RoleView::Leader, _) => self.append_own(value, size),
            (RoleView::Candidate | RoleView::PreCandidate, _) | (RoleView::Follower, 0) => return false,
            (RoleView::Follower, leader) => {
                let mut head = self.head(MessageKind::Propose, leader);
                (head.from, head.term) = (from, 0);
                self.messages.push(Wire { head, entries: vec![EntryView { index: 0, term: 0, value, size }] });
            }
        }
        true
    }
}
